"""What may happen in a conversation, sentence by sentence."""

import pytest

from domain.conversation.assign import assign, unassign
from domain.conversation.close import CloseRequest, close
from domain.conversation.mark import mark_answered, mark_unanswered
from domain.conversation.message_events import MessageImported, MessageReceived, MessageSent
from domain.conversation.receive import changed, notice, receive
from domain.conversation.reply import send_text
from domain.conversation.ticket_events import (
    Assigned,
    Closed,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    TicketOpened,
    Unassigned,
)
from domain.incoming import (
    IncomingEdit,
    IncomingReaction,
    IncomingRevoke,
    IncomingSender,
    IncomingSystemNotice,
)
from domain.refusals import ControlMoved, EmptyText, NoOpenTicket, TextTooLong, WindowClosed
from domain.text import is_blank
from tests.domain.given import (
    ANA,
    BRUNO,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    arrival,
    assigned,
    closed,
    given,
    handed_off,
    incoming,
    message_id,
    opened,
    received,
    sent,
    started,
    waiting,
)


def test_a_first_message_starts_the_thread_opens_a_ticket_and_hands_it_to_the_queue() -> None:
    given().arrives(lambda c: receive(c, incoming(), arrival())).then(*waiting())


def test_on_a_channel_with_a_bot_the_new_ticket_stays_with_the_bot() -> None:
    facts = given().arrives(lambda c: receive(c, incoming(), arrival(with_bot=True))).facts
    assert [type(fact).__name__ for fact in facts] == [
        "ConversationStarted",
        "TicketOpened",
        "MessageReceived",
    ]
    state = given(*facts).conversation
    assert state is not None
    assert state.state == "bot"


def test_a_second_message_joins_the_open_ticket() -> None:
    given(*waiting()).arrives(lambda c: receive(c, incoming(2), arrival(2))).then(received(2))


def test_a_message_after_close_opens_the_next_ticket() -> None:
    facts = (
        given(*waiting(), assigned(), closed())
        .arrives(lambda c: receive(c, incoming(2, NOON + HOUR), arrival(2, NOON + HOUR)))
        .facts
    )
    assert [type(fact) for fact in facts] == [TicketOpened, HandedOff, MessageReceived]
    assert all(fact.ticket == 2 for fact in facts)  # type: ignore[attr-defined]


def test_imported_history_opens_no_ticket_and_no_window() -> None:
    facts = given().arrives(lambda c: receive(c, incoming(imported=True), arrival())).facts
    assert [type(fact) for fact in facts[1:]] == [MessageImported]
    state = given(*facts).conversation
    assert state is not None
    assert (state.ticket, state.window_ends_at, state.unread) == (0, None, 0)


def test_the_window_counts_from_whatsapps_time_also_when_the_message_is_late() -> None:
    late = given().arrives(lambda c: receive(c, incoming(at=NOON), arrival(at=NOON + 5 * HOUR))).facts
    assert isinstance(late[-1], MessageReceived)
    assert late[-1].window_ends_at == NOON + DAY


def test_an_older_message_never_shortens_the_window() -> None:
    facts = given(*waiting()).arrives(lambda c: receive(c, incoming(2, NOON - HOUR), arrival(2))).facts
    assert isinstance(facts[-1], MessageReceived)
    assert facts[-1].window_ends_at == NOON + DAY


def test_a_message_with_an_unusable_time_opens_the_window_from_its_arrival() -> None:
    message = incoming(at=NOON, time_flagged=True)
    facts = given().arrives(lambda c: receive(c, message, arrival(at=NOON + MINUTE))).facts
    assert isinstance(facts[-1], MessageReceived)
    assert facts[-1].window_ends_at == NOON + MINUTE + DAY


def test_an_answer_takes_the_mark_away_and_takes_a_ticket_that_nobody_has() -> None:
    when = given(*waiting()).when(lambda c: send_text(c, "resposta 50", message_id(50), ANA, NOON + MINUTE))
    when.then(assigned(ANA), sent(50, NOON + MINUTE))
    state = given(*waiting(), *when.facts).conversation
    assert state is not None
    assert (state.unread, state.unanswered_since, state.owner) == (0, None, ANA)


def test_a_supervisor_can_step_in_without_taking_the_ticket() -> None:
    given(*waiting()).when(
        lambda c: send_text(c, "resposta 50", message_id(50), ANA, NOON, takes=False)
    ).then(sent(50, NOON))


def test_what_the_bot_says_never_takes_the_mark_away() -> None:
    state = given(*waiting(), sent(author="bot", agent_id=None)).conversation
    assert state is not None
    assert (state.unread, state.unanswered_since) == (1, NOON)


def test_an_answer_is_never_sorted_before_the_newest_second_of_its_thread() -> None:
    ahead = received(2, NOON + MINUTE)
    facts = given(*waiting(), ahead).when(lambda c: send_text(c, "oi", message_id(50), ANA, NOON)).facts
    assert isinstance(facts[-1], MessageSent)
    assert facts[-1].sent_at == NOON + MINUTE


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", EmptyText),
        (" \n\t", EmptyText),
        ("\u200b\u200d\ufeff", EmptyText),
        ("a" * 4097, TextTooLong),
    ],
)
def test_a_text_that_whatsapp_would_refuse_is_refused(text: str, refusal: type[EmptyText]) -> None:
    given(*waiting()).when(lambda c: send_text(c, text, message_id(50), ANA, NOON)).then_refuses(refusal)


@pytest.mark.parametrize("text", ["a" * 4096, "👩‍👩‍👧", ".", "ã", "❤️"])
def test_a_text_that_can_be_seen_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_free_text_outside_the_window_is_refused_with_the_moment_it_closed() -> None:
    given(*waiting()).when(lambda c: send_text(c, "oi", message_id(50), ANA, NOON + DAY)).then_refuses(
        WindowClosed, closed_at=NOON + DAY
    )


def test_nothing_can_be_said_where_nothing_is_served() -> None:
    given(*waiting(), closed()).when(lambda c: send_text(c, "oi", message_id(50), ANA, NOON)).then_refuses(
        NoOpenTicket
    )


def test_the_faster_agent_has_the_ticket_and_the_other_hears_whose_it_is() -> None:
    seen = given(*waiting()).conversation
    assert seen is not None
    taken = given(*waiting()).when(lambda c: assign(c, ANA, by=ANA, expected_version=seen.control))
    taken.then(Assigned(ticket=1, agent_id=ANA, by=ANA))
    given(*waiting(), *taken.facts).when(lambda c: assign(c, BRUNO, BRUNO, seen.control)).then_refuses(
        ControlMoved, owner=ANA
    )


def test_taking_ones_own_ticket_again_changes_nothing() -> None:
    given(*waiting(), assigned(ANA)).when(lambda c: assign(c, ANA, by=ANA, expected_version=0)).then_nothing()


def test_a_version_of_the_future_is_as_wrong_as_an_old_one() -> None:
    given(*waiting()).when(lambda c: assign(c, ANA, by=ANA, expected_version=99)).then_refuses(ControlMoved)


def test_a_ticket_can_be_put_back_into_its_queue() -> None:
    given(*waiting(), assigned(ANA)).when(lambda c: unassign(c, ANA, expected_version=c.control)).then(
        Unassigned(ticket=1, by=ANA)
    )
    given(*waiting()).when(lambda c: unassign(c, ANA, expected_version=0)).then_nothing()


def test_a_ticket_with_the_bot_can_be_taken() -> None:
    given(started(), opened(with_bot=True), received()).when(
        lambda c: assign(c, ANA, by=ANA, expected_version=c.control)
    ).then(assigned(ANA))


def test_messages_never_raise_the_control_version() -> None:
    before = given(*waiting()).conversation
    after = given(*waiting(), received(2), sent(), received(3)).conversation
    assert before is not None
    assert after is not None
    assert before.control == after.control


def test_the_mark_can_be_put_and_taken_by_hand() -> None:
    given(*waiting()).when(lambda c: mark_answered(c, ANA)).then(MarkedAnswered(ticket=1, by=ANA))
    answered = given(*waiting(), MarkedAnswered(ticket=1, by=ANA))
    answered.when(lambda c: mark_answered(c, ANA)).then_nothing()
    answered.when(lambda c: mark_unanswered(c, ANA, NOON)).then(
        MarkedUnanswered(ticket=1, by=ANA, marked_at=NOON)
    )


def test_a_manual_mark_of_answered_ends_at_the_customers_next_message() -> None:
    state = given(*waiting(), MarkedAnswered(ticket=1, by=ANA), received(2, NOON + HOUR)).conversation
    assert state is not None
    assert (state.unread, state.unanswered_since) == (1, NOON + HOUR)


def test_closing_asks_for_the_version_and_is_done_once() -> None:
    given(*waiting()).when(lambda c: close(c, CloseRequest(), ANA, NOON, c.control)).then(
        Closed(ticket=1, by=ANA, moved_at=NOON)
    )
    given(*waiting()).when(lambda c: close(c, CloseRequest(), ANA, NOON, 0)).then_refuses(ControlMoved)
    given(*waiting(), closed()).when(lambda c: close(c, CloseRequest(), ANA, NOON, 2)).then_nothing()
    given(*waiting(), closed()).when(lambda c: close(c, CloseRequest(), ANA, NOON, 0)).then_refuses(
        ControlMoved
    )


def test_a_closed_ticket_waits_for_nobody() -> None:
    state = given(*waiting(), closed()).conversation
    assert state is not None
    assert (state.unread, state.unanswered_since, state.is_open) == (0, None, False)


def test_reactions_edits_and_revocations_open_no_ticket_and_set_no_mark() -> None:
    thread = given(*waiting(), closed())
    someone = IncomingSender(phone="5520998760142")
    target = message_id(1)
    facts = (
        *thread.when(lambda c: changed(c, IncomingReaction("w9", someone, "w1", "👍", NOON), target)).facts,
        *thread.when(lambda c: changed(c, IncomingEdit("w8", someone, "w1", "olé", NOON), target)).facts,
        *thread.when(lambda c: changed(c, IncomingRevoke("w7", someone, "w1", NOON), target)).facts,
    )
    assert len(facts) == 3
    assert given(*thread.facts, *facts).conversation == thread.conversation


def test_a_notice_of_whatsapp_is_a_line_that_fires_no_rule() -> None:
    told = IncomingSystemNotice("w9", IncomingSender(phone="5520998760142"), "user_changed_number", "…", NOON)
    facts = given(*waiting()).arrives(lambda c: notice(c, told, arrival(9))).facts
    assert len(facts) == 1
    assert given(*waiting(), *facts).conversation == given(*waiting()).conversation


def test_a_hand_off_leaves_the_ticket_without_owner() -> None:
    state = given(started(), opened(with_bot=True), assigned(ANA), handed_off()).conversation
    assert state is not None
    assert (state.state, state.owner) == ("queue", None)
