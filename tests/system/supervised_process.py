"""Processes that somebody may kill: each is started again at once."""

import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

READY_S = 60.0


@dataclass
class SupervisedProcess:
    """One process that is started again at once whenever it ends, until it is stopped."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    starts: int = 0
    ends: list[int] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False
    _minder: threading.Thread | None = None

    def start(self) -> None:
        self._stopping = False
        self._minder = threading.Thread(target=self._mind, name=self.name, daemon=True)
        self._minder.start()

    def wait_ready(self, within_s: float = READY_S) -> None:
        if not self._ready.wait(within_s):
            raise AssertionError(f"{self.name} is not ready:\n{self.log.read_text()[-4000:]}")

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
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
                assert self._process.stdout is not None
                for line in self._process.stdout:
                    log.write(line)
                    log.flush()
                    if b'"ready"' in line:
                        self._ready.set()
            code = self._process.wait()
            if not self._stopping:
                self._ready.clear()
                self.ends.append(code)
                # A process that cannot start at all must not spin.
                time.sleep(0.05 if code == -signal.SIGKILL else 0.5)
