"""A template of a WhatsApp account, mirrored from Meta: its events, and what may be sent."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid5

from domain.decision import Decision, decided, nothing_to_do
from domain.event import Event
from domain.refusals import TemplateNotSendable
from domain.template.content import Content

WhyNot = Literal["not_approved", "rejected", "paused", "disabled", "removed", "unsupported"]

_TEMPLATES = UUID("5f0c43d5-4f0e-4a39-9f0b-6f1a70a5d6c1")
_WHY_NOT: dict[str, WhyNot] = {
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "DELETED": "removed",
    "PENDING_DELETION": "removed",
    "ARCHIVED": "removed",
}


class TemplateSynced(Event):
    """A template was read from Meta: it is new here, or its content or category differs from before."""

    TOPIC: ClassVar = "template.synced"

    account: str
    """Id of the WhatsApp account that has it."""

    meta_id: str
    """Meta's id of the template in this language."""

    name: str
    """Name of the template, shared by its languages."""

    language: str
    """Code of the language."""

    category: str
    """Meta's word: `MARKETING`, `UTILITY` or `AUTHENTICATION`."""

    status: str
    """Meta's word, such as `APPROVED`, `PENDING` or `PAUSED`."""

    reason: str | None = None
    """Why Meta rejected it."""

    quality: str = "UNKNOWN"
    """Meta's word: `GREEN`, `YELLOW`, `RED` or `UNKNOWN`."""

    content: Content
    """Its words and buttons."""


class TemplateStatusChanged(Event):
    """Meta approved, rejected, paused, disabled … a template."""

    TOPIC: ClassVar = "template.status_changed"

    status: str
    """The new status, in Meta's word."""

    reason: str | None = None
    """Why Meta rejected it."""


class TemplateQualityChanged(Event):
    """Meta rates a template otherwise than before."""

    TOPIC: ClassVar = "template.quality_changed"

    quality: str
    """The new quality, in Meta's word."""


class TemplateRemoved(Event):
    """A template does not exist at Meta any more."""

    TOPIC: ClassVar = "template.removed"


EVENTS: tuple[type[Event], ...] = (
    TemplateSynced,
    TemplateStatusChanged,
    TemplateQualityChanged,
    TemplateRemoved,
)


@dataclass(frozen=True, slots=True)
class Template:
    """A template as the rules need it; `synced` is its newest content."""

    synced: TemplateSynced
    status: str
    reason: str | None
    quality: str
    removed: bool = False

    @property
    def why_not(self) -> WhyNot | None:
        """Why it cannot be sent; None if it can."""
        return why_not(self.status, self.removed, self.synced.content.unsupported)

    def require_sendable(self) -> None:
        """Refuse a template that Meta would refuse, or that cannot be filled here.

        Raises:
            TemplateNotSendable
        """
        if (reason := self.why_not) is not None:
            raise TemplateNotSendable(reason)


def why_not(status: str, removed: bool, unsupported: Collection[str]) -> WhyNot | None:
    """Return why a template cannot be sent; None if it can."""
    if removed:
        return "removed"
    if status != "APPROVED":
        return _WHY_NOT.get(status, "not_approved")
    return "unsupported" if unsupported else None


def stream_of(tenant_id: UUID, account: str, meta_id: str) -> UUID:
    """Return the stream of a template: the same one whoever reads it first."""
    return uuid5(_TEMPLATES, f"{tenant_id}/{account}/{meta_id}")


def synced(template: Template | None, read: TemplateSynced) -> Decision:
    """Record what was read from Meta; does nothing when nothing has changed."""
    if template is None or template.removed or _content(template.synced) != _content(read):
        return decided(read)
    facts: Decision = ()
    if (template.status, template.reason) != (read.status, read.reason):
        facts += decided(TemplateStatusChanged(status=read.status, reason=read.reason))
    if template.quality != read.quality:
        facts += decided(TemplateQualityChanged(quality=read.quality))
    return facts


def removed(template: Template | None) -> Decision:
    """Record that Meta has the template no more; does nothing when that is known."""
    return nothing_to_do if template is None or template.removed else decided(TemplateRemoved())


def evolve(template: Template | None, event: Event) -> Template | None:
    """Return the template after `event`."""
    match event:
        case TemplateSynced():
            return Template(event, event.status, event.reason, event.quality)
        case TemplateStatusChanged(status=status, reason=reason) if template is not None:
            return replace(template, status=status, reason=reason)
        case TemplateQualityChanged(quality=quality) if template is not None:
            return replace(template, quality=quality)
        case TemplateRemoved() if template is not None:
            return replace(template, removed=True)
        case _:
            return template


def _content(read: TemplateSynced) -> dict[str, Any]:
    return read.model_dump(exclude={"status", "reason", "quality"})
