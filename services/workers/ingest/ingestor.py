"""The ingestor: records of the inbound topic become events, each exactly once."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.whatsapp.normalise import normalise
from domain.incoming import Incoming
from domain.log.append import Conflict, Source
from domain.log.port import Log
from schemas.inbound import InboundItem, NotAnItem, decode
from schemas.topics import INBOUND, Record, Topics
from services.inbound.decisions import Decisions, Received
from services.inbound.digests import DigestCache
from services.queries.channels import ChannelLookup
from services.runtime.clock import Clock, utc_now
from services.runtime.failpoint import failpoint, switched_off
from services.workers.ingest.conversation_cache import ConversationCache
from services.workers.ingest.prefetch import prefetch
from services.workers.topic_reader import Decoded, LogTopicReader
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

GROUP = "ingest"
MAX_RECORDS = 500
CHORE_EVERY_S = 3.0


@dataclass
class Ingestor:
    """A member of the group that reads the inbound topic. For one thread."""

    log: Log
    topics: Topics
    channels: ChannelLookup
    max_records: int = MAX_RECORDS
    now: Clock = utc_now
    reader: LogTopicReader = field(init=False)
    _digests: DigestCache = field(default_factory=DigestCache)
    _conversations: ConversationCache = field(default_factory=ConversationCache)

    def __post_init__(self) -> None:
        self.reader = LogTopicReader(self.log, self.topics, INBOUND, GROUP)

    def run(self, stop: threading.Event, chore: Callable[[], object] = lambda: None) -> None:
        """Ingest until `stop`, then leave the group; waits while database or broker is unavailable.

        `chore` is called every few seconds: it may replay the quarantine.

        Raises:
            OffsetOutOfRange: the record that the log says comes next is not in the topic any more.
        """
        due_at = 0.0

        def step() -> None:
            nonlocal due_at
            self.step(0.5)
            if time.monotonic() >= due_at:
                chore()
                due_at = time.monotonic() + CHORE_EVERY_S

        self.reader.run(step, stop)

    def step(self, timeout_s: float) -> int:
        """Ingest the next records, waiting at most `timeout_s` for the first; return their number."""
        return self.reader.process_next(
            self.max_records,
            timeout_s,
            lambda records: self.reader.process_batch(self._decode(records), self._write),
        )

    def close(self) -> None:
        """Leave the group."""
        self.reader.close()

    def _decode(self, records: Sequence[Record]) -> list[Decoded[Received]]:
        items = [(record, *_meaning(record)) for record in records]
        numbers = {item.phone_number_id for _, item, _, _ in items if item is not None}
        channels = self.channels.by_number(number for number in numbers if number)
        decoded: list[Decoded[Received]] = []
        for record, item, incoming, reason in items:
            if item is None or incoming is None:
                decoded.append(Decoded(record, None, reason))
                continue
            channel = channels.get(item.phone_number_id or "")
            source = Source(record.topic, record.partition, record.offset)
            decoded.append(Decoded(record, Received(item, incoming, channel, source)))
        return decoded

    def _write(self, batch: Sequence[Decoded[Received]], cache: StreamCache) -> Conflict | None:
        """Decide the batch and commit it; return the conflict, or None once it is written.

        Raises:
            StaleOwner, LogUnavailable, TopicsUnavailable
        """
        received = [item.value for item in batch if item.value is not None]
        prefetch(cache, received, self._conversations, self._digests)
        unit = UnitOfWork(cache, claims_message_ids=not switched_off("dedupe"))
        decisions = Decisions(unit, digests=self._digests, now=self.now)
        for item in received:
            decisions.decide(item)
        failpoint("before_append")
        if (conflict := self.reader.commit(unit, batch)) is not None:
            self._conversations.forget(conflict.streams)
            return conflict
        failpoint("after_append")
        self._conversations.keep(unit.changed_conversations())
        return None


def _meaning(record: Record) -> tuple[InboundItem | None, Incoming | None, str]:
    """Decode a record to an item and its meaning, or return the reason why it has none."""
    try:
        item = decode(record.value or b"")
        return item, normalise(item), ""
    except NotAnItem as wrong:
        return None, None, f"the value is not a whatsapp.inbound.v1 record: {wrong}"
