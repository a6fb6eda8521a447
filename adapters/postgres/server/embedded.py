"""The embedded PostgreSQL server: started and stopped by us, for `balcao serve` and for the tests."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg

from adapters.postgres.server.binaries import Binaries, PostgresFailed, ServerUser, find_binaries
from adapters.postgres.server.data_folder import (
    FolderLock,
    Postmaster,
    prepare_folder,
    unblock_zombie_pid_file,
)

__all__ = ["EmbeddedPostgres", "PostgresFailed"]

USER = DATABASE = "balcao"
RECOVERY_S = 120.0
RETRY_S = 10.0
# Transient: backends of a killed server that are just ending, a port that another process took.
PORT_OR_MEMORY_STILL_HELD = ("already exists", "still in use", "Address already in use")
LOG_MAX_BYTES = 10_000_000
DURABLE = {
    "jit": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
VOLATILE = {**DURABLE, "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """One PostgreSQL server in one folder. A server that is still running is taken over.

    `durable=False` trades safety for speed (tests only); `bin_dir` uses another installation than the
    wheel's; `settings` override the server's.
    """

    def __init__(
        self, *, durable: bool = True, bin_dir: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self._durable = durable
        self._bin_dir = bin_dir
        self._settings = {**(DURABLE if durable else VOLATILE), **(settings or {})}
        self._lock: FolderLock | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._postmaster: Postmaster | None = None
        self._folder = Path()
        self._log_from = 0
        self._cancelled: Callable[[], bool] = lambda: False

    def start(
        self, folder: Path, port: int | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> str:
        """Start the server of `folder`, creating it if needed; return the URL of its database.

        `port` is preferred; another one is used when it is taken or the server runs already. When `cancelled`
        returns true, waiting ends with PostgresFailed, since a recovery may take minutes.

        Raises:
            FolderInUse: another process holds the folder.
            PostgresFailed: it does not start; the text says why.
        """
        self._folder, user = prepare_folder(folder)
        self._cancelled = cancelled
        with ExitStack() as on_error:
            lock = on_error.enter_context(FolderLock(self._folder, "postgres.lock"))
            deadline = time.monotonic() + RECOVERY_S
            if not self._take_over(deadline):
                binaries = find_binaries(user, self._bin_dir)
                self._create(binaries, user)
                self._launch(binaries, user, deadline, port)
            self._lock = lock
            url = self._database(self.port)
            on_error.pop_all()
            return url

    @property
    def port(self) -> int:
        """Port on 127.0.0.1."""
        if self._postmaster is None:
            raise PostgresFailed("not started")
        return self._postmaster.port

    @property
    def pid(self) -> int:
        """Process id of the server."""
        if self._postmaster is None:
            raise PostgresFailed("not started")
        return self._postmaster.pid

    def alive(self) -> bool:
        """Return whether the server runs; reaps it when it is our child and has ended."""
        if self._child is not None:
            return self._child.poll() is None
        return self._postmaster is not None and Postmaster.of(self._folder / "data") == self._postmaster

    def stop(self, within_s: float = 30.0) -> None:
        """Cancel running statements, stop the server and release the folder.

        A server that takes longer than `within_s` is ended at once and recovers at the next start.
        """
        try:
            if self._postmaster is not None and self.alive():
                os.kill(self._postmaster.pid, signal.SIGINT)
                if not self._ended(within_s):
                    os.kill(self._postmaster.pid, signal.SIGQUIT)
                    self._ended(10)
        finally:
            self._child = self._postmaster = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    @classmethod
    def find(cls, folder: Path) -> str | None:
        """Return the database URL of the server that is running on `folder`, if any."""
        folder = Path(folder).resolve()
        running = Postmaster.of(folder / "data")
        return None if running is None else _url(folder, running.port, DATABASE)

    def _take_over(self, deadline: float) -> bool:
        """Use a server that a former owner left running; False when there is none or it is just ending."""
        self._postmaster = Postmaster.of(self._folder / "data")
        if self._postmaster is None:
            return False
        try:
            self._wait(self._postmaster.port, deadline)
        except PostgresFailed:
            if self.alive():
                raise
            return False
        return True

    def _create(self, binaries: Binaries, user: ServerUser) -> None:
        """Create the cluster in `data.new` and rename it, so that a killed start can begin again."""
        data, fresh = self._folder / "data", self._folder / "data.new"
        if data.exists():
            return
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._folder / "password"
        password.unlink(missing_ok=True)
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        if user.other:
            os.chown(password, user.uid, user.gid)
        command = [binaries["initdb"], "-D", str(fresh), "-U", USER, "-A", "scram-sha-256"]
        command += [
            f"--pwfile={password}",
            "-E",
            "UTF8",
            *_locale(binaries),
            *([] if self._durable else ["-N"]),
        ]
        made = subprocess.run(
            command,
            start_new_session=True,  # a Ctrl-C in the terminal is for `serve`, not for this
            **user.popen,
            cwd="/",
            env=_environment(binaries),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if made.returncode != 0:
            raise PostgresFailed(f"initdb failed in {self._folder}:\n{made.stdout[-2000:]}")
        fresh.rename(data)

    def _launch(self, binaries: Binaries, user: ServerUser, deadline: float, wish: int | None) -> None:
        give_up = time.monotonic() + RETRY_S
        while True:
            unblock_zombie_pid_file(self._folder / "data")
            self._log_from = self._log_size()
            port = _free_port(wish)
            self._child = child = self._popen(binaries, user, port)
            self._postmaster = Postmaster(child.pid, port)
            try:
                return self._wait(port, deadline)
            except PostgresFailed as failed:
                ended = child.poll() is not None
                if not ended:  # it runs but does not answer
                    child.send_signal(signal.SIGQUIT)
                    child.wait(30)
                transient = any(words in str(failed) for words in PORT_OR_MEMORY_STILL_HELD)
                if not ended or not transient or self._cancelled() or time.monotonic() > give_up:
                    self._child = self._postmaster = None
                    raise
                time.sleep(0.2)

    def _popen(self, binaries: Binaries, user: ServerUser, port: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            **self._settings,
        }
        command = [binaries["postgres"], "-D", str(self._folder / "data")]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "postgres.log").open("ab") as output:
            return subprocess.Popen(
                command,
                **user.popen,
                cwd="/",
                env=_environment(binaries),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _wait(self, port: int, deadline: float) -> None:
        """Wait until a statement succeeds; a pid or an open port proves nothing."""
        url = _url(self._folder, port, "postgres")
        while True:
            try:
                with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
                    connection.execute("select 1")
                return
            except psycopg.OperationalError as error:
                if not self.alive() or self._cancelled() or time.monotonic() > deadline:
                    raise PostgresFailed(
                        f"PostgreSQL in {self._folder} does not answer: {error}{self._last_words()}"
                    ) from error
            time.sleep(0.02)

    def _log_size(self) -> int:
        """Return the size of the server's log; deletes one that grew too large."""
        log = self._folder / "postgres.log"
        if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
            log.unlink()
        return log.stat().st_size if log.exists() else 0

    def _last_words(self) -> str:
        """Return the end of what the server logged since this start."""
        try:
            return "\n" + (self._folder / "postgres.log").read_bytes()[self._log_from :][-1500:].decode()
        except (OSError, ValueError):
            return ""

    def _database(self, port: int) -> str:
        with psycopg.connect(_url(self._folder, port, "postgres"), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"create database {DATABASE}")
        return _url(self._folder, port, DATABASE)

    def _ended(self, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _url(folder: Path, port: int, database: str) -> str:
    password = quote((folder / "password").read_text().strip())
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


def _locale(binaries: Binaries) -> list[str]:
    # The builtin provider is new in 17; before it, C.UTF-8 of libc sorts and folds the same.
    if binaries.major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _environment(binaries: Binaries) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C" if binaries.major >= 17 else "C.UTF-8"}


def _free_port(wish: int | None) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wish or 0))
        except OSError:
            return _free_port(None)
        port: int = probe.getsockname()[1]
        return port
