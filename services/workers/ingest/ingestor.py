"""The ingestor: records of the inbound topic become events, each exactly once."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from adapters.whatsapp.normalise import normalise
from domain.incoming import Incoming
from domain.log.append import Appended, Conflict, Source
from domain.log.port import Log
from schemas.inbound import InboundItem, NotAnItem, decode
from schemas.topics import INBOUND, Record, Topics
from services.inbound.decisions import Decisions, Received
from services.inbound.digests import DigestCache
from services.queries.channels import Channels
from services.runtime.clock import Clock, utc_now
from services.runtime.failpoint import failpoint, switched_off
from services.workers.ingest.conversation_cache import ConversationCache
from services.workers.ingest.prefetch import prefetch
from services.workers.topic_reader import AGAIN_S, TRANSIENT_ERRORS, TopicReader
from services.write.unit_of_work import StreamCache, UnitOfWork

GROUP = "ingest"
MAX_RECORDS = 500
NOW_AND_THEN_S = 3.0

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True)
class Decoded:
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
    now: Clock = utc_now
    reader: TopicReader = field(init=False)
    _seen: DigestCache = field(default_factory=DigestCache)
    _lately: ConversationCache = field(default_factory=ConversationCache)

    def __post_init__(self) -> None:
        self.reader = TopicReader(self.log, self.topics, INBOUND, GROUP)

    def run(self, stop: threading.Event, now_and_then: Callable[[], object] = lambda: None) -> None:
        """Ingest until `stop`, then leave the group. A lost database or broker is waited for.

        `now_and_then` is called every few seconds: what waits in the quarantine may be taken up by it.

        Raises:
            OffsetOutOfRange: what the log says comes next is not in the topic any more.
        """
        due_at = 0.0
        try:
            while not stop.is_set():
                try:
                    self.step(0.5)
                    if time.monotonic() >= due_at:
                        now_and_then()
                        due_at = time.monotonic() + NOW_AND_THEN_S
                except TRANSIENT_ERRORS as away:
                    log.warning("waiting for the database or the topics", reason=type(away).__name__)
                    self.close()  # joins again, from where the log stands then
                    stop.wait(AGAIN_S)
        finally:
            self.close()

    def step(self, timeout_s: float) -> int:
        """Ingest what is there, waiting at most `timeout_s` for it; return the number of records."""
        return self.reader.process_next(
            self.max_records,
            timeout_s,
            lambda records: self.reader.process_batch(self._read(records), self._append),
        )

    def close(self) -> None:
        self.reader.close()

    def _read(self, records: Sequence[Record]) -> list[Decoded]:
        items = [(record, *_meaning(record)) for record in records]
        numbers = {item.phone_number_id for _, item, _, _ in items if item is not None}
        channels = self.channels.by_number(number for number in numbers if number)
        taken = []
        for record, item, incoming, reason in items:
            if item is None or incoming is None:
                taken.append(Decoded(record, None, reason))
                continue
            channel = channels.get(item.phone_number_id or "")
            source = Source(record.topic, record.partition, record.offset)
            taken.append(Decoded(record, Received(item, incoming, channel, source)))
        return taken

    def _append(self, batch: Sequence[Decoded], known: StreamCache) -> Conflict | None:
        """Decide the batch and write it; what was lost, or None when it is written.

        Raises:
            StaleOwner, LogUnavailable, TopicsUnavailable
        """
        records = [taken.record for taken in batch]
        received = [taken.received for taken in batch if taken.received is not None]
        prefetch(known, received, self._lately, self._seen)
        draft = UnitOfWork(known)
        decisions = Decisions(draft, seen=self._seen, now=self.now)
        for item in received:
            decisions.take(item)
        draft.advances += self.reader.advances(records)
        if unclear := [(taken.record, taken.reason) for taken in batch if taken.received is None]:
            self.reader.keep_parked(unclear)
        failpoint("before_append")
        answer = self.log.append(draft.append(dedupe=not switched_off("dedupe")))
        if isinstance(answer, Conflict):
            self._lately.forget(answer.streams)
            self.reader.refuse_stale(answer)
            return answer
        assert isinstance(answer, Appended), "no batch carries an idempotency key"
        failpoint("after_append")
        self.reader.advanced(records)
        self._lately.keep(draft.changed_conversations())
        return None


def _meaning(record: Record) -> tuple[InboundItem | None, Incoming | None, str]:
    """The item and what it means, or the reason why it means nothing."""
    try:
        item = decode(record.value or b"")
        return item, normalise(item), ""
    except NotAnItem as wrong:
        return None, None, f"the value is not a whatsapp.inbound.v1 record: {wrong}"
