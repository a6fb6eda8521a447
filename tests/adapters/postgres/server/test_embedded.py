"""The embedded PostgreSQL: started, taken over, recovered, refused, stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.server import binaries
from adapters.postgres.server.binaries import PostgresFailed, ServerUser
from adapters.postgres.server.data_folder import FolderInUse, FolderLock
from adapters.postgres.server.embedded import EmbeddedPostgres


def rows(url: str) -> list[tuple[int]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select i from kept order by i").fetchall()


def keep(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists kept (i int)")
        connection.execute("insert into kept values (%s)", [number])


def test_a_second_start_finds_what_the_first_one_stored(data_folder: Path) -> None:
    first, second = EmbeddedPostgres(), EmbeddedPostgres()
    keep(first.start(data_folder / "postgres"), 1)
    first.stop()
    try:
        assert rows(second.start(data_folder / "postgres")) == [(1,)]
    finally:
        second.stop()


def test_its_text_functions_know_portuguese(data_folder: Path) -> None:
    server = EmbeddedPostgres(durable=False)
    try:
        with psycopg.connect(server.start(data_folder / "postgres")) as connection:
            folded = connection.execute("select lower('ÃÉ'), 'ação' ~ '^\\w+$'").fetchone()
        assert folded == ("ãé", True)
    finally:
        server.stop()


def test_a_server_whose_owner_was_killed_is_taken_over(data_folder: Path) -> None:
    folder = data_folder / "postgres"
    program = (
        "import sys, time; from pathlib import Path\n"
        "from adapters.postgres.server.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(); server.start(Path(sys.argv[1]))\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, folder], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        orphan = int(owner.stdout.readline())
        owner.kill()
    server = EmbeddedPostgres()
    try:
        keep(server.start(folder), 1)
        assert server.pid == orphan
        assert server.alive()
    finally:
        server.stop()
    assert EmbeddedPostgres.find(folder) is None


def test_a_killed_server_is_recovered(data_folder: Path) -> None:
    folder = data_folder / "postgres"
    killed, recovered = EmbeddedPostgres(), EmbeddedPostgres()
    keep(killed.start(folder), 1)
    os.kill(killed.pid, signal.SIGKILL)
    # Not reaped: it stays as a zombie while the next one starts.
    killed._lock.release()  # type: ignore[union-attr]
    try:
        assert rows(recovered.start(folder)) == [(1,)]
    finally:
        recovered.stop()
        killed.stop()


def test_a_pid_file_that_names_another_program_is_stale(data_folder: Path) -> None:
    folder = data_folder / "postgres"
    server = EmbeddedPostgres()
    keep(server.start(folder), 1)
    server.stop()
    data = folder / "data"
    (data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{data}\n{int(time.time())}\n5432\n\n127.0.0.1\n\nready\n"
    )
    os.chown(data / "postmaster.pid", data.stat().st_uid, data.stat().st_gid)
    try:
        assert rows(server.start(folder)) == [(1,)]
    finally:
        server.stop()


def test_a_start_killed_half_way_begins_again(data_folder: Path) -> None:
    folder = data_folder / "postgres"
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new/PG_VERSION").write_text("18\n")
    (folder / "password").write_text("of a start that did not get far")
    server = EmbeddedPostgres(durable=False)
    try:
        keep(server.start(folder), 1)
    finally:
        server.stop()


def test_a_second_server_on_the_same_folder_is_refused_by_name(data_folder: Path) -> None:
    server = EmbeddedPostgres(durable=False)
    url = server.start(data_folder / "postgres")
    try:
        with pytest.raises(FolderInUse, match=f"postgres is in use .*{os.getpid()}"):
            EmbeddedPostgres().start(data_folder / "postgres")
        keep(url, 1)
        assert EmbeddedPostgres.find(data_folder / "postgres") == url
    finally:
        server.stop()


def test_a_lock_is_free_again_when_it_was_released(data_folder: Path) -> None:
    with FolderLock(data_folder):
        pass
    FolderLock(data_folder).release()


def test_only_the_password_lets_in(data_folder: Path) -> None:
    server = EmbeddedPostgres(durable=False)
    try:
        server.start(data_folder / "postgres")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://balcao:balcao@127.0.0.1:{server.port}/balcao")
        assert (data_folder / "postgres").stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()


def test_a_server_that_cannot_start_says_its_last_words(data_folder: Path) -> None:
    server = EmbeddedPostgres(durable=False, settings={"shared_buffers": "nonsense"})
    with pytest.raises(PostgresFailed, match="invalid value for parameter"):
        server.start(data_folder / "postgres")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_folder_that_the_servers_user_cannot_reach_stands_outside(data_folder: Path) -> None:
    closed = data_folder / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(durable=False)
    try:
        keep(server.start(closed / "postgres"), 1)
        outside = (closed / "postgres").resolve()
        assert (closed / "postgres").is_symlink()
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
    subprocess.run(["rm", "-rf", outside], check=True)
    with pytest.raises(PostgresFailed, match="which is gone"):
        server.start(closed / "postgres")


def test_programs_that_the_servers_user_cannot_reach_are_copied_with_their_libraries(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "CACHE", data_folder / "cache")
    user = ServerUser.choose(data_folder / "postgres")
    copied = binaries._copied(binaries._package(), user)
    assert copied == binaries._copied(binaries._package(), user)
    server = EmbeddedPostgres(durable=False, bin_dir=copied.folder)
    try:
        keep(server.start(data_folder / "postgres"), 1)
    finally:
        server.stop()
