"""Attempts to send, as events: claimed before the call, with their outcome after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random

import orjson

from domain import streams
from domain.contact.state import Contact
from domain.delivery import claim
from domain.event import Event
from domain.log.append import KeptNotice, NewWamid, WamidKey
from schemas.outbound import OutboundItem
from services.inbound.decisions import Decisions
from services.inbound.deliveries import record_delivery
from services.queries.channels import KnownChannel
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork

ACTOR = "system:sender"
RETRY_DELAYS_S = (2.0, 8.0, 30.0, 120.0, 300.0)
HALTED = "channel_halted"
_MAX_RETRY_AFTER_S = 3600.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed attempt: one call may be made for it, before `deadline_at`.

    `call_before` is the same on the monotonic clock.
    """

    item: OutboundItem
    channel: KnownChannel
    to: str | None
    bsuid: str | None
    text: str
    deadline_at: datetime
    call_before: float


@dataclass(frozen=True, slots=True)
class Sent:
    """WhatsApp accepted the message."""

    wamid: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The message was not sent. `retry_after_s` is what WhatsApp asked for; `halts` stops the channel."""

    code: str
    title: str
    retryable: bool
    retry_after_s: float | None = None
    halts: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the message was sent."""

    reason: str


Outcome = Sent | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Attempts:
    """Records attempts on a unit of work. `random` spreads the retries."""

    unit: UnitOfWork
    random: Random

    def claim(self, item: OutboundItem, deadline_at: datetime) -> bool:
        """Claim the attempt; False when it is not to be made (a repeat, or one that was never asked for)."""
        delivery = self.unit.delivery(item.message_id).state
        facts = claim(delivery, item.conversation_id, item.ticket, item.attempt, deadline_at)
        self._record(item, facts)
        return bool(facts)

    def record_outcome(
        self, item: OutboundItem, channel: KnownChannel | None, outcome: Outcome, at: datetime
    ) -> None:
        """Record what came of the call."""
        delivery = self.unit.delivery(item.message_id).state
        if delivery is None:
            return
        match outcome:
            case Sent(wamid=wamid):
                erased = item.contact_id in self.unit.cache.erased  # then nothing can hold the wamid
                self._record(
                    item,
                    delivery.unconfirmed("contact_erased", item.attempt)
                    if erased
                    else delivery.accepted(wamid, at),
                )
                if channel is not None:
                    self._name(item, channel, wamid, at)
            case NotSent():
                retry_at = self._retry_at(outcome, item.attempt, at) if outcome.retryable else None
                self._record(item, delivery.refused(outcome.code, outcome.title, at, retry_at, item.attempt))
                if outcome.halts and channel is not None:
                    self._note_halt(channel, outcome, at)
            case Unknown(reason=reason):
                self._record(item, delivery.unconfirmed(reason, item.attempt))

    def _name(self, item: OutboundItem, channel: KnownChannel, wamid: str, at: datetime) -> None:
        """Tie the wamid to our message, and decide the orphans that waited for it."""
        key = WamidKey(channel.id, wamid, at)
        if self.unit.wamid(key, arriving=True) is None:
            claimed = NewWamid(key, item.tenant_id, item.message_id, item.conversation_id)
            Decisions(self.unit, ACTOR).adopt(self.unit.claim_message_id(claimed), channel)

    def _retry_at(self, refused: NotSent, attempt: int, at: datetime) -> datetime:
        delay = RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S)) - 1] * self.random.uniform(0.7, 1.3)
        asked = min(refused.retry_after_s or 0.0, _MAX_RETRY_AFTER_S) * self.random.uniform(1.0, 1.2)
        return at + timedelta(seconds=max(delay, asked))

    def _note_halt(self, channel: KnownChannel, refused: NotSent, at: datetime) -> None:
        raw = orjson.dumps({"channel": channel.id, "code": refused.code, "title": refused.title, "at": at})
        digest = blake2b(raw, digest_size=16).digest()
        self.unit.keep_notice(KeptNotice(channel.tenant_id, channel.id, HALTED, digest, raw, at))

    def _record(self, item: OutboundItem, facts: Sequence[Event]) -> None:
        origin = Origin(item.tenant_id, ACTOR, item.caused_by)
        record_delivery(self.unit, item.message_id, facts, origin, item.conversation_id, item.contact_id)


def prefetch_claims(cache: StreamCache, items: Iterable[OutboundItem]) -> None:
    """Load the deliveries and contacts of these attempts, in a query each."""
    items = list(items)
    cache.load([item.message_id for item in items], streams.delivery)
    cache.load([item.contact_id for item in items], streams.contact)


def address_of(contact: Contact | None) -> tuple[str | None, str | None]:
    """Find the present number, as WhatsApp writes it, and the present business-scoped id; neither for an
    erased contact."""
    return (None, None) if contact is None else (contact.number, contact.bsuid)
