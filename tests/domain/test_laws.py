"""Laws that hold whatever happens, in any order."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain import hours
from domain.arrival import receive
from domain.closing import close
from domain.conversation import Conversation, evolve
from domain.event import Event
from domain.facts import FACTS
from domain.notes import add_note
from domain.refusals import DomainError
from domain.tags import retag
from domain.transfer import transfer, undo
from tests.domain.given import ANA, BRUNO, CLARA, NOON, arrival, fold, incoming, received

AGENTS = st.sampled_from([ANA, BRUNO, CLARA])
QUEUES = st.sampled_from(["default", str(UUID(int=71))])


class Counter(RuleBasedStateMachine):
    """A customer and three agents at one counter; every decision refuses or gives facts that fold."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[Event] = []
        self.state: Conversation | None = None
        self.now = NOON
        self.n = 0

    def happen(self, facts: tuple[Event, ...]) -> None:
        for fact in facts:
            control = self.state.control if self.state else 0
            ticket = self.state.ticket if self.state else 0
            self.state = evolve(self.state, fact)
            assert self.state.control in (control, control + 1)
            assert self.state.ticket in (ticket, ticket + 1)
        self.facts.extend(facts)

    def ask(self, decide: Any) -> None:
        if self.state is None:
            return
        before = self.state
        try:
            facts = decide(self.state)
        except DomainError:
            return
        self.happen(facts)
        if facts:
            assert self.state != before or self.state.newest_second is not None

    @rule(late_s=st.integers(0, 200_000), imported=st.booleans(), bot=st.booleans())
    def customer_writes(self, late_s: int, imported: bool, bot: bool) -> None:
        self.n += 1
        at = self.now - timedelta(seconds=late_s)
        self.happen(
            receive(self.state, incoming(self.n, at, imported=imported), arrival(self.n, self.now, bot))
        )

    @rule(by=AGENTS, text=st.sampled_from(["oi", "", " "]))
    def agent_writes(self, by: UUID, text: str) -> None:
        self.n += 1
        n = self.n
        self.ask(lambda c: c.send_text(text, UUID(int=n), by, self.now))

    @rule(by=AGENTS, to=AGENTS, stale=st.integers(0, 2))
    def assign(self, by: UUID, to: UUID, stale: int) -> None:
        self.ask(lambda c: c.assign(to, by, c.control - stale))

    @rule(by=AGENTS, stale=st.integers(0, 2))
    def unassign(self, by: UUID, stale: int) -> None:
        self.ask(lambda c: c.unassign(by, c.control - stale))

    @rule(by=AGENTS, answered=st.booleans())
    def mark(self, by: UUID, answered: bool) -> None:
        self.ask(lambda c: c.mark_answered(by) if answered else c.mark_unanswered(by, self.now))

    @rule(by=AGENTS, hours=st.integers(-1, 40), keep=st.booleans(), stale=st.integers(0, 1))
    def snooze(self, by: UUID, hours: int, keep: bool, stale: int) -> None:
        until = self.now + timedelta(hours=hours)
        self.ask(
            lambda c: c.snooze(
                until, "America/Bahia", keep, None, by, self.now, c.control - stale, by != CLARA
            )
        )

    @rule(by=AGENTS, stale=st.integers(0, 1))
    def wake(self, by: UUID, stale: int) -> None:
        self.ask(lambda c: c.wake(by, c.control - stale))

    @rule()
    def its_hour_comes(self) -> None:
        if self.state is not None and self.state.snoozed_until is not None:
            due = self.state.snoozed_until
            self.now = max(self.now, due)
            self.ask(lambda c: hours.due(c, due))
            assert self.state.state in ("open", "queue"), "an hour that came never leaves a ticket put off"

    @rule(by=AGENTS, stale=st.integers(0, 1))
    def close(self, by: UUID, stale: int) -> None:
        self.ask(lambda c: close(c, by, self.now, c.control - stale))

    @rule(by=AGENTS, to=AGENTS | st.none(), queue=QUEUES | st.none(), stale=st.integers(0, 1))
    def transfer(self, by: UUID, to: UUID | None, queue: str | None, stale: int) -> None:
        self.ask(lambda c: transfer(c, queue, to, "ver", by, self.now, c.control - stale))

    @rule(by=AGENTS, stale=st.integers(0, 1))
    def undo(self, by: UUID, stale: int) -> None:
        self.ask(lambda c: undo(c, by, self.now, c.control - stale))

    @rule(by=AGENTS)
    def note(self, by: UUID) -> None:
        self.n += 1
        n = self.n
        self.ask(lambda c: add_note(c, "ver", [by], UUID(int=n), by, self.now))

    @rule(by=AGENTS, names=st.lists(st.sampled_from(["VIP", "vip", "Troca", "ｔｒｏｃａ"]), max_size=3))
    def retag(self, by: UUID, names: list[str]) -> None:
        self.ask(lambda c: retag(c, names, by))
        if self.state is not None:
            assert len({name.casefold() for name in self.state.tags}) == len(self.state.tags)

    @rule(seconds=st.integers(1, 100_000) | st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def replayed_equals_live(self) -> None:
        assert fold(tuple(self.facts)) == self.state

    @invariant()
    def a_ticket_has_an_owner_only_where_an_agent_has_it(self) -> None:
        if self.state is not None and self.state.is_open and self.state.state != "snoozed":
            assert (self.state.owner is not None) == (self.state.state == "open")

    @invariant()
    def it_is_put_off_exactly_while_it_has_an_hour(self) -> None:
        if self.state is not None:
            assert (self.state.state == "snoozed") == (self.state.snoozed_until is not None)

    @invariant()
    def what_is_closed_waits_for_nobody(self) -> None:
        if self.state is not None and not self.state.is_open:
            assert (self.state.unread, self.state.unanswered_since) == (0, None)


TestCounter = Counter.TestCase
TestCounter.settings = settings(stateful_step_count=40)


@any_of(st.lists(st.integers(0, 100_000), min_size=1, max_size=10))
def test_the_window_is_that_of_the_newest_message_whatever_the_order(seconds: list[int]) -> None:
    def window(order: list[int]) -> datetime | None:
        state = None
        for n, second in enumerate(order):
            at = NOON + timedelta(seconds=second)
            for fact in receive(state, incoming(n, at), arrival(n, at)):
                state = evolve(state, fact)
        assert state is not None
        return state.window_ends_at

    assert window(seconds) == window(sorted(seconds)) == window(seconds[::-1])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@any_of(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.text(max_size=40))
def test_what_was_received_is_the_same_after_json(raw: dict[str, Any], text: str) -> None:
    fact = received(raw=raw, text=text)
    assert type(fact).model_validate_json(fact.model_dump_json()) == fact


def test_every_event_has_a_stored_name_of_its_own() -> None:
    names = [fact.TOPIC for fact in FACTS]
    assert len(set(names)) == len(names)
