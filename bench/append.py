"""How fast events are stored: our append, the library's recorder, and binary COPY, on the same machine.

Ours does all it does in life: encode, seal under the contact's key, deduplicate by wamid, advance a tracked
offset, write all columns and indices. The library gets events that are encoded already, and COPY gets whole
rows for a table with our columns and indices. Every batch is one committed transaction.
"""

import base64
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg.conninfo import conninfo_to_dict
from uuid_utils.compat import uuid7

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema.migrate import migrate
from domain.conversation.message_events import ConversationStarted, MessageReceived
from domain.log.append import Advance, Append, Appended, NewEvent, NewWamid, WamidKey
from services.runtime.gc_tuning import collect_rarely

CONVERSATIONS = 2000
IN_A_ROW = 2  # people write a thought in two messages
BATCHES = {1: 1000, 50: 200, 500: 60}

NOW = datetime(2026, 3, 3, 14, 5, tzinfo=UTC)
TENANT, CHANNEL = uuid7(), uuid7()
TEXT = "Bom dia! Meu pedido ainda não chegou e o prazo era ontem. Podem verificar, por favor?"

Write = Callable[[], None]
Prepare = Callable[[list[NewEvent]], Write]
"""Makes ready what is not measured, and gives what is."""


class AppendTraffic:
    """Messages of customers who are known already, each conversation in turn."""

    def __init__(self) -> None:
        self.people = [(uuid7(), uuid7()) for _ in range(CONVERSATIONS)]
        self.versions = [1] * CONVERSATIONS
        self.turn = 0

    def started(self) -> list[NewEvent]:
        return [
            self._event(ConversationStarted(channel_id=CHANNEL, contact_id=who), conversation, who, 1)
            for conversation, who in self.people
        ]

    def batch(self, size: int) -> list[NewEvent]:
        events = []
        for _ in range(size):
            at = self.turn // IN_A_ROW % CONVERSATIONS
            self.turn += 1
            self.versions[at] += 1
            conversation, who = self.people[at]
            fact = MessageReceived(
                ticket=1,
                message_id=uuid7(),
                type="text",
                text=TEXT,
                sender_name="Maria das Dores",
                wamid="wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYIDNBQ" + os.urandom(10).hex(),
                raw=None,
                quoted_id=None,
                sent_at=NOW,
                received_at=NOW,
                window_ends_at=NOW,
            )
            events.append(self._event(fact, conversation, who, self.versions[at]))
        return events

    def _event(
        self, fact: ConversationStarted | MessageReceived, conversation: UUID, who: UUID, version: int
    ) -> NewEvent:
        return NewEvent(fact, conversation, version, uuid7(), TENANT, conversation, who, f"contact:{who}")


def ours(log: PostgresLog, traffic: AppendTraffic) -> Prepare:
    log.append(Append(events=traffic.started(), new_contacts=[who for _, who in traffic.people]))
    offset = 0

    def prepare(events: list[NewEvent]) -> Write:
        wamids = [
            NewWamid(WamidKey(CHANNEL, fact.wamid, NOW), TENANT, fact.message_id, event.stream_id)
            for event in events
            if isinstance(fact := event.fact, MessageReceived) and isinstance(fact.wamid, str)
        ]

        def write() -> None:
            nonlocal offset
            advance = Advance("bench/0", offset, offset + len(events))
            answer = log.append(Append(events=events, wamids=wamids, advances=[advance]))
            assert isinstance(answer, Appended), answer
            offset += len(events)

        return write

    return prepare


def library(url: str, state: bytes) -> Prepare:
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    store = PostgresDatastore(parts["dbname"], parts["host"], parts["port"], parts["user"], parts["password"])
    recorder = PostgresProcessRecorder(store)
    recorder.create_table()
    position = 0

    def prepare(events: list[NewEvent]) -> Write:
        nonlocal position
        position += 1
        tracking = Tracking("bench", position)
        stored = [StoredEvent(e.stream_id, e.stream_version, e.fact.TOPIC, state) for e in events]

        def write() -> None:
            recorder.insert_events(stored, tracking=tracking)

        return write

    return prepare


def copying(url: str, state: bytes) -> Prepare:
    db = psycopg.connect(url, autocommit=True)
    db.execute("create table copied (like events including all)")
    types = ["uuid", "int8", "text", "bytea", "int8", "uuid", "uuid", "uuid", "uuid", "timestamptz", "json"]
    position = 0

    def prepare(events: list[NewEvent]) -> Write:
        nonlocal position
        rows = []
        for e in events:
            position += 1
            circumstances = f'{{"version":1,"actor":"{e.actor}"}}'
            place = (e.stream_id, e.stream_version, e.fact.TOPIC, state, position)
            rows.append(
                (*place, e.tenant_id, e.conversation_id, e.contact_id, e.event_id, NOW, circumstances)
            )

        def write() -> None:
            with db.cursor() as cursor, cursor.copy("copy copied from stdin (format binary)") as sink:
                sink.set_types(types)
                for row in rows:
                    sink.write_row(row)

        return write

    return prepare


def measure(url: str, master_key: str) -> dict[int, dict[str, float]]:
    """Events per second of each way, by batch size."""
    with PostgresLog(url, master_key) as log:
        first = AppendTraffic()
        prepare_ours = ours(log, first)
        prepare_ours(first.batch(1))()
        with psycopg.connect(url) as db:
            row = db.execute("select state from events order by notification_id desc limit 1").fetchone()
        assert row is not None
        ways = {
            "ours": (prepare_ours, first),
            "library": (library(url, row[0]), AppendTraffic()),
            "copy": (copying(url, row[0]), AppendTraffic()),
        }
        collect_rarely()  # as the processes do
        return {size: rates(ways, size, count) for size, count in BATCHES.items()}


def rates(ways: dict[str, tuple[Prepare, AppendTraffic]], size: int, count: int) -> dict[str, float]:
    """Events per second by the median batch; the ways take turns, for the machine may have other work too."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(count):
        for name, (prepare, traffic) in ways.items():
            write = prepare(traffic.batch(size))
            started = time.perf_counter()
            write()
            spent[name].append(time.perf_counter() - started)
    return {name: size / median(seconds) for name, seconds in spent.items()}


def table(best: dict[int, dict[str, float]]) -> str:
    lines = [
        f"{'batch':>6}{'ours':>10}{'library':>10}{'COPY':>10}{'x library':>11}{'of COPY':>9}   (events/s)"
    ]
    for size, way in best.items():
        ratios = way["ours"] / way["library"], way["ours"] / way["copy"]
        lines.append(
            f"{size:>6}{way['ours']:>10.0f}{way['library']:>10.0f}{way['copy']:>10.0f}"
            f"{ratios[0]:>11.2f}{ratios[1]:>9.2f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    migrate(sys.argv[1])
    sys.stdout.write(table(measure(sys.argv[1], base64.b64encode(os.urandom(32)).decode())) + "\n")
