"""PgBouncer before the database: session mode works, transaction mode is refused by name; so are readers."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.server.binaries import ServerUser
from adapters.postgres.server.requirements import PoolerRefused, ReadOnlyRefused, check_requirements
from services.app.api import build
from services.app.doctor import findings
from services.app.work import run
from tests.services.http.actions import send
from tests.support.office import Watcher, opened_office, settings_for
from tests.support.servers import find_program
from tests.support.waiting import free_port, until


@contextmanager
def pooled(url: str, mode: str, folder: Path) -> Iterator[str]:
    """A PgBouncer before the server of `url`; the URL that leads through it."""
    program = find_program("pgbouncer")
    parts, port = conninfo_to_dict(url), free_port()
    target = " ".join(f"{name}={parts[name]}" for name in ("host", "port", "user", "password"))
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = {target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 80\n"
    )
    process = subprocess.Popen([program, "--quiet", settings], cwd="/", **ServerUser.choose(folder).popen)
    through = f"postgresql://balcao@127.0.0.1:{port}/{parts['dbname']}"
    try:
        until("PgBouncer", lambda: _answers(through))
        yield through
    finally:
        process.terminate()
        process.wait(10)


def test_in_session_mode_everything_works(fresh_database_url: str, data_folder: Path, tmp_path: Path) -> None:
    with (
        pooled(fresh_database_url, "session", data_folder) as url,
        opened_office(url, tmp_path) as office,
    ):
        ana, conversation = office.login("ana"), office.customer_writes("oi")
        watcher = Watcher(ana)
        message_id = send(ana, conversation, "bom dia").json()["message_id"]
        until("it on the stream", lambda: message_id in [message["id"] for message in watcher.messages])
        found = {finding.what: finding for finding in findings(settings_for(url, tmp_path))}
        for what in ("pooler", "writing", "clock", "LISTEN", "schema and log"):
            assert (found[what].ok, found[what].advice) == (True, ""), what


def test_transaction_mode_is_refused_by_name(
    fresh_database_url: str, data_folder: Path, tmp_path: Path
) -> None:
    with pooled(fresh_database_url, "transaction", data_folder) as url:
        for start in (build, lambda settings: run("ingest", settings)):
            with pytest.raises(PoolerRefused, match="session mode"):
                start(settings_for(url, tmp_path))
        found = {finding.what: finding for finding in findings(settings_for(url, tmp_path))}
        assert (found["pooler"].ok, "session mode" in found["pooler"].advice) == (False, True)


@pytest.mark.parametrize(
    "may", ["select on all tables", "select, update, delete on all tables", "select on events"]
)
def test_a_role_that_may_only_read_is_refused_by_name(
    fresh_database_url: str, tmp_path: Path, may: str
) -> None:
    role, parts = f"reader_{os.getpid()}", conninfo_to_dict(fresh_database_url)
    reading = f"postgresql://{role}:x@{parts['host']}:{parts['port']}/{parts['dbname']}"
    on_all = f"{may} in schema public" if may.endswith("tables") else may
    with psycopg.connect(fresh_database_url, autocommit=True) as db:
        db.execute(f"create role {role} login password 'x'".encode())
        db.execute(f"grant {on_all} to {role}".encode())
        try:
            with pytest.raises(ReadOnlyRefused, match=f"the role {role} may not write to "):
                build(settings_for(reading, tmp_path))
            found = {finding.what: finding for finding in findings(settings_for(reading, tmp_path))}
            assert (found["writing"].ok, role in found["writing"].advice) == (False, True)
            db.execute(f"alter role {role} set default_transaction_read_only = on".encode())
            with pytest.raises(ReadOnlyRefused, match="takes no writes"):
                check_requirements(reading)
        finally:
            db.execute(f"drop owned by {role}; drop role {role}".encode())


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
