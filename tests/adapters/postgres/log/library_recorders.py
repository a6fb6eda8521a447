"""Recorders as the eventsourcing library knows them, on our tables: what only its own suites call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent, Tracking
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresProcessRecorder
from psycopg import sql
from psycopg.rows import class_row, scalar_row
from uuid_utils.compat import uuid7

from adapters.postgres.connection.arrays import Bigints, Byteas, Texts, Uuids
from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.follow.follower import EVENTS_CHANNEL
from adapters.postgres.log.append_writer import EncodedAppend, EventColumns, append

COLUMNS = (
    "originator_id, originator_version, topic, state, event_id, tenant_id, conversation_id, contact_id,"
    " convert_to(metadata::text, 'UTF8') as metadata, notification_id as position"
)


NIL = UUID(int=0)


@dataclass(frozen=True)
class LogEvent(StoredEvent):
    """A row of the log: the library's columns and our own. `position` is 0 until it is stored."""

    event_id: UUID = NIL
    tenant_id: UUID = NIL
    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    metadata: bytes = b"{}"
    position: int = 0


@dataclass(frozen=True)
class LogNotification(LogEvent, Notification):
    """A row of the log in the form that the eventsourcing library's subscriptions expect."""


class ProcessRecorder(PostgresProcessRecorder):
    """The eventsourcing library's process recorder on our tables and our function."""

    datastore: LogDatastore

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore, events_table_name="events", tracking_table_name="tracking")
        self.channel_name = EVENTS_CHANNEL

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Insert events under the library's rules.

        Raises:
            IntegrityError: a version is taken, or the tracking position does not grow.
        """
        tracking: Tracking | None = kwargs.get("tracking")
        if not stored_events and tracking is None:
            return None
        advances = [] if tracking is None else [_only_forward(tracking)]
        batch = EncodedAppend(_columns([_to_log_event(event) for event in stored_events]), advances=advances)
        with self.datastore.get_connection() as db:
            answer = append(db, batch)
        if "lost" in answer:
            raise IntegrityError(f"not recorded: {answer['lost']}")
        if not stored_events:
            return None
        return list(range(answer["first"], answer["first"] + len(stored_events)))

    def insert_tracking(self, tracking: Tracking) -> None:
        self.insert_events([], tracking=tracking)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = sql.SQL(f"select {COLUMNS} from events")
        with self.datastore.get_connection() as db, db.cursor(row_factory=class_row(LogEvent)) as rows:
            return rows.execute(*_select_stream(query, originator_id, gt, lte, desc, limit)).fetchall()

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = None if start is None else start - inclusive_of_start
        with self.datastore.get_connection() as db, db.cursor(row_factory=class_row(LogNotification)) as rows:
            return rows.execute(
                f"select {COLUMNS}, notification_id as id from events"
                " where (%(after)s::bigint is null or notification_id > %(after)s)"
                " and (%(stop)s::bigint is null or notification_id <= %(stop)s)"
                " and (%(topics)s::text[] = '{}' or topic = any(%(topics)s))"
                " order by notification_id limit %(limit)s",
                {"after": after, "stop": stop, "topics": list(topics), "limit": limit},
            ).fetchall()

    def max_notification_id(self) -> int | None:
        with self.datastore.get_connection() as db, db.cursor(row_factory=scalar_row) as rows:
            return rows.execute("select max(notification_id) from events").fetchone()

    def max_tracking_id(self, application_name: str) -> int | None:
        with self.datastore.get_connection() as db, db.cursor() as rows:
            return self._max_tracking_id(application_name, rows)

    def has_tracking_id(self, application_name: str, notification_id: int | None) -> bool:
        reached = self.max_tracking_id(application_name) if notification_id is not None else None
        return notification_id is None or (reached is not None and reached >= notification_id)


class SnapshotRecorder(PostgresAggregateRecorder):
    """The eventsourcing library's aggregate recorder on our table of snapshots."""

    datastore: LogDatastore

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore, events_table_name="snapshots")

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> None:
        with self.datastore.get_connection() as db:
            db.execute(
                "insert into snapshots select * from unnest(%b, %b, %b, %b)",
                (
                    Uuids.of([cast(UUID, e.originator_id) for e in stored_events]),
                    Bigints.of([e.originator_version for e in stored_events]),
                    Texts.of([e.topic for e in stored_events]),
                    Byteas.of([e.state for e in stored_events]),
                ),
            )

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = sql.SQL("select originator_id, originator_version, topic, state from snapshots")
        with self.datastore.get_connection() as db, db.cursor(row_factory=class_row(StoredEvent)) as rows:
            return rows.execute(*_select_stream(query, originator_id, gt, lte, desc, limit)).fetchall()


def _only_forward(tracking: Tracking) -> tuple[str, None, int]:
    return tracking.application_name, None, tracking.notification_id


def _columns(events: Sequence[LogEvent]) -> EventColumns:
    return EventColumns(
        [cast(UUID, event.originator_id) for event in events],
        [event.originator_version for event in events],
        [event.topic for event in events],
        [event.state for event in events],
        [event.tenant_id for event in events],
        [event.conversation_id for event in events],
        [event.contact_id for event in events],
        [event.event_id for event in events],
        [event.metadata for event in events],
    )


def _to_log_event(event: StoredEvent) -> LogEvent:
    if isinstance(event, LogEvent):
        return event
    return LogEvent(event.originator_id, event.originator_version, event.topic, event.state, event_id=uuid7())


def _select_stream(
    query: sql.Composable,
    originator_id: UUID | str,
    gt: int | None,
    lte: int | None,
    desc: bool,
    limit: int | None,
) -> tuple[sql.Composed, dict[str, Any]]:
    where = sql.SQL(
        " where originator_id = %(id)s and originator_version > %(gt)s and originator_version <= %(lte)s"
        " order by originator_version {} limit %(limit)s"
    )
    return query + where.format(sql.SQL("desc" if desc else "asc")), {
        "id": originator_id,
        "gt": -1 if gt is None else gt,
        "lte": 2**62 if lte is None else lte,
        "limit": limit,
    }
