"""Reads the templates of the WhatsApp accounts from Meta, and records what has changed."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.queries import template_accounts as accounts
from adapters.postgres.queries.template_accounts import ClaimedAccount
from adapters.whatsapp.graph import NO_CODE, GraphApi, GraphRefused, OutcomeUnknown
from adapters.whatsapp.templates import read_template
from domain import streams
from domain.log.port import Log, LogUnavailable
from domain.template.state import TemplateSynced, removed, stream_of, synced
from services.write.command_runner import CommandRunner, ConcurrentChange
from services.write.unit_of_work import Origin, UnitOfWork

ACTOR = "system:templates"
FIELDS = frozenset(
    {
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
        "template_correct_category_detection",
    }
)
"""Webhooks that say that a template has changed."""

REFUSED = frozenset({"132000", "132001", "132008", "132012", "132015", "132016", "132018"})
"""Codes of refused messages that say that a template is not what is known of it here."""

READ_S = 60.0
"""How long reading one account may take."""

HOUR = timedelta(hours=1)
PAUSE = timedelta(seconds=10)
"""Between two reads of one account: Meta may report many changes at once, and counts the calls."""

UNREACHED_AGAIN = timedelta(seconds=3)
"""There was no call: the simulator of `balcao serve`, for one, comes up beside this worker."""

UNREACHABLE_AGAIN, REFUSED_AGAIN = timedelta(seconds=15), timedelta(minutes=10)
POLL_S = 1.0
MAX_TEMPLATES = 10_000
MAX_FACTS = 500

Request = Callable[[Collection[str]], None]
"""Asks for accounts to be read again."""

log = structlog.get_logger("templates")


def no_request(account_ids: Collection[str]) -> None:
    """Ask for nothing: where no templates are read."""


@dataclass(frozen=True, slots=True)
class SyncRequests:
    """Asks for accounts to be read again; never raises, since they are read every hour anyway."""

    pool: QueryPool

    def __call__(self, account_ids: Collection[str]) -> None:
        if not account_ids:
            return
        try:
            self.pool.write(lambda db: accounts.request(db, account_ids))
        except LogUnavailable:
            log.warning("templates not requested, they are read within the hour", accounts=len(account_ids))


@dataclass(frozen=True, slots=True)
class TemplateSync:
    """Mirrors the templates of each account: at the start, every hour, and when asked to.

    Nothing is decided by a webhook's own words: they may be late or out of order. What Meta lists counts, and
    one worker at a time reads an account.
    """

    log: Log
    pool: QueryPool
    graph: GraphApi
    pause: timedelta = PAUSE

    def run(self, stop: threading.Event) -> None:
        """Read until `stop`."""
        while not stop.is_set():
            try:
                if self.step():
                    continue
            except LogUnavailable:
                log.warning("database unavailable, retrying", again_in_s=POLL_S)
            stop.wait(POLL_S)

    def step(self) -> bool:
        """Read one account that is due; return whether one was.

        Raises:
            LogUnavailable
        """
        claimed = self.pool.write(self._claim)
        if claimed is None:
            return False
        error, again = self._read(claimed)
        self.pool.write(lambda db: accounts.end_claim(db, claimed, error, again))
        return True

    def _claim(self, db: accounts.Db) -> ClaimedAccount | None:
        accounts.keep_accounts(db)
        return accounts.claim(db, self.pause)

    def _read(self, claimed: ClaimedAccount) -> tuple[str | None, timedelta]:
        """Read an account and record what has changed; return what went wrong, and when to read again."""
        try:
            found = self._listed(claimed.account)
        except GraphRefused as refused:
            wait = _again_after(refused)
            log.warning("templates not read", account=claimed.account, code=refused.code, title=refused.title)
            return str(refused.code), wait
        except OutcomeUnknown as unknown:
            log.warning("templates not read", account=claimed.account, reason=str(unknown)[:200])
            return "unreachable", UNREACHABLE_AGAIN
        if not self.pool.read(lambda db: accounts.is_claimed(db, claimed)):
            return None, HOUR  # another one reads by now, and knows better
        try:
            count = self._record(claimed, found)
        except ConcurrentChange:
            return "concurrent_change", UNREACHABLE_AGAIN
        if count:
            log.info("templates synced", account=claimed.account, listed=len(found), facts=count)
        return None, HOUR

    def _listed(self, account: str) -> dict[str, TemplateSynced]:
        """Read all templates of an account, by Meta's id."""
        deadline = time.monotonic() + READ_S
        found: dict[str, TemplateSynced] = {}
        for page in self.graph.templates(account, deadline=deadline):
            for raw in page:
                if (read := _understood(account, raw)) is not None:
                    found[read.meta_id] = read
            if len(found) > MAX_TEMPLATES:
                raise OutcomeUnknown("the list has no end")
        return found

    def _record(self, claimed: ClaimedAccount, found: dict[str, TemplateSynced]) -> int:
        """Record what differs from what is known; return the number of facts."""
        tenant_id, account = claimed.tenant_id, claimed.account
        known = self.pool.read(lambda db: accounts.known_templates(db, claimed))
        wanted: dict[UUID, TemplateSynced | None] = {
            stream_of(tenant_id, account, meta_id): found.get(meta_id) for meta_id in {*known, *found}
        }
        origin, ids = Origin(tenant_id, ACTOR), list(wanted)
        recorded = 0
        for first in range(0, len(ids), MAX_FACTS):
            page = ids[first : first + MAX_FACTS]

            def decide(unit: UnitOfWork, page: list[UUID] = page) -> int:
                unit.cache.load(page, streams.template)
                for id in page:
                    template, read = unit.load(id, streams.template).state, wanted[id]
                    facts = removed(template) if read is None else synced(template, read)
                    unit.record(id, facts, streams.template, origin)
                return len(unit.events)

            recorded += CommandRunner(self.log).execute(tenant_id, decide, before_append=None)[0]
        return recorded


def _again_after(refused: GraphRefused) -> timedelta:
    if not refused.retryable:
        return REFUSED_AGAIN
    if refused.code == NO_CODE and refused.retry_after is None:
        return UNREACHED_AGAIN
    return timedelta(seconds=refused.retry_after or 60)


def _understood(account: str, raw: Any) -> TemplateSynced | None:
    """Read one template of the list; one that breaks is left out, and must not stop the others."""
    try:
        return read_template(account, raw)
    except (ValueError, TypeError) as broken:
        log.warning("template not understood", account=account, reason=type(broken).__name__)
        return None


def accounts_of(pairs: Collection[tuple[str, str | None]]) -> set[str]:
    """Return the accounts whose templates have changed, by field and account of webhooks."""
    return {account for field, account in pairs if account is not None and field in FIELDS}
