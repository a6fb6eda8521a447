"""Which of the customer's messages are unanswered; an answer that failed for good does not count."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

REMEMBERED_ANSWERS = 10
"""How many answers a conversation remembers: with that many after it, the outcome of one is ignored."""


class Unanswered(NamedTuple):
    """Since when the customer waits for an answer, and to how many messages; `since` may be set by a mark."""

    since: datetime | None = None
    unread: int = 0


NOTHING_UNANSWERED = Unanswered()


class Answer(NamedTuple):
    """A person's answer in a ticket: what it answered, and whether it has failed for good."""

    ticket: int
    message_id: UUID
    answered: Unanswered
    failed: bool = False


Answers = tuple[Answer, ...]
"""The newest answers of a conversation, oldest first."""


def with_answer(answers: Answers, answer: Answer) -> Answers:
    """Append an answer; beyond `REMEMBERED_ANSWERS` the oldest is dropped.

    What a dropped answer failed to answer passes to the next one.
    """
    if len(answers) < REMEMBERED_ANSWERS:
        return (*answers, answer)
    forgotten, oldest, *others = answers
    if forgotten.failed and forgotten.ticket == oldest.ticket:
        oldest = oldest._replace(answered=together(forgotten.answered, oldest.answered))
    return (oldest, *others, answer)


def with_outcome(answers: Answers, message_id: UUID, failed: bool) -> Answers:
    """Set whether one of the answers has failed for good."""
    return tuple(
        answer._replace(failed=failed) if answer.message_id == message_id else answer for answer in answers
    )


def waiting(answers: Answers, ticket: int, newest: Unanswered) -> Unanswered:
    """Return what is unanswered in the ticket: `newest`, which came after its last answer, and what the
    failed answers after the last standing one were for."""
    for answer in failed_last(answers, ticket):
        newest = together(answer.answered, newest)
    return newest


def failed_last(answers: Answers, ticket: int) -> Answers:
    """Return the failed answers of the ticket after its last standing one, oldest first."""
    own = [answer for answer in answers if answer.ticket == ticket]
    standing = next((n for n in range(len(own), 0, -1) if not own[n - 1].failed), 0)
    return tuple(own[standing:])


def none_waits(answers: Answers, ticket: int) -> Answers:
    """Return the answers after a person has marked the newest ticket as answered."""
    standing = len(answers) - len(failed_last(answers, ticket))
    return (
        *answers[:standing],
        *(answer._replace(answered=NOTHING_UNANSWERED) for answer in answers[standing:]),
    )


def together(one: Unanswered, other: Unanswered) -> Unanswered:
    """Add up what is unanswered by both."""
    return Unanswered(earlier(one.since, other.since), one.unread + other.unread)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two times, either of which may be missing."""
    return min(one, other) if one is not None and other is not None else one or other
