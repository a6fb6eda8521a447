"""The directory: who and what has which name."""

from domain.administration import (
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    ChannelAdded,
    TenantRegistered,
)
from projections.directory import Directory
from tests.domain.given import ANA, CHANNEL
from tests.projections.told import TENANT, Told, folded

ANA_ADDED = AgentAdded(name="Ana Lima", email="ana@demo.balcao", role="agent")


def test_tenant_channel_and_agent_are_rows() -> None:
    told = Told()
    told.tell(TenantRegistered(name="Loja"), stream=TENANT, conversation=None, contact=None)
    channel = ChannelAdded(phone_number_id="100", name="Vendas", portfolio="p", has_bot=True)
    told.tell(channel, stream=CHANNEL, conversation=None, contact=None)
    told.tell(ANA_ADDED, stream=ANA, conversation=None, contact=None)
    found = folded(Directory(), told.events)
    tenant, number, ana = found.values()
    assert (tenant.kind, tenant.name) == ("tenant", "Loja")
    assert (number.kind, number.phone_number_id, number.has_bot) == ("channel", "100", True)
    assert (ana.kind, ana.name, ana.email, ana.role, ana.active) == (
        "agent",
        "Ana Lima",
        "ana@demo.balcao",
        "agent",
        True,
    )


def test_who_left_stands_there_as_inactive_and_may_come_back() -> None:
    def active(*facts: AgentDeactivated | AgentActivated) -> bool:
        told = Told().tell(ANA_ADDED, *facts, stream=ANA, conversation=None, contact=None)
        (row,) = folded(Directory(), told.events).values()
        return row.active

    assert not active(AgentDeactivated())
    assert active(AgentDeactivated(), AgentActivated())
