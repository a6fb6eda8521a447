"""What the tests of the HTTP interface share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.office import Office, projecting, serving, settings_for
from tests.support.cell import opened


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """Ana and Bruno (agents), Clara (supervisor), Davi (admin), a served API, read models that follow."""
    settings = settings_for(database_url, tmp_path)
    with opened(database_url) as cell, projecting(settings), serving(settings) as url:
        office = Office(cell, url)
        office.hire("ana", "agent")
        office.hire("bruno", "agent")
        office.hire("clara", "supervisor")
        office.hire("davi", "admin")
        office.settle()
        yield office
        office.close()
