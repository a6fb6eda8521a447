"""What the tests of the processes share."""

from collections.abc import Iterator

import pytest

from tests.support.cell import Cell, opened


@pytest.fixture
def cell(database_url: str) -> Iterator[Cell]:
    """A tenant, a channel and an agent, on PostgreSQL alone."""
    with opened(database_url) as cell:
        yield cell
