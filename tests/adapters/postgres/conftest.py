"""The log on the emptied database of the worker."""

import base64
from collections.abc import Iterator

import pytest

from adapters.postgres.log.event_log import PostgresLog

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def log(database_url: str) -> Iterator[PostgresLog]:
    with PostgresLog(database_url, MASTER_KEY) as log:
        yield log
