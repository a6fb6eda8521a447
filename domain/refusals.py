"""Refusals: a stable code, data as attributes, and a message for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID


class DomainError(Exception):
    """A refusal. `code` is stable and part of the HTTP contract."""

    code: ClassVar[str]

    def __init_subclass__(cls, code: str) -> None:
        cls.code = code


class NotFound(DomainError, code="not_found"):
    """The tenant has no such object."""

    def __init__(self, what: str, id: object) -> None:
        super().__init__(f"no {what} {id}")
        self.what, self.id = what, id


class DataErased(DomainError, code="contact_erased"):
    """The customer's data was erased: nothing more can be said or changed."""


class NoOpenTicket(DomainError, code="no_open_ticket"):
    """The conversation has no open ticket."""


class WindowClosed(DomainError, code="window_closed"):
    """More than 24 hours have passed since the customer's last message; only a template may be sent."""

    def __init__(self, closed_at: datetime | None) -> None:
        super().__init__(f"the window closed at {closed_at}")
        self.closed_at = closed_at


class ControlMoved(DomainError, code="control_moved"):
    """The ticket moved since the caller saw it: its control version is another one."""

    def __init__(self, control: int, owner: UUID | None) -> None:
        super().__init__(f"control is at {control}")
        self.control, self.owner = control, owner


class WithBot(DomainError, code="with_bot"):
    """The bot has the ticket; an agent must take it first."""


class NoBot(DomainError, code="no_bot"):
    """The channel has no bot."""


class SnoozeUntil(DomainError, code="snooze_until"):
    """The time to snooze until has passed, or is more than two years away."""


class DueAt(DomainError, code="due_at"):
    """The due time of a scheduled message has passed, or is more than two years away."""


class NotScheduled(DomainError, code="not_scheduled"):
    """The message is not scheduled any more: it was sent or cancelled."""


class TooManyPins(DomainError, code="too_many_pins"):
    """An agent has pinned as many conversations as allowed."""


class TooManyScheduled(DomainError, code="too_many_scheduled"):
    """The conversation has too many scheduled messages."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} can be scheduled")
        self.most = most


class Forbidden(DomainError, code="forbidden"):
    """The role of this agent does not allow it."""


class TakesPart(DomainError, code="takes_part"):
    """They only take part in the ticket: they read it, and write notes while it is open."""


class Themselves(DomainError, code="themselves"):
    """Nobody can change their own role or deactivate themselves."""


class UnknownAgent(DomainError, code="unknown_agent"):
    """The tenant has no such active agent."""


class UnknownTeam(DomainError, code="unknown_team"):
    """The tenant has no such team, or it is archived."""


class InUse(DomainError, code="in_use"):
    """It is still in use."""

    def __init__(self) -> None:
        super().__init__("the team has tickets that are not closed, or a channel sends it new ones")


class NameTaken(DomainError, code="name_taken"):
    """The name, e-mail or number is taken."""

    def __init__(self, kind: str, value: str) -> None:
        what = {"agent_email": "e-mail address", "phone_number_id": "phone number id"}.get(kind, kind)
        super().__init__(f"the {what} {value} is taken")
        self.kind, self.value = kind, value


class EmptyText(DomainError, code="text_empty"):
    """The text is empty or not visible."""


class TextTooLong(DomainError, code="text_too_long"):
    """The text is longer than the 4,096 characters that WhatsApp takes."""


class NotRetryable(DomainError, code="not_retryable"):
    """The delivery did not fail, so it cannot be retried."""


class ContactName(DomainError, code="contact_name"):
    """The name does not have 1 to 200 characters, or is not visible."""


class ContactEmail(DomainError, code="contact_email"):
    """The e-mail address is not valid."""


class ContactAttributes(DomainError, code="contact_attributes"):
    """More than 50 attributes, a name that is not unique or over 50 characters, or a value over 1,000."""


class ContactMoved(DomainError, code="contact_moved"):
    """The card was changed since the caller saw it; carries the present card."""

    def __init__(
        self, version: int, name: str | None, email: str | None, attributes: Mapping[str, str]
    ) -> None:
        super().__init__(f"the card is at version {version}")
        self.version, self.name, self.email, self.attributes = version, name, email, attributes


class MergeItself(DomainError, code="merge_itself"):
    """Both contacts are one."""


class MergedAlready(DomainError, code="merged_already"):
    """The contact is merged into another one; undo that first."""

    def __init__(self, into: UUID) -> None:
        super().__init__(f"merged into {into}")
        self.into = into


class HasAliases(DomainError, code="has_aliases"):
    """Other contacts are merged into this one: merge into it instead, or undo those first."""


class NotInTeam(DomainError, code="not_in_team"):
    """The agent is not a member of the team."""


class NothingToUndo(DomainError, code="nothing_to_undo"):
    """The newest move is not the caller's close, snooze or transfer, or the new owner has answered."""


class UndoTooLate(DomainError, code="undo_too_late"):
    """The minute in which a move can be undone has passed."""


class TagName(DomainError, code="tag_name"):
    """The name of a tag is not visible, or too long."""


class TooManyTags(DomainError, code="too_many_tags"):
    """The ticket would have too many tags."""


class UnknownVariable(DomainError, code="unknown_variable"):
    """A text names a variable that does not exist, at `position`: the place of its `$`, in characters."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(f"no variable {name}, at {position}")
        self.name, self.position = name, position


class VariableName(DomainError, code="variable_name"):
    """A variable cannot have this name: 1 to 40 letters, digits and `_`, first a letter, last no `_`."""


class VariableSource(DomainError, code="variable_source"):
    """A variable needs a text if it is fixed, else a field of its kind."""


class TooManyVariables(DomainError, code="too_many_variables"):
    """A tenant has as many variables as allowed."""


class TemplateNotSendable(DomainError, code="template_not_sendable"):
    """Meta would refuse the template, or it cannot be filled here; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the template is {reason}")
        self.reason = reason


class ParameterMissing(DomainError, code="parameter_missing"):
    """Parameters of the template have no value."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(f"no value for {', '.join(keys)}")
        self.keys = keys


class ParameterInvalid(DomainError, code="parameter_invalid"):
    """WhatsApp would refuse the value of a parameter, or the template has no such parameter."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key, self.reason = key, reason


class OptedOut(DomainError, code="opted_out"):
    """The customer told WhatsApp to stop our marketing messages."""


class ContactUnreachable(DomainError, code="contact_unreachable"):
    """The contact has neither a phone number nor a business-scoped id at present."""


class QuickReplyMoved(DomainError, code="quick_reply_moved"):
    """The quick reply was changed since the caller saw it; carries its present revision."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"the quick reply is at revision {revision}")
        self.revision = revision


class OwnSuggestion(DomainError, code="own_suggestion"):
    """Nobody decides what they suggested themselves."""


class NoSuggestion(DomainError, code="no_suggestion"):
    """No suggestion of this quick reply waits to be decided."""


class SuggestionWaits(DomainError, code="suggestion_waits"):
    """A suggestion of this quick reply waits to be decided."""


class NotApproved(DomainError, code="not_approved"):
    """No text of this quick reply was approved yet."""


class Archived(DomainError, code="archived"):
    """It is archived."""


class MissingValue(DomainError, code="missing_value"):
    """A variable of a quick reply has no value yet; it still stands in the text by its name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"${name} has no value")
        self.name = name
