"""Decide incoming items: whose each is, what it changes, and where it waits if it cannot be decided yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from uuid import UUID

import orjson
import structlog

from adapters.whatsapp.normalise import normalise
from domain import streams
from domain.contact.card import DisplayName
from domain.contact.preference import prefer_marketing
from domain.conversation.receive import WELCOME, Arrival, Change, changed, echo, notice, receive
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import DEFAULT_QUEUE, queue_of
from domain.delivery import Accepted, Delivery, sent_from_app
from domain.incoming import (
    Incoming,
    IncomingAside,
    IncomingMessage,
    IncomingPreference,
    IncomingReaction,
    IncomingStatus,
    IncomingSystemNotice,
    Notice,
    Unreadable,
)
from domain.log.append import (
    KeptNotice,
    KnownWamid,
    NewWamid,
    Orphan,
    Quarantined,
    Source,
    ThreadKey,
    WamidKey,
)
from schemas.inbound import InboundItem, decode, encode
from services.inbound.cards import NOBODY, display_name_of, update_profile
from services.inbound.deliveries import record_delivery
from services.inbound.digests import DigestCache
from services.inbound.identification import apply_identity_change, known_contacts, resolve_contact
from services.inbound.known_senders import KnownSenders
from services.queries.channels import KnownChannel
from services.runtime.clock import Clock, utc_now
from services.runtime.failpoint import switched_off
from services.write.unit_of_work import Origin, UnitOfWork

log = structlog.get_logger("ingest")

CONFLICT = "conflict"
FOREIGN_CHANGE = "foreign_change"
ORPHAN_BROKEN = "orphan_broken"
UNKNOWN_NUMBER = "unknown_number"
FOREIGN_NUMBER = "foreign_number"
APP = "system:app"
"""The actor of what the business did in its WhatsApp app; which person it was is unknown."""

_ASIDE = "It says nothing to us, and its sender has no conversation that it could be noted in."
_FOREIGN = (
    "The app secret that signed it does not speak for this number."
    " If it should, name the number in BALCAO_WHATSAPP_APP_SECRET, then `balcao quarantine replay`."
)
MessageOrNotice = IncomingMessage | IncomingSystemNotice | IncomingAside
FromCustomer = MessageOrNotice | Change


@dataclass(frozen=True, slots=True)
class Received:
    """An item with its meaning, its channel (None: not one of ours), and the record that it came in."""

    item: InboundItem
    incoming: Incoming
    channel: KnownChannel | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class _Sent:
    """An outgoing message, and the contact that it went to."""

    message_id: UUID
    delivery: Delivery
    contact_id: UUID
    erased: bool


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decides items on a unit of work, one after the other."""

    unit: UnitOfWork
    actor: str = "system:ingest"
    now: Clock = utc_now
    digests: DigestCache = field(default_factory=DigestCache)
    senders: KnownSenders = field(default_factory=KnownSenders)

    def decide(self, received: Received) -> None:
        """Decide one item; keep what cannot be decided now where it will be found again."""
        incoming, channel = received.incoming, received.channel
        match incoming:
            case _ if received.item.foreign:
                self._quarantine(
                    received, FOREIGN_NUMBER, _FOREIGN, encode(replace(received.item, foreign=False))
                )
            case Unreadable():
                self._quarantine(received, incoming.code, incoming.reason, incoming.raw)
            case Notice():
                self._keep_notice(received, incoming.field, orjson.dumps(incoming.raw))
            case IncomingPreference():
                self._prefer(received, incoming, channel)
            case _ if channel is None:
                self._quarantine(received, *_unknown(received.item), encode(received.item))
            case IncomingAside() if not self._has_place(incoming, channel):
                self._quarantine(received, incoming.kind, _ASIDE, encode(received.item))
            case IncomingMessage() | IncomingSystemNotice() | IncomingAside():
                self._message(received, incoming, channel)
            case IncomingStatus():
                self._status(received, incoming, channel)
            case _:
                self._change(received, incoming, channel)

    def adopt(self, orphans: Iterable[Orphan], channel: KnownChannel) -> None:
        """Decide the orphans of a message that this unit brings.

        One that fails is quarantined: it must not stop the message.
        """
        for orphan in orphans:
            try:
                item = decode(orphan.item)
                self.decide(Received(item, normalise(item), channel, None))
            except (ValueError, TypeError, AssertionError) as broken:
                log.error("orphan cannot be decided, quarantined", reason=type(broken).__name__)
                reason = "It waited for a message; when that came, it could not be applied."
                digest = blake2b(orphan.digest + ORPHAN_BROKEN.encode(), digest_size=16).digest()
                self.unit.quarantine(
                    Quarantined(ORPHAN_BROKEN, reason, orphan.item, orphan.received_at, digest=digest)
                )

    def _message(self, received: Received, incoming: MessageOrNotice, channel: KnownChannel) -> None:
        """Add a message, or a notice about the customer, to their thread, once."""
        key = own_key(incoming, channel)
        if self._repeated(key) is not None:
            if isinstance(incoming, IncomingMessage) and self.digests.differs(channel.id, incoming):
                self._keep_notice(received, CONFLICT, encode(received.item))
            return
        # Before the ticket: its row shows the contact as it stands with this message.
        contact_id = self._writer(incoming, channel, received.source)
        thread = ThreadKey(channel.tenant_id, channel.id, contact_id)
        conversation_id = self.unit.conversation_of(thread)
        if conversation_id is None:
            conversation_id = self.unit.new_id()
            self.unit.mark_new(conversation_id, streams.conversation)
            self.unit.name_thread(thread, conversation_id)
        conversation = self.unit.conversation(conversation_id).state
        opens = _may_open(incoming) and (conversation is None or not conversation.is_open)
        person = display_name_of(self.unit, contact_id) if opens else NOBODY
        arrival = self._arrival(received, incoming, channel, contact_id, person)
        if opens and not self.unit.has_queue(channel.tenant_id, arrival.queue):
            arrival = replace(arrival, queue=DEFAULT_QUEUE)  # the channel was read some seconds ago
        reopens = channel.reopen_within_s or (conversation is not None and conversation.active_since)
        if reopens and opens and conversation is not None:
            owner, queue = conversation.owner, conversation.queue
            arrival = replace(
                arrival,
                owner_left=owner is not None and self.unit.active_agent(owner) is None,
                team_left=not self.unit.has_queue(channel.tenant_id, queue),
            )
        origin = Origin(channel.tenant_id, f"contact:{contact_id}", source=received.source)
        match incoming:
            case IncomingMessage(from_app=True):
                facts, origin = echo(conversation, incoming, arrival), replace(origin, actor=APP)
            case IncomingMessage():
                facts = receive(conversation, incoming, arrival)
            case _:
                facts = notice(conversation, incoming, arrival)
        if isinstance(incoming, IncomingMessage):
            self.digests.note(channel.id, incoming.wamid, incoming)
        self.unit.record(conversation_id, facts, streams.conversation, origin, conversation_id, contact_id)
        if isinstance(incoming, IncomingMessage) and incoming.from_app:
            self._begin_delivery(incoming, arrival, conversation_id, origin)
        self._claim(key, channel, arrival.message_id, conversation_id)

    def _prefer(self, received: Received, choice: IncomingPreference, channel: KnownChannel | None) -> None:
        """Record what a customer said of marketing messages; of somebody unknown it is kept as it came."""
        known = () if channel is None else known_contacts(self.unit, choice.sender, channel)
        contact_id = next(filter(None, known), None)
        contact = None if contact_id is None else self.unit.contact(contact_id).state
        if channel is None or contact_id is None or contact is None:
            self._keep_notice(received, choice.field, orjson.dumps(choice.raw))
            return
        origin = Origin(channel.tenant_id, f"contact:{contact_id}", source=received.source)
        facts = prefer_marketing(contact, choice.stops, choice.at)
        self.unit.record(contact_id, facts, streams.contact, origin, contact_id=contact_id)

    def _writer(self, incoming: MessageOrNotice, channel: KnownChannel, source: Source | None) -> UUID:
        """Find the customer, and record what the item says about them: addresses, name, a new number."""
        sender, at = incoming.sender, incoming.sent_at
        match incoming:
            case IncomingMessage(from_app=from_app, imported=imported):
                wrote, names = not from_app, not (from_app or imported)
            case IncomingSystemNotice():
                wrote, names = False, False
            case IncomingAside():
                wrote, names = True, True
        contact_id, heard = resolve_contact(self.unit, sender, at, channel, source, self.senders, wrote)
        if isinstance(incoming, IncomingSystemNotice):
            apply_identity_change(self.unit, incoming, channel, contact_id, source)
        elif wrote and heard is not None:
            if names:
                update_profile(self.unit, sender, heard, channel.tenant_id, contact_id, source)
            self.senders.note(contact_id, self.unit.contact(contact_id), sender)
        return contact_id

    def _begin_delivery(
        self, sent: IncomingMessage, arrival: Arrival, conversation_id: UUID, origin: Origin
    ) -> None:
        """Begin the delivery of a message that the business sent from its app, for the statuses to come."""
        conversation = self.unit.conversation(conversation_id).state
        ticket = 0 if conversation is None else conversation.ticket
        facts = sent_from_app(conversation_id, ticket, sent.wamid, sent.sent_at)
        self.unit.mark_new(arrival.message_id, streams.delivery)
        self.unit.record(
            arrival.message_id, facts, streams.delivery, origin, conversation_id, arrival.contact_id
        )

    def _has_place(self, aside: IncomingAside, channel: KnownChannel) -> bool:
        """Return whether there is a thread for it: its sender's, or a new one for the channel's bot."""
        if aside.kind == WELCOME and channel.has_bot:
            return True
        contact_id = next(filter(None, known_contacts(self.unit, aside.sender, channel)), None)
        if contact_id is None:
            return False
        return self.unit.conversation_of(ThreadKey(channel.tenant_id, channel.id, contact_id)) is not None

    def _arrival(
        self,
        received: Received,
        incoming: MessageOrNotice,
        channel: KnownChannel,
        contact_id: UUID,
        person: DisplayName,
    ) -> Arrival:
        quoted = incoming.quoted if isinstance(incoming, IncomingMessage) else None
        original = self.unit.wamid(WamidKey(channel.id, quoted, incoming.sent_at)) if quoted else None
        return Arrival(
            channel_id=channel.id,
            contact_id=contact_id,
            message_id=self.unit.new_id(),
            received_at=received.item.received_at,
            decided_at=self.now(),
            channel_has_bot=channel.has_bot,
            return_after=channel.return_after,
            auto_assign=channel.auto_assign,
            reopen_within=timedelta(seconds=channel.reopen_within_s),
            active_within=channel.active_return,
            queue=queue_of(channel.team_id),
            name=person.name,
            phone=person.phone,
            person_id=person.main_id,
            person_name=person.main_name,
            quoted_id=original.message_id if original else None,
        )

    def _change(self, received: Received, change: Change, channel: KnownChannel) -> None:
        """Apply a reaction, an edit or a revocation to the message that it names, or hold it for it."""
        key = own_key(change, channel)
        if self._repeated(key) is not None:
            return
        target = self.unit.wamid(WamidKey(channel.id, change.target, change.sent_at))
        if target is None:
            self._hold(received, channel, change.target)
            return
        conversation = self.unit.conversation(target.conversation_id).state
        if conversation is None or self._is_erased(conversation):
            return
        if not self._is_senders_own(change, target, conversation, channel):
            # What is remembered of it may be old: it must not have been erased since.
            self.unit.depend_on(target.conversation_id, streams.conversation)
            self._keep_notice(received, FOREIGN_CHANGE, encode(received.item))
            return
        facts = changed(conversation, change, target.message_id)
        id, contact_id = target.conversation_id, conversation.contact_id
        actor = APP if change.from_app else f"contact:{contact_id}"
        origin = Origin(channel.tenant_id, actor, source=received.source)
        self.unit.record(id, facts, streams.conversation, origin, id, contact_id)
        self._claim(key, channel, target.message_id, id)

    def _is_senders_own(
        self, change: Change, target: KnownWamid, conversation: Conversation, channel: KnownChannel
    ) -> bool:
        """Return whether the sender may change a message: within their own conversation they may react to
        any, and edit or revoke what they wrote. So may the business from its app, in every conversation."""
        if change.from_app:
            return isinstance(change, IncomingReaction) or self._is_ours(target)
        if conversation.contact_id not in known_contacts(self.unit, change.sender, channel):
            return False
        return isinstance(change, IncomingReaction) or not self._is_ours(target)

    def _is_ours(self, target: KnownWamid) -> bool:
        return self.unit.delivery(target.message_id).state is not None

    def _status(self, received: Received, status: IncomingStatus, channel: KnownChannel) -> None:
        """Apply a status to a message of ours, found by our own id, else by the wamid; hold unknown ones."""
        key = WamidKey(channel.id, status.wamid, status.at)
        ours = self._sent(status.message_id, channel) if status.message_id else None
        if ours is None:
            if (known := self.unit.wamid(key)) is None:
                self._hold(received, channel, status.wamid)
                return
            ours = self._sent(known.message_id, channel)
        if ours is None or ours.erased:
            return  # a status of something that is no message of ours, or of nobody any more
        facts = ours.delivery.status(status)
        conversation_id = ours.delivery.conversation_id
        origin = Origin(channel.tenant_id, self.actor, source=received.source)
        record_delivery(self.unit, ours.message_id, facts, origin, conversation_id, ours.contact_id)
        if any(isinstance(fact, Accepted) for fact in facts) and self.unit.wamid(key) is None:
            self._claim(key, channel, ours.message_id, conversation_id)

    def _sent(self, message_id: UUID, channel: KnownChannel) -> "_Sent | None":
        """Find our outgoing message on this channel; the id may be anything, since it comes from outside."""
        delivery = self.unit.delivery(message_id).state
        if delivery is None:
            return None
        conversation = self.unit.conversation(delivery.conversation_id).state
        if conversation is None or conversation.channel_id != channel.id:
            return None
        return _Sent(message_id, delivery, conversation.contact_id, self._is_erased(conversation))

    def _is_erased(self, conversation: Conversation) -> bool:
        return conversation.erased or conversation.contact_id in self.unit.cache.erased

    def _repeated(self, key: WamidKey) -> KnownWamid | None:
        if switched_off("dedupe"):
            return None
        return self.unit.wamid(key, arriving=True)

    def _claim(self, key: WamidKey, channel: KnownChannel, message_id: UUID, conversation_id: UUID) -> None:
        waiting = self.unit.claim_message_id(NewWamid(key, channel.tenant_id, message_id, conversation_id))
        self.adopt(waiting, channel)

    def _hold(self, received: Received, channel: KnownChannel, wamid: str) -> None:
        self.unit.hold_orphan(
            Orphan(
                channel.tenant_id,
                channel.id,
                wamid,
                digest_of(received.item),
                encode(received.item),
                received.item.received_at,
            )
        )

    def _keep_notice(self, received: Received, field: str, raw: bytes) -> None:
        channel, item = received.channel, received.item
        self.unit.keep_notice(
            KeptNotice(
                channel.tenant_id if channel else None,
                channel.id if channel else None,
                field,
                digest_of(item, field),
                raw,
                item.received_at,
            )
        )

    def _quarantine(self, received: Received, code: str, reason: str, raw: bytes) -> None:
        item = received.item
        number = item.phone_number_id
        digest = digest_of(item, code)
        self.unit.quarantine(Quarantined(code, reason, raw, item.received_at, number, digest))


def _may_open(incoming: MessageOrNotice) -> bool:
    """Return whether it may open a ticket, so that one needs a name and a queue."""
    if isinstance(incoming, IncomingMessage):
        return not incoming.from_app
    return isinstance(incoming, IncomingSystemNotice)


def own_key(incoming: FromCustomer, channel: KnownChannel) -> WamidKey:
    """Return the key that marks an item as decided."""
    return WamidKey(channel.id, incoming.wamid, incoming.claimed_at)


def digest_of(item: InboundItem, *more: str) -> bytes:
    """Digest an item; every repeat has the same digest, whichever request brought it."""
    content = [item.kind, item.field, item.phone_number_id, item.waba_id, item.item, item.raw, *more]
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _unknown(item: InboundItem) -> tuple[str, str]:
    if item.phone_number_id is None:
        return "no_number", "It does not say to which of our WhatsApp numbers it was sent."
    return UNKNOWN_NUMBER, (
        f"No channel has the phone number id {item.phone_number_id}."
        " It is taken up when `balcao channel add` makes the number known."
    )
