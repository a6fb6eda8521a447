"""Laws that hold whatever happens, in any order."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given as any_of
from hypothesis import strategies as st

from domain.conversation.receive import receive
from domain.conversation.state import evolve
from domain.registry import FACTS
from tests.domain.given import NOON, arrival, incoming, received


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
