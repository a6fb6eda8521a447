"""Who asks in the tests of the queries, and a look into plans."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.postgres.queries.visibility import Visibility

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
TENANT, ANA, BRUNO = UUID(int=1), UUID(int=2), UUID(int=3)
TEAMS = [UUID(int=11), UUID(int=12), UUID(int=13)]
VIEWERS = {
    "agent": Visibility.of(TENANT, ANA, "agent", []),
    "agent of two teams": Visibility.of(TENANT, ANA, "agent", TEAMS[:2]),
    "supervisor": Visibility.of(TENANT, ANA, "supervisor", TEAMS[:2]),
    "admin": Visibility.of(TENANT, ANA, "admin", []),
    "service": Visibility.of(TENANT, None, None, []),
}


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan, from the top."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes_of(child)
