"""The sender: claims an attempt, makes one call for it, and records the outcome."""

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import structlog

from adapters.whatsapp.graph import AcceptedByMeta, DeadlinePassed, GraphApi, GraphRefused, OutcomeUnknown
from domain.log.append import Conflict
from domain.log.port import Log
from schemas.outbound import OutboundItem, ReadItem, Wanted, decode
from schemas.topics import OUTBOUND, Record, Topics
from services.queries.channels import ChannelLookup, KnownChannel
from services.runtime.clock import Clock
from services.runtime.failpoint import failpoint
from services.workers.decoding import Decoded, decode_each, require_key
from services.workers.send.attempts import (
    Attempts,
    Claimed,
    NotSent,
    Outcome,
    Sent,
    Unknown,
    address_of,
    prefetch_claims,
)
from services.workers.send.outcomes import Outcomes
from services.workers.send.pacing import Pacing
from services.workers.send.read_receipts import ReadReceiptSender
from services.workers.template_sync import REFUSED, Request, no_request
from services.workers.topic_reader import LogTopicReader, StaleOwner
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

CALL_S = 20.0
LEAST_CALL_S = 0.5  # a call that begins later than this before its deadline is not worth beginning
WORKERS, MAX_IN_FLIGHT = 32, 128
STOP_S = 7.0

log = structlog.get_logger("send")


@dataclass
class MessageSender:
    """A member of the group that reads the outbound topic; serves many conversations side by side.

    The publisher asks for one attempt of a conversation at a time. To keep the order, it is enough that no
    second call is made for a conversation in flight.
    """

    log: Log
    topics: Topics
    channels: ChannelLookup
    graph: GraphApi
    now: Clock
    pacing: Pacing = field(default_factory=Pacing)
    random: Random = field(default_factory=Random)
    call_s: float = CALL_S
    sync: Request = no_request
    workers: int = WORKERS
    reader: LogTopicReader = field(init=False)
    outcomes: Outcomes = field(init=False)
    receipts: ReadReceiptSender = field(init=False)
    _calls: "queue.SimpleQueue[Claimed | None]" = field(default_factory=queue.SimpleQueue)
    _in_flight: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reader = LogTopicReader(self.log, self.topics, OUTBOUND)
        self.outcomes = Outcomes(self.log, self.now, self.random, self._landed)
        self.receipts = ReadReceiptSender(self.graph, self.now)

    def run(self, stop: threading.Event) -> None:
        """Send until `stop`, then finish the calls under way; waits while database or broker is away."""
        self.start()
        try:
            self.reader.run(lambda: self.step(0.5), stop)
        finally:
            self.close()

    def start(self) -> None:
        """Start the threads that call, and the one that records outcomes."""
        for number in range(self.workers):
            # Daemons: a call that hangs must not hold up the end of the process.
            threading.Thread(target=self._work, name=f"call-{number}", daemon=True).start()
        self.outcomes.start()
        self.receipts.start()

    def step(self, timeout_s: float) -> int:
        """Claim the next attempts, waiting at most `timeout_s`; return the number of records."""
        free = MAX_IN_FLIGHT - len(self._in_flight)
        if free <= 0:
            time.sleep(0.01)
            return 0
        records = self.reader.poll(free, timeout_s)
        if not records:
            return 0
        ready, held = self._sorted(records)
        try:
            if ready:
                self.reader.process_batch(ready, self._claim)
        except StaleOwner:
            self.reader.rewind({record.partition for record in records})
            return 0
        if held:
            self.reader.rewind(held)
            time.sleep(0.02)
        self.reader.report_offsets()
        return len(ready)

    def idle(self) -> bool:
        """Whether no claimed attempt waits for its outcome, and no receipt for its call."""
        return not self._in_flight and self.receipts.idle()

    def close(self) -> None:
        """Leave the group, wait for the calls under way, and record their outcomes."""
        self.reader.close()
        self.receipts.close()
        until = time.monotonic() + STOP_S
        while self._in_flight and time.monotonic() < until:
            time.sleep(0.02)
        for _ in range(self.workers):
            self._calls.put(None)
        self.outcomes.close()

    def _sorted(self, records: Sequence[Record]) -> tuple[list[Decoded[Wanted]], set[int]]:
        """Split records into what can be claimed now, and the partitions held by a conversation in flight."""
        ready: list[Decoded[Wanted]] = []
        held: set[int] = set()
        taken = set(self._in_flight)
        for decoded in decode_each(records, _decode):
            if (partition := decoded.record.partition) in held:
                continue
            if isinstance(decoded.value, OutboundItem):
                if decoded.value.conversation_id in taken:
                    held.add(partition)
                    continue
                taken.add(decoded.value.conversation_id)
            ready.append(decoded)
        return ready, held

    def _claim(self, batch: Sequence[Decoded[Wanted]], cache: StreamCache) -> Conflict | None:
        """Claim attempts in one append with their offsets, then hand them to the threads that call."""
        wanted = [decoded.value for decoded in batch if decoded.value is not None]
        items = [value for value in wanted if isinstance(value, OutboundItem)]
        channels = self.channels.by_id((value.tenant_id, value.channel_id) for value in wanted)
        prefetch_claims(cache, items)
        unit = UnitOfWork(cache)
        claimed = self._claimed(unit, items, channels)
        if (conflict := self.reader.commit(unit, batch)) is not None:
            return conflict
        for claim in claimed:
            self._in_flight.add(claim.item.conversation_id)
            self._calls.put(claim)
        for receipt in wanted:
            if isinstance(receipt, ReadItem):
                channel = channels.get(receipt.channel_id)
                if channel is not None and self.pacing.halted(channel.id) is None:
                    self.receipts.put(receipt, channel)
        return None

    def _claimed(
        self, unit: UnitOfWork, items: Sequence[OutboundItem], channels: Mapping[UUID, KnownChannel]
    ) -> list[Claimed]:
        """Claim attempts on the unit; those that cannot be called for are refused at once."""
        attempts = Attempts(unit, self.random)
        at, call_before = self.now(), time.monotonic() + self.call_s
        deadline_at = at + timedelta(seconds=self.call_s)
        claimed: list[Claimed] = []
        for item in items:
            if not attempts.claim(item, deadline_at):
                continue
            channel = channels.get(item.channel_id)
            to, bsuid = address_of(unit.contact(item.contact_id).state)
            if (refused := self._refused_before(item, channel, to or bsuid)) is not None:
                attempts.record_outcome(item, channel, refused, at)
            elif channel is not None and item.text is not None:
                claimed.append(Claimed(item, channel, to, bsuid, item.text, deadline_at, call_before))
        return claimed

    def _refused_before(
        self, item: OutboundItem, channel: KnownChannel | None, address: str | None
    ) -> NotSent | None:
        if item.text is None or address is None:
            return NotSent("contact_erased", "The contact was erased before this was sent.", False)
        if channel is None:
            return NotSent("channel_gone", "The channel does not exist any more.", False)
        if (halt := self.pacing.halted(channel.id)) is not None:
            return NotSent(halt.code, f"The channel is stopped: {halt.title}", False)
        return None

    def _work(self) -> None:
        while (claim := self._calls.get()) is not None:
            try:
                outcome = self._call(claim)
            except Exception as bug:  # it may have happened after the call: only a person can tell
                log.error("call failed, outcome unknown", exc_info=bug)
                outcome = Unknown("broken")
            self.outcomes.put(claim, outcome)

    def _call(self, claim: Claimed) -> Outcome:
        failpoint("after_claim")
        channel = claim.channel
        left = claim.call_before - time.monotonic() - LEAST_CALL_S
        if not self.pacing.wait(channel.id, left) or self._is_late(claim):
            # A long rest costs one retry; several would use up all retries.
            return _not_called(self.pacing.rests_s(channel.id))
        try:
            accepted = self._send(claim)
        except DeadlinePassed:
            return _not_called()
        except OutcomeUnknown as unknown:
            failpoint("after_call")
            return Unknown(str(unknown)[:200])
        except GraphRefused as refused:
            failpoint("after_call")
            return self._refused(channel, refused)
        failpoint("after_call")
        self.pacing.passed(channel.id)
        return Sent(accepted.wamid)

    def _send(self, claim: Claimed) -> AcceptedByMeta:
        """Call WhatsApp once, for a template or a text."""
        number, ours = claim.channel.phone_number_id, claim.item.message_id
        if claim.item.template is not None:
            return self.graph.send_template(
                number,
                claim.to,
                claim.item.template,
                ours,
                deadline=claim.call_before,
                recipient_bsuid=claim.bsuid,
            )
        return self.graph.send_text(
            number, claim.to, claim.text, ours, deadline=claim.call_before, recipient_bsuid=claim.bsuid
        )

    def _is_late(self, claim: Claimed) -> bool:
        """Return whether the deadline has passed, by either clock: one of them stops on a frozen machine."""
        until = self.now() + timedelta(seconds=LEAST_CALL_S)
        return until >= claim.deadline_at or time.monotonic() + LEAST_CALL_S >= claim.call_before

    def _refused(self, channel: KnownChannel, refused: GraphRefused) -> NotSent:
        code = str(refused.code)
        halts = False
        if refused.halt:
            halts = self.pacing.halt(channel.id, code, refused.title)
            log.error("channel halted", channel=str(channel.id), code=code, title=refused.title)
        elif code in REFUSED and channel.account is not None:
            self.sync([channel.account])
        elif refused.retryable and refused.retry_after and refused.scope in ("number", "account"):
            self.pacing.rest(channel.id, refused.retry_after)
        return NotSent(code, refused.title, refused.retryable, refused.retry_after, halts)

    def _landed(self, claims: Sequence[Claimed]) -> None:
        self._in_flight.difference_update(claim.item.conversation_id for claim in claims)


def _not_called(retry_after_s: float | None = None) -> NotSent:
    return NotSent("not_called", "The call could not begin before its deadline.", True, retry_after_s)


def _decode(record: Record) -> Wanted:
    wanted = decode(record.value)
    if isinstance(wanted, OutboundItem):
        require_key(record, wanted.conversation_id)
    return wanted
