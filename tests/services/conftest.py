"""What the tests of the services share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cell import Cell, opened
from tests.support.office import Office, opened_office


@pytest.fixture
def cell(database_url: str) -> Iterator[Cell]:
    """A tenant, a channel and an agent, on PostgreSQL alone."""
    with opened(database_url) as cell:
        yield cell


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """Ana and Bruno (agents), Clara (supervisor), Davi (admin), a served API, read models that follow."""
    with opened_office(database_url, tmp_path) as office:
        yield office
