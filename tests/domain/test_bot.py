"""The bot's turns: when it may speak, what it may do, and when people take the ticket over."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.conversation import bot, timers
from domain.conversation.bot import (
    BotReply,
    CloseAction,
    EndAction,
    HandOffAction,
    WaitAction,
    reactivate,
    reply,
)
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.receive import receive
from domain.conversation.reply import send_text
from domain.conversation.state import BOT_TIME, Conversation
from domain.conversation.ticket_events import (
    Assigned,
    BotReactivated,
    BotReplyRefused,
    BotWaits,
    Closed,
    HandedOff,
)
from domain.event import Event
from domain.refusals import ControlMoved, NoBot, NoOpenTicket
from tests.domain.given import (
    ANA,
    CLARA,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Given,
    Then,
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
    waiting,
)

SECOND = timedelta(seconds=1)
TURN = UUID(int=77)


def asked(n: int = 1, at: datetime = NOON, epoch: int = 1, due: datetime | None = None) -> MessageReceived:
    """A message that is the bot's turn."""
    return received(n, at, epoch=epoch, answer_by=due or at + MINUTE)


def with_bot(*more: Event) -> Given:
    """A ticket that the bot has, with its first turn."""
    return given(started(), opened(with_bot=True), asked(1), *more)


def says(*texts: str, turn: int = 1, epoch: int = 1, id: str = "r1", action: Any = None) -> BotReply:
    messages = tuple((message_id(900 + n), text) for n, text in enumerate(texts))
    return BotReply(id, message_id(turn), epoch, messages, action)


def said(text: str, n: int = 0, at: datetime = NOON, **changes: Any) -> MessageSent:
    return sent(900 + n, at, text=text, author="bot", agent_id=None, **changes)


def answers(case: Given, what: BotReply, at: datetime = NOON) -> Then:
    return case.when(lambda c: reply(c, what, at))


def given_to_bot(**changes: Any) -> BotReactivated:
    asked_for = {"ticket": 1, "until": "flow_end", "back_at": None, "by": ANA, "turn_id": TURN, "epoch": 3}
    return BotReactivated(**{**asked_for, "answer_by": NOON + MINUTE, **changes})


def give(c: Conversation, until: Any = "flow_end", **given: Any) -> tuple[Event, ...]:
    terms = {"back_at": None, "close": False, "channel_has_bot": True, "expected_version": 2, **given}
    return reactivate(c, until, turn_id=TURN, by=ANA, at=NOON, **terms)


def refused(reason: str, text: str | None, epoch: int = 1, ticket: int | None = 1) -> BotReplyRefused:
    return BotReplyRefused(ticket=ticket, reply_id="r1", epoch=epoch, reason=reason, text=text)


def handed_off(reason: str, queue: str = "default", **changes: Any) -> HandedOff:
    return HandedOff(ticket=1, queue=queue, reason=reason, **changes)


def test_a_first_message_on_a_channel_with_a_bot_is_its_turn_for_a_minute() -> None:
    facts = given().arrives(lambda c: receive(c, incoming(), arrival(with_bot=True))).facts
    assert facts[1] == opened(with_bot=True)
    turn = facts[2]
    assert isinstance(turn, MessageReceived)
    assert (turn.epoch, turn.answer_by) == (1, NOON + MINUTE)


def test_the_time_to_answer_begins_when_it_was_decided_not_when_it_came() -> None:
    came = replace(arrival(with_bot=True), decided_at=NOON + HOUR)
    turn = given().arrives(lambda c: receive(c, incoming(), came)).facts[-1]
    assert isinstance(turn, MessageReceived)
    assert turn.answer_by == NOON + HOUR + MINUTE


def test_on_a_channel_without_a_bot_a_message_is_nobodys_turn() -> None:
    turn = given().arrives(lambda c: receive(c, incoming(), arrival())).facts[-1]
    assert isinstance(turn, MessageReceived)
    assert turn.epoch is None


def test_the_bot_answers_its_turn_and_the_mark_stays() -> None:
    case = with_bot()
    answers(case, says("Olá!", "Como posso ajudar?")).then(said("Olá!"), said("Como posso ajudar?", 1))
    after = given(*case.facts, said("Olá!")).conversation
    assert after is not None
    assert (after.unread, after.unanswered_since) == (1, NOON)
    assert after.bot is not None
    assert after.bot.due_at is None


def test_a_newer_turn_is_not_answered_by_an_answer_to_an_older_one() -> None:
    second = asked(2, NOON + 30 * SECOND, due=NOON + MINUTE)
    at = NOON + 40 * SECOND
    case = with_bot(second)
    answers(case, says("Olá!"), at).then(said("Olá!", at=at, answer_by=at + MINUTE))
    answers(case, says("Olá!", turn=2), at).then(said("Olá!", at=at))


def test_a_second_message_gives_the_bot_no_more_time_for_the_first() -> None:
    later = arrival(2, NOON + 50 * SECOND, with_bot=True)
    turn = with_bot().arrives(lambda c: receive(c, incoming(2), later)).facts[-1]
    assert isinstance(turn, MessageReceived)
    assert turn.answer_by == NOON + MINUTE


def test_a_silent_bot_loses_the_ticket_after_a_minute() -> None:
    with_bot().when(lambda c: timers.fire_due(c, NOON + 59 * SECOND)).then_nothing()
    with_bot().when(lambda c: timers.fire_due(c, NOON + MINUTE)).then(handed_off("bot_silent"))


def test_a_message_finds_out_too_that_the_bot_was_silent() -> None:
    late = arrival(2, NOON + 2 * MINUTE, with_bot=True)
    facts = with_bot().arrives(lambda c: receive(c, incoming(2), late)).facts
    assert facts[0] == handed_off("bot_silent")
    assert isinstance(facts[1], MessageReceived)
    assert facts[1].epoch is None


def test_a_hand_off_brings_what_the_bot_knows_into_the_queue_that_it_names() -> None:
    card, variables = {"name": "Marina"}, {"pedido": "4711"}
    given_off = HandOffAction("financeiro", "quer segunda via", card, variables)
    off = handed_off("quer segunda via", "financeiro", by_bot=True, card=card, variables=variables)
    answers(with_bot(), says("Um momento.", action=given_off)).then(said("Um momento."), off)


def test_a_second_hand_off_does_nothing_but_to_be_kept() -> None:
    off = HandOffAction("default", "quer ajuda")
    case = with_bot(handed_off("quer ajuda", by_bot=True))
    answers(case, says(action=off)).then(refused("epoch", None))


def test_a_flow_that_ends_brings_the_ticket_to_people() -> None:
    answers(with_bot(), says("Até logo!", action=EndAction())).then(
        said("Até logo!"), handed_off("flow_ended")
    )


@pytest.mark.parametrize("until", ["hours", "agent"])
def test_a_bot_that_has_the_ticket_for_longer_keeps_it_when_its_flow_ends(until: Any) -> None:
    back_at = NOON + HOUR if until == "hours" else None
    case = given(*waiting(), given_to_bot(until=until, back_at=back_at))
    answers(case, BotReply("r1", TURN, 3, (), EndAction())).then(BotWaits(ticket=1))
    assert (
        given(*case.facts, BotWaits(ticket=1)).when(lambda c: timers.fire_due(c, NOON + MINUTE)).facts == ()
    )


def test_the_bot_may_end_the_service() -> None:
    ended = Closed(ticket=1, by=None, reason="resolvido")
    answers(with_bot(), says("Tchau!", action=CloseAction("resolvido"))).then(said("Tchau!"), ended)


def test_the_bot_may_say_that_it_waits_for_the_customer() -> None:
    answers(with_bot(), says(action=WaitAction())).then(BotWaits(ticket=1))
    answers(with_bot(), says("Pode mandar a foto.", action=WaitAction())).then(said("Pode mandar a foto."))


def test_a_reply_of_an_older_epoch_is_refused_and_kept() -> None:
    case = with_bot(assigned())
    answers(case, says("Olá!", "Tudo bem?")).then(refused("epoch", "Olá!\nTudo bem?"))
    back = with_bot(assigned(), given_to_bot())
    answers(back, says("Olá!")).then(refused("epoch", "Olá!"))


def test_a_reply_of_an_epoch_that_never_was_is_refused() -> None:
    answers(with_bot(), says("Olá!", epoch=7)).then(refused("epoch", "Olá!", epoch=7))


def test_a_reply_to_a_closed_ticket_is_refused() -> None:
    answers(with_bot(closed()), says("Olá!")).then(refused("no_ticket", "Olá!", ticket=None))


def test_a_reply_beyond_the_window_is_refused() -> None:
    answers(with_bot(), says("Olá!"), NOON + DAY).then(refused("window_closed", "Olá!"))


@pytest.mark.parametrize(
    ("texts", "reason"),
    [((), "empty"), (("  ",), "empty"), (("x" * 4097,), "too_long"), (("oi",) * 11, "too_many")],
)
def test_a_reply_that_whatsapp_or_a_person_could_not_bear_is_refused_whole(
    texts: tuple[str, ...], reason: str
) -> None:
    answers(with_bot(), says(*texts)).then(refused(reason, "\n".join(texts) or None))


def test_a_hundred_messages_are_kept_within_bounds() -> None:
    (fact,) = answers(with_bot(), says(*["x" * 4096] * 100)).facts
    assert isinstance(fact, BotReplyRefused)
    assert isinstance(fact.text, str)
    assert len(fact.text) == 10_000


def test_a_bot_that_talks_on_and_on_is_a_loop() -> None:
    ten = tuple(said(f"{n}", n) for n in range(10))
    answers(with_bot(*ten), says("e mais")).then(refused("loop", "e mais"), handed_off("bot_loop"))
    answers(with_bot(*ten, asked(2, NOON + SECOND)), says("ainda", turn=2)).then(
        said("ainda", at=NOON + SECOND)
    )


def test_it_is_no_less_a_loop_when_people_give_the_ticket_to_the_bot_once_more() -> None:
    ten = tuple(said(f"{n}", n) for n in range(10))
    anew = with_bot(*ten, handed_off("agent_wrote"), given_to_bot())
    more = BotReply("r1", TURN, 3, ((message_id(900), "e mais"),))
    answers(anew, more).then(refused("loop", "e mais", epoch=3), handed_off("bot_loop"))
    answers(given(*anew.facts, asked(2, epoch=3)), replace(more, turn_id=message_id(2))).then(said("e mais"))


def test_more_than_fifty_turns_are_a_loop() -> None:
    turns = [(asked(n, NOON), said(f"{n}", n)) for n in range(2, 51)]
    case = with_bot(said("1"), *[fact for turn in turns for fact in turn])
    facts = case.arrives(lambda c: receive(c, incoming(99), arrival(99, with_bot=True))).facts
    assert facts[0] == handed_off("bot_loop")
    assert isinstance(facts[1], MessageReceived)
    assert facts[1].epoch is None


def test_an_agents_message_takes_the_ticket_from_the_bot() -> None:
    facts = with_bot().when(lambda c: send_text(c, "Oi, sou a Ana", message_id(50), ANA, NOON)).facts
    assert facts[0] == Assigned(ticket=1, agent_id=ANA, by=ANA)
    late = given(*with_bot().facts, *facts)
    answers(late, says("Olá!")).then(refused("epoch", "Olá!"))


def test_a_supervisors_message_brings_it_to_the_queue() -> None:
    facts = with_bot().when(lambda c: send_text(c, "Oi", message_id(50), CLARA, NOON, takes=False)).facts
    assert facts[0] == handed_off("agent_wrote")


def test_people_give_a_ticket_back_to_the_bot_in_a_new_epoch() -> None:
    given(*waiting()).when(give).then(given_to_bot())
    after = given(*waiting(), given_to_bot()).conversation
    assert after is not None
    assert (after.state, after.owner, after.control) == ("bot", None, 3)
    answers(given(*waiting(), given_to_bot()), BotReply("r1", TURN, 3, ((message_id(900), "Voltei!"),))).then(
        said("Voltei!")
    )


def test_the_bot_has_the_ticket_for_some_hours() -> None:
    back_at = NOON + 2 * HOUR
    facts = given(*waiting()).when(lambda c: give(c, "hours", back_at=back_at)).facts
    assert facts == (given_to_bot(until="hours", back_at=back_at),)
    case = given(*waiting(), *facts, BotWaits(ticket=1))
    case.when(lambda c: timers.fire_due(c, back_at)).then(handed_off("hours_passed"))


def test_asking_twice_for_the_same_changes_nothing() -> None:
    given(*waiting(), given_to_bot()).when(give).then_nothing()
    given(*waiting(), given_to_bot()).when(lambda c: give(c, "agent")).then_refuses(ControlMoved)


def test_with_a_closed_window_the_bot_waits_for_the_customer() -> None:
    at = NOON + 2 * DAY
    facts = (
        given(*waiting()).when(lambda c: reactivate(c, "flow_end", None, False, TURN, True, ANA, at, 2)).facts
    )
    assert facts == (given_to_bot(answer_by=None),)


def test_a_ticket_that_is_closed_for_the_bot_is_neither_reopened_nor_undone() -> None:
    facts = given(*waiting()).when(lambda c: give(c, close=True)).facts
    assert facts == (Closed(ticket=1, by=ANA, reason="bot"),)
    after = given(*waiting(), *facts).conversation
    assert after is not None
    assert (after.closed_at, after.undoable) == (None, None)
    next_one = given(*waiting(), *facts).arrives(lambda c: receive(c, incoming(2), arrival(2, with_bot=True)))
    assert [type(fact).__name__ for fact in next_one.facts] == ["TicketOpened", "MessageReceived"]


def test_what_has_no_bot_or_no_ticket_cannot_be_given_to_it() -> None:
    given(*waiting()).when(lambda c: give(c, channel_has_bot=False)).then_refuses(NoBot)
    given(*waiting(), closed()).when(give).then_refuses(NoOpenTicket)
    given(*waiting()).when(lambda c: give(c, expected_version=1)).then_refuses(ControlMoved, control=2)


def test_the_bots_time_is_what_the_manual_says() -> None:
    assert (BOT_TIME, bot.MAX_MESSAGES, bot.MAX_TURNS) == (MINUTE, 10, 50)
