"""An outgoing message: claimed once, never sent again by itself, its ticks only rise."""

from datetime import timedelta
from functools import reduce
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    Delivery,
    Failed,
    Read,
    RetryDue,
    RetryRequested,
    Unconfirmed,
    claim,
    evolve,
)
from domain.event import Event
from domain.incoming import IncomingStatus, StatusError
from domain.refusals import NotRetryable
from tests.domain.given import ANA, HOUR, MINUTE, NOON, THREAD

STATUSES = ("sent", "delivered", "read", "failed", "played", "deleted", "warning")


def fold(*facts: Event) -> Delivery | None:
    return reduce(evolve, facts, None)


def after(*facts: Event) -> Delivery:
    delivery = fold(*facts)
    assert delivery is not None
    return delivery


def begun(attempt: int = 1) -> AttemptStarted:
    return AttemptStarted(
        ticket=1, conversation_id=THREAD, attempt=attempt, deadline_at=NOON + timedelta(seconds=20)
    )


def accepted(attempt: int = 1, wamid: str = "wamid.out") -> Accepted:
    return Accepted(ticket=1, attempt=attempt, wamid=wamid, accepted_at=NOON)


def refused(attempt: int = 1, retryable: bool = True) -> Failed:
    return Failed(ticket=1, attempt=attempt, code="130429", title="", retryable=retryable, failed_at=NOON)


def status(word: str, wamid: str = "wamid.out") -> IncomingStatus:
    errors = (StatusError(131000, "Something went wrong"),) if word == "failed" else ()
    return IncomingStatus(wamid=wamid, status=word, at=NOON, errors=errors)


def test_the_first_attempt_is_claimed_once() -> None:
    assert claim(None, THREAD, 1, 1, NOON) == (
        AttemptStarted(ticket=1, conversation_id=THREAD, attempt=1, deadline_at=NOON),
    )
    assert claim(after(begun()), THREAD, 1, 1, NOON) == ()
    assert claim(None, THREAD, 1, 2, NOON) == ()


def test_the_next_attempt_is_claimed_only_when_it_was_asked_for() -> None:
    failed = after(begun(), refused(), RetryDue(ticket=1, attempt=2, due_at=NOON + MINUTE))
    assert claim(failed, THREAD, 1, 2, NOON) == ()
    asked = after(begun(), refused(), RetryRequested(ticket=1, attempt=2, by=None))
    assert len(claim(asked, THREAD, 1, 2, NOON)) == 1
    assert claim(asked, THREAD, 1, 1, NOON) == ()
    assert claim(asked, THREAD, 1, 3, NOON) == ()


def test_a_transient_refusal_sets_a_retry_at_most_five_times() -> None:
    first = after(begun()).refused("130429", "", NOON, NOON + MINUTE, attempt=1)
    assert first == (refused(), RetryDue(ticket=1, attempt=2, due_at=NOON + MINUTE))
    sixth = after(begun(6)).refused("130429", "", NOON, NOON + MINUTE, attempt=6)
    assert [type(fact) for fact in sixth] == [Failed]


def test_a_clear_refusal_is_the_end() -> None:
    facts = after(begun()).refused("131026", "Undeliverable", NOON, None, attempt=1)
    assert [type(fact) for fact in facts] == [Failed]
    assert after(begun(), *facts).shown == "failed"


def test_a_claim_without_outcome_is_given_up_after_its_grace_and_never_claimed_again() -> None:
    grace = timedelta(seconds=30)
    assert after(begun()).sweep(NOON + timedelta(seconds=49), grace) == ()
    swept = after(begun()).sweep(NOON + timedelta(seconds=50), grace)
    assert swept == (Unconfirmed(ticket=1, attempt=1, reason="no_outcome"),)
    gone = after(begun(), *swept)
    assert gone.sweep(NOON + HOUR, grace) == ()
    assert all(claim(gone, THREAD, 1, n, NOON) == () for n in (1, 2))


def test_a_status_resolves_what_was_unconfirmed() -> None:
    lost = after(begun(), Unconfirmed(ticket=1, attempt=1, reason="timeout"))
    facts = lost.status(status("delivered"))
    assert facts == (accepted(), Delivered(ticket=1, delivered_at=NOON))


def test_a_retry_time_that_was_moved_starts_nothing() -> None:
    due = after(begun(), refused(), RetryDue(ticket=1, attempt=2, due_at=NOON + MINUTE))
    assert due.retry_now(NOON) == ()
    asked = due.retry_now(NOON + MINUTE)
    assert asked == (RetryRequested(ticket=1, attempt=2, by=None),)
    assert evolve(due, asked[0]).retry_now(NOON + MINUTE) == ()


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
def test_what_was_taken_though_it_seemed_refused_is_not_sent_again(word: str) -> None:
    due = after(begun(), refused(), RetryDue(ticket=1, attempt=2, due_at=NOON + MINUTE))
    for fact in due.status(status(word)):
        due = evolve(due, fact)
    assert due.retry_now(NOON + MINUTE) == ()
    assert (due.shown, due.wamid) == (word, "wamid.out")
    asked = after(begun(), refused(), RetryRequested(ticket=1, attempt=2, by=None))
    for fact in asked.status(status(word)):
        asked = evolve(asked, fact)
    assert claim(asked, THREAD, 1, 2, NOON) == ()


def test_a_late_word_of_an_attempt_that_failed_later_does_not_stop_the_next_one() -> None:
    asked = after(
        begun(),
        accepted(wamid="wamid.first"),
        refused(retryable=False),
        RetryRequested(ticket=1, attempt=2, by=ANA),
    )
    assert asked.status(status("sent", "wamid.first")) == ()


def test_a_person_retries_only_what_failed() -> None:
    assert after(begun(), refused(retryable=False)).retry(ANA) == (
        RetryRequested(ticket=1, attempt=2, by=ANA),
    )
    for facts in [
        (begun(),),
        (begun(), accepted()),
        (begun(), Unconfirmed(ticket=1, attempt=1, reason="timeout")),
        (begun(), accepted(), Delivered(ticket=1, delivered_at=NOON), refused(retryable=False)),
    ]:
        with pytest.raises(NotRetryable):
            after(*facts).retry(ANA)


def test_a_failure_after_delivery_is_recorded_and_the_tick_stays() -> None:
    delivery = after(begun(), accepted(), Delivered(ticket=1, delivered_at=NOON), refused(retryable=False))
    assert delivery.shown == "delivered"


def test_a_late_failure_of_an_earlier_attempt_does_not_fail_the_newer_one() -> None:
    again = after(
        begun(),
        accepted(wamid="wamid.first"),
        refused(retryable=False),
        RetryRequested(ticket=1, attempt=2, by=ANA),
        begun(2),
    )
    assert again.status(status("failed", "wamid.first")) == ()
    assert len(again.status(status("failed", "wamid.second"))) == 1


def test_words_of_the_past_change_nothing() -> None:
    for word in ("deleted", "warning", "accepted", ""):
        assert after(begun(), accepted()).status(status(word)) == ()


@any_of(st.lists(st.sampled_from(STATUSES), max_size=8), st.randoms(use_true_random=False))
def test_statuses_in_any_order_and_repeated_show_the_same(words: list[str], random: object) -> None:
    def shown(order: list[str]) -> str:
        delivery = after(begun(), accepted())
        for word in order:
            for fact in delivery.status(status(word)):
                delivery = evolve(delivery, fact)
        return delivery.shown

    shuffled = words + words
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert shown(words) == shown(shuffled) == shown(sorted(words))


@any_of(st.lists(st.sampled_from(STATUSES), max_size=8))
def test_a_status_said_twice_is_said_once(words: list[str]) -> None:
    delivery = after(begun(), accepted())
    for word in words:
        for fact in delivery.status(status(word)):
            delivery = evolve(delivery, fact)
        assert delivery.status(status(word)) == ()


def test_the_read_tick_alone_means_delivered() -> None:
    assert after(begun(), accepted(), Read(ticket=1, read_at=NOON)).delivered


def test_whose_message_it_is_travels_with_the_claim() -> None:
    assert after(begun()).conversation_id == UUID(int=1)
