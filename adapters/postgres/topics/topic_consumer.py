"""Consumer of a topic in PostgreSQL, as a member of a group."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

import orjson
import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from uuid_utils.compat import uuid7

from schemas.topics import OffsetOutOfRange, Record, StartAt, TopicsUnavailable

FETCH = "select * from topic_fetch(%s, %s, %s, %s::int4[], %s::int8[], %s)"
HEADS = """
select h.partition, h.next_offset, coalesce((
    select o.record_offset from topic_records o where o.topic = h.topic and o.partition = h.partition
    order by o.record_offset limit 1
), h.next_offset) as earliest from topic_heads h where h.topic = %s
"""
POLL_S = 0.5


@dataclass(slots=True)
class OwnedPartition:
    """A partition leased to this member; `position` is None until the stored offset was read.

    `stopped`: the position is out of range, so nothing is read until `seek`.
    """

    epoch: int
    position: int | None = None
    next_offset: int = 0
    stopped: bool = False


class PostgresConsumer:
    """Consumer of the partitions that it has leased. A lease that is not renewed goes to another member.

    NOTIFY only wakes it up sooner: behind a pooler that drops notifications it polls every half second.
    """

    def __init__(
        self,
        url: str,
        connecting: Mapping[str, Any],
        topic: str,
        prefix: str,
        group: str,
        start: StartAt,
        lease_s: float,
    ) -> None:
        self._url, self._connecting = url, connecting
        self._topic, self._stored_topic, self._group = topic, prefix + topic, group
        self._start, self._lease_s = start, lease_s
        self._member = uuid7()
        self._connection: Connection[TupleRow] | None = None
        self._owned: dict[int, OwnedPartition] = {}
        self._renew_at = 0.0
        self._turn = 0
        self._woken = False

    def poll(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        deadline = time.monotonic() + timeout_s
        while True:
            records = self._read_reconnecting(max_records)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            self._wait(min(left, POLL_S))

    def seek(self, partition: int, offset: int) -> None:
        if partition in self._owned:
            self._owned[partition].position = offset
            self._owned[partition].stopped = False

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Do nothing: offsets are tracked by the log, in the same database."""

    def assigned(self) -> frozenset[int]:
        return frozenset(self._owned)

    def lag(self) -> int:
        try:
            for partition, next_offset, _ in self._connect().execute(HEADS, [self._stored_topic]):
                if partition in self._owned:
                    self._owned[partition].next_offset = next_offset
        except (TopicsUnavailable, psycopg.OperationalError):
            self._disconnect()
        return sum(
            max(0, reading.next_offset - reading.position)
            for reading in self._owned.values()
            if reading.position is not None and not reading.stopped
        )

    def close(self) -> None:
        """Leave the group, so that other members take over at once."""
        with suppress(TopicsUnavailable, psycopg.OperationalError):  # then the lease expires
            self._connect().execute(
                "select topic_leave(%s, %s, %s)", [self._stored_topic, self._group, self._member]
            )
        self._owned.clear()
        self._disconnect()

    def _read_reconnecting(self, max_records: int) -> list[Record]:
        """Renew the leases and read; retry once on a new connection."""
        try:
            return self._read(max_records)
        except psycopg.OperationalError:
            self._disconnect()
        try:
            return self._read(max_records)
        except psycopg.OperationalError as error:
            self._disconnect()
            raise TopicsUnavailable(str(error)) from error

    def _read(self, max_records: int) -> list[Record]:
        self._listen(0)  # drain: psycopg queues notifications without limit while we are busy
        self._woken = False
        if time.monotonic() >= self._renew_at:
            self._renew()
        rows = self._fetch(max_records)
        if len(rows) < max_records and len({row[0] for row in rows}) < len(self._wanted()):
            self._renew()  # a lease expired: see which ones are left
            rows = self._fetch(max_records)
        return self._decode(rows)

    def _renew(self) -> None:
        held: dict[int, int] = dict(
            self._connect()
            .execute(
                "select * from topic_heartbeat(%s, %s, %s, %s)",
                [self._stored_topic, self._group, self._member, timedelta(seconds=self._lease_s)],
            )
            .fetchall()
        )
        self._owned = {
            partition: old
            if (old := self._owned.get(partition)) is not None and old.epoch == epoch
            else OwnedPartition(epoch)
            for partition, epoch in sorted(held.items())
        }
        self._renew_at = time.monotonic() + self._lease_s / 5
        for partition, reading in self._owned.items():
            if reading.position is None:
                reading.position = self._start(partition)

    def _fetch(self, max_records: int) -> list[TupleRow]:
        wanted = self._wanted()
        if not wanted:
            return []
        # Start with another partition each time, so that a busy one cannot starve the others.
        self._turn = (self._turn + 1) % len(wanted)
        wanted = wanted[self._turn :] + wanted[: self._turn]
        columns = [partition for partition, _ in wanted], [position for _, position in wanted]
        asked = [self._stored_topic, self._group, self._member, *columns, max_records]
        with self._connect().cursor(binary=True) as cursor:
            return cursor.execute(FETCH, asked).fetchall()

    def _wanted(self) -> list[tuple[int, int]]:
        """Return the partitions to read, each with its position."""
        return [
            (partition, reading.position)
            for partition, reading in self._owned.items()
            if reading.position is not None and not reading.stopped
        ]

    def _decode(self, rows: list[TupleRow]) -> list[Record]:
        """Decode the records and advance the positions; a gap advances none, stops its partition, raises."""
        records: list[Record] = []
        after: dict[int, int] = {}
        for partition, head, offset, key, value, headers in rows:
            next_offset = head or 0  # a partition that was added has no head before its first record
            self._owned[partition].next_offset = next_offset
            position = after.get(partition, self._owned[partition].position)
            if offset is None and position == next_offset:
                continue
            if offset != position:
                self._out_of_range(partition, position or 0)
            records.append(Record(self._topic, partition, offset, key, value, decode_headers(headers)))
            after[partition] = offset + 1
        for partition, next_position in after.items():
            self._owned[partition].position = next_position
        return records

    def _out_of_range(self, partition: int, position: int) -> NoReturn:
        heads = self._connect().execute(HEADS, [self._stored_topic]).fetchall()
        next_offset, earliest = next(((row[1], row[2]) for row in heads if row[0] == partition), (0, 0))
        self._owned[partition].stopped = True
        raise OffsetOutOfRange(self._topic, partition, position, earliest, next_offset)

    def _wait(self, timeout_s: float) -> None:
        """Wait until something was produced to this topic, the group changed, or the time is over."""
        deadline = time.monotonic() + timeout_s
        try:
            while not self._woken and (left := deadline - time.monotonic()) > 0:
                self._listen(left)
        except psycopg.OperationalError:
            self._disconnect()  # the next read reconnects or raises

    def _listen(self, timeout_s: float) -> None:
        for notice in self._connect().notifies(timeout=timeout_s, stop_after=1):
            if notice.payload == f"group {self._stored_topic} {self._group}":
                self._renew_at = 0.0
                self._woken = True
            elif notice.payload == self._stored_topic:
                self._woken = True

    def _connect(self) -> Connection[TupleRow]:
        if self._connection is None:
            try:
                self._connection = psycopg.connect(self._url, autocommit=True, **self._connecting)
                self._connection.execute("listen topics")
            except psycopg.OperationalError as error:
                self._disconnect()
                raise TopicsUnavailable(str(error)) from error
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def decode_headers(stored: bytes) -> dict[str, bytes]:
    """Decode the headers of a stored record; what is damaged is left out.

    They help people, and no decision needs them. An error here would be one outside the guard of each record.
    """
    if stored == b"{}":
        return {}
    headers = {}
    with suppress(orjson.JSONDecodeError, AttributeError):
        for name, value in orjson.loads(stored).items():
            with suppress(AttributeError, UnicodeEncodeError):
                headers[name] = value.encode("latin-1")
    return headers
