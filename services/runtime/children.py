"""Child processes of `serve`: started, restarted, stopped, and ended with their parent."""

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

PARENT = "SERVED_BY"  # set for children only: a process started by hand ignores its stdin
GRACE_S = 9.0
FIRST_PAUSE_S, LONGEST_PAUSE_S, HEALTHY_S = 0.2, 30.0, 60.0


def die_with_parent() -> None:
    """In a child of `serve`: stop in order when the parent dies, even by SIGKILL.

    The parent holds the other end of stdin, and the kernel closes it with the parent.
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
    """Return the pause before a restart: twice the last one while the process dies soon after its start."""
    if lived_s > HEALTHY_S or not pause_s:
        return FIRST_PAUSE_S
    return min(pause_s * 2, LONGEST_PAUSE_S)


def announce_ready(**facts: object) -> None:
    """Write one line of JSON to stdout: this process is ready."""
    line = json.dumps({"ready": True, "pid": os.getpid(), **facts}, ensure_ascii=False)
    with contextlib.suppress(BrokenPipeError):  # nobody reads it: not a reason to stop
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


@dataclass
class Child:
    """A process that is restarted whenever it ends, after growing pauses while it ends soon.

    `needed`: the parent is ready only once this child is.
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
        """Id of the running process, if any."""
        return None if self._process is None else self._process.pid

    def tend(self) -> None:
        """Reap the process if it ended, start it when its pause is over; to be called repeatedly."""
        now = time.monotonic()
        if self._process is not None and (code := self._process.poll()) is not None:
            self._on_exit(code, now)
        if self._process is None and now >= self._next_start_at:
            self._start(now)

    def replace_environment(self, environment: Mapping[str, str]) -> None:
        """Restart the process with another environment."""
        self.environment = environment
        self.terminate()
        self.wait(GRACE_S)
        self._pause_s = self._next_start_at = 0.0

    def terminate(self) -> None:
        """Send SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, within_s: float) -> None:
        """Wait for the process to end; kill it after `within_s`."""
        if self._process is None:
            return
        try:
            self._process.wait(max(within_s, 0.0))
        except subprocess.TimeoutExpired:
            log.warning("child did not stop in time, killing it", child=self.name, pid=self._process.pid)
            self._process.kill()
            self._process.wait()
        self._close()

    def _start(self, now: float) -> None:
        # In its own session: Ctrl-C reaches only the parent, which stops its children in order.
        self._process = subprocess.Popen(
            self.command,
            env={**self.environment, PARENT: str(os.getpid())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._started_at = now
        threading.Thread(target=self._read, args=[self._process], name=self.name, daemon=True).start()

    def _on_exit(self, code: int, now: float) -> None:
        self._pause_s = pause_before_next_s(self._pause_s, now - self._started_at)
        self._next_start_at = now + self._pause_s
        log.error("child exited, restarting", child=self.name, code=code, again_in_s=self._pause_s)
        self._close()

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
        self.ready.clear()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Watch stdout for the ready line; copy everything to stderr."""
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if _is_ready_line(line) and self._process is process:
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
        """Return whether every needed child is ready."""
        return all(child.ready.is_set() for child in self.all if child.needed)

    def stop(self, within_s: float = GRACE_S) -> None:
        """Stop all concurrently; kill those still running after `within_s`."""
        deadline = time.monotonic() + within_s
        for child in self.all:
            child.terminate()
        for child in self.all:
            child.wait(deadline - time.monotonic())


def _is_ready_line(line: bytes) -> bool:
    try:
        message = json.loads(line)
    except ValueError:
        return False
    return isinstance(message, dict) and bool(message.get("ready"))
