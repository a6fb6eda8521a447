"""Whom the rule gives a ticket, and whom never."""

from uuid import UUID

from hypothesis import given as any_of
from hypothesis import strategies as st

from domain.conversation.auto_assign import AvailableAgent, QueuedTicket, choose, give
from domain.conversation.ticket_events import Assigned
from tests.domain.given import ANA, BRUNO, assigned, closed, given, waiting

SALES, SUPPORT = "sales", "support"


def ticket(n: int, team: str | None = None) -> QueuedTicket:
    return QueuedTicket(UUID(int=n), team, 2)


def taker(
    agent: UUID, *teams: str, open: int = 0, limit: int | None = None, turn: float = 0.0
) -> AvailableAgent:
    return AvailableAgent(agent, frozenset(teams), open, limit, turn)


def test_whoever_has_the_fewest_is_next_and_among_equals_whoever_waited_longest() -> None:
    tickets = [ticket(n) for n in range(5)]
    takers = [taker(ANA, open=1, turn=1), taker(BRUNO, turn=9)]
    assert [agent for _, agent in choose(tickets, takers)] == [BRUNO, ANA, BRUNO, ANA, BRUNO]


def test_a_ticket_of_a_team_is_for_its_people_and_one_of_no_team_for_everybody() -> None:
    tickets = [ticket(1, SALES), ticket(2, SUPPORT), ticket(3), ticket(4, SUPPORT)]
    takers = [taker(ANA, SALES), taker(BRUNO, limit=1)]
    assert choose(tickets, takers) == [(tickets[0], ANA), (tickets[2], BRUNO)]


@any_of(
    teams=st.lists(st.sampled_from([None, SALES, SUPPORT]), max_size=30),
    people=st.lists(
        st.tuples(
            st.sets(st.sampled_from([SALES, SUPPORT])),
            st.integers(0, 6),
            st.none() | st.integers(0, 8),
            st.floats(0, 9),
        ),
        max_size=5,
    ),
)
def test_nobody_is_brought_above_their_limit_and_nothing_waits_that_somebody_is_free_for(
    teams: list[str | None], people: list[tuple[set[str], int, int | None, float]]
) -> None:
    tickets = [ticket(n, team) for n, team in enumerate(teams)]
    takers = [taker(UUID(int=n), *of, open=o, limit=li, turn=t) for n, (of, o, li, t) in enumerate(people)]
    before = {each.agent_id: each.open for each in takers}

    chosen = choose(tickets, takers)

    for each in takers:
        got = [t for t, agent in chosen if agent == each.agent_id]
        assert each.open == before[each.agent_id] + len(got)
        assert each.limit is None or not got or each.open <= each.limit
        assert all(t.team is None or t.team in each.teams for t in got)
    given_ones = [t for t, _ in chosen]
    assert given_ones == [t for t in tickets if t in given_ones], "who waits longest is first"
    for left in (t for t in tickets if t not in given_ones):
        assert not any(each.is_free and each.takes(left.team) for each in takers)


def test_a_ticket_is_given_only_while_it_waits_as_it_was_seen() -> None:
    given(*waiting()).when(lambda c: give(c, ANA, 2)).then(Assigned(ticket=1, agent_id=ANA, by=None))
    given(*waiting()).when(lambda c: give(c, ANA, 1)).then_nothing()
    given(*waiting(), assigned(BRUNO)).when(lambda c: give(c, ANA, 3)).then_nothing()
    given(*waiting(), assigned(BRUNO)).when(lambda c: give(c, ANA, 2)).then_nothing()
    given(*waiting(), closed()).when(lambda c: give(c, ANA, 3)).then_nothing()
