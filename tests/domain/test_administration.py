"""Agents come, go, and come back; asking twice changes nothing."""

from functools import reduce

from domain.administration import (
    Administered,
    Agent,
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    ChannelAdded,
    evolve,
)
from domain.event import Event

ADDED = AgentAdded(name="Ana Lima", email="ana@aurora.example", role="agent")


def agent(*facts: Event) -> Agent:
    nobody: Administered | None = None
    known = reduce(evolve, facts, nobody)
    assert isinstance(known, Agent)
    return known


def test_an_agent_who_leaves_is_deactivated_once() -> None:
    assert agent(ADDED).deactivate() == (AgentDeactivated(),)
    assert agent(ADDED, AgentDeactivated()).deactivate() == ()


def test_an_agent_who_comes_back_is_activated_once() -> None:
    assert agent(ADDED, AgentDeactivated()).activate() == (AgentActivated(),)
    assert agent(ADDED, AgentDeactivated(), AgentActivated()).activate() == ()


def test_a_channel_stays_as_it_was_when_a_fact_of_agents_strays_into_it() -> None:
    added = ChannelAdded(phone_number_id="1234", name="Atendimento", portfolio="5678", has_bot=False)
    channel = evolve(None, added)
    assert evolve(channel, AgentDeactivated()) == channel
