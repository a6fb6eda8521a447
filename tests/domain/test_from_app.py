"""What the business writes from its WhatsApp app, and what a customer does without saying anything to us."""

import pytest

from domain.conversation.message_events import (
    ConversationStarted,
    MessageEchoed,
    NoticeReceived,
    ReactionChanged,
)
from domain.conversation.receive import ASIDES, changed, echo, notice
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import HandedOff
from domain.delivery import Delivery, evolve, sent_from_app
from domain.event import Event
from domain.incoming import AsideKind, IncomingAside, IncomingReaction, IncomingSender, IncomingStatus
from tests.domain.given import (
    ANA,
    CHANNEL,
    HOUR,
    MARINA,
    MINUTE,
    NOON,
    THREAD,
    arrival,
    assigned,
    closed,
    given,
    incoming,
    message_id,
    opened,
    received,
    sent,
    started,
    state,
    waiting,
)

CUSTOMER = IncomingSender(phone="5520998760142")
WITH_BOT = (started(), opened(with_bot=True), received(1, epoch=1, answer_by=NOON + MINUTE))


def echoed(ticket: int | None = 1, answers: bool = True) -> MessageEchoed:
    return MessageEchoed(
        ticket=ticket,
        message_id=message_id(2),
        type="text",
        text="olá 2",
        wamid="wamid.2",
        raw=None,
        quoted_id=None,
        quoted_wamid=None,
        sent_at=NOON + MINUTE,
        time_flagged=False,
        truncated=False,
        answers=answers,
    )


def from_app(conversation: Conversation | None) -> tuple[Event, ...]:
    return echo(conversation, incoming(2, NOON + MINUTE, from_app=True), arrival(2, NOON + MINUTE))


def test_what_the_business_writes_from_its_app_is_an_answer() -> None:
    facts = (*waiting(), assigned(ANA))
    given(*facts).arrives(from_app).then(echoed())
    answered = state(*facts, echoed())
    assert (answered.unanswered_since, answered.unread, answered.owner) == (None, 0, ANA)
    assert answered.newest_second == NOON + MINUTE


def test_it_takes_the_ticket_from_the_bot() -> None:
    taken = HandedOff(ticket=1, queue="default", reason="agent_wrote")
    given(*WITH_BOT).arrives(from_app).then(taken, echoed())
    with_people = state(*WITH_BOT, taken, echoed())
    assert (with_people.state, with_people.bot, with_people.unanswered_since) == ("queue", None, None)


def test_one_that_comes_after_something_newer_answers_nothing() -> None:
    newer = (*waiting(), received(3, NOON + HOUR))
    given(*newer).arrives(from_app).then(echoed(answers=False))
    assert state(*newer, echoed(answers=False)).unread == 2


def test_it_opens_no_ticket_and_begins_a_thread() -> None:
    begun = ConversationStarted(channel_id=CHANNEL, contact_id=MARINA)
    given().arrives(from_app).then(begun, echoed(ticket=None))
    given(*waiting(), sent(), closed()).arrives(from_app).then(echoed(ticket=None))
    assert not state(begun, echoed(ticket=None)).is_open


def test_its_statuses_are_those_of_any_message() -> None:
    delivery: Delivery | None = None
    for fact in sent_from_app(THREAD, 1, "wamid.2", NOON):
        delivery = evolve(delivery, fact)
    assert delivery is not None
    assert (delivery.shown, delivery.phase) == ("sent", "accepted")
    for fact in delivery.status(IncomingStatus("wamid.2", "read", NOON)):
        delivery = evolve(delivery, fact)
    assert delivery.shown == "read"


def test_a_reaction_from_the_app_is_another_persons() -> None:
    said = IncomingReaction("w", CUSTOMER, "t", "🙏", NOON, from_app=True)
    facts = given(*waiting()).when(lambda c: changed(c, said, message_id(1))).facts
    reacted = ReactionChanged(ticket=1, message_id=message_id(1), emoji="🙏", reacted_at=NOON, by="app")
    assert facts == (reacted,)


@pytest.mark.parametrize("kind", ASIDES)
@pytest.mark.parametrize("before", [(), waiting(), (*waiting(), sent(), closed()), WITH_BOT])
def test_what_says_nothing_to_us_is_a_notice_and_nothing_else(
    kind: AsideKind, before: tuple[Event, ...]
) -> None:
    aside = IncomingAside("wamid.2", CUSTOMER, kind, NOON, raw={"type": "x"})
    *_, noted = given(*before).arrives(lambda c: notice(c, aside, arrival(2))).facts
    assert isinstance(noted, NoticeReceived)
    assert (noted.kind, noted.text, noted.for_bot) == (kind, ASIDES[kind], False)
    if before:
        stood, stands = state(*before), state(*before, noted)
        assert stood == stands


@pytest.mark.parametrize(
    ("before", "for_bot"),
    [
        ((), True),
        ((*waiting(), sent(), closed()), True),
        (WITH_BOT, True),
        (waiting(), False),
        ((*WITH_BOT, assigned(ANA)), False),
    ],
)
def test_that_the_chat_was_opened_is_for_the_bot_unless_people_have_the_ticket(
    before: tuple[Event, ...], for_bot: bool
) -> None:
    aside = IncomingAside("wamid.2", CUSTOMER, "request_welcome", NOON)
    *_, noted = given(*before).arrives(lambda c: notice(c, aside, arrival(2, with_bot=True))).facts
    assert isinstance(noted, NoticeReceived)
    assert (noted.for_bot, noted.ticket) == (for_bot, state(*before).open_ticket if before else None)
