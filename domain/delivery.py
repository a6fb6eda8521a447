"""One outgoing message on its way: attempts, outcomes, ticks. The stream's id is the message's id."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.decision import Decision, nothing_to_do
from domain.event import ERASED, Event, Personal
from domain.incoming import IncomingStatus
from domain.refusals import NotRetryable

MAX_RETRIES = 5

Phase = Literal["waiting", "started", "accepted", "failed", "retry_due", "unconfirmed"]
Shown = Literal["pending", "sent", "delivered", "read", "failed", "unconfirmed"]

RANK: dict[Shown, int] = {
    "pending": 0,
    "unconfirmed": 1,
    "sent": 2,
    "failed": 3,
    "delivered": 4,
    "read": 5,
}
"""The lattice of what is shown: the highest reached stands, whatever arrives last."""


class DeliveryEvent(Event):
    """A fact of one outgoing message; carries the ticket it belongs to."""

    ticket: int


class AttemptStarted(DeliveryEvent):
    """Attempt `attempt` was claimed; after `deadline_at` its owner must not call any more."""

    TOPIC: ClassVar = "delivery.attempt_started"
    conversation_id: UUID
    attempt: int
    deadline_at: AwareDatetime


class Accepted(DeliveryEvent):
    """WhatsApp took the message and named it.

    With `after_refusal` its call had seemed refused: no further attempt is made.
    """

    TOPIC: ClassVar = "delivery.accepted"
    attempt: int
    wamid: Personal[str]
    accepted_at: AwareDatetime
    after_refusal: bool = False


class Delivered(DeliveryEvent):
    """It is on a device of the customer."""

    TOPIC: ClassVar = "delivery.delivered"
    delivered_at: AwareDatetime


class Read(DeliveryEvent):
    """It was shown to the customer."""

    TOPIC: ClassVar = "delivery.read"
    read_at: AwareDatetime


class Failed(DeliveryEvent):
    """It was refused, at once or later. `code` is Meta's, or our own word (`contact_erased`)."""

    TOPIC: ClassVar = "delivery.failed"
    attempt: int
    code: str
    title: str
    retryable: bool
    failed_at: AwareDatetime


class RetryDue(DeliveryEvent):
    """The refusal may pass: attempt `attempt` is to start at `due_at`."""

    TOPIC: ClassVar = "delivery.retry_due"
    attempt: int
    due_at: AwareDatetime


class RetryRequested(DeliveryEvent):
    """Attempt `attempt` shall start now: its time has come, or a person (`by`) asked for it."""

    TOPIC: ClassVar = "delivery.retry_requested"
    attempt: int
    by: UUID | None


class Unconfirmed(DeliveryEvent):
    """Nobody knows whether it went out: a status will tell, or a person; it is never sent again by itself."""

    TOPIC: ClassVar = "delivery.unconfirmed"
    attempt: int
    reason: str


EVENTS: tuple[type[Event], ...] = (
    AttemptStarted,
    Accepted,
    Delivered,
    Read,
    Failed,
    RetryDue,
    RetryRequested,
    Unconfirmed,
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one outgoing message stands. `attempt` is the newest one that was started or asked for.

    `wamid` is the name of the newest accepted attempt, `earlier` those of the attempts before it.
    """

    conversation_id: UUID
    ticket: int
    attempt: int
    phase: Phase
    deadline_at: datetime | None
    shown: Shown = "pending"
    delivered: bool = False
    read: bool = False
    retry_at: datetime | None = None
    wamid: str | None = None
    earlier: frozenset[str] = frozenset()

    def accepted(self, wamid: str, at: datetime) -> Decision:
        """The call was answered with a name."""
        if self.phase == "accepted":
            return nothing_to_do
        return (Accepted(ticket=self.ticket, attempt=self.attempt, wamid=wamid, accepted_at=at),)

    def refused(
        self, code: str, title: str, at: datetime, retry_at: datetime | None, attempt: int
    ) -> Decision:
        """The call of `attempt` was clearly refused; `retry_at` is when to try again, None for never."""
        if self.phase != "started" or self.attempt != attempt:
            return nothing_to_do
        again = retry_at is not None and attempt <= MAX_RETRIES
        failed = Failed(
            ticket=self.ticket,
            attempt=attempt,
            code=code,
            title=title,
            retryable=retry_at is not None,
            failed_at=at,
        )
        if not again or retry_at is None:
            return (failed,)
        return (failed, RetryDue(ticket=self.ticket, attempt=attempt + 1, due_at=retry_at))

    def unconfirmed(self, reason: str, attempt: int) -> Decision:
        """The outcome of `attempt` is unknown."""
        if self.phase != "started" or self.attempt != attempt:
            return nothing_to_do
        return (Unconfirmed(ticket=self.ticket, attempt=attempt, reason=reason),)

    def sweep(self, at: datetime, grace: timedelta) -> Decision:
        """A claim without outcome is given up `grace` after its deadline."""
        if self.phase != "started" or self.deadline_at is None or at < self.deadline_at + grace:
            return nothing_to_do
        return self.unconfirmed("no_outcome", self.attempt)

    def retry_now(self, due_at: datetime) -> Decision:
        """The hour of a retry has come; nothing happens when it is not the hour that was set.

        Nor when it reached the customer after all, though the call seemed refused.
        """
        if self.phase != "retry_due" or self.retry_at != due_at or self.delivered:
            return nothing_to_do
        return (RetryRequested(ticket=self.ticket, attempt=self.attempt + 1, by=None),)

    def retry(self, by: UUID) -> Decision:
        """A person asks to send a failed message again.

        Raises:
            NotRetryable: it is on its way, was delivered, or nobody knows.
        """
        if self.phase not in ("failed", "retry_due") or self.delivered:
            raise NotRetryable
        return (RetryRequested(ticket=self.ticket, attempt=self.attempt + 1, by=by),)

    def status(self, status: IncomingStatus) -> Decision:
        """What a webhook says became of it; what is known already or says nothing new is dropped.

        A status that skips others implies them: `read` alone means delivered and accepted.
        """
        events: Decision = ()
        if status.status == "failed":
            return self._failed_later(status)
        if status.status not in ("sent", "delivered", "read", "played"):
            return nothing_to_do
        if self.phase in ("started", "unconfirmed"):
            events += self.accepted(status.wamid, status.at)
        if self.phase in ("retry_due", "waiting") and status.wamid not in {self.wamid, *self.earlier}:
            (accepted,) = self.accepted(status.wamid, status.at)
            events += (accepted.model_copy(update={"after_refusal": True}),)
        if status.status == "delivered" and not self.delivered:
            events += (Delivered(ticket=self.ticket, delivered_at=status.at),)
        if status.status in ("read", "played") and not self.read:
            events += (Read(ticket=self.ticket, read_at=status.at),)
        return events

    def _failed_later(self, status: IncomingStatus) -> Decision:
        if self.phase in ("failed", "retry_due", "waiting") or status.wamid in self.earlier:
            return nothing_to_do
        error = status.errors[0] if status.errors else None
        return (
            Failed(
                ticket=self.ticket,
                attempt=self.attempt,
                code=str(error.code) if error else "unknown",
                title=error.title if error else "",
                retryable=False,
                failed_at=status.at,
            ),
        )


def claim(
    delivery: Delivery | None, conversation_id: UUID, ticket: int, attempt: int, deadline_at: datetime
) -> Decision:
    """Claim `attempt`: the first of a new message, or the one asked for; any other claims nothing.

    Nor does one whose message arrived meanwhile: the customer would get it twice.
    """
    due = delivery is None and attempt == 1
    if delivery is not None:
        due = delivery.phase == "waiting" and delivery.attempt == attempt and not delivery.delivered
    if not due:
        return nothing_to_do
    return (
        AttemptStarted(
            ticket=ticket, conversation_id=conversation_id, attempt=attempt, deadline_at=deadline_at
        ),
    )


def raised(shown: Shown, to: Shown) -> Shown:
    """The higher of the two in the lattice."""
    return to if RANK[to] > RANK[shown] else shown


def evolve(delivery: Delivery | None, event: Event) -> Delivery:
    """The delivery after `event`. It only assigns."""
    if isinstance(event, AttemptStarted):
        # A new attempt starts its ticks anew; what was delivered meanwhile stays delivered.
        begun = Delivery(event.conversation_id, event.ticket, event.attempt, "started", event.deadline_at)
        if delivery is None:
            return begun
        begun = replace(begun, earlier=delivery.earlier | ({delivery.wamid} if delivery.wamid else set()))
        if not delivery.delivered:
            return begun
        return replace(begun, shown=delivery.shown, delivered=True, read=delivery.read)
    assert delivery is not None, "a delivery begins with AttemptStarted"
    match event:
        case Accepted():
            shown = delivery.shown if delivery.delivered or not event.after_refusal else "pending"
            named = replace(delivery, phase="accepted", wamid=wamid_of(event), retry_at=None)
            return replace(named, shown=raised(shown, "sent"))
        case Delivered():
            return replace(delivery, delivered=True, shown=raised(delivery.shown, "delivered"))
        case Read():
            return replace(delivery, delivered=True, read=True, shown=raised(delivery.shown, "read"))
        case Failed():
            return replace(delivery, phase="failed", shown=raised(delivery.shown, "failed"))
        case RetryDue(due_at=due_at):
            return replace(delivery, phase="retry_due", retry_at=due_at)
        case RetryRequested(attempt=attempt):
            return replace(delivery, phase="waiting", attempt=attempt, retry_at=None, shown="pending")
        case Unconfirmed():
            return replace(delivery, phase="unconfirmed", shown=raised(delivery.shown, "unconfirmed"))
        case _:
            return delivery


def wamid_of(event: Accepted) -> str | None:
    """The name WhatsApp gave, or None once it is erased."""
    return None if event.wamid is ERASED else event.wamid
