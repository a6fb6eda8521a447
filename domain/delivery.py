"""The delivery of one outgoing message: attempts, outcomes, statuses. Its stream has the message's id."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.decision import Decision, nothing_to_do
from domain.event import Event, Personal, unsealed
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
"""The order of the shown statuses: the highest one reached is shown, whichever arrives last."""


class DeliveryEvent(Event):
    """A fact of one outgoing message; carries the ticket that it belongs to."""

    ticket: int
    """Number of the ticket in its conversation, from 1."""


class AttemptStarted(DeliveryEvent):
    """An attempt was claimed; after its deadline the claimant must not call WhatsApp any more."""

    TOPIC: ClassVar = "delivery.attempt_started"

    conversation_id: UUID
    """The conversation of the message."""

    attempt: int
    """Number of the attempt, from 1."""

    deadline_at: AwareDatetime
    """Until when its claimant may call WhatsApp."""


class Accepted(DeliveryEvent):
    """WhatsApp accepted the message and gave it an id."""

    TOPIC: ClassVar = "delivery.accepted"

    attempt: int
    """Number of the attempt, from 1."""

    wamid: Personal[str]
    """WhatsApp's id of the message."""

    accepted_at: AwareDatetime
    """When WhatsApp accepted it."""

    after_refusal: bool = False
    """Whether the call had seemed to be refused; no further attempt is made."""


class Delivered(DeliveryEvent):
    """The message reached a device of the customer."""

    TOPIC: ClassVar = "delivery.delivered"

    delivered_at: AwareDatetime
    """WhatsApp's time of it."""


class Read(DeliveryEvent):
    """The message was shown to the customer."""

    TOPIC: ClassVar = "delivery.read"

    read_at: AwareDatetime
    """WhatsApp's time of it."""


class Failed(DeliveryEvent):
    """The message was refused, at once or later."""

    TOPIC: ClassVar = "delivery.failed"

    attempt: int
    """Number of the attempt, from 1."""

    code: str
    """Meta's error code, or ours (`contact_erased`)."""

    title: str
    """What the code means, in Meta's words."""

    retryable: bool
    """Whether another attempt may succeed."""

    failed_at: AwareDatetime
    """When it was refused."""


class RetryDue(DeliveryEvent):
    """The error is transient: another attempt is due."""

    TOPIC: ClassVar = "delivery.retry_due"

    attempt: int
    """Number of the next attempt."""

    due_at: AwareDatetime
    """When it starts."""


class RetryRequested(DeliveryEvent):
    """The next attempt starts now: its time has come, or a person requested it."""

    TOPIC: ClassVar = "delivery.retry_requested"

    attempt: int
    """Number of the attempt that starts now."""

    by: UUID | None
    """The agent who requested it, null when its time had come."""


class Unconfirmed(DeliveryEvent):
    """It is unknown whether the message was sent: a status tells, or a person; it is never retried alone."""

    TOPIC: ClassVar = "delivery.unconfirmed"

    attempt: int
    """Number of the attempt, from 1."""

    reason: str
    """Why its fate is unknown."""


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
    """The state of one outgoing message. `attempt` is the newest one that was started or requested.

    `wamid` is WhatsApp's id of the newest accepted attempt, `earlier` those of the attempts before it.
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

    @property
    def failed_for_good(self) -> bool:
        """Whether it failed, and no attempt is under way or due any more that may change that."""
        return self.shown == "failed" and self.phase != "retry_due"

    def accepted(self, wamid: str, at: datetime) -> Decision:
        """Record that WhatsApp accepted the message."""
        if self.phase == "accepted":
            return nothing_to_do
        return (Accepted(ticket=self.ticket, attempt=self.attempt, wamid=wamid, accepted_at=at),)

    def refused(
        self, code: str, title: str, at: datetime, retry_at: datetime | None, attempt: int
    ) -> Decision:
        """Record that the call of `attempt` was refused; `retry_at` is when to try again (None: never)."""
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
        """Record that the outcome of `attempt` is unknown."""
        if self.phase != "started" or self.attempt != attempt:
            return nothing_to_do
        return (Unconfirmed(ticket=self.ticket, attempt=attempt, reason=reason),)

    def sweep(self, at: datetime, grace: timedelta) -> Decision:
        """Give up a claim without outcome `grace` after its deadline."""
        if self.phase != "started" or self.deadline_at is None or at < self.deadline_at + grace:
            return nothing_to_do
        return self.unconfirmed("no_outcome", self.attempt)

    def retry_now(self, due_at: datetime) -> Decision:
        """Start the retry that is due at `due_at`; does nothing when none is.

        Nor when the message reached the customer after all, though the call had seemed to be refused.
        """
        if self.phase != "retry_due" or self.retry_at != due_at or self.delivered:
            return nothing_to_do
        return (RetryRequested(ticket=self.ticket, attempt=self.attempt + 1, by=None),)

    def retry(self, by: UUID) -> Decision:
        """Retry a failed message on a person's request.

        Raises:
            NotRetryable: it is on its way, was delivered, or its outcome is unknown.
        """
        if self.phase not in ("failed", "retry_due") or self.delivered:
            raise NotRetryable
        return (RetryRequested(ticket=self.ticket, attempt=self.attempt + 1, by=by),)

    def status(self, status: IncomingStatus) -> Decision:
        """Record a status from the webhook; does nothing when it is known already.

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
    """Claim `attempt`: the first of a new message, or the requested one; does nothing for any other.

    Nor when the message was delivered meanwhile: the customer would get it twice.
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


def sent_from_app(conversation_id: UUID, ticket: int, wamid: str, at: datetime) -> Decision:
    """Begin the delivery of a message that the business sent from its own app: WhatsApp has it already."""
    begun = AttemptStarted(ticket=ticket, conversation_id=conversation_id, attempt=1, deadline_at=at)
    return (begun, Accepted(ticket=ticket, attempt=1, wamid=wamid, accepted_at=at))


def raised(shown: Shown, to: Shown) -> Shown:
    """Return the higher of two shown statuses."""
    return to if RANK[to] > RANK[shown] else shown


def evolve(delivery: Delivery | None, event: Event) -> Delivery:
    """Return the delivery after `event`. It only assigns."""
    if isinstance(event, AttemptStarted):
        # A new attempt begins without statuses; what was delivered meanwhile stays delivered.
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
            named = replace(delivery, phase="accepted", wamid=unsealed(event.wamid), retry_at=None)
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
