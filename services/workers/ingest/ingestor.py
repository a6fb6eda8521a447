"""The ingestor: records of the inbound topic become events, each exactly once."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.whatsapp.normalise import normalise
from domain.incoming import Incoming
from domain.log.append import Conflict
from domain.log.port import Log
from schemas.inbound import InboundItem, decode
from schemas.topics import INBOUND, Record, Topics
from services.inbound.decisions import Decisions, Received
from services.inbound.digests import DigestCache
from services.inbound.known_senders import KnownSenders
from services.queries.channels import ChannelLookup
from services.runtime.clock import Clock, utc_now
from services.runtime.failpoint import failpoint, switched_off
from services.workers.decoding import Decoded, decode_each, source_of
from services.workers.ingest.conversation_cache import ConversationCache
from services.workers.ingest.prefetch import prefetch
from services.workers.template_sync import Request, accounts_of, no_request
from services.workers.topic_reader import LogTopicReader
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

MAX_RECORDS = 500
CHORE_EVERY_S = 3.0

Translated = tuple[InboundItem, Incoming]
"""An item, and what it means."""


@dataclass
class Ingestor:
    """A member of the group that reads the inbound topic. For one thread."""

    log: Log
    topics: Topics
    channels: ChannelLookup
    max_records: int = MAX_RECORDS
    now: Clock = utc_now
    sync: Request = no_request
    reader: LogTopicReader = field(init=False)
    _digests: DigestCache = field(default_factory=DigestCache)
    _conversations: ConversationCache = field(default_factory=ConversationCache)
    _senders: KnownSenders = field(default_factory=KnownSenders)

    def __post_init__(self) -> None:
        self.reader = LogTopicReader(self.log, self.topics, INBOUND)

    def run(self, stop: threading.Event, chore: Callable[[], object] = lambda: None) -> None:
        """Ingest until `stop`, then leave the group; waits while database or broker is unavailable.

        `chore` is called every few seconds: it may replay the quarantine.
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
            lambda records: self.reader.process_batch(decode_each(records, _decode), self._write),
        )

    def close(self) -> None:
        """Leave the group."""
        self.reader.close()

    def _write(self, batch: Sequence[Decoded[Translated]], cache: StreamCache) -> Conflict | None:
        """Decide the batch and commit it; return the conflict, or None once it is written.

        Raises:
            StaleOwner, LogUnavailable, TopicsUnavailable
        """
        received = self._received(batch)
        prefetch(cache, received, self._conversations, self._digests, self._senders)
        unit = UnitOfWork(cache, claims_message_ids=not switched_off("dedupe"))
        decisions = Decisions(unit, digests=self._digests, senders=self._senders, now=self.now)
        for item in received:
            decisions.decide(item)
        # Before the append: asked twice after a crash, never not at all.
        self.sync(accounts_of({(item.item.field, item.item.waba_id) for item in received}))
        failpoint("before_append")
        if (conflict := self.reader.commit(unit, batch)) is not None:
            self._conversations.forget(conflict.streams)
            self._senders.forget(conflict.streams)
            return conflict
        failpoint("after_append")
        self._conversations.keep(unit.changed_conversations())
        return None

    def _received(self, batch: Sequence[Decoded[Translated]]) -> list[Received]:
        """Add the channels of their numbers to what was decoded."""
        items = [item.value[0] for item in batch if item.value is not None]
        numbers = {item.phone_number_id for item in items if not item.foreign}
        channels = self.channels.by_number(number for number in numbers if number)
        return [
            Received(
                item,
                incoming,
                None if item.foreign else channels.get(item.phone_number_id or ""),
                source_of(decoded.record),
            )
            for decoded in batch
            if decoded.value is not None
            for item, incoming in [decoded.value]
        ]


def _decode(record: Record) -> Translated:
    item = decode(record.value)
    return item, normalise(item)
