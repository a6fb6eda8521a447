"""Refusals: a stable code, data as attributes, and a message for people."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID


class DomainError(Exception):
    """A refusal. `code` is stable and part of the HTTP contract."""

    code: ClassVar[str] = "refused"


class NotFound(DomainError):
    """The tenant has no such object."""

    code = "not_found"

    def __init__(self, what: str, id: object) -> None:
        super().__init__(f"no {what} {id}")
        self.what, self.id = what, id


class NoOpenTicket(DomainError):
    """The conversation has no open ticket."""

    code = "no_open_ticket"


class WindowClosed(DomainError):
    """More than 24 hours have passed since the customer's last message; only a template may be sent."""

    code = "window_closed"

    def __init__(self, closed_at: datetime | None) -> None:
        super().__init__(f"the window closed at {closed_at}")
        self.closed_at = closed_at


class ControlMoved(DomainError):
    """The ticket moved since the caller saw it: its control version is another one."""

    code = "control_moved"

    def __init__(self, control: int, owner: UUID | None) -> None:
        super().__init__(f"control is at {control}")
        self.control, self.owner = control, owner


class WithBot(DomainError):
    """The bot has the ticket; an agent must take it first."""

    code = "with_bot"


class NoBot(DomainError):
    """The channel has no bot."""

    code = "no_bot"


class SnoozeUntil(DomainError):
    """The time to snooze until has passed, or is more than two years away."""

    code = "snooze_until"


class DueAt(DomainError):
    """The due time of a scheduled message has passed, or is more than two years away."""

    code = "due_at"


class NotScheduled(DomainError):
    """The message is not scheduled any more: it was sent or cancelled."""

    code = "not_scheduled"


class TooManyScheduled(DomainError):
    """The conversation has too many scheduled messages."""

    code = "too_many_scheduled"

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} can be scheduled")
        self.most = most


class Forbidden(DomainError):
    """The role of this agent does not allow it."""

    code = "forbidden"


class Themselves(DomainError):
    """Nobody can change their own role or deactivate themselves."""

    code = "themselves"


class UnknownAgent(DomainError):
    """The tenant has no such active agent."""

    code = "unknown_agent"


class UnknownTeam(DomainError):
    """The tenant has no such team, or it is archived."""

    code = "unknown_team"


class InUse(DomainError):
    """It is still in use."""

    code = "in_use"

    def __init__(self) -> None:
        super().__init__("it is in use: it has tickets that are not closed, or a number brings it new ones")


class NameTaken(DomainError):
    """The name, e-mail or number is taken."""

    code = "name_taken"

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"{kind} {value} is taken")
        self.kind, self.value = kind, value


class EmptyText(DomainError):
    """The text is empty or not visible."""

    code = "text_empty"


class TextTooLong(DomainError):
    """The text is longer than the 4,096 characters that WhatsApp takes."""

    code = "text_too_long"


class NotRetryable(DomainError):
    """The delivery did not fail, so it cannot be retried."""

    code = "not_retryable"


class ContactName(DomainError):
    """The name does not have 1 to 200 characters, or is not visible."""

    code = "contact_name"


class ContactEmail(DomainError):
    """The e-mail address is not valid."""

    code = "contact_email"


class ContactAttributes(DomainError):
    """More than 50 attributes, a name that is not unique or over 50 characters, or a value over 1,000."""

    code = "contact_attributes"


class ContactMoved(DomainError):
    """The card was changed since the caller saw it; carries the present card."""

    code = "contact_moved"

    def __init__(
        self, version: int, name: str | None, email: str | None, attributes: Mapping[str, str]
    ) -> None:
        super().__init__(f"the card is at version {version}")
        self.version, self.name, self.email, self.attributes = version, name, email, attributes


class MergeItself(DomainError):
    """Both contacts are one."""

    code = "merge_itself"


class MergedAlready(DomainError):
    """The contact is merged into another one; undo that first."""

    code = "merged_already"

    def __init__(self, into: UUID) -> None:
        super().__init__(f"merged into {into}")
        self.into = into


class HasAliases(DomainError):
    """Other contacts are merged into this one: merge into it instead, or undo those first."""

    code = "has_aliases"


class NotInTeam(DomainError):
    """The agent is not a member of the team."""

    code = "not_in_team"


class NothingToUndo(DomainError):
    """The newest move is not the caller's close, snooze or transfer, or the new owner has answered."""

    code = "nothing_to_undo"


class UndoTooLate(DomainError):
    """The minute in which a move can be undone has passed."""

    code = "undo_too_late"


class TagName(DomainError):
    """The name of a tag is not visible, or too long."""

    code = "tag_name"


class TooManyTags(DomainError):
    """The ticket would have too many tags."""

    code = "too_many_tags"
