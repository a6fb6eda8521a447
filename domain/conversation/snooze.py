"""Snooze the ticket, or wake it by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.administration import RETURN_AFTER
from domain.conversation.assign import take_unowned
from domain.conversation.returning import return_time
from domain.conversation.state import MAX_AHEAD, Conversation
from domain.conversation.ticket_events import Snoozed, Woken
from domain.conversation.window import watch
from domain.decision import Decision, decided, nothing_to_do
from domain.refusals import SnoozeUntil, WithBot


@dataclass(frozen=True, slots=True)
class SnoozeRequest:
    """Until when, in which IANA time zone it was chosen, whether it outlasts a reply, and why."""

    until: datetime
    zone: str
    stays_on_reply: bool
    reason: str | None = None


def snooze(
    conversation: Conversation,
    request: SnoozeRequest,
    by: UUID,
    at: datetime,
    expected_version: int | None,
    takes: bool = True,
) -> Decision:
    """Snooze the open ticket; moves the time when already snoozed.

    A ticket without an owner becomes theirs (`takes`).

    Raises:
        NoOpenTicket, WithBot, ControlMoved
        SnoozeUntil: the time is not in the future, or more than two years away.
    """
    ticket = conversation.require_open()
    if conversation.bot is not None:
        raise WithBot
    until, stays_on_reply, current = request.until, request.stays_on_reply, conversation.snooze
    if current is not None and (current.until, current.stays_on_reply) == (until, stays_on_reply):
        return nothing_to_do
    if not at < until <= at + MAX_AHEAD:
        raise SnoozeUntil
    conversation.require_version(expected_version)
    taken = take_unowned(conversation, by, takes)
    # The stored field keeps its name.
    snoozed = Snoozed(
        ticket=ticket,
        until=until,
        zone=request.zone,
        keep=stays_on_reply,
        reason=request.reason,
        by=by,
        moved_at=at,
        took=bool(taken),
    )
    return taken + decided(snoozed) + watch(ticket, until, conversation.window_ends_at, at)


def wake(
    conversation: Conversation,
    by: UUID,
    at: datetime,
    expected_version: int | None,
    return_after: timedelta = RETURN_AFTER,
) -> Decision:
    """Wake the snoozed ticket before its time; does nothing when it is not snoozed.

    If its owner is not there `return_after` that, it goes to its queue.

    Raises:
        NoOpenTicket, ControlMoved
    """
    ticket = conversation.require_open()
    if conversation.snooze is None:
        return nothing_to_do
    conversation.require_version(expected_version)
    return_at = return_time(conversation.owner, at, return_after)
    return decided(Woken(ticket=ticket, cause="agent", by=by, return_at=return_at))
