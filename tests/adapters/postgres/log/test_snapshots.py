"""A snapshot is named after all the code that its state comes from."""

import subprocess
import sys
from uuid import UUID

import pytest

from adapters.postgres.log.sealing import MasterKey
from adapters.postgres.log.snapshots import Snapshots, name_of, read_source, sources_of
from domain import registry
from domain.conversation import holder, message_events, notes, state, ticket_events
from domain.conversation.state import Conversation, evolve
from domain.conversation.ticket_events import Snoozed
from tests.adapters.postgres.conftest import MASTER_KEY
from tests.domain.given import ANA, HOUR, NOON, assigned, opened, received, started, waiting
from tests.domain.given import state as thread

STREAM = UUID(int=1)
REACHED = sorted(sources_of(state.__name__))


def name_after_a_change_of(module: str) -> str:
    return name_of(Conversation, lambda name: read_source(name) + ("\nCHANGED = 1" if name == module else ""))


@pytest.mark.parametrize("module", REACHED)
def test_another_source_of_any_module_that_evolve_uses_is_another_name(module: str) -> None:
    assert name_after_a_change_of(module) != name_of(Conversation)


@pytest.mark.parametrize("module", [notes.__name__, registry.__name__, "adapters.postgres.log.snapshots"])
def test_other_modules_do_not_change_the_name(module: str) -> None:
    assert name_after_a_change_of(module) == name_of(Conversation)


def test_the_rules_the_values_and_the_events_are_among_them() -> None:
    modules = {state, holder, ticket_events, message_events}
    assert {module.__name__ for module in modules} <= set(REACHED)


def test_they_are_what_python_loads_for_the_state() -> None:
    script = f"import sys, {state.__name__}; print(*(name for name in sys.modules if name[:6] == 'domain'))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    packages = {"domain", "domain.conversation", "domain.template"}
    assert set(loaded.stdout.split()) - packages == set(REACHED) - packages


def test_a_state_is_the_same_after_its_snapshot() -> None:
    snapshots = Snapshots([Conversation], MasterKey(MASTER_KEY))
    snoozed = Snoozed(ticket=1, until=NOON + HOUR, zone="UTC", keep=True, reason=None, by=ANA, moved_at=NOON)
    with_bot = (started(), opened(with_bot=True), received(epoch=1, answer_by=NOON))
    for facts in ((started(),), waiting(), (*waiting(), assigned(), snoozed), with_bot):
        encoded = snapshots.encode(STREAM, 5, thread(*facts))
        assert encoded is not None
        name, stored = encoded
        decoded = snapshots.decode(name, STREAM, 5, stored)
        assert decoded == thread(*facts)
        assert evolve(decoded, received(2)) == evolve(thread(*facts), received(2))
