"""The event log on PostgreSQL: appends, look-ups of keys, loads of streams and reads by position."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import tuple_row

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.connection.failures import ATTEMPTS, AnswerLost
from adapters.postgres.log.append_codec import AppendCodec
from adapters.postgres.log.append_writer import EncodedAppend, append
from adapters.postgres.log.contact_keys import ContactKeyCache
from adapters.postgres.log.erasures import Erasures, Receipt, receipt_of
from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.key_usage import check_master_key, read_canaries
from adapters.postgres.log.lookups import KeyLookups
from adapters.postgres.log.repository import Repository
from adapters.postgres.log.sealing import MasterKey, Unopenable
from adapters.postgres.log.secrets import PostgresSecrets
from adapters.postgres.log.snapshots import Snapshots
from adapters.postgres.log.upcasters import UPCASTERS
from adapters.postgres.schema.migrate import DatabaseUnusable, check, check_log
from domain.conversation.state import Conversation
from domain.event import Event
from domain.log.append import Append, Appended, Conflict, Held, Quarantined, StoredResponse
from domain.log.port import LogUnavailable
from domain.registry import FACTS

S = TypeVar("S")

log = structlog.get_logger("log")

RESPONSES_KEPT = "7 days"


class LogRestored(LogUnavailable):
    """The log was restored since it was opened: what is in memory may be of events that are gone."""


class PostgresLog(Repository, KeyLookups):
    """The log port on one PostgreSQL database. Opening it checks schema, place and master key.

    Every new connection checks the place again, and that the log's id is still the one that was opened. After
    a restore all calls raise `LogRestored`, until `reopen`.

    `reload_keys` returns master keys that were added since, see `MasterKey`.

    Raises:
        SchemaRefused, WrongMasterKey: the database or the key does not fit this installation.
    """

    def __init__(
        self,
        url: str,
        master_key: str,
        pool_size: int = 4,
        facts: Iterable[type[Event]] = FACTS,
        reload_keys: Callable[[], str] = lambda: "",
    ) -> None:
        master = MasterKey(master_key, reload_keys)
        self._events = EventCodec(facts, UPCASTERS)
        self._snapshots = Snapshots((Conversation,), master)
        self._log_id = _check_at_start(url, master)
        self.datastore = LogDatastore(url, pool_size, checked=self._check_connection)
        self.datastore.pool.open()
        master.canaries = lambda: self.datastore.read(read_canaries)
        self.secrets = PostgresSecrets(self.datastore, master)
        self._master = master
        self.erasures = Erasures(self.datastore, master)
        self._keys = ContactKeyCache(self.datastore, master)
        self._codec = AppendCodec(self._events, master)

    def close(self) -> None:
        self.datastore.close()

    def __enter__(self) -> "PostgresLog":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reopen(self, log_id: str) -> None:
        """Go on with a log that was restored; the caller has forgotten what it knew of the former one."""
        self._keys = ContactKeyCache(self.datastore, self._master)
        self._log_id = log_id

    def append(self, what: Append) -> Appended | StoredResponse | Conflict:
        if waiting := _unadopted_orphans(what):
            return waiting
        wanted = self._codec.sealed_for(what)
        keys = self._keys.get(wanted)
        if erased := wanted.difference(keys):
            kept = self.stored_response(what.idempotent.key) if what.idempotent else None
            return kept or Conflict(contacts=erased)
        answer = self._master.retrying(lambda: self._append(self._codec.encode(what, keys)))
        return self._decode(what, answer)

    def _append(self, batch: EncodedAppend) -> Mapping[str, Any]:
        for _ in range(ATTEMPTS):
            try:
                with self.datastore.checkout() as db:
                    return append(db, batch)
            except AnswerLost as error:
                # It may have been committed: the second call finds our event ids and answers so.
                lost = error
                self.datastore.pool.drain()
        raise LogUnavailable("the connection broke during the append; its outcome is unknown") from lost

    def rehearse(self, what: Append) -> Receipt | Conflict:
        """Append an erasure, read its receipt, and take everything back.

        Raises:
            LogUnavailable
        """
        assert what.erasure is not None
        batch = self._codec.encode(what, {})
        receipt = None
        with self.datastore.checkout() as db, db.transaction(force_rollback=True):
            answer = self._codec.decode(what, append(db, batch))
            if not isinstance(answer, Conflict):
                receipt = receipt_of(db, what.erasure.person_id)
        if isinstance(answer, Conflict):
            return answer
        assert receipt is not None, "the append has just written it"
        return receipt

    def delete_old_responses(self) -> int:
        """Delete stored responses older than seven days and return their number."""
        delete = f"delete from idempotency where answered_at < now() - interval '{RESPONSES_KEPT}'"
        return self.datastore.read(lambda db: db.execute(delete).rowcount)

    def offsets(self, topic: str, partitions: int) -> Mapping[int, int]:
        sources = [f"{topic}/{partition}" for partition in range(partitions)]
        rows = self._ask(
            "select application_name, notification_id from tracking where application_name = any(%s)",
            (sources,),
        )
        tracked = dict(rows)
        return {partition: tracked.get(source, 0) for partition, source in enumerate(sources)}

    def head(self) -> int:
        return int(self._scalar("select coalesce(max(notification_id), 0) from events"))

    def log_id(self) -> str:
        return self._log_id

    def quarantined(
        self, phone_number_id: str | None, limit: int = 100, code: str | None = None
    ) -> Sequence[Held]:
        rows = self._ask(
            "select id, code, reason, sealed, received_at, phone_number_id, digest from quarantine"
            " where phone_number_id is not distinct from %s and code = coalesce(%s, code)"
            " order by id limit %s",
            (phone_number_id, code, limit),
        )
        held = []
        for id, code, reason, sealed, received_at, number, digest in rows:
            try:
                raw = self._master.open("waiting items", sealed, id.bytes)
            except Unopenable:
                log.error("quarantined item is damaged, skipped", id=str(id))
                continue
            held.append(Held(id, Quarantined(code, reason, raw, received_at, number, digest)))
        return held

    def _check_connection(self, db: Connection[Any]) -> None:
        if check_log(db) != self._log_id:
            raise LogRestored("the log was restored")

    def _decode(self, what: Append, answer: Mapping[str, Any]) -> Appended | StoredResponse | Conflict:
        result = self._codec.decode(what, answer)
        if isinstance(result, Conflict):
            self._keys.forget(result.contacts)
        return result

    def _ask(self, query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self.datastore.rows(query, parameters, tuple_row)

    def _scalar(self, query: str) -> Any:
        return self._ask(query, ())[0][0]


def _check_at_start(url: str, master: MasterKey) -> str:
    """Check schema, place and master key; return the log's id."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as db:
            log_id = check(db)
            check_master_key(db, master)
            return log_id
    except psycopg.Error as error:
        raise DatabaseUnusable(f"cannot open the log: {error}") from error


def _unadopted_orphans(what: Append) -> Conflict | None:
    """Refuse an append that brings a wamid without adopting the orphan that waits for it."""
    if not (what.orphans and what.wamids):
        return None
    brought = {(new.key.channel_id, new.key.wamid) for new in what.wamids}
    adopted = {(orphan.channel_id, orphan.wamid, orphan.digest) for orphan in what.adopted}
    waiting = [
        orphan
        for orphan in what.orphans
        if (orphan.channel_id, orphan.wamid) in brought
        and (orphan.channel_id, orphan.wamid, orphan.digest) not in adopted
    ]
    return Conflict(orphans=tuple(waiting)) if waiting else None
