"""Processes that somebody may kill: each is started again at once."""

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

READY_S = 60.0


_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    ["__main__", "services.app.api", "services.app.bot", "services.app.work", "services.cli"]
)


class ForkedCommand:
    """`balcao` with these arguments, forked from a process that has imported it already.

    A campaign starts its processes a hundred times, and most of each start would be imports.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        output, said = _forks.Pipe(duplex=False)
        self._process = _forks.Process(target=_balcao, args=[arguments, dict(environment), said, log])
        self._process.start()
        said.close()
        self.stdout = os.fdopen(os.dup(output.fileno()), "rb")
        output.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("balcao", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _balcao(arguments: Sequence[str], environment: dict[str, str], stdout: Connection, log: Path) -> None:
    """Become that process."""
    os.setsid()
    os.dup2(stdout.fileno(), 1)
    with log.open("ab") as errors:
        os.dup2(errors.fileno(), 2)
    stdout.close()
    os.environ.clear()
    os.environ.update(environment)
    from services.cli import app

    app(arguments)


@dataclass
class SupervisedProcess:
    """One process that is started again at once whenever it ends, until it is stopped."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    forked: bool = False
    """Whether `command` are arguments of `balcao`; see `ForkedCommand`."""
    starts: int = 0
    ends: list[int] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | ForkedCommand | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False
    _minder: threading.Thread | None = None

    def start(self) -> None:
        self._stopping = False
        self._ready.clear()
        self._minder = threading.Thread(target=self._mind, name=self.name, daemon=True)
        self._minder.start()

    def wait_ready(self, within_s: float = READY_S) -> None:
        if not self._ready.wait(within_s):
            raise AssertionError(f"{self.name} is not ready:\n{self.log.read_text()[-4000:]}")

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """kill -9; the minder starts it again."""
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """kill -9, and no new start: also of one that the minder was just about to make."""
        self._stopping = True
        while self._minder is not None and self._minder.is_alive():
            self.kill()
            self._minder.join(0.2)

    def stop(self, within_s: float = 15.0) -> int:
        """SIGTERM; return how it ended."""
        self._stopping = True
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            code = process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{self.name} does not end within {within_s} s") from None
        if self._minder is not None:
            self._minder.join(5)
        return code

    def _mind(self) -> None:
        while not self._stopping:
            self.starts += 1
            self._process = process = self._begin()
            assert process.stdout is not None
            with self.log.open("ab") as log, process.stdout as lines:
                for line in lines:
                    log.write(line)
                    log.flush()
                    if b'"ready"' in line:
                        self._ready.set()
            code = process.wait()
            if not self._stopping:
                self._ready.clear()
                self.ends.append(code)
                # A process that cannot start at all must not spin.
                time.sleep(0.05 if code == -signal.SIGKILL else 0.5)

    def _begin(self) -> subprocess.Popen[bytes] | ForkedCommand:
        if self.forked:
            return ForkedCommand(self.command, self.environment, self.log)
        with self.log.open("ab") as errors:
            return subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
