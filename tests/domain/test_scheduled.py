"""Scheduled messages: sent when due, unless the customer writes first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.conversation.receive import receive
from domain.conversation.schedule import (
    MAX_SCHEDULED,
    ScheduleRequest,
    cancel,
    cancel_all,
    schedule,
    send_due,
)
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import MessageScheduled, ScheduleCause, ScheduleEnded
from domain.decision import Decision
from domain.event import ERASED
from domain.refusals import (
    DueAt,
    EmptyText,
    NoOpenTicket,
    NotScheduled,
    TextTooLong,
    TooManyScheduled,
    WindowClosed,
)
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
    incoming,
    message_id,
    opened,
    received,
    sent,
    started,
    waiting,
)

OPEN = (*waiting(), assigned())
LATER = NOON + 3 * HOUR
ZONE = "America/Sao_Paulo"
FIRST = UUID(int=701)


def written(n: int = 0, due_at: datetime = LATER, **changes: Any) -> MessageScheduled:
    return MessageScheduled(
        **{
            "ticket": 1,
            "scheduled_id": UUID(int=701 + n),
            "text": "Já chegou?",
            "due_at": due_at,
            "zone": ZONE,
            "by": ANA,
            **changes,
        }
    )


def over(cause: ScheduleCause, **changes: Any) -> ScheduleEnded:
    return ScheduleEnded(**{"ticket": 1, "scheduled_id": FIRST, "cause": cause, **changes})


def write(thread: Conversation, due_at: datetime = LATER, text: str = "Já chegou?", **given: Any) -> Decision:
    return schedule(thread, ScheduleRequest(text, due_at, ZONE), FIRST, **{"by": ANA, "at": NOON, **given})


def comes(
    thread: Conversation, now: datetime = LATER, fact: MessageScheduled | None = None, takes: bool = True
) -> Decision:
    return send_due(thread, fact or written(), message_id(50), now, takes)


def test_a_message_is_written_for_later_and_waits() -> None:
    given(*OPEN).when(write).then(written())


def test_whoever_writes_it_for_a_ticket_that_nobody_has_takes_it_but_not_from_the_bot() -> None:
    given(*waiting()).when(write).then(assigned(), written())
    given(*waiting()).when(lambda c: write(c, takes=False)).then(written())
    given(started(), opened(with_bot=True), received()).when(write).then(written())


@pytest.mark.parametrize("due_at", [NOON, NOON - MINUTE, NOON + timedelta(days=732)])
def test_a_time_that_has_passed_or_is_years_away_is_refused(due_at: datetime) -> None:
    given(*OPEN).when(lambda c: write(c, due_at)).then_refuses(DueAt)


@pytest.mark.parametrize("due_at", [NOON + DAY, NOON + DAY + MINUTE])
def test_a_due_time_after_the_window_is_refused_with_the_time_it_closes(due_at: datetime) -> None:
    given(*OPEN).when(lambda c: write(c, due_at)).then_refuses(WindowClosed, closed_at=NOON + DAY)


def test_what_cannot_be_sent_cannot_be_written_for_later() -> None:
    given(*OPEN).when(lambda c: write(c, text=" \u200b")).then_refuses(EmptyText)
    given(*OPEN).when(lambda c: write(c, text="x" * 4097)).then_refuses(TextTooLong)
    given(*OPEN, closed()).when(write).then_refuses(NoOpenTicket)
    many = [written(n) for n in range(MAX_SCHEDULED)]
    given(*OPEN, *many).when(write).then_refuses(TooManyScheduled)


def test_the_customers_message_cancels_what_waits_in_the_same_decision() -> None:
    given(*OPEN, written(), written(1)).arrives(lambda c: receive(c, incoming(2), arrival(2))).then(
        received(2), over("customer"), over("customer", scheduled_id=UUID(int=702))
    )


def test_when_due_it_is_sent_once_as_its_authors_answer() -> None:
    said = sent(50, LATER, text="Já chegou?")
    given(*OPEN, written()).when(comes).then(said, over("sent", message_id=message_id(50)))
    given(*OPEN, written(), said, over("sent", message_id=message_id(50))).when(comes).then_nothing()


def test_nothing_is_sent_before_it_is_due_or_after_it_was_cancelled() -> None:
    given(*OPEN, written()).when(lambda c: comes(c, LATER - MINUTE)).then_nothing()
    given(*OPEN, written(), over("customer")).when(comes).then_nothing()


def test_a_window_that_has_closed_meanwhile_ends_it() -> None:
    given(*OPEN, written()).when(lambda c: comes(c, NOON + DAY)).then(over("window_closed"))


def test_erased_it_is_not_sent() -> None:
    erased = written(text=ERASED)
    given(*OPEN, erased).when(lambda c: comes(c, fact=erased)).then(over("erased"))


def test_of_a_ticket_that_went_back_to_the_queue_it_takes_what_any_answer_takes() -> None:
    waits = (*waiting(), written())
    said, is_sent = sent(50, LATER, text="Já chegou?"), over("sent", message_id=message_id(50))
    given(*waits).when(comes).then(assigned(), said, is_sent)
    given(*waits).when(lambda c: comes(c, takes=False)).then(said, is_sent)


def test_while_the_bot_has_the_ticket_it_takes_control_as_any_answer() -> None:
    with_bot = (started(), opened(with_bot=True), received(), written())
    thread = given(*with_bot, *given(*with_bot).when(comes).facts).conversation
    assert thread is not None
    assert (thread.state, thread.owner) == ("open", ANA)


def test_an_agent_takes_it_back_once() -> None:
    given(*OPEN, written()).when(lambda c: cancel(c, FIRST, BRUNO)).then(over("agent", by=BRUNO))
    given(*OPEN, written(), over("agent")).when(lambda c: cancel(c, FIRST, ANA)).then_refuses(NotScheduled)
    given(*OPEN).when(lambda c: cancel(c, FIRST, ANA)).then_refuses(NotScheduled)


def test_an_end_cancels_all_that_waits() -> None:
    given(*OPEN, written()).when(lambda c: cancel_all(c, "closed", ANA)).then(over("closed", by=ANA))
    given(*OPEN).when(lambda c: cancel_all(c, "closed")).then_nothing()


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("America/Sao_Paulo", datetime(2018, 11, 4, 9), datetime(2018, 11, 4, 11, tzinfo=UTC)),
        ("America/Sao_Paulo", datetime(2026, 11, 4, 9), datetime(2026, 11, 4, 12, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 3, 29, 9), datetime(2026, 3, 29, 8, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 25, 9), datetime(2026, 10, 25, 9, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2028, 2, 29, 9), datetime(2028, 2, 29, tzinfo=UTC)),
        ("America/Manaus", datetime(2038, 1, 19, 9), datetime(2038, 1, 19, 13, tzinfo=UTC)),
        ("America/Rio_Branco", datetime(2106, 2, 7, 9), datetime(2106, 2, 7, 14, tzinfo=UTC)),
    ],
)
def test_by_any_clock_of_an_agent_it_goes_out_at_one_instant(
    zone: str, local: datetime, instant: datetime
) -> None:
    wrote_at = instant - 2 * HOUR
    thread = (started(), opened(at=wrote_at), received(at=wrote_at), assigned())
    facts = given(*thread).when(lambda c: write(c, local.replace(tzinfo=ZoneInfo(zone)), at=wrote_at)).facts
    (waits,) = [fact for fact in facts if isinstance(fact, MessageScheduled)]
    after = given(*thread, *facts)
    after.when(lambda c: comes(c, instant - timedelta(seconds=1), waits)).then_nothing()
    after.when(lambda c: comes(c, instant, waits)).then(
        sent(50, instant, text="Já chegou?"), over("sent", message_id=message_id(50))
    )
