"""The directory: names of tenants, channels and agents, which stand in no other row."""

from typing import ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import administration
from domain.administration import (
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    ChannelAdded,
    Role,
    TenantRegistered,
)
from domain.event import Recorded
from projections.projection import Key, Projection, Where

Kind = Literal["tenant", "channel", "agent"]


class DirectoryRow(NamedTuple):
    """A tenant, channel or agent; fields that its kind does not have are None."""

    tenant_id: UUID
    kind: Kind
    id: UUID
    name: str
    email: str | None
    role: Role | None
    active: bool
    phone_number_id: str | None
    portfolio: str | None
    has_bot: bool | None
    position: int


class Directory(Projection[DirectoryRow]):
    """One row per tenant, channel and agent."""

    name: ClassVar = "directory"
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(administration.EVENTS)
    founding: ClassVar = frozenset({TenantRegistered, ChannelAdded, AgentAdded})
    row = DirectoryRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case TenantRegistered():
                return event.tenant_id, "tenant", event.stream_id
            case ChannelAdded():
                return event.tenant_id, "channel", event.stream_id
            case AgentAdded() | AgentActivated() | AgentDeactivated():
                return event.tenant_id, "agent", event.stream_id
            case _:
                return None

    def fold(self, row: DirectoryRow | None, event: Recorded) -> DirectoryRow | None:
        match event.fact:
            case TenantRegistered(name=name):
                return _entry(event, "tenant", name)
            case ChannelAdded() as fact:
                return _entry(event, "channel", fact.name)._replace(
                    phone_number_id=fact.phone_number_id, portfolio=fact.portfolio, has_bot=fact.has_bot
                )
            case AgentAdded() as fact:
                return _entry(event, "agent", fact.name)._replace(email=fact.email, role=fact.role)
            case AgentActivated() if row is not None:
                return row._replace(active=True, position=event.position)
            case AgentDeactivated() if row is not None:
                return row._replace(active=False, position=event.position)
            case _:
                return row


def _entry(event: Recorded, kind: Kind, name: str) -> DirectoryRow:
    return DirectoryRow(
        tenant_id=event.tenant_id,
        kind=kind,
        id=event.stream_id,
        name=name,
        email=None,
        role=None,
        active=True,
        phone_number_id=None,
        portfolio=None,
        has_bot=None,
        position=event.position,
    )
