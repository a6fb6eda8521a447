"""The servers that an installation of tests stands on, and how they go away and come back."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from adapters.kafka.broker import KafkaBroker
from adapters.postgres.server.embedded import EmbeddedPostgres, PostgresFailed

SMALL_DISK_MB = 800
"""Of the file system that a test fills: twice of what a campaign writes, with little WAL."""

LITTLE_WAL = {"max_wal_size": "128MB", "min_wal_size": "64MB"}
LOOKED_EVERY_S = 0.2


class Postgres:
    """A durable PostgreSQL that is started again whenever it ends by itself, as an init system does it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = EmbeddedPostgres(settings=LITTLE_WAL)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._port = 0
        self.crashes = 0

    def start(self) -> str:
        url = self._server.start(self._folder)
        self._port = self._server.port
        threading.Thread(target=self._mind, daemon=True).start()
        return url

    def stop(self) -> None:
        self._over.set()
        with self._lock:
            self._server.stop()

    @contextmanager
    def away(self, crashed: bool = False) -> Iterator[None]:
        """It is stopped, or killed with all that it had in memory, until the end of the context."""
        with self._lock:
            if crashed:
                os.kill(self._server.pid, signal.SIGQUIT)
            self._server.stop()
            try:
                yield
            finally:
                self._server.start(self._folder, self._port)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still with all its connections, until the end of the context."""
        with self._lock, frozen([self._server.pid]), frozen(_children(self._server.pid)):
            yield

    def _mind(self) -> None:
        while not self._over.wait(LOOKED_EVERY_S):
            with self._lock:
                if self._over.is_set() or self._server.alive():
                    continue
                self.crashes += 1
                self._server.stop()
                with suppress(PostgresFailed):  # not yet: once more
                    self._server.start(self._folder, self._port)


class Disk:
    """A small file system in memory, for a server's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @classmethod
    @contextmanager
    def mounted(cls, folder: Path) -> Iterator["Disk | None"]:
        """Mount it; nothing where only root may."""
        folder.mkdir(parents=True, exist_ok=True)
        mount = [
            "mount",
            "-t",
            "tmpfs",
            "-o",
            f"size={SMALL_DISK_MB}m,mode=0711",
            "balcao-tests",
            str(folder),
        ]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            yield None
            return
        try:
            yield cls(folder)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Nothing fits any more, until the end of the context; what becomes free meanwhile is taken, too."""
        over = threading.Event()
        thread = threading.Thread(target=self._fill, args=[over], daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self._filler.unlink()

    def _fill(self, over: threading.Event) -> None:
        with self._filler.open("wb", buffering=0) as file:
            while not over.is_set():
                try:
                    file.write(b"\0" * 65_536)
                except OSError:
                    over.wait(0.05)


class Machine:
    """PostgreSQL, a broker where one is wanted, and the small disk of PostgreSQL where one can be had."""

    def __init__(self, postgres: Postgres, broker: KafkaBroker | None, disk: Disk | None) -> None:
        self.postgres, self.broker, self.disk = postgres, broker, disk
        self.database_url = self.kafka = ""

    @classmethod
    @contextmanager
    def running(cls, folder: Path, *, kafka: bool = False, small_disk: bool = False) -> Iterator["Machine"]:
        with Disk.mounted(folder / "disk") if small_disk else nullcontext() as disk:
            postgres = Postgres(folder / "disk" / "postgres")
            machine = cls(postgres, KafkaBroker(folder / "kafka") if kafka else None, disk)
            try:
                machine.database_url = postgres.start()
                machine.kafka = machine.broker.start() if machine.broker else ""
                yield machine
            finally:
                if machine.broker is not None:
                    machine.broker.stop()
                postgres.stop()


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """These processes stand still (SIGSTOP) until the end of the context."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found
