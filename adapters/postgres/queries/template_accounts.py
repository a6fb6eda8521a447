"""Which WhatsApp accounts are to be read from Meta: claimed by one worker at a time."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

Db = Connection[Any]

CLAIM = timedelta(minutes=2)
"""After this time another worker may read the account: the one before has crashed, or is stuck."""

_KEEP = """
with present as (
    select distinct tenant_id, account from directory where kind = 'channel' and account is not null
), gone as (
    delete from template_accounts a where not exists (
        select from present p where p.tenant_id = a.tenant_id and p.account = a.account)
)
insert into template_accounts (tenant_id, account)
select tenant_id, account from present on conflict do nothing
"""
_CLAIM = """
update template_accounts set started_at = clock_timestamp(), claimed_until = clock_timestamp() + %(claim)s
where (tenant_id, account) = (
    select tenant_id, account from template_accounts
    where (claimed_until is null or claimed_until < clock_timestamp())
    and (started_at is null or again_at <= clock_timestamp()
        or (requested_at >= started_at and started_at <= clock_timestamp() - %(pause)s))
    order by requested_at limit 1 for update skip locked)
returning tenant_id, account, started_at
"""
_STILL = """
select exists (select from template_accounts
where tenant_id = %s and account = %s and started_at = %s and claimed_until > clock_timestamp()) as still
"""
_END = """
update template_accounts set claimed_until = null, error = %(error)s,
    again_at = clock_timestamp() + %(again)s,
    synced_at = case when %(error)s::text is null then clock_timestamp() else synced_at end
where tenant_id = %(tenant_id)s and account = %(account)s and started_at = %(started_at)s
"""
_REQUEST = "update template_accounts set requested_at = clock_timestamp() where account = any(%s)"
_KNOWN = "select meta_id from templates where tenant_id = %s and account = %s"


class ClaimedAccount(NamedTuple):
    """An account that is read now, by who claimed it at `started_at`."""

    tenant_id: UUID
    account: str
    started_at: datetime


def keep_accounts(db: Db) -> None:
    """Add the accounts of channels that are not known yet, and forget those that no channel has any more."""
    db.execute(_KEEP)


def claim(db: Db, pause: timedelta) -> ClaimedAccount | None:
    """Claim an account that is due; one that was requested again not before `pause` has passed."""
    cursor = db.cursor(row_factory=class_row(ClaimedAccount))
    return cursor.execute(_CLAIM, {"claim": CLAIM, "pause": pause}).fetchone()


def is_claimed(db: Db, claimed: ClaimedAccount) -> bool:
    """Return whether the claim still holds."""
    row = db.execute(_STILL, claimed).fetchone()
    return row is not None and bool(row[0])


def end_claim(db: Db, claimed: ClaimedAccount, error: str | None, again: timedelta) -> None:
    """Record that the account was read, or why not; it is read again after a while."""
    db.execute(_END, {**claimed._asdict(), "error": error, "again": again})


def request(db: Db, accounts: Collection[str]) -> None:
    """Ask for accounts to be read again."""
    db.execute(_REQUEST, [list(accounts)])


def known_templates(db: Db, claimed: ClaimedAccount) -> list[str]:
    """Return Meta's ids of the templates of the account that are known here."""
    return [meta_id for (meta_id,) in db.execute(_KNOWN, claimed[:2]).fetchall()]
