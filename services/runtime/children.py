"""Parents and children: how `serve` keeps its processes, and what a child does to be kept."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("processes")

PARENT = "SERVED_BY"  # set for children alone; a process that a person started ignores its stdin
GRACE_S = 9.0
FIRST_PAUSE_S, LONGEST_PAUSE_S, HEALTHY_S = 0.2, 30.0, 60.0


def die_with_parent() -> None:
    """In a child of `serve`: end in order when the parent is gone, even by kill -9.

    The parent holds the other end of stdin; the kernel closes it with the parent.
    """
    if os.environ.pop(PARENT, None) is not None:
        threading.Thread(target=_until_parent_is_gone, name="parent", daemon=True).start()


def _until_parent_is_gone() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


def pause_before_next_s(pause_s: float, lived_s: float) -> float:
    """How long to wait before something that ended is started again; twice the last time if it died young."""
    if lived_s > HEALTHY_S or not pause_s:
        return FIRST_PAUSE_S
    return min(pause_s * 2, LONGEST_PAUSE_S)


def announce_ready(**facts: object) -> None:
    """Say in one line of JSON on stdout that this process does its work now."""
    line = json.dumps({"ready": True, "pid": os.getpid(), **facts}, ensure_ascii=False)
    with contextlib.suppress(BrokenPipeError):  # nobody listens: no reason to stop
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


@dataclass
class Child:
    """One process that is started again whenever it ends, with growing pauses when it ends soon.

    One that is not `needed` keeps nobody waiting.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    needed: bool = True
    ready: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None
    _pause_s: float = 0.0
    _started_at: float = 0.0
    _next_start_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return None if self._process is None else self._process.pid

    def tend(self) -> None:
        """Reap it if it ended, start it if its time has come; called again and again."""
        now = time.monotonic()
        if self._process is not None and (code := self._process.poll()) is not None:
            self._ended(code, now)
        if self._process is None and now >= self._next_start_at:
            self._start(now)

    def replace_environment(self, environment: Mapping[str, str]) -> None:
        """End it so that it comes back at once with another environment."""
        self.environment = environment
        self.ask_to_end()
        self.wait(GRACE_S)
        self._pause_s = self._next_start_at = 0.0

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, within_s: float) -> None:
        """Until it ended; killed when that takes longer than `within_s`."""
        if self._process is None:
            return
        try:
            self._process.wait(max(within_s, 0.0))
        except subprocess.TimeoutExpired:
            log.warning("child does not end, killed", child=self.name, pid=self._process.pid)
            self._process.kill()
            self._process.wait()
        self._close()

    def _start(self, now: float) -> None:
        # A session of its own: Ctrl-C reaches the parent alone, which ends its children in order.
        self._process = subprocess.Popen(
            self.command,
            env={**self.environment, PARENT: str(os.getpid())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._started_at = now
        threading.Thread(target=self._read, args=[self._process], name=self.name, daemon=True).start()

    def _ended(self, code: int, now: float) -> None:
        self._pause_s = pause_before_next_s(self._pause_s, now - self._started_at)
        self._next_start_at = now + self._pause_s
        log.error("child ended", child=self.name, code=code, again_in_s=self._pause_s)
        self._close()

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
        self.ready.clear()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for its line of readiness; pass on what else it prints."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if _says_ready(line) and self._process is process:
                    self.ready.set()
                with contextlib.suppress(BrokenPipeError):
                    sys.stderr.buffer.write(line)
                    sys.stderr.buffer.flush()


@dataclass
class Children:
    """The children of one parent."""

    all: Sequence[Child]

    def tend(self) -> None:
        """See `Child.tend`."""
        for child in self.all:
            child.tend()

    def are_ready(self) -> bool:
        """Whether each that is needed has said so."""
        return all(child.ready.is_set() for child in self.all if child.needed)

    def stop(self, within_s: float = GRACE_S) -> None:
        """End all side by side; whoever has not ended `within_s` is killed."""
        deadline = time.monotonic() + within_s
        for child in self.all:
            child.ask_to_end()
        for child in self.all:
            child.wait(deadline - time.monotonic())


def _says_ready(line: bytes) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and bool(said.get("ready"))
