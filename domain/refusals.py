"""What the rules refuse: a stable code, the data as attributes, words of a person as the message."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID


class DomainError(Exception):
    """A refusal. `code` is stable and part of the HTTP contract."""

    code: ClassVar[str] = "refused"


class NotFound(DomainError):
    """There is no such thing in this tenant."""

    code = "not_found"

    def __init__(self, what: str, id: object) -> None:
        super().__init__(f"no {what} {id}")
        self.what, self.id = what, id


class NoOpenTicket(DomainError):
    """Nothing is being served in this conversation."""

    code = "no_open_ticket"


class WindowClosed(DomainError):
    """The 24 hours after the customer's last message have passed; only a template may be sent."""

    code = "window_closed"

    def __init__(self, closed_at: datetime | None) -> None:
        super().__init__(f"the window closed at {closed_at}")
        self.closed_at = closed_at


class ControlMoved(DomainError):
    """Somebody was faster: the ticket's control version is another one now."""

    code = "control_moved"

    def __init__(self, control: int, owner: UUID | None) -> None:
        super().__init__(f"control is at {control}")
        self.control, self.owner = control, owner


class WithBot(DomainError):
    """The bot has this ticket; somebody must take it first."""

    code = "with_bot"


class NoBot(DomainError):
    """No bot serves this channel."""

    code = "no_bot"


class SnoozeUntil(DomainError):
    """The hour has passed already, or is more than two years away."""

    code = "snooze_until"


class DueAt(DomainError):
    """The hour of a scheduled message has passed already, or is more than two years away."""

    code = "due_at"


class NotScheduled(DomainError):
    """This message does not wait for its hour: it was sent, or will not be."""

    code = "not_scheduled"


class TooManyScheduled(DomainError):
    """More messages wait for their hour in one conversation than anybody keeps in mind."""

    code = "too_many_scheduled"

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} wait")
        self.most = most


class Forbidden(DomainError):
    """The role of this agent does not allow it."""

    code = "forbidden"


class Themselves(DomainError):
    """Nobody takes their own role away, or shuts themselves out."""

    code = "themselves"


class UnknownAgent(DomainError):
    """Whoever is named is no active agent of this tenant."""

    code = "unknown_agent"


class UnknownTeam(DomainError):
    """This tenant has no such team, or it is archived."""

    code = "unknown_team"


class InUse(DomainError):
    """Something still depends on it."""

    code = "in_use"

    def __init__(self) -> None:
        super().__init__("it is in use: it has tickets that are not closed, or a number brings it new ones")


class NameTaken(DomainError):
    """The name, e-mail or number belongs to another one."""

    code = "name_taken"

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"{kind} {value} is taken")
        self.kind, self.value = kind, value


class EmptyText(DomainError):
    """A message needs something to read."""

    code = "text_empty"


class TextTooLong(DomainError):
    """WhatsApp takes at most 4,096 characters."""

    code = "text_too_long"


class NotRetryable(DomainError):
    """The delivery did not fail, so there is nothing to try again."""

    code = "not_retryable"


class ContactName(DomainError):
    """A name has 1 to 200 characters, and something to see."""

    code = "contact_name"


class ContactEmail(DomainError):
    """No mail could go to this address."""

    code = "contact_email"


class ContactAttributes(DomainError):
    """At most 50, each with a name of 1 to 50 characters that no other has, and up to 1,000 characters."""

    code = "contact_attributes"


class ContactMoved(DomainError):
    """The card was changed since it was looked at; it brings the card as it is now."""

    code = "contact_moved"

    def __init__(
        self, version: int, name: str | None, email: str | None, attributes: Mapping[str, str]
    ) -> None:
        super().__init__(f"the card is at version {version}")
        self.version, self.name, self.email, self.attributes = version, name, email, attributes


class MergeItself(DomainError):
    """They are shown as one already, or are one."""

    code = "merge_itself"


class MergedAlready(DomainError):
    """This contact is merged into another one; that must be undone first."""

    code = "merged_already"

    def __init__(self, into: UUID) -> None:
        super().__init__(f"merged into {into}")
        self.into = into


class HasAliases(DomainError):
    """Others are merged into this contact: merge into it, or undo those first."""

    code = "has_aliases"


class NotInTeam(DomainError):
    """The agent does not work in that team."""

    code = "not_in_team"


class NothingToUndo(DomainError):
    """The newest move is no close, snooze or transfer of whoever asks, or its new owner has answered."""

    code = "nothing_to_undo"


class UndoTooLate(DomainError):
    """The minute in which a move can be taken back has passed."""

    code = "undo_too_late"


class TagName(DomainError):
    """The name of a tag cannot be seen, or is too long."""

    code = "tag_name"


class TooManyTags(DomainError):
    """A ticket has so many tags at most."""

    code = "too_many_tags"
