"""Agents and teams come and go; asking twice changes nothing."""

from functools import reduce
from uuid import UUID

import pytest

from domain.administration import (
    Administered,
    Agent,
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    AgentLimitSet,
    AgentRoleChanged,
    AgentTeamsSet,
    ChannelAdded,
    TeamAdded,
    TeamArchived,
    TeamRenamed,
    Tenant,
    TenantRegistered,
    evolve,
)
from domain.event import Event
from domain.refusals import NameTaken, NotFound

ADDED = AgentAdded(name="Ana Lima", email="ana@aurora.example", role="agent")

SALES, SUPPORT = UUID(int=1), UUID(int=2)


def agent(*facts: Event) -> Agent:
    nobody: Administered | None = None
    known = reduce(evolve, facts, nobody)
    assert isinstance(known, Agent)
    return known


def test_an_agent_who_leaves_is_deactivated_once() -> None:
    assert agent(ADDED).deactivate() == (AgentDeactivated(),)
    assert agent(ADDED, AgentDeactivated()).deactivate() == ()


def test_an_agent_is_activated_again_once() -> None:
    assert agent(ADDED, AgentDeactivated()).activate() == (AgentActivated(),)
    assert agent(ADDED, AgentDeactivated(), AgentActivated()).activate() == ()


def test_a_channel_stays_as_it_was_when_a_fact_of_agents_strays_into_it() -> None:
    added = ChannelAdded(phone_number_id="1234", name="Atendimento", portfolio="5678", has_bot=False)
    channel = evolve(None, added)
    assert evolve(channel, AgentDeactivated()) == channel


def test_no_two_teams_have_one_name_as_people_read_names() -> None:
    company = tenant(TeamAdded(team_id=SALES, name="Vendas"), TeamAdded(team_id=SUPPORT, name="Suporte"))
    for name in ("VENDAS", "  vendas ", "Ｖendas"):
        with pytest.raises(NameTaken):
            company.add_team(UUID(int=3), name)
        with pytest.raises(NameTaken):
            company.rename_team(SUPPORT, name)
    assert company.rename_team(SALES, "VENDAS") == (TeamRenamed(team_id=SALES, name="VENDAS"),)
    assert company.rename_team(SALES, "Vendas") == ()


def test_an_archived_team_gets_nothing_and_frees_its_name() -> None:
    company = tenant(TeamAdded(team_id=SALES, name="Vendas"))
    assert company.has_team(SALES)
    assert company.archive_team(SALES) == (TeamArchived(team_id=SALES),)
    company = tenant(TeamAdded(team_id=SALES, name="Vendas"), TeamArchived(team_id=SALES))
    assert not company.has_team(SALES)
    assert company.archive_team(SALES) == ()
    assert company.add_team(SUPPORT, "Vendas") == (TeamAdded(team_id=SUPPORT, name="Vendas"),)
    for nobodys in (SALES, SUPPORT):
        with pytest.raises(NotFound):
            company.rename_team(nobodys, "Outra")
    with pytest.raises(NotFound):
        company.archive_team(SUPPORT)


def test_what_is_so_already_is_not_told_again() -> None:
    ana = agent(ADDED, AgentTeamsSet(teams=[SALES]), AgentLimitSet(limit=3), AgentRoleChanged(role="admin"))
    assert ana.join(frozenset({SALES})) == ana.limited(3) == ana.become("admin") == ()
    assert ana.join(frozenset()) == (AgentTeamsSet(teams=[]),)
    assert ana.limited(None) == (AgentLimitSet(limit=None),)
    assert ana.become("agent") == (AgentRoleChanged(role="agent"),)


def tenant(*facts: Event) -> Tenant:
    nobody: Administered | None = None
    known = reduce(evolve, (TenantRegistered(name="Aurora"), *facts), nobody)
    assert isinstance(known, Tenant)
    return known
