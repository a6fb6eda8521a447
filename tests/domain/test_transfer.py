"""Transferring and closing a ticket, and undoing that within a minute."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.conversation.close import CloseRequest, close
from domain.conversation.holder import Snooze
from domain.conversation.receive import receive
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import (
    BotReactivated,
    Closed,
    MessageScheduled,
    MoveUndone,
    Reopened,
    ScheduleEnded,
    Snoozed,
    Tagged,
    Transferred,
    Unassigned,
    WindowWatched,
)
from domain.conversation.timers import fire_due
from domain.conversation.transfer import new_holders, owner_left, transfer
from domain.conversation.undo import UNDO_TIME, undo, undo_until
from domain.decision import Decision
from domain.event import Event
from domain.refusals import ControlMoved, NoOpenTicket, NothingToUndo, TooManyTags, UndoTooLate
from tests.domain.given import (
    ANA,
    BRUNO,
    CLARA,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    arrival,
    assigned,
    closed,
    given,
    incoming,
    opened,
    received,
    sent,
    started,
    state,
    waiting,
    woken,
)

BILLING = str(UUID(int=71))
OPEN = (*waiting(), assigned())
WITH_BOT = (started(), opened(with_bot=True), received())
TURN = UUID(int=82)
LATER = NOON + timedelta(seconds=30)
SCHEDULED = MessageScheduled(
    ticket=1, scheduled_id=UUID(int=81), text="bom dia", due_at=NOON + HOUR, zone="America/Bahia", by=ANA
)


def snoozed(until: datetime = NOON + HOUR, keep: bool = False) -> Snoozed:
    return Snoozed(ticket=1, until=until, zone="America/Bahia", keep=keep, reason=None, by=ANA, moved_at=NOON)


def transferred(queue: str = "default", to: UUID | None = BRUNO, note: str | None = None) -> Transferred:
    return Transferred(ticket=1, queue=queue, agent_id=to, note=note, by=ANA, moved_at=NOON)


def transfer_to(c: Conversation, queue: str | None = None, to: UUID | None = BRUNO, **given: Any) -> Decision:
    asked = {"note": None, "by": ANA, "at": NOON, "expected_version": c.control, **given}
    return transfer(c, queue, to, **asked)


def undo_by(c: Conversation, by: UUID = ANA, at: datetime = LATER) -> Decision:
    return undo(c, TURN, by, at, c.control)


def after(*facts: Event) -> Conversation:
    """The thread once Ana has taken her newest move back."""
    return state(*facts, *undo_by(state(*facts)))


def test_to_a_colleague_to_a_team_or_to_a_colleague_of_a_team() -> None:
    given(*OPEN).when(transfer_to).then(transferred())
    given(*OPEN).when(lambda c: transfer_to(c, BILLING, None)).then(transferred(BILLING, None))
    given(*OPEN).when(lambda c: transfer_to(c, BILLING)).then(transferred(BILLING))

    theirs = state(*OPEN, transferred(BILLING))
    assert (theirs.state, theirs.owner, theirs.queue) == ("open", BRUNO, BILLING)
    waits = state(*OPEN, transferred(BILLING, None))
    assert (waits.state, waits.owner, waits.queue) == ("queue", None, BILLING)
    assert waits.control == state(*OPEN).control + 1


def test_words_go_with_it_unless_nobody_can_see_them() -> None:
    given(*OPEN).when(lambda c: transfer_to(c, note="já paguei?")).then(transferred(note="já paguei?"))
    given(*OPEN).when(lambda c: transfer_to(c, note=" \u200b")).then(transferred(note=None))


def test_where_it_is_already_nothing_happens_but_the_bot_loses_it() -> None:
    given(*OPEN).when(lambda c: transfer_to(c, to=ANA, expected_version=0)).then_nothing()
    given(*waiting()).when(lambda c: transfer_to(c, "default", None)).then_nothing()
    given(*WITH_BOT).when(lambda c: transfer_to(c, "default", None)).then(transferred("default", None))
    assert state(*WITH_BOT, transferred("default", None)).state == "queue"


def test_what_is_said_where_it_is_already_is_not_lost_and_said_once() -> None:
    note, seen = "ligar antes das 18h", state(*waiting()).control
    said = transferred("default", None, note)
    given(*waiting()).when(lambda c: transfer_to(c, "default", None, note=note)).then(said)
    again = given(*waiting(), said)
    repeated = again.when(lambda c: transfer_to(c, "default", None, note=note, expected_version=seen))
    repeated.then_refuses(ControlMoved, owner=None)


def test_only_what_is_open_and_as_it_was_seen_is_handed_over() -> None:
    given(*OPEN, closed()).when(transfer_to).then_refuses(NoOpenTicket)
    given(*OPEN).when(lambda c: transfer_to(c, expected_version=1)).then_refuses(ControlMoved, owner=ANA)


def test_a_snoozed_ticket_stays_snoozed() -> None:
    snoozed_ticket = state(*OPEN, snoozed(), transferred(BILLING))
    assert (snoozed_ticket.state, snoozed_ticket.owner, snoozed_ticket.snooze) == (
        "snoozed",
        BRUNO,
        Snooze(NOON + HOUR, stays_on_reply=False),
    )
    assert fire_due(snoozed_ticket, NOON + HOUR) == (woken(NOON + HOUR),)


def test_the_end_cancels_what_was_scheduled_and_says_why() -> None:
    given(*OPEN, SCHEDULED).when(
        lambda c: close(c, CloseRequest("resolvido", ["Entrega"]), ANA, NOON, c.control)
    ).then(
        Tagged(ticket=1, tag="Entrega", by=ANA),
        ScheduleEnded(ticket=1, scheduled_id=SCHEDULED.scheduled_id, cause="closed", by=ANA),
        Closed(ticket=1, by=ANA, reason="resolvido", moved_at=NOON),
    )
    given(*OPEN).when(lambda c: close(c, CloseRequest(" "), ANA, NOON, c.control)).then(
        Closed(ticket=1, by=ANA, moved_at=NOON)
    )


def test_an_end_with_too_many_tags_is_none() -> None:
    names = [f"tag {n}" for n in range(21)]
    given(*OPEN).when(lambda c: close(c, CloseRequest(None, names), ANA, NOON, c.control)).then_refuses(
        TooManyTags
    )


MOVES = [
    pytest.param(Closed(ticket=1, by=ANA, moved_at=NOON), id="close"),
    pytest.param(snoozed(), id="snooze"),
    pytest.param(transferred(BILLING), id="transfer"),
]
STANDS = [
    pytest.param(OPEN, id="an agent's"),
    pytest.param(waiting(), id="nobody's"),
    pytest.param((*OPEN, sent(), received(2)), id="unanswered again"),
    pytest.param((*OPEN, snoozed(NOON + 3 * HOUR, keep=True)), id="snoozed"),
]


@pytest.mark.parametrize("before", STANDS)
@pytest.mark.parametrize("move", MOVES)
def test_after_undo_the_ticket_is_as_it_was_before(before: tuple[Event, ...], move: Event) -> None:
    stood, stands = state(*before), after(*before, move)
    for name in ("state", "owner", "queue", "snooze", "unread", "unanswered_since", "ticket"):
        assert getattr(stands, name) == getattr(stood, name), name
    assert stands.closed_at is None
    assert stands.control == stood.control + 2


@pytest.mark.parametrize("move", [MOVES[0], MOVES[2]])
def test_what_the_bot_had_it_gets_back_and_is_asked_anew(move: Event) -> None:
    stands = after(*WITH_BOT, move)
    assert (stands.state, stands.owner, stands.unread) == ("bot", None, 1)
    (_, asked) = given(*WITH_BOT, move).when(undo_by).facts
    assert isinstance(asked, BotReactivated)
    assert (asked.epoch, asked.turn_id, asked.until) == (stands.control, TURN, "flow_end")
    assert fire_due(stands, LATER + MINUTE)[0].TOPIC == "conversation.handed_off", "a silent bot loses it"


def test_a_message_after_a_transfer_still_waits_when_that_is_undone() -> None:
    stands = after(*OPEN, sent(), transferred(), received(2, NOON + MINUTE))
    assert (stands.owner, stands.unread, stands.unanswered_since) == (ANA, 1, NOON + MINUTE)


def test_undoing_a_second_snooze_restores_the_first_time() -> None:
    assert after(*OPEN, snoozed(), snoozed(NOON + 3 * HOUR)).snooze == Snooze(NOON + HOUR, False)


@pytest.mark.parametrize("move", MOVES)
def test_only_who_moved_it_takes_it_back_and_only_for_a_minute(move: Event) -> None:
    moved = given(*OPEN, move)
    moved.when(lambda c: undo_by(c, BRUNO)).then_refuses(NothingToUndo)
    moved.when(lambda c: undo_by(c, at=NOON + UNDO_TIME + timedelta(microseconds=1))).then_refuses(
        UndoTooLate
    )
    assert moved.when(lambda c: undo_by(c, at=NOON + UNDO_TIME)).facts
    moved.when(lambda c: undo(c, TURN, ANA, LATER, c.control - 1)).then_refuses(ControlMoved)
    assert undo_until(state(*OPEN, move), ANA) == NOON + UNDO_TIME
    assert undo_until(state(*OPEN, move), BRUNO) is None


@pytest.mark.parametrize("move", MOVES)
def test_nothing_is_undone_after_another_move(move: Event) -> None:
    given(*OPEN, move, assigned(CLARA)).when(undo_by).then_refuses(NothingToUndo)
    once = (*OPEN, move, *undo_by(state(*OPEN, move)))
    given(*once).when(undo_by).then_refuses(NothingToUndo)
    given(*OPEN).when(undo_by).then_refuses(NothingToUndo)


def test_the_customer_who_writes_ends_the_minute_of_a_close_and_of_a_snooze() -> None:
    for move in (snoozed(), Closed(ticket=1, by=ANA, moved_at=NOON)):
        facts = (*OPEN, move)
        wrote = receive(state(*facts), incoming(2, LATER), arrival(2, LATER))
        given(*facts, *wrote).when(undo_by).then_refuses(NothingToUndo)


def test_whoever_got_it_and_has_answered_keeps_it() -> None:
    answered = (*OPEN, transferred(BILLING), sent(3, LATER, agent_id=BRUNO))
    given(*answered).when(undo_by).then_refuses(NothingToUndo)
    for others in (sent(3, LATER, agent_id=CLARA), sent(3, LATER, agent_id=ANA)):
        assert after(*OPEN, transferred(BILLING), others).owner == ANA


@pytest.mark.parametrize("move", MOVES)
def test_snoozed_again_by_undo_its_window_is_watched_again(move: Event) -> None:
    tomorrow = (*OPEN, snoozed(NOON + 2 * DAY), WindowWatched(ticket=1, warn_at=NOON + DAY - MINUTE))
    stands = after(*tomorrow, move)
    assert stands.snooze == Snooze(NOON + 2 * DAY, False, warn_at=NOON + DAY - 30 * MINUTE)


def test_what_was_scheduled_stays_cancelled_and_tags_stay() -> None:
    facts = (*OPEN, SCHEDULED)
    facts += close(state(*facts), CloseRequest(None, ["Entrega"]), ANA, NOON, state(*facts).control)
    (back,) = undo_by(state(*facts))
    assert isinstance(back, MoveUndone)
    stands = state(*facts, back)
    assert (stands.scheduled, stands.tags) == ((), frozenset({"Entrega"}))


@pytest.mark.parametrize("move", MOVES)
def test_after_undo_the_ticket_of_an_agent_who_left_waits_in_its_queue(move: Event) -> None:
    facts = (*OPEN, move)
    back, *_ = undo(state(*facts), TURN, ANA, LATER, state(*facts).control, owner_left=True)
    assert isinstance(back, MoveUndone)
    stands = state(*facts, back)
    assert (stands.state, stands.owner, stands.queue, back.left) == ("queue", None, "default", ANA)


def test_after_undo_the_ticket_of_an_archived_team_is_in_the_default_queue() -> None:
    facts = (*OPEN, transferred(BILLING), transferred(queue="default"))
    (back,) = undo(state(*facts), TURN, ANA, LATER, state(*facts).control, team_left=True)
    assert state(*facts, back).queue == "default"


def test_the_ticket_of_an_agent_who_left_goes_back_into_its_queue_and_stays_snoozed() -> None:
    left = Unassigned(ticket=1, by=None, left=ANA)
    given(*OPEN).when(owner_left).then(left)
    given(*OPEN, snoozed()).when(owner_left).then(left)
    asleep = state(*OPEN, snoozed(), left)
    assert (asleep.state, asleep.owner, asleep.snooze) == (
        "snoozed",
        None,
        Snooze(NOON + HOUR, stays_on_reply=False),
    )
    for nobodys in (waiting(), WITH_BOT, (*OPEN, left), (*OPEN, Closed(ticket=1, by=ANA, moved_at=NOON))):
        given(*nobodys).when(owner_left).then_nothing()


def test_it_is_known_who_gets_a_ticket() -> None:
    stands = state(*OPEN)
    assert new_holders(stands, (transferred(BILLING, BRUNO),)) == ({BRUNO}, {BILLING})
    assert new_holders(stands, (transferred(stands.queue, BRUNO),)) == ({BRUNO}, set())
    assert new_holders(stands, (assigned(CLARA), snoozed())) == ({CLARA}, set())
    assert new_holders(stands, undo_by(state(*OPEN, transferred(BILLING)))) == ({ANA}, set())
    assert new_holders(stands, close(stands, CloseRequest(), ANA, NOON, stands.control)) == (set(), set())


@pytest.mark.parametrize("seen", [1, 3, 9])
def test_closed_once_more_by_somebody_who_saw_neither_it_is_refused(seen: int) -> None:
    ended = (*OPEN, Closed(ticket=1, by=ANA, moved_at=NOON), Reopened(ticket=1, owner=ANA))
    ended += (Closed(ticket=1, by=ANA, moved_at=NOON),)
    assert state(*ended).control == 6
    given(*ended).when(lambda c: close(c, CloseRequest(), BRUNO, LATER, seen)).then_refuses(ControlMoved)
    given(*ended).when(lambda c: close(c, CloseRequest(), ANA, LATER, 5)).then_nothing()
    given(*ended).when(lambda c: close(c, CloseRequest(), ANA, LATER, 6)).then_nothing()
