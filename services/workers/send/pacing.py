"""The pace of each channel: its rate, its rests, and whether it is halted until a person acts."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from pyrate_limiter import Duration, Limiter, Rate

CALLS_PER_S = 80
HALT_S = 60.0


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a channel is halted until a person acts."""

    code: str
    title: str
    until: float


@dataclass
class Pacing:
    """One limiter per channel. For several threads.

    A halted channel lets a call through once a minute, to see whether it works again.
    """

    calls_per_s: int = CALLS_PER_S
    clock: Callable[[], float] = time.monotonic
    _limiters: dict[UUID, Limiter] = field(default_factory=dict)
    _rests: dict[UUID, float] = field(default_factory=dict)
    _halts: dict[UUID, Halt] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, channel_id: UUID, timeout_s: float) -> bool:
        """Wait until the channel may call; False when that would be too late."""
        began = self.clock()
        rest = self.rests_s(channel_id)
        if rest > timeout_s:
            return False
        if rest > 0:
            time.sleep(rest)
        left = timeout_s - (self.clock() - began)
        return left > 0 and bool(self._limiter(channel_id).try_acquire("call", blocking=True, timeout=left))

    def rests_s(self, channel_id: UUID) -> float:
        """For how many seconds the channel still rests."""
        return max(0.0, self._rests.get(channel_id, 0.0) - self.clock())

    def rest(self, channel_id: UUID, seconds: float) -> None:
        """Let the channel rest for some seconds."""
        with self._lock:
            self._rests[channel_id] = max(self._rests.get(channel_id, 0.0), self.clock() + seconds)

    def halt(self, channel_id: UUID, code: str, title: str) -> bool:
        """Halt the channel; False when it was halted already."""
        with self._lock:
            fresh = channel_id not in self._halts
            self._halts[channel_id] = Halt(code, title, self.clock() + HALT_S)
            return fresh

    def halted(self, channel_id: UUID) -> Halt | None:
        """Return why the channel is halted; None when it is not, or when this call may try it."""
        with self._lock:
            halt = self._halts.get(channel_id)
            if halt is None or self.clock() < halt.until:
                return halt
            self._halts[channel_id] = Halt(halt.code, halt.title, self.clock() + HALT_S)
            return None

    def passed(self, channel_id: UUID) -> None:
        """End a halt: a call went through."""
        if channel_id in self._halts:
            with self._lock:
                self._halts.pop(channel_id, None)

    def _limiter(self, channel_id: UUID) -> Limiter:
        with self._lock:
            if channel_id not in self._limiters:
                self._limiters[channel_id] = Limiter(Rate(self.calls_per_s, Duration.SECOND))
            return self._limiters[channel_id]
