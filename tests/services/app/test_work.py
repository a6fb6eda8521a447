"""A worker that fails is run again; while the database is away, without waiting longer each time."""

import threading
from pathlib import Path

import pytest

from adapters.postgres.schema.migrate import DatabaseUnusable
from domain.log.port import LogUnavailable
from services.app.work import AWAY_S, _supervise
from services.runtime.settings import Settings
from tests.support.office import settings_for

FAILURES = 8


class Pauses(threading.Event):
    """A signal to stop, given after some pauses; it keeps their lengths and waits for none."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "a worker is run again some day"
        self.seconds.append(timeout)
        if len(self.seconds) == FAILURES:
            self.set()
        return self.is_set()


@pytest.mark.parametrize("away", [LogUnavailable("no connection"), DatabaseUnusable("cannot open the log")])
def test_a_worker_that_starts_while_the_database_is_away_is_soon_run_again(
    away: Exception, tmp_path: Path
) -> None:
    assert pauses_of(away, tmp_path) == [AWAY_S] * FAILURES


def test_the_pauses_of_a_worker_that_fails_of_itself_grow(tmp_path: Path) -> None:
    pauses = pauses_of(ValueError("a bug"), tmp_path)

    assert pauses == sorted(set(pauses))
    assert pauses[-1] > AWAY_S


def pauses_of(failure: Exception, folder: Path) -> list[float]:
    def worker(_: Settings, __: threading.Event) -> None:
        raise failure

    stop = Pauses()
    _supervise("worker", worker, settings_for("postgresql://nowhere.invalid/none", folder), stop, False)
    return stop.seconds
