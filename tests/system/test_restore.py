"""Restore drills: no copy of a log is taken for the log itself, and running processes follow a restore."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx2
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema.migrate import LogMoved, check_schema, migrate
from adapters.postgres.server.binaries import ServerUser, find_binaries
from adapters.postgres.server.embedded import EmbeddedPostgres
from services.app.work import WORKERS, _supervise
from tests.adapters.postgres.thread_builder import ThreadBuilder
from tests.services.http.actions import send
from tests.support.cell import MASTER_KEY
from tests.support.databases import temporary_database, url_of
from tests.support.office import Office, Watcher, opened_office, settings_for
from tests.support.waiting import until

SOURCES = """
select convert_from(headers, 'UTF8')::json ->> 'ce_source' from topic_records
where topic = 'conversation.events.v1' order by produced_at desc limit 1
"""


def test_running_processes_follow_a_restore(fresh_database_url: str, tmp_path: Path) -> None:
    with opened_office(fresh_database_url, tmp_path) as office, working(office, tmp_path):
        ana, conversation = office.login("ana"), office.customer_writes("oi")
        watcher, before = Watcher(ana), office.cell.log.log_id()
        old = accepted(ana, conversation, "antes")
        assert old.startswith(f"{before}.")

        migrate(fresh_database_url, restored=True)

        [(after,)] = rows(office, "select log_id from log")
        until("the stream to start over", lambda: watcher.events[-1].name == "resync", 5)
        assert watcher.events[-1].id.startswith(f"{after}.")
        assert accepted(ana, conversation, "depois").startswith(f"{after}.")
        assert Watcher(ana, after=old).events[0].name == "resync"
        assert ana.get("/v1/tickets", params={"min_position": old}).json()["code"] == "resync"
        until("events under the new id", lambda: rows(office, SOURCES) == [(f"/balcao/{after}",)])
        until("all to be shown", lambda: texts(ana, conversation) == ["oi", "antes", "depois"])


def test_an_older_dump_over_a_newer_log_is_noticed_by_running_processes(
    fresh_database_url: str, tmp_path: Path
) -> None:
    with opened_office(fresh_database_url, tmp_path) as office, working(office, tmp_path):
        ana, conversation = office.login("ana"), office.customer_writes("oi")
        dump = dumped(fresh_database_url, tmp_path)
        office.hire("eva", "agent")
        lost = accepted(ana, conversation, "depois da cópia")
        watcher = Watcher(ana)

        restored(dump, fresh_database_url, "--clean", "--if-exists", "--single-transaction")

        named = until("readiness to tell", lambda: problems(office))
        assert named[0] == "log: restored, or moved to another server: run `balcao migrate --restored`"
        until("changes to be refused", lambda: send(ana, conversation, "agora", "k").status_code == 503)
        migrate(fresh_database_url, restored=True)
        until("the stream to start over", lambda: watcher.events[-1].name == "resync", 5)
        assert accepted(ana, conversation, "só agora") != lost
        until("the answer to be shown", lambda: texts(ana, conversation)[-1:] == ["só agora"])
        assert "depois da cópia" not in texts(ana, conversation)
        assert "Eva" not in [agent["name"] for agent in ana.get("/v1/agents").json()["items"]]


@pytest.fixture(scope="module")
def written(server_url: str) -> Iterator[str]:
    """A database with a log."""
    with temporary_database(server_url, migrated=True) as url, PostgresLog(url, MASTER_KEY) as log:
        log.append(ThreadBuilder().beginning())
        yield url


def test_a_restore_into_another_database_of_the_cluster_is_noticed(
    written: str, server_url: str, tmp_path: Path
) -> None:
    with temporary_database(server_url, migrated=False) as copy:
        restored(dumped(written, tmp_path), copy)
        is_taken_for_a_copy(copy, written)


def test_a_restore_into_another_cluster_is_noticed(written: str, data_folder: Path, tmp_path: Path) -> None:
    other = EmbeddedPostgres(durable=False)
    try:
        copy = other.start(data_folder / "postgres")
        restored(dumped(written, tmp_path), copy, "--no-owner")
        is_taken_for_a_copy(copy, written)
    finally:
        other.stop()


def test_a_promoted_standby_is_noticed(written: str, data_folder: Path) -> None:
    folder = data_folder / "postgres"
    folder.mkdir()
    user = ServerUser.choose(folder)
    binaries = find_binaries(user)
    parts = conninfo_to_dict(written)
    (folder / "password").write_text(str(parts["password"]))
    if user.other:
        shutil.chown(folder, user.uid, user.gid)
    subprocess.run(
        [
            *(
                binaries["pg_basebackup"],
                "--dbname",
                url_of(written, "postgres"),
                "--pgdata",
                folder / "data",
            ),
            *("--checkpoint", "fast", "--write-recovery-conf"),
        ],
        check=True,
        cwd="/",
        **user.popen,
    )
    standby = EmbeddedPostgres(durable=False, settings={"max_connections": "500", "shared_buffers": "128MB"})
    try:
        copy = url_of(standby.start(folder), str(parts["dbname"]))
        with psycopg.connect(copy, autocommit=True) as db:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                db.execute("delete from log")
            db.execute("select pg_promote()")
        is_taken_for_a_copy(copy, written)
    finally:
        standby.stop()


def is_taken_for_a_copy(copy: str, original: str) -> None:
    """It is refused until it is said to be restored; then it has the same events under another id."""
    with pytest.raises(LogMoved, match="--restored"):
        check_schema(copy)
    with pytest.raises(LogMoved):
        PostgresLog(copy, MASTER_KEY)
    migrate(copy, restored=True)
    with PostgresLog(copy, MASTER_KEY) as log, PostgresLog(original, MASTER_KEY) as former:
        assert log.read(0, 100) == former.read(0, 100)
        assert log.log_id() != former.log_id()


@contextmanager
def working(office: Office, folder: Path) -> Iterator[None]:
    """Publisher and projectors, as `balcao work` runs them."""
    settings, stop = settings_for(office.cell.url, folder), threading.Event()
    threads = [
        threading.Thread(target=_supervise, args=[name, WORKERS[name], settings, stop, True])
        for name in ("publish", "project")
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def dumped(url: str, folder: Path) -> Path:
    dump = folder / "dump"
    tool("pg_dump", "--format", "custom", "--file", dump, "--dbname", url)
    return dump


def restored(dump: Path, url: str, *options: str) -> None:
    tool("pg_restore", "--exit-on-error", *options, "--dbname", url, dump)


def tool(name: str, *arguments: Any) -> None:
    folder = Path.cwd()
    subprocess.run([find_binaries(ServerUser.choose(folder))[name], *arguments], check=True)


def rows(office: Office, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(office.cell.url) as db:
        return db.execute(query.encode()).fetchall()


def accepted(client: httpx2.Client, conversation: Any, text: str) -> str:
    """Send a message, again while the log is away; its position."""

    def sent() -> Any:
        answer = send(client, conversation, text, uuid5(NAMESPACE_URL, text).hex)
        assert answer.status_code in (202, 503), answer.text
        return answer.json()["position"] if answer.status_code == 202 else None

    return str(until(text, sent, 5))


def texts(client: httpx2.Client, conversation: Any) -> list[str]:
    answer = client.get(f"/v1/conversations/{conversation}/messages")
    return [message["text"] for message in answer.json()["items"]] if answer.status_code == 200 else []


def problems(office: Office) -> list[str] | None:
    found = [p for p in office.client().get("/readyz").json()["problems"] if p.startswith("log: ")]
    return found or None
