"""What the tests of the HTTP interface share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.office import Office, opened_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """Ana and Bruno (agents), Clara (supervisor), Davi (admin), a served API, read models that follow."""
    with opened_office(database_url, tmp_path) as office:
        yield office
