"""What the system tests share."""

import pytest


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def topics(request: pytest.FixtureRequest) -> str:
    """Bootstrap servers of the run's broker, or nothing for topics in PostgreSQL; see `installation`."""
    return str(request.getfixturevalue("kafka")) if request.param == "kafka" else ""
