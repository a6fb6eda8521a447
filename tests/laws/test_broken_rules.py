"""The machine finds what is wrong: each of these rules, broken on purpose, is caught and named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.postgres.queries.visibility import NOTES, Visibility
from domain import delivery
from domain.conversation import (
    answers,
    auto_assign,
    bot,
    holder,
    receive,
    returning,
    state,
    timers,
    unanswered,
    undo,
)
from domain.conversation.holder import Holder, timed
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.participants import joining
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import (
    AnswerFailed,
    AnswerRestored,
    Assigned,
    HandedOff,
    NoteAdded,
    Snoozed,
    Transferred,
    Woken,
)
from projections import participants as projected_participants
from projections import timeline, workspace
from projections import timers as projected_timers
from tests.laws.counter import Counter

Patch = Callable[[pytest.MonkeyPatch], None]


def a_reply_of_an_old_epoch_is_said(patch: pytest.MonkeyPatch) -> None:
    refused = bot._refusal
    patch.setattr(
        bot, "_refusal", lambda c, said, at: None if (why := refused(c, said, at)) == "epoch" else why
    )


def a_ticket_is_woken_that_is_awake(patch: pytest.MonkeyPatch) -> None:
    due = timers.fire_due

    def broken(c: Conversation, *given: Any) -> Any:
        again = c.state == "open" and c.control > 3
        return due(c, *given) or ((Woken(ticket=c.ticket, cause="time"),) if again else ())

    patch.setattr(timers, "fire_due", broken)


def a_ticket_wakes_before_it_is_due(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(timers, "is_due", lambda time, at: time is not None)


def a_mark_survives_the_answer(patch: pytest.MonkeyPatch) -> None:
    evolve = state.evolve

    def broken(before: Any, fact: Any) -> Any:
        after = evolve(before, fact)
        if type(fact) is not MessageSent:
            return after
        return replace(after, answers=before.answers, after_answer=before.after_answer)

    patch.setattr(state, "evolve", broken)


def a_failed_answer_is_an_answer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers, "answer_outcome", lambda *given: ())


def an_answer_that_arrived_after_all_stays_failed(patch: pytest.MonkeyPatch) -> None:
    sound = answers.answer_outcome
    patch.setattr(
        answers,
        "answer_outcome",
        lambda *given: tuple(f for f in sound(*given) if not isinstance(f, AnswerRestored)),
    )


def a_later_answer_does_not_count(patch: pytest.MonkeyPatch) -> None:
    """An earlier one that fails makes the customer wait though another stands."""
    patch.setattr(unanswered, "failed_last", lambda known, ticket: tuple(a for a in known if a.failed))


def who_waits_again_waits_since_the_last_message(patch: pytest.MonkeyPatch) -> None:
    for user in (answers, state):
        patch.setattr(user, "waiting", lambda known, ticket, newest: newest)


def a_failed_answer_is_marked_for_ever(patch: pytest.MonkeyPatch) -> None:
    evolve = state.evolve

    def broken(before: Any, fact: Any) -> Any:
        after = evolve(before, fact)
        return replace(after, failed=before.failed or after.failed) if type(fact) is MessageSent else after

    patch.setattr(state, "evolve", broken)


def a_failed_answer_opens_what_has_ended(patch: pytest.MonkeyPatch) -> None:
    sound = answers.answer_outcome

    def broken(c: Conversation, *given: Any) -> Any:
        return sound(replace(c, holder=c.holder._replace(state="open")), *given)

    patch.setattr(answers, "answer_outcome", broken)


def the_list_does_not_hear_of_failed_answers(patch: pytest.MonkeyPatch) -> None:
    changes = workspace._changes
    patch.setattr(
        workspace,
        "_changes",
        lambda row, event: {} if type(event.fact) is AnswerFailed else changes(row, event),
    )


def what_comes_back_stays_with_who_is_not_there(patch: pytest.MonkeyPatch) -> None:
    due = returning.return_due
    patch.setattr(timers, "return_due", lambda c, owner_present: due(c, True))


def what_comes_back_leaves_who_is_there(patch: pytest.MonkeyPatch) -> None:
    due = returning.return_due
    patch.setattr(timers, "return_due", lambda c, owner_present: due(c, False))


def what_comes_back_does_not_wait_for_its_owner(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(timers, "return_time", lambda owner, at, after: None if owner is None else at)


def what_is_given_by_rule_waits_for_its_owner(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receive, "return_time", lambda owner, at, after: owner and at + timedelta(minutes=15))


def an_answered_ticket_leaves_its_owner(patch: pytest.MonkeyPatch) -> None:
    """The rule that aggregate and timers share is wrong: they agree, but not with the ledger."""
    for user in (state, projected_timers):
        patch.setattr(
            user, "timed", lambda held, event: held if type(event) is MessageSent else timed(held, event)
        )


def who_waits_is_counted_from_the_arrival(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MessageReceived, "written_at", property(lambda self: self.received_at))


def the_customer_does_not_wake(patch: pytest.MonkeyPatch) -> None:
    sound = receive.receive
    patch.setattr(
        receive, "receive", lambda *given: tuple(f for f in sound(*given) if not isinstance(f, Woken))
    )


def the_window_never_closes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Conversation, "window_closes_before", lambda self, hour: False)


def a_snoozed_ticket_loses_its_owner(patch: pytest.MonkeyPatch) -> None:
    evolve = state.evolve

    def broken(before: Any, fact: Any) -> Any:
        after = evolve(before, fact)
        holder = after.holder._replace(owner=None)
        return replace(after, holder=holder) if type(fact) is Snoozed else after

    patch.setattr(state, "evolve", broken)


def a_move_is_undone_too_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(undo, "UNDO_TIME", undo.UNDO_TIME * 100)


def a_ticket_goes_on_long_after_its_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receive, "_is_reopened", lambda c, given: not c.is_open and c.closed_at is not None)


def the_rule_takes_a_ticket_from_somebody(patch: pytest.MonkeyPatch) -> None:
    def broken(c: Conversation, agent_id: Any, expected_version: int) -> Any:
        return (Assigned(ticket=c.ticket, agent_id=agent_id, by=None),) if c.is_open else ()

    patch.setattr(auto_assign, "give", broken)


def a_transfer_leaves_the_ticket_to_its_owner(patch: pytest.MonkeyPatch) -> None:
    """The rule that aggregate, list and timers share is wrong: they agree, but not with the ledger."""
    for user in (state, workspace, projected_timers):
        patch.setattr(user, "moved", _moved_but_for_the_owner)


def the_list_has_a_rule_of_its_own(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(workspace, "moved", _moved_but_for_the_owner)


def the_timers_have_a_rule_of_their_own(patch: pytest.MonkeyPatch) -> None:
    def broken(before: Holder, event: Any) -> Holder:
        after = holder.moved(before, event)
        return after._replace(snooze=before.snooze) if type(event) is Woken else after

    patch.setattr(projected_timers, "moved", broken)


def _moved_but_for_the_owner(before: Holder, event: Any) -> Holder:
    after = holder.moved(before, event)
    return after._replace(owner=before.owner) if type(event) is Transferred else after


def the_sender_forgets_what_it_claimed(patch: pytest.MonkeyPatch) -> None:
    claim = delivery.claim
    patch.setattr(delivery, "claim", lambda known, *given: claim(None, *given))


def a_late_status_lowers_what_is_shown(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(timeline, "raised", lambda shown, to: to)


def an_edit_counts_by_its_arrival(patch: pytest.MonkeyPatch) -> None:
    changes = timeline._changes
    patch.setattr(timeline, "_changes", lambda row, event: changes(row._replace(edited_at=None), event))


def a_customer_who_was_parted_keeps_the_name(patch: pytest.MonkeyPatch) -> None:
    person = workspace._person
    patch.setattr(
        workspace,
        "_person",
        lambda row, event: (
            {"person_id": row.contact_id}
            if type(event.fact).__name__ == "MergeUndone"
            else person(row, event)
        ),
    )


def the_bot_keeps_what_people_answer_from_the_app(patch: pytest.MonkeyPatch) -> None:
    sound = receive.echo
    patch.setattr(
        receive, "echo", lambda *given: tuple(f for f in sound(*given) if not isinstance(f, HandedOff))
    )


def the_list_forgets_who_waits(patch: pytest.MonkeyPatch) -> None:
    changes = workspace._changes
    patch.setattr(
        workspace,
        "_changes",
        lambda row, event: {} if type(event.fact).__name__ == "MarkedUnanswered" else changes(row, event),
    )


def who_is_called_takes_no_part(patch: pytest.MonkeyPatch) -> None:
    for user in (state, projected_participants):
        patch.setattr(user, "joining", lambda event: () if type(event) is NoteAdded else joining(event))


def the_read_model_forgets_who_got_a_transfer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        projected_participants, "joining", lambda event: () if type(event) is Transferred else joining(event)
    )


def a_participant_reads_on_after_the_end(patch: pytest.MonkeyPatch) -> None:
    limit_of = Visibility._limit_of

    def broken(self: Visibility, ticket: Any, is_newest: bool) -> int | None:
        limit = limit_of(self, ticket, is_newest)
        return NOTES if is_newest and limit == ticket.ended_position else limit

    patch.setattr(Visibility, "_limit_of", broken)


def an_earlier_owner_reads_the_newest_ticket(patch: pytest.MonkeyPatch) -> None:
    limit_of = Visibility._limit_of
    patch.setattr(Visibility, "_limit_of", lambda self, ticket, is_newest: limit_of(self, ticket, True))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (who_is_called_takes_no_part, "somebody else takes part"),
        (the_read_model_forgets_who_got_a_transfer, "the participants are others"),
        (a_participant_reads_on_after_the_end, "reads what is not theirs"),
        (an_earlier_owner_reads_the_newest_ticket, "reads what is not theirs"),
        (a_reply_of_an_old_epoch_is_said, "bot and people talk at once|an epoch that is over|has ended"),
        (a_ticket_is_woken_that_is_awake, "a ticket that is not snoozed is woken|happens again and again"),
        (a_ticket_wakes_before_it_is_due, "before it is due"),
        (a_mark_survives_the_answer, "the mark is wrong"),
        (a_failed_answer_is_an_answer, "what becomes of an answer is not told"),
        (an_answer_that_arrived_after_all_stays_failed, "what becomes of an answer is not told"),
        (a_later_answer_does_not_count, "who waits again is told wrongly|the mark is wrong"),
        (who_waits_again_waits_since_the_last_message, "who waits again is told wrongly|the mark is wrong"),
        (a_failed_answer_is_marked_for_ever, "the mark of a failed answer is wrong"),
        (a_failed_answer_opens_what_has_ended, "who waits again is told wrongly"),
        (the_list_does_not_hear_of_failed_answers, "the list of tickets shows something else|has ended"),
        (what_comes_back_stays_with_who_is_not_there, "stays with who is not there, or leaves who is"),
        (what_comes_back_leaves_who_is_there, "stays with who is not there, or leaves who is"),
        (what_comes_back_does_not_wait_for_its_owner, "a ticket waits otherwise for its owner"),
        (what_is_given_by_rule_waits_for_its_owner, "a ticket waits otherwise for its owner"),
        (an_answered_ticket_leaves_its_owner, "the timers are not the hours of the ticket"),
        (who_waits_is_counted_from_the_arrival, "the mark is wrong"),
        (the_customer_does_not_wake, "does not bring a ticket back"),
        (the_window_never_closes, "outside the window|what may be said is refused"),
        (a_snoozed_ticket_loses_its_owner, "somebody else has the ticket"),
        (a_transfer_leaves_the_ticket_to_its_owner, "somebody else has the ticket"),
        (the_list_has_a_rule_of_its_own, "the list of tickets shows something else"),
        (the_timers_have_a_rule_of_their_own, "the timers are not the hours of the ticket"),
        (a_move_is_undone_too_late, "undone too late"),
        (a_ticket_goes_on_long_after_its_end, "goes on by another rule"),
        (the_rule_takes_a_ticket_from_somebody, "the rule gives what does not wait"),
        (the_sender_forgets_what_it_claimed, "one attempt is made twice"),
        (a_late_status_lowers_what_is_shown, "a message shows another status"),
        (an_edit_counts_by_its_arrival, "a message shows other words"),
        (a_customer_who_was_parted_keeps_the_name, "somebody else's"),
        (the_bot_keeps_what_people_answer_from_the_app, "bot and people talk at once"),
        (the_list_forgets_who_waits, "the list of tickets shows something else"),
    ],
)
def test_a_broken_rule_is_caught(broken: Patch, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(AssertionError, match=said):
        run_state_machine_as_test(
            Counter,
            settings=settings(
                max_examples=20_000,
                stateful_step_count=40,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
