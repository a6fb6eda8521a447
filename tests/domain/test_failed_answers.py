"""A failed answer is no answer: what it was for waits again, unless a later answer stands."""

from datetime import datetime
from functools import reduce
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from domain.conversation.answers import answer_outcome
from domain.conversation.close import CloseRequest, close
from domain.conversation.mark import mark_answered, mark_unanswered
from domain.conversation.receive import receive
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import (
    AnswerFailed,
    AnswerRestored,
    Closed,
    MarkedAnswered,
    MarkedUnanswered,
    MoveUndone,
    Reopened,
)
from domain.conversation.unanswered import REMEMBERED_ANSWERS
from domain.conversation.undo import undo
from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    Delivery,
    Failed,
    RetryDue,
    RetryRequested,
    Unconfirmed,
    evolve,
)
from domain.event import Event
from domain.incoming import IncomingStatus, StatusError
from tests.domain.given import (
    ANA,
    HOUR,
    MINUTE,
    NOON,
    THREAD,
    arrival,
    assigned,
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

OPEN = (*waiting(), assigned())
ANSWERED = (*OPEN, sent(50))
BEGUN = AttemptStarted(ticket=1, conversation_id=THREAD, attempt=1, deadline_at=NOON)
ACCEPTED = Accepted(ticket=1, attempt=1, wamid="wamid.out", accepted_at=NOON)
DELIVERED = Delivered(ticket=1, delivered_at=NOON)
AGAIN = RetryRequested(ticket=1, attempt=2, by=ANA)


def refused(code: str = "131047") -> Failed:
    return Failed(ticket=1, attempt=1, code=code, title="", retryable=False, failed_at=NOON)


def delivery(*facts: Event) -> Delivery:
    folded: Delivery | None = reduce(evolve, facts, None)
    assert folded is not None
    return folded


FAILED, ON_ITS_WAY = delivery(BEGUN, refused()), delivery(BEGUN)


def failed(n: int = 50, since: datetime | None = NOON, unread: int = 1, marks: bool = True) -> AnswerFailed:
    return AnswerFailed(
        ticket=1, message_id=message_id(n), failed=marks, unanswered_since=since, unread=unread
    )


def shown(thread: Conversation) -> tuple[datetime | None, int, bool]:
    return thread.unanswered_since, thread.unread, thread.failed


@pytest.mark.parametrize(
    "outcome",
    [
        delivery(BEGUN, refused("131047")),
        delivery(BEGUN, refused("131026")),
        delivery(BEGUN, ACCEPTED, refused("131049")),
        delivery(BEGUN, Unconfirmed(ticket=1, attempt=1, reason="timeout"), refused("contact_erased")),
        delivery(BEGUN, refused("131049"), ACCEPTED),
    ],
    ids=["window closed", "refused at once", "later", "unconfirmed before", "before the call was answered"],
)
def test_the_customer_waits_again_when_the_answer_failed_for_good(outcome: Delivery) -> None:
    assert shown(state(*ANSWERED)) == (None, 0, False)
    given(*ANSWERED).when(lambda c: answer_outcome(c, message_id(50), outcome)).then(failed())
    assert shown(state(*ANSWERED, failed())) == (NOON, 1, True)


@pytest.mark.parametrize(
    "outcome",
    [
        ON_ITS_WAY,
        delivery(BEGUN, ACCEPTED),
        delivery(BEGUN, ACCEPTED, DELIVERED, refused()),
        delivery(BEGUN, Unconfirmed(ticket=1, attempt=1, reason="timeout")),
        delivery(BEGUN, refused("130429"), RetryDue(ticket=1, attempt=2, due_at=NOON + MINUTE)),
        delivery(BEGUN, refused(), AGAIN),
    ],
    ids=[
        "pending",
        "sent",
        "delivered before",
        "unconfirmed",
        "tried again by itself",
        "tried again by hand",
    ],
)
def test_what_may_still_arrive_is_an_answer(outcome: Delivery) -> None:
    given(*ANSWERED).when(lambda c: answer_outcome(c, message_id(50), outcome)).then_nothing()


def test_it_is_told_once_and_only_of_answers_of_people() -> None:
    given(*ANSWERED, failed()).when(lambda c: answer_outcome(c, message_id(50), FAILED)).then_nothing()
    bots = (*OPEN, sent(51, author="bot", agent_id=None))
    given(*bots).when(lambda c: answer_outcome(c, message_id(51), FAILED)).then_nothing()
    given(*OPEN).when(lambda c: answer_outcome(c, message_id(7), FAILED)).then_nothing()


def test_an_earlier_answer_that_failed_changes_nothing_until_the_later_one_fails_too() -> None:
    later = (*ANSWERED, received(2, NOON + MINUTE), sent(51, NOON + 2 * MINUTE))
    earlier_failed = failed(50, None, 0, marks=False)
    given(*later).when(lambda c: answer_outcome(c, message_id(50), FAILED)).then(earlier_failed)
    assert shown(state(*later, earlier_failed)) == (None, 0, False)
    given(*later, earlier_failed).when(lambda c: answer_outcome(c, message_id(51), FAILED)).then(
        failed(51, NOON, 2)
    )
    # In the other order it is the same in the end.
    newest_failed = failed(51, NOON + MINUTE, 1)
    given(*later).when(lambda c: answer_outcome(c, message_id(51), FAILED)).then(newest_failed)
    given(*later, newest_failed).when(lambda c: answer_outcome(c, message_id(50), FAILED)).then(
        failed(50, NOON, 2)
    )


def test_what_the_customer_writes_after_a_failed_answer_waits_with_what_was_before_it() -> None:
    thread = state(*ANSWERED, failed(), received(2, NOON + HOUR))
    assert shown(thread) == (NOON, 2, True)


@pytest.mark.parametrize("answer", [sent(51), MarkedAnswered(ticket=1, by=ANA)], ids=["answer", "mark"])
def test_the_next_answer_or_mark_ends_it(answer: Event) -> None:
    assert shown(state(*ANSWERED, failed(), answer)) == (None, 0, False)


def test_an_unprompted_message_that_failed_is_marked_though_nobody_waits() -> None:
    greeted = (*ANSWERED, sent(51))
    alone = failed(51, None, 0)
    given(*greeted).when(lambda c: answer_outcome(c, message_id(51), FAILED)).then(alone)
    given(*greeted, alone).when(lambda c: mark_answered(c, ANA)).then(MarkedAnswered(ticket=1, by=ANA))
    marked = MarkedUnanswered(ticket=1, by=ANA, marked_at=NOON + HOUR)
    given(*greeted, alone).when(lambda c: mark_unanswered(c, ANA, NOON + HOUR)).then(marked)
    assert shown(state(*greeted, alone, marked)) == (NOON + HOUR, 0, False)


def test_a_mark_by_hand_answers_what_was_there_but_not_for_an_answer_that_fails_later() -> None:
    marked = (*ANSWERED, received(2, NOON + MINUTE), MarkedAnswered(ticket=1, by=ANA))
    given(*marked).when(lambda c: answer_outcome(c, message_id(50), FAILED)).then(failed(50, NOON, 1))


@pytest.mark.parametrize(
    "arrived", [delivery(BEGUN, refused(), AGAIN), delivery(BEGUN, refused(), DELIVERED)]
)
def test_an_answer_that_is_tried_again_or_arrived_after_all_counts(arrived: Delivery) -> None:
    told = (*ANSWERED, failed(), received(2, NOON + HOUR))
    restored = AnswerRestored(
        ticket=1, message_id=message_id(50), failed=False, unanswered_since=NOON + HOUR, unread=1
    )
    given(*told).when(lambda c: answer_outcome(c, message_id(50), arrived)).then(restored)
    assert shown(state(*told, restored)) == (NOON + HOUR, 1, False)
    given(*told, restored).when(lambda c: answer_outcome(c, message_id(50), arrived)).then_nothing()


def test_while_a_later_answer_has_failed_the_mark_stays() -> None:
    told = (*ANSWERED, received(2, NOON + MINUTE), sent(51), failed(51, NOON + MINUTE), failed(50, NOON, 2))
    restored = AnswerRestored(
        ticket=1, message_id=message_id(50), failed=True, unanswered_since=NOON + MINUTE, unread=1
    )
    given(*told).when(lambda c: answer_outcome(c, message_id(50), ON_ITS_WAY)).then(restored)
    assert shown(state(*told, restored)) == (NOON + MINUTE, 1, True)


def test_a_closed_ticket_stays_closed_and_carries_it() -> None:
    ended = (*ANSWERED, Closed(ticket=1, by=ANA, moved_at=NOON))
    told = failed(50, None, 0)
    given(*ended).when(lambda c: answer_outcome(c, message_id(50), FAILED)).then(told)
    thread = state(*ended, told)
    assert (thread.is_open, shown(thread)) == (False, (None, 0, True))
    given(*ended, told).when(lambda c: close(c, CloseRequest(), ANA, NOON, c.control - 1)).then_nothing()


def test_a_close_that_is_undone_brings_back_who_waits_since_the_answer_failed() -> None:
    ended = (*ANSWERED, Closed(ticket=1, by=ANA, moved_at=NOON), failed(50, None, 0))
    (back,) = given(*ended).when(lambda c: undo(c, UUID(int=9), ANA, NOON, c.control)).facts
    assert isinstance(back, MoveUndone)
    assert (back.unanswered_since, back.unread) == (NOON, 1)
    assert shown(state(*ended, back)) == (NOON, 1, True)


def test_a_ticket_that_goes_on_waits_since_the_new_message_and_stays_marked() -> None:
    ended = (*ANSWERED, Closed(ticket=1, by=ANA, moved_at=NOON), failed(50, None, 0))
    thread = state(*ended, Reopened(ticket=1, owner=ANA), received(2, NOON + HOUR))
    assert shown(thread) == (NOON + HOUR, 1, True)


def test_an_answer_of_a_ticket_that_has_ended_marks_that_one() -> None:
    ended = (*ANSWERED, Closed(ticket=1, by=ANA))
    again = (*ended, *given(*ended).arrives(lambda c: receive(c, incoming(2), arrival(2))).facts)
    told = failed(50, None, 0)
    given(*again).when(lambda c: answer_outcome(c, message_id(50), FAILED)).then(told)
    assert shown(state(*again, told)) == shown(state(*again)) == (NOON, 1, False)


@any_of(
    st.lists(
        st.tuples(st.sampled_from([50, 51]), st.sampled_from(["sent", "delivered", "read", "failed"])),
        max_size=10,
    )
)
def test_statuses_in_any_order_and_however_often_end_in_what_the_deliveries_are(
    statuses: list[tuple[int, str]],
) -> None:
    facts: tuple[Event, ...] = (*ANSWERED, received(2, NOON + MINUTE), sent(51, NOON + 2 * MINUTE))
    deliveries = {50: delivery(BEGUN, ACCEPTED), 51: delivery(BEGUN, ACCEPTED)}
    for n, word in statuses:
        errors = (StatusError(131049, "later"),) if word == "failed" else ()
        told = IncomingStatus(wamid="wamid.out", status=word, at=NOON, errors=errors)
        deliveries[n] = reduce(evolve, deliveries[n].status(told), deliveries[n])
        facts += answer_outcome(state(*facts), message_id(n), deliveries[n])
    first, second = (deliveries[n].failed_for_good for n in (50, 51))
    waits = (None, 0) if not second else (NOON, 2) if first else (NOON + MINUTE, 1)
    assert shown(state(*facts)) == (*waits, second)
    assert len([fact for fact in facts if isinstance(fact, AnswerFailed)]) <= 2


def test_the_state_remembers_few_answers_and_passes_on_what_failed() -> None:
    first = (*ANSWERED, failed())
    many = (*first, *(sent(100 + n) for n in range(REMEMBERED_ANSWERS)))
    thread = state(*many)
    assert len(thread.answers) == REMEMBERED_ANSWERS
    for n in reversed(range(REMEMBERED_ANSWERS)):
        (told,) = answer_outcome(thread, message_id(100 + n), FAILED)
        many = (*many, told)
        thread = state(*many)
    assert shown(thread) == (NOON, 1, True)


def test_the_customer_waits_since_they_wrote_not_since_it_arrived() -> None:
    late = received(1, NOON - HOUR, received_at=NOON)
    assert state(started(), opened(), late).unanswered_since == NOON - HOUR
    two = (received(1, NOON, received_at=NOON + HOUR), received(2, NOON - HOUR, received_at=NOON + HOUR))
    assert state(started(), opened(), *two).unanswered_since == NOON - HOUR
    unusable = received(1, NOON - HOUR, received_at=NOON, time_flagged=True)
    assert state(started(), opened(), unusable).unanswered_since == NOON


def test_an_undone_close_of_before_counts_as_it_was_written_down() -> None:
    """Then, waiting was counted from the arrival."""
    late = (*waiting()[:3], received(1, NOON - HOUR, received_at=NOON))
    undone = MoveUndone(
        ticket=1,
        move="close",
        with_bot=False,
        owner=ANA,
        queue="default",
        snoozed_until=None,
        keeps=False,
        unanswered_since=NOON,
        unread=1,
        by=ANA,
    )
    thread = state(*late, assigned(), Closed(ticket=1, by=ANA, moved_at=NOON), undone)
    assert shown(thread) == (NOON, 1, False)
