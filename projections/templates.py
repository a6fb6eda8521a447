"""The templates: one row per template that Meta has, in each language."""

from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain.event import Recorded
from domain.template import state
from domain.template.state import (
    TemplateQualityChanged,
    TemplateRemoved,
    TemplateStatusChanged,
    TemplateSynced,
    why_not,
)
from projections.names import plain
from projections.projection import Key, Projection, Where


class TemplateRow(NamedTuple):
    """One template. `search` is what it is found by, folded; `why_not` says why it cannot be sent."""

    tenant_id: UUID
    template_id: UUID
    account: str
    meta_id: str
    name: str
    language: str
    category: str
    status: str
    quality: str
    reason: str | None
    why_not: str | None
    content: dict[str, Any]
    search: str
    position: int


class TemplatesProjection(Projection[TemplateRow]):
    """One row per template; deleted when Meta has it no more."""

    name: ClassVar = "templates"
    key_size: ClassVar = 2
    facts: ClassVar = frozenset(state.EVENTS)
    row = TemplateRow

    def key(self, event: Recorded) -> Key | Where | None:
        return event.tenant_id, event.stream_id

    def fold(self, row: TemplateRow | None, event: Recorded) -> TemplateRow | None:
        match event.fact:
            case TemplateSynced() as fact:
                return _synced(event, fact)
            case TemplateStatusChanged(status=status, reason=reason) if row is not None:
                changed = row._replace(status=status, reason=reason, position=event.position)
                return changed._replace(why_not=why_not(status, False, row.content["unsupported"]))
            case TemplateQualityChanged(quality=quality) if row is not None:
                return row._replace(quality=quality, position=event.position)
            case TemplateRemoved():
                return None
            case _:
                return row


def _synced(event: Recorded, fact: TemplateSynced) -> TemplateRow:
    content = fact.content
    header = content.header.text if content.header is not None else None
    words = (fact.name, fact.name.replace("_", " "), header, content.body)
    return TemplateRow(
        tenant_id=event.tenant_id,
        template_id=event.stream_id,
        account=fact.account,
        meta_id=fact.meta_id,
        name=fact.name,
        language=fact.language,
        category=fact.category,
        status=fact.status,
        quality=fact.quality,
        reason=fact.reason,
        why_not=why_not(fact.status, False, content.unsupported),
        content=content.model_dump(),
        search=plain(" ".join(filter(None, words))),
        position=event.position,
    )
