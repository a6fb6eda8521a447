"""The directory: who and what has which name."""

from uuid import UUID

from domain.administration import (
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    AgentLimitSet,
    AgentRoleChanged,
    AgentTeamsSet,
    ChannelAdded,
    ChannelConfigured,
    TeamAdded,
    TeamArchived,
    TeamRenamed,
    TenantRegistered,
)
from projections.directory import DirectoryProjection
from tests.domain.given import ANA, CHANNEL
from tests.projections.told import TENANT, Told, folded

ANA_ADDED = AgentAdded(name="Ana Lima", email="ana@demo.balcao", role="agent")


def test_tenant_channel_and_agent_are_rows() -> None:
    told = Told()
    told.tell(TenantRegistered(name="Loja"), stream=TENANT, conversation=None, contact=None)
    channel = ChannelAdded(phone_number_id="100", name="Vendas", portfolio="p", has_bot=True)
    told.tell(channel, stream=CHANNEL, conversation=None, contact=None)
    told.tell(ANA_ADDED, stream=ANA, conversation=None, contact=None)
    found = folded(DirectoryProjection(), told.events)
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


def test_an_agent_who_left_is_inactive_and_can_be_activated_again() -> None:
    def active(*facts: AgentDeactivated | AgentActivated) -> bool:
        told = Told().tell(ANA_ADDED, *facts, stream=ANA, conversation=None, contact=None)
        (row,) = folded(DirectoryProjection(), told.events).values()
        return row.active

    assert not active(AgentDeactivated())
    assert active(AgentDeactivated(), AgentActivated())


def test_a_team_is_a_row_of_its_tenant_and_keeps_its_name_when_it_is_archived() -> None:
    sales = UUID(int=77)
    told = Told().tell(
        TenantRegistered(name="Loja"),
        TeamAdded(team_id=sales, name="Vendas"),
        TeamRenamed(team_id=sales, name="Comercial"),
        TeamArchived(team_id=sales),
        stream=TENANT,
        conversation=None,
        contact=None,
    )
    tenant, team = folded(DirectoryProjection(), told.events).values()
    assert (tenant.kind, tenant.name) == ("tenant", "Loja")
    assert (team.kind, team.id, team.name, team.active) == ("team", sales, "Comercial", False)


def test_what_agents_and_numbers_are_set_to_stands_in_their_rows() -> None:
    sales = UUID(int=77)
    told = Told().tell(
        ANA_ADDED,
        AgentTeamsSet(teams=[sales]),
        AgentLimitSet(limit=4),
        AgentRoleChanged(role="supervisor"),
        stream=ANA,
        conversation=None,
        contact=None,
    )
    added = ChannelAdded(phone_number_id="100", name="Vendas", portfolio="p", has_bot=False)
    settings = ChannelConfigured(
        team_id=sales,
        has_bot=True,
        reopen_within_s=60,
        sends_read=False,
        sends_typing=True,
        auto_assign=True,
    )
    told.tell(added, stream=CHANNEL, conversation=None, contact=None)
    before = list(folded(DirectoryProjection(), told.events).values())[1]
    told.tell(settings, stream=CHANNEL, conversation=None, contact=None)
    ana, channel = folded(DirectoryProjection(), told.events).values()
    assert (ana.teams, ana.open_limit, ana.role) == ([str(sales)], 4, "supervisor")
    assert (before.team_id, before.reopen_within_s, before.sends_read, before.auto_assign) == (
        None,
        0,
        True,
        False,
    )
    assert {name: getattr(channel, name) for name in ChannelConfigured.model_fields} == dict(settings)
    assert channel.name == "Vendas"
