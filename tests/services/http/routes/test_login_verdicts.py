"""A wrong password is counted once it was found wrong, and nothing else is: not what could not be judged."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from adapters.postgres.connection.pool import QueryPool
from services.access.passwords import KIND
from tests.support.office import WORD, Office, opened_office

GIVES_UP = "300ms"
"""How long a statement of the served office waits for a lock: as a database that is too busy to answer."""
ATTEMPTS = 12
"""More than lock an account when they are wrong."""


@pytest.fixture
def office(fresh_database_url: str, tmp_path: Path) -> Iterator[Office]:
    """An office whose statements give up on a lock instead of waiting for it."""
    with psycopg.connect(fresh_database_url, autocommit=True) as db:
        name = Identifier(str(conninfo_to_dict(fresh_database_url)["dbname"]))
        db.execute(SQL("alter database {} set lock_timeout = {}").format(name, GIVES_UP))
    with opened_office(fresh_database_url, tmp_path) as office:
        yield office


def enter(office: Office, password: str = WORD) -> httpx2.Response:
    return office.client().post("/v1/session", json={"email": "ana@example.com", "password": password})


@pytest.mark.parametrize("table", ["names", "secrets", "sessions", "login_attempts"])
def test_a_right_password_that_could_not_be_judged_locks_nobody_out(office: Office, table: str) -> None:
    with psycopg.connect(office.cell.url) as db:
        db.execute(SQL("lock table {} in access exclusive mode").format(Identifier(table)))
        answers = [enter(office) for _ in range(ATTEMPTS)]
        db.rollback()
    assert [answer.status_code for answer in answers] == [503] * ATTEMPTS
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}
    assert enter(office).status_code == 200


def test_a_wrong_password_that_could_not_be_counted_is_not_called_wrong(office: Office) -> None:
    with psycopg.connect(office.cell.url) as db:
        db.execute("lock table login_attempts in share mode")  # it can be read, and nothing can be added
        refused = enter(office, "x")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert enter(office).status_code == 503, "nor is it told from a right one"
        db.rollback()
    assert [enter(office, "x").status_code for _ in range(11)] == [401] * 10 + [429]


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(
            b"$argon2id$v=19$m=4294967295,t=1,p=4$NFTcvDoFPkijqDk/OJl/rQ$", id="more memory than is"
        ),
        pytest.param(b"no hash at all", id="no hash"),
    ],
)
def test_a_password_that_could_not_be_verified_is_not_called_wrong(office: Office, stored: bytes) -> None:
    kept = office.cell.log.secrets.get(KIND, office.people["ana"])
    assert kept is not None
    unverifiable = stored + kept.rpartition(b"$")[2] if stored.endswith(b"$") else stored
    office.cell.log.secrets.put(KIND, office.people["ana"], unverifiable)
    answers = [enter(office) for _ in range(ATTEMPTS)]
    assert [answer.status_code for answer in answers] == [503] * ATTEMPTS
    office.cell.log.secrets.put(KIND, office.people["ana"], kept)
    assert enter(office).status_code == 200


def test_somebody_whose_password_is_about_to_be_stored_is_not_refused(office: Office) -> None:
    kept = office.cell.log.secrets.get(KIND, office.people["ana"])
    assert kept is not None
    office.cell.rows("delete from secrets where owner_id = %s returning kind", office.people["ana"])
    assert [enter(office).status_code for _ in range(ATTEMPTS)] == [503] * ATTEMPTS
    office.cell.log.secrets.put(KIND, office.people["ana"], kept)
    assert enter(office).status_code == 200


def test_attempts_during_a_lock_do_not_prolong_it(office: Office) -> None:
    assert [enter(office, "x").status_code for _ in range(10)] == [401] * 10
    _time_passes(office, 50)
    with ThreadPoolExecutor(8) as pool:
        during = list(pool.map(lambda n: enter(office, WORD if n % 2 else "x"), range(40)))
    assert {answer.status_code for answer in during} == {429}
    assert all(int(answer.headers["retry-after"]) <= 10 for answer in during)
    _time_passes(office, 10)
    assert enter(office).status_code == 200
    assert [enter(office, "x").status_code for _ in range(11)] == [401] * 10 + [429], "and all is forgiven"


def _time_passes(office: Office, seconds: int) -> None:
    """What was counted is older now."""
    with QueryPool(office.cell.url, 1, "tests") as pool:
        pool.write(
            lambda db: db.execute(
                "update login_attempts set attempted_at = attempted_at - make_interval(secs => %s)", [seconds]
            )
        )
