"""Templates in a conversation, and active messages: the ticket is their author's, and so is the answer."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.conversation.active_message import Opening, write_first
from domain.conversation.holder import BotControl
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.receive import receive
from domain.conversation.reply import send_template
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Assigned, Closed, HandedOff, Reopened, TicketOpened, Unassigned
from domain.conversation.timers import fire_due
from domain.event import Event
from domain.refusals import NoOpenTicket
from domain.template.content import SentTemplate
from tests.domain.given import (
    ANA,
    BRUNO,
    CHANNEL,
    DAY,
    HOUR,
    MARINA,
    MINUTE,
    NOON,
    arrival,
    assigned,
    closed,
    given,
    incoming,
    message_id,
    opened,
    received,
    started,
    state,
    waiting,
)

TEMPLATE = UUID(int=91)
FILLED = SentTemplate(name="aviso", language="pt_BR", body="Seu pedido saiu.")
QUARTER = 15 * MINUTE


def first(c: Conversation | None, at: datetime = NOON, takes: bool = True) -> tuple[Event, ...]:
    """Ana writes first."""
    opening = Opening(CHANNEL, MARINA, message_id(90), at, name="Marina Prado", phone="5520998760142")
    return write_first(c, TEMPLATE, FILLED, opening, ANA, takes)


def told(at: datetime = NOON) -> tuple[Event, ...]:
    return given().arrives(lambda c: first(c, at)).facts


def test_a_template_answers_when_the_window_is_closed() -> None:
    late = NOON + 3 * DAY
    (took, sent) = (
        given(*waiting()).when(lambda c: send_template(c, TEMPLATE, FILLED, message_id(90), ANA, late)).facts
    )
    assert took == Assigned(ticket=1, agent_id=ANA, by=ANA)
    assert isinstance(sent, MessageSent)
    assert (sent.type, sent.text, sent.template_id, sent.opens) == ("template", FILLED.body, TEMPLATE, False)
    assert state(*waiting(), took, sent).unanswered_since is None
    given(*waiting(), closed()).when(
        lambda c: send_template(c, TEMPLATE, FILLED, message_id(90), ANA, late)
    ).then_refuses(NoOpenTicket)


def test_an_active_message_opens_a_ticket_of_its_author() -> None:
    thread = state(*told())
    assert (thread.owner, thread.state, thread.ticket, thread.window_ends_at) == (ANA, "open", 1, None)
    assert (thread.unanswered_since, thread.unread) == (None, 0)
    ended = (started(), opened(), received(), closed())
    facts = given(*ended).arrives(lambda c: first(c, NOON + HOUR)).facts
    assert [type(fact) for fact in facts] == [TicketOpened, Assigned, MessageSent]
    thread = state(*ended, *facts)
    assert (thread.owner, thread.ticket, thread.window_ends_at) == (ANA, 2, NOON + DAY)
    assert thread.control == state(*ended).control + 2


def test_in_an_open_ticket_it_is_an_answer() -> None:
    with_bruno = (*waiting(), assigned(BRUNO))
    (sent,) = given(*with_bruno).arrives(first).facts
    assert isinstance(sent, MessageSent)
    assert not sent.opens
    assert state(*with_bruno, sent).owner == BRUNO
    with_bot = (started(), opened(with_bot=True), received())
    assert state(*with_bot).bot == BotControl()
    (lost, _) = given(*with_bot).arrives(lambda c: first(c, takes=False)).facts
    assert isinstance(lost, HandedOff)


def answered(*facts: Event, at: datetime, within: timedelta = DAY, reopen: timedelta = timedelta()) -> Event:
    """What comes first when the customer answers."""
    came = replace(arrival(2, at), active_within=within, reopen_within=reopen)
    return given(*facts).arrives(lambda c: receive(c, incoming(2, at), came)).facts[0]


def test_the_answer_leaves_an_author_who_is_not_there() -> None:
    answer = answered(*told(), at=NOON + HOUR)
    assert isinstance(answer, MessageReceived)
    due = NOON + HOUR + QUARTER
    assert answer.return_at == due
    awake = (*told(), answer)
    left = Unassigned(ticket=1, by=None, absent=ANA)
    given(*awake).when(lambda c: fire_due(c, due, QUARTER, owner_present=False)).then(left)
    again = answered(*awake, at=NOON + 2 * HOUR)
    assert isinstance(again, MessageReceived)
    assert again.return_at is None


def test_an_answer_in_time_reopens_the_ticket_for_who_wrote() -> None:
    ended = (*told(), Closed(ticket=1, by=ANA, moved_at=NOON))
    answer = answered(*ended, at=NOON + DAY)
    assert isinstance(answer, Reopened)
    assert (answer.owner, answer.return_at) == (ANA, NOON + DAY + QUARTER)


@pytest.mark.parametrize(
    ("at", "within"), [(NOON + DAY + MINUTE, DAY), (NOON + MINUTE, timedelta())], ids=["late", "never"]
)
def test_a_late_answer_opens_a_ticket_for_everybody(at: datetime, within: timedelta) -> None:
    ended = (*told(), Closed(ticket=1, by=ANA, moved_at=NOON))
    assert isinstance(answered(*ended, at=at, within=within), TicketOpened)


def test_only_the_first_answer_comes_back() -> None:
    asked = (*told(), received(3, NOON + MINUTE), Closed(ticket=1, by=ANA, moved_at=NOON))
    assert isinstance(answered(*asked, at=NOON + HOUR), TicketOpened)
    assert isinstance(answered(*asked, at=NOON + HOUR, reopen=2 * HOUR), Reopened)
