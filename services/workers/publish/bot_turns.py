"""Events that make it the bot's turn, as records for the bot engine."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from adapters.postgres.queries.hand_offs import since_hand_off
from domain.contact import state as contacts
from domain.contact.card import Details, together
from domain.contact.merge import main_of
from domain.contact.state import Contact
from domain.conversation import state as conversations
from domain.conversation.message_events import MessageReceived, NoticeReceived
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import BotReactivated, HandedOff
from domain.event import ERASED, Recorded, unsealed
from domain.log.port import Log
from schemas.bot import CustomerMessage, Summary, Turn, TurnContact
from schemas.topics import BOT_TURNS, Outgoing


def is_turn(event: Recorded) -> bool:
    """Return whether this event gives the bot a turn. An erased message gives none."""
    fact = event.fact
    if isinstance(fact, MessageReceived):
        return fact.epoch is not None and fact.wamid is not ERASED
    if isinstance(fact, NoticeReceived):
        return fact.for_bot and fact.wamid is not ERASED
    return isinstance(fact, BotReactivated)


def turns(log: Log, db: Connection[Any], events: Sequence[Recorded]) -> Iterator[Outgoing]:
    """Build the records of these events, in their order."""
    threads = log.load({id for event in events if (id := event.conversation_id)}, conversations.evolve)
    people = _people(log, {id for event in events if (id := event.contact_id)})
    for event in events:
        assert event.conversation_id is not None, "a turn belongs to a conversation"
        assert event.contact_id is not None, "a conversation is one of a contact"
        thread = threads[event.conversation_id].state
        assert thread is not None, "its facts were read just now"
        turn = _turn(log, db, event, thread, people[event.contact_id])
        yield Outgoing(BOT_TURNS, str(event.conversation_id).encode(), turn.model_dump_json().encode())


def _turn(log: Log, db: Connection[Any], event: Recorded, thread: Conversation, contact: TurnContact) -> Turn:
    fact = event.fact
    assert event.conversation_id is not None
    message: CustomerMessage | None = None
    summary: Summary | None = None
    variables: dict[str, Any] = {}
    kind: Literal["message", "reactivated", "welcome"]
    epoch: int | None
    match fact:
        case MessageReceived(epoch=epoch, answer_by=answer_by):
            kind, turn_id, message = "message", fact.message_id, _message(fact)
        case BotReactivated(epoch=epoch, answer_by=answer_by):
            kind, turn_id = "reactivated", fact.turn_id
            summary, variables = _summary(log, db, event, fact, event.conversation_id)
        case NoticeReceived():
            kind, turn_id, epoch, answer_by = "welcome", fact.message_id, thread.control, None
        case _:
            raise AssertionError("not a turn")
    assert epoch is not None
    return Turn(
        tenant_id=event.tenant_id,
        channel_id=thread.channel_id,
        conversation_id=event.conversation_id,
        ticket=fact.ticket,
        epoch=epoch,
        turn_id=turn_id,
        kind=kind,
        answer_by=answer_by,
        message=message,
        summary=summary,
        contact=contact,
        variables=variables,
    )


def _message(fact: MessageReceived) -> CustomerMessage:
    return CustomerMessage(
        id=fact.message_id,
        type=fact.type,
        text=unsealed(fact.text),
        raw=unsealed(fact.raw),
        sent_at=fact.sent_at,
    )


def _summary(
    log: Log, db: Connection[Any], event: Recorded, fact: BotReactivated, conversation_id: UUID
) -> tuple[Summary, dict[str, Any]]:
    since = since_hand_off(db, conversation_id, event.position)
    came = log.read(since.position - 1, 1)[0].fact if since.position else None
    reason, variables = None, None
    if isinstance(came, HandedOff):
        reason, variables = came.reason, unsealed(came.variables)
    summary = Summary(
        reason=reason, received=since.received, sent=since.sent, until=fact.until, back_at=fact.back_at
    )
    return summary, variables or {}


def _people(log: Log, ids: Set[UUID]) -> dict[UUID, TurnContact]:
    """Load the cards of the customers; merged contacts have one, on which the main contact's fields win."""
    known = _contacts(log, ids)
    known |= _contacts(log, {main_of(id, contact) for id, contact in known.items()} - known.keys())
    known |= _contacts(log, {id for contact in known.values() for id in contact.aliases} - known.keys())
    return {id: _told(id, known) for id in ids}


def _contacts(log: Log, ids: Set[UUID]) -> dict[UUID, Contact]:
    loaded = log.load(ids, contacts.evolve) if ids else {}
    return {id: found.state or Contact() for id, found in loaded.items()}


def _told(contact_id: UUID, known: Mapping[UUID, Contact]) -> TurnContact:
    nobody = Contact()
    contact = known.get(contact_id, nobody)
    main_id = main_of(contact_id, contact)
    group = [main_id, *sorted(known.get(main_id, nobody).aliases)]
    card = together(Details.of(known.get(id, nobody).card) for id in group)
    return TurnContact(
        id=contact_id,
        name=card.name,
        phone=contact.phone,
        email=card.email,
        attributes=dict(card.attributes),
    )
