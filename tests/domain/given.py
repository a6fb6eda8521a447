"""Given stored facts, when a decision is asked for, then these facts, a refusal, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Literal
from uuid import UUID

import pytest

from domain.conversation.message_events import ConversationStarted, MessageReceived, MessageSent
from domain.conversation.protocol import protocol_of
from domain.conversation.receive import Arrival
from domain.conversation.state import Conversation, evolve
from domain.conversation.ticket_events import Assigned, Closed, HandedOff, TicketOpened, Woken
from domain.event import Event
from domain.incoming import IncomingMessage, IncomingSender
from domain.refusals import DomainError

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)

THREAD, CHANNEL, MARINA = UUID(int=1), UUID(int=2), UUID(int=3)
ANA, BRUNO, CLARA = UUID(int=11), UUID(int=12), UUID(int=13)


def message_id(n: int) -> UUID:
    return UUID(int=1000 + n)


@dataclass(frozen=True)
class Then:
    """What came of the decision; comparing facts, never states."""

    decide: Callable[[], tuple[Event, ...]]

    def then(self, *facts: Event) -> None:
        assert self.decide() == facts

    def then_nothing(self) -> None:
        assert self.decide() == ()

    def then_refuses(self, refusal: type[DomainError], **attributes: Any) -> None:
        with pytest.raises(refusal) as refused:
            self.decide()
        for name, value in attributes.items():
            assert getattr(refused.value, name) == value

    def then_nothing_of(self, *kinds: type[Event]) -> None:
        assert [fact for fact in self.decide() if isinstance(fact, kinds)] == []

    @property
    def facts(self) -> tuple[Event, ...]:
        return self.decide()


@dataclass(frozen=True)
class Given:
    facts: tuple[Event, ...]

    @property
    def conversation(self) -> Conversation | None:
        return fold(self.facts)

    def when(self, decide: Callable[[Conversation], tuple[Event, ...]]) -> Then:
        conversation = self.conversation
        assert conversation is not None
        return Then(lambda: decide(conversation))

    def arrives(self, decide: Callable[[Conversation | None], tuple[Event, ...]]) -> Then:
        return Then(lambda: decide(self.conversation))


def given(*facts: Event) -> Given:
    return Given(facts)


def fold(facts: tuple[Event, ...]) -> Conversation | None:
    return reduce(lambda state, fact: evolve(state, fact), facts, None)


def state(*facts: Event) -> Conversation:
    """The thread after these facts."""
    thread = fold(facts)
    assert thread is not None
    return thread


def started() -> ConversationStarted:
    return ConversationStarted(channel_id=CHANNEL, contact_id=MARINA)


def opened(
    ticket: int = 1, at: datetime = NOON, with_bot: bool = False, control: int = 1, first: int = 1
) -> TicketOpened:
    """A ticket that its message number `first` opened."""
    return TicketOpened(
        ticket=ticket,
        channel_id=CHANNEL,
        contact_id=MARINA,
        name="Marina Prado",
        phone="5520998760142",
        with_bot=with_bot,
        window_ends_at=at + DAY,
        opened_at=at,
        control=control,
        protocol=protocol_of(at, message_id(first)),
    )


def handed_off(ticket: int = 1) -> HandedOff:
    return HandedOff(ticket=ticket, queue="default", reason="no_bot")


def received(n: int = 1, at: datetime = NOON, ticket: int = 1, **changes: Any) -> MessageReceived:
    return MessageReceived(
        **{
            "ticket": ticket,
            "message_id": message_id(n),
            "type": "text",
            "text": f"olá {n}",
            "sender_name": "Marina",
            "wamid": f"wamid.{n}",
            "raw": None,
            "quoted_id": None,
            "sent_at": at,
            "received_at": at,
            "window_ends_at": at + DAY,
            **changes,
        }
    )


def sent(n: int = 50, at: datetime = NOON, ticket: int = 1, by: UUID = ANA, **changes: Any) -> MessageSent:
    return MessageSent(
        **{
            "ticket": ticket,
            "message_id": message_id(n),
            "channel_id": CHANNEL,
            "type": "text",
            "text": f"resposta {n}",
            "author": "agent",
            "agent_id": by,
            "sent_at": at,
            **changes,
        }
    )


def assigned(to: UUID = ANA, ticket: int = 1) -> Assigned:
    return Assigned(ticket=ticket, agent_id=to, by=to)


def woken(
    at: datetime, cause: Literal["time", "customer", "agent"] = "time", by: UUID | None = None
) -> Woken:
    """A ticket that comes back to its owner."""
    return Woken(ticket=1, cause=cause, by=by, return_at=at + 15 * MINUTE)


def closed(ticket: int = 1) -> Closed:
    return Closed(ticket=ticket, by=ANA)


def waiting() -> tuple[Event, ...]:
    """A first message that waits in the queue."""
    return (started(), opened(), handed_off(), received(1))


def incoming(n: int = 1, at: datetime = NOON, **changes: Any) -> IncomingMessage:
    return IncomingMessage(
        **{
            "wamid": f"wamid.{n}",
            "sender": IncomingSender(phone="5520998760142", wa_id="5520998760142", name="Marina"),
            "type": "text",
            "sent_at": at,
            "text": f"olá {n}",
            **changes,
        }
    )


def arrival(n: int = 1, at: datetime = NOON, with_bot: bool = False) -> Arrival:
    return Arrival(
        channel_id=CHANNEL,
        contact_id=MARINA,
        message_id=message_id(n),
        received_at=at,
        decided_at=at,
        channel_has_bot=with_bot,
        name="Marina Prado",
        phone="5520998760142",
    )
