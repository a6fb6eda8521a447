"""The ingestor: records of the inbound topic become events, each exactly once."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import structlog
from prometheus_client import Counter, Histogram

from adapters.whatsapp.normalise import normalise
from domain.incoming import Incoming
from domain.log import Advance, Append, Appended, Log, LogUnavailable, Lost, Source
from schemas.inbound import InboundItem, NotAnItem, decode
from schemas.topics import INBOUND, Consumer, OffsetOutOfRange, Outgoing, Record, Topics, TopicsUnavailable
from schemas.topics import parked as parked_topic
from services.channels import Channels
from services.draft import Draft, Known
from services.failpoint import failpoint, switched_off
from services.ingest_decisions import Decisions, Received
from services.ingest_lookups import look_up

GROUP = "ingest"
MAX_RECORDS = 500
LOSSES_BEFORE_HALVING = 2
_GONE = (LogUnavailable, TopicsUnavailable, OffsetOutOfRange)

log = structlog.get_logger("ingest")
ingested = Counter("balcao_ingested", "Records taken from the inbound topic.", ["outcome"])
batch_size = Histogram("balcao_ingest_batch", "Records of one append.", buckets=(1, 5, 20, 50, 100, 250, 500))


class StaleOwner(Exception):
    """Another member has moved our offsets: the batch is theirs, nothing of it was written."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A record with what it means, or why it means nothing."""

    record: Record
    received: Received | None
    reason: str = ""


@dataclass
class Ingestor:
    """One member of the group that reads the inbound topic. For one thread."""

    log: Log
    topics: Topics
    channels: Channels
    max_records: int = MAX_RECORDS
    _next: dict[int, int] = field(default_factory=dict)
    _consumer: Consumer | None = None

    def run(self, stop: threading.Event) -> None:
        """Ingest until `stop`, then leave the group. Ends also when the database or the broker is lost."""
        try:
            while not stop.is_set():
                self.step(0.5)
        finally:
            self.close()

    def step(self, timeout_s: float) -> int:
        """Ingest what is there, waiting at most `timeout_s` for it; return the number of records."""
        consumer = self._joined()
        records = [r for r in consumer.poll(self.max_records, timeout_s) if r.offset >= self._at(r.partition)]
        if not records:
            return 0
        try:
            self._settle(self._read(records))
        except StaleOwner:
            ingested.labels("stale").inc(len(records))
            for partition in {record.partition for record in records}:
                consumer.seek(partition, self._next[partition])
            return 0
        consumer.committed({r.partition: self._next[r.partition] for r in records})
        return len(records)

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _joined(self) -> Consumer:
        if self._consumer is None:
            self._consumer = self.topics.consumer(INBOUND, GROUP, self._start)
        return self._consumer

    def _start(self, partition: int) -> int:
        """Where a partition begins that was just assigned to us: where the log says it stands."""
        offset = self.log.offsets(INBOUND, self.topics.partitions(INBOUND)).get(partition, 0)
        self._next[partition] = offset
        return offset

    def _at(self, partition: int) -> int:
        return self._next[partition] if partition in self._next else self._start(partition)

    def _read(self, records: Sequence[Record]) -> list[Taken]:
        items = [(record, *_meaning(record)) for record in records]
        numbers = {item.phone_number_id for _, item, _, _ in items if item is not None}
        channels = self.channels.by_number(number for number in numbers if number)
        taken = []
        for record, item, incoming, reason in items:
            if item is None or incoming is None:
                taken.append(Taken(record, None, reason))
                continue
            channel = channels.get(item.phone_number_id or "")
            source = Source(record.topic, record.partition, record.offset)
            taken.append(Taken(record, Received(item, incoming, channel, source)))
        return taken

    def _settle(self, batch: Sequence[Taken]) -> None:
        """Write the batch, in parts where the whole cannot be written.

        Raises:
            StaleOwner: another member moved the offsets.
            LogUnavailable, TopicsUnavailable
        """
        known = Known(self.log)
        for losses in count(1):
            try:
                answer = self._append(batch, known)
            except _GONE:
                raise
            except Exception as broken:  # of one record, whichever: it must not stop the others
                self._isolate(batch, broken)
                return
            if answer is None:
                return
            if answer.sources:
                self._stale(answer.sources)
            known.correct(answer)
            if losses >= LOSSES_BEFORE_HALVING and len(batch) > 1:
                self._halve(batch)
                return

    def _append(self, batch: Sequence[Taken], known: Known) -> Lost | None:
        """Decide the batch and write it; what was lost, or None when it is written."""
        received = [taken.received for taken in batch if taken.received is not None]
        look_up(known, received)
        draft = Draft(known)
        decisions = Decisions(draft)
        for item in received:
            decisions.take(item)
        draft.advances += self._advances(batch)
        if unclear := [taken for taken in batch if taken.received is None]:
            self._produce_parked(unclear)
        failpoint("before_append")
        answer = self.log.append(draft.append(dedupe=not switched_off("dedupe")))
        if isinstance(answer, Lost):
            return answer
        assert isinstance(answer, Appended), "no batch carries an idempotency key"
        failpoint("after_append")
        self._advanced(batch)
        batch_size.observe(len(batch))
        ingested.labels("taken").inc(len(received))
        return None

    def _isolate(self, batch: Sequence[Taken], broken: Exception) -> None:
        """Find the record that breaks a decision, and park it alone."""
        if len(batch) > 1:
            self._halve(batch)
            return
        taken = batch[0]
        reason = f"{type(broken).__name__}: {broken}"[:500]
        place = taken.record
        log.error("record parked", partition=place.partition, offset=place.offset, exc_info=broken)
        self._produce_parked([Taken(place, None, reason)])
        answer = self.log.append(Append(advances=self._advances(batch)))
        if isinstance(answer, Lost):
            self._stale(answer.sources)
        self._advanced(batch)

    def _halve(self, batch: Sequence[Taken]) -> None:
        middle = len(batch) // 2
        self._settle(batch[:middle])
        self._settle(batch[middle:])

    def _produce_parked(self, batch: Sequence[Taken]) -> None:
        """Keep them with the reason; when the append behind this is lost they may stand there twice."""
        self.topics.produce([_parked(taken) for taken in batch])
        ingested.labels("parked").inc(len(batch))

    def _advances(self, batch: Sequence[Taken]) -> list[Advance]:
        return [
            Advance(_source(partition), self._next[partition], next)
            for partition, next in _ends(batch).items()
        ]

    def _advanced(self, batch: Sequence[Taken]) -> None:
        self._next.update(_ends(batch))

    def _stale(self, sources: Mapping[str, int]) -> None:
        """Stand where the log says, and drop the batch.

        Raises:
            StaleOwner: always.
        """
        log.warning("another member has moved our offsets", sources=sorted(sources))
        self._next.update((int(source.rpartition("/")[2]), at) for source, at in sources.items())
        raise StaleOwner


def _meaning(record: Record) -> tuple[InboundItem | None, Incoming | None, str]:
    """The item and what it means, or the reason why it means nothing."""
    try:
        item = decode(record.value or b"")
        return item, normalise(item), ""
    except NotAnItem as wrong:
        return None, None, f"the value is not a whatsapp.inbound.v1 record: {wrong}"


def _ends(batch: Sequence[Taken]) -> dict[int, int]:
    """The next offset of each partition behind the batch."""
    return {taken.record.partition: taken.record.offset + 1 for taken in batch}


def _source(partition: int) -> str:
    return f"{INBOUND}/{partition}"


def _parked(taken: Taken) -> Outgoing:
    record = taken.record
    return Outgoing(
        parked_topic(record.topic),
        record.key or b"",
        record.value or b"",
        {
            "reason": taken.reason.encode()[:500],
            "partition": str(record.partition).encode(),
            "offset": str(record.offset).encode(),
        },
    )
