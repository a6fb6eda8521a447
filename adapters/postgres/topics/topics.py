"""Topics in PostgreSQL tables: the default without Kafka, behind the same port."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

import orjson
import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from adapters.postgres.connection.timeouts import KEEP_ALIVE, RECONNECT_S
from adapters.postgres.topics.group_commit import GroupCommit
from adapters.postgres.topics.topic_consumer import HEADS, PostgresConsumer, decode_headers
from schemas.topics import (
    PARTITIONS,
    RETENTION_DAYS,
    Bounds,
    Outgoing,
    PartitionsChanged,
    Record,
    StartAt,
    TopicsUnavailable,
    UnknownTopic,
    check_size,
    partition_of,
)

# Shorter than elsewhere: a producer must get an answer within two seconds.
CONNECT_OPTIONS = KEEP_ALIVE | {"connect_timeout": 2, "keepalives_count": 2, "tcp_user_timeout": 5_000}
APPEND = "select topic_append(%b::text[], %b::int4[], %b::bytea[], %b::bytea[], %b::bytea[])"
EXPIRE = "select topic_expire(%s, %s, %s::text[], %s::text[], %s::int4[], %s::int8[])"
READ = """
select r.partition, r.record_offset, r.key, r.value, r.headers, r.produced_at
from unnest(%(partitions)s::int4[], %(offsets)s::int8[]) s(partition, start)
cross join lateral (
    select * from topic_records o
    where o.topic = %(topic)s and o.partition = s.partition and o.record_offset >= s.start
    order by o.record_offset limit %(limit)s
) r order by 1, 2
"""
RETRY_S = 0.05

Row = tuple[str, int, bytes, bytes, bytes]


class PostgresTopics:
    """Topics as rows. What several threads produce at the same time is stored in one transaction."""

    unread_alarm = timedelta(days=1)  # it is kept until it is read, but the disk is not endless

    def __init__(
        self, url: str, partitions: int = PARTITIONS, prefix: str = "", lease_s: float = 5.0
    ) -> None:
        self._url, self._partitions, self._prefix, self._lease_s = url, partitions, prefix, lease_s
        self._known: set[str] = set()
        self._pool: ConnectionPool[Connection[TupleRow]] = ConnectionPool(
            url,
            kwargs={**CONNECT_OPTIONS, "autocommit": True},
            min_size=1,
            max_size=3,
            timeout=0.5,
            reconnect_timeout=RECONNECT_S,
            open=True,
            name="topics",
        )
        self._commits: GroupCommit[Row] = GroupCommit(self._append, _weight)

    def create(self, names: Sequence[str]) -> None:
        wanted = sorted(self._prefix + name for name in names)
        with self._connect() as connection, connection.transaction():
            connection.execute(
                "insert into topics (name, partitions) select *, %s from unnest(%s::text[])"
                " on conflict do nothing",
                [self._partitions, wanted],
            )
            connection.execute(
                "insert into topic_heads (topic, partition)"
                " select t.name, p from topics t, generate_series(0, t.partitions - 1) as p"
                " where t.name = any(%s) order by 1, 2 on conflict do nothing",
                [wanted],
            )
        for name in names:
            self.partitions(name)

    def partitions(self, topic: str) -> int:
        if topic not in self._known:
            with self._connect() as connection:
                row = connection.execute(
                    "select partitions from topics where name = %s", [self._prefix + topic]
                ).fetchone()
            if row is None:
                raise UnknownTopic(topic)
            if row[0] < self._partitions:
                raise PartitionsChanged(topic, self._partitions, row[0])
            self._known.add(topic)
        return self._partitions

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        if not records:
            return
        check_size(records)
        for topic in {record.topic for record in records}:
            self.partitions(topic)
        try:
            self._commits.store([self._row(record) for record in records], timeout_s)
        except TimeoutError:
            raise TopicsUnavailable(f"PostgreSQL did not commit within {timeout_s} s") from None

    def consumer(self, topic: str, group: str, start: StartAt) -> PostgresConsumer:
        with suppress(PartitionsChanged):  # what is there can be read
            self.partitions(topic)
        return PostgresConsumer(self._url, CONNECT_OPTIONS, topic, self._prefix, group, start, self._lease_s)

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        with self._connect() as connection:
            rows = connection.execute(HEADS, [self._prefix + topic]).fetchall()
        if not rows:
            raise UnknownTopic(topic)
        return {partition: Bounds(earliest, end) for partition, end, earliest in rows}

    def read(self, topic: str, starts: Mapping[int, int], limit: int) -> Sequence[Record]:
        wanted = {
            "topic": self._prefix + topic,
            "partitions": list(starts),
            "offsets": list(starts.values()),
            "limit": limit,
        }
        with self._connect() as connection:
            rows = connection.cursor(binary=True).execute(READ, wanted).fetchall()
        return [
            Record(topic, partition, offset, key, value, decode_headers(headers), at)
            for partition, offset, key, value, headers, at in rows
        ]

    def expire(
        self, unread: Mapping[str, Mapping[int, int]], days: float = RETENTION_DAYS, most: int = 10_000
    ) -> int:
        """Delete records older than `days`, at most `most` per partition; return their number.

        `unread` has the topics that somebody of ours reads, with the first unread offset of each partition
        (0 if absent): from there on everything is kept, however old.

        Raises:
            TopicsUnavailable: PostgreSQL does not answer.
        """
        stored = {self._prefix + topic: offsets for topic, offsets in unread.items()}
        places = [(name, p, offset) for name, offsets in stored.items() for p, offset in offsets.items()]
        columns = [list(column) for column in zip(*places, strict=True)] or [[], [], []]
        asked = [timedelta(days=days), most, list(stored), *columns]
        with self._connect() as connection:
            row = connection.execute(EXPIRE, asked).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        self._commits.close()
        self._pool.close(timeout=2)

    def _row(self, record: Outgoing) -> Row:
        headers = orjson.dumps({name: value.decode("latin-1") for name, value in record.headers.items()})
        partition = partition_of(record.key, self._partitions)
        return self._prefix + record.topic, partition, record.key, record.value, headers

    def _append(self, rows: Sequence[Row], until: float) -> None:
        """Store all rows in one round trip; retry until the deadline.

        When only the answer was lost, the rows are stored twice; consumers tolerate duplicates anyway.
        """
        columns = [list(column) for column in zip(*rows, strict=True)]
        while True:
            try:
                with self._connect() as connection:
                    stored = connection.execute(APPEND, columns).fetchone()
                break
            except TopicsUnavailable:
                if time.monotonic() + RETRY_S >= until:
                    raise
                time.sleep(RETRY_S)
        if stored is None or not stored[0]:
            self._known.clear()
            raise UnknownTopic(", ".join(sorted({row[0] for row in rows})))

    @contextmanager
    def _connect(self) -> Iterator[Connection[TupleRow]]:
        """Check out a connection; its failures are raised as `TopicsUnavailable`."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise TopicsUnavailable(str(error)) from error


def _weight(row: Row) -> int:
    return len(row[3]) + len(row[4]) + 200
