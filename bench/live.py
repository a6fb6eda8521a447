"""How long a message takes from Meta's request to an agent's screen, while others come in."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from bench.figures import Figure, percentile
from bench.system import System, fire

RATE, SECONDS = 200, 20
STREAM_OPENS_S = 10.0
LAST_SEEN_S = 10.0
_NUMBER = re.compile(rb'"text":"live\d*-(\d+) ')


class StreamViewer:
    """An agent who looks on; notes when each numbered text first came down the stream."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self._open = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen_at: dict[int, float] = {}
        self.resyncs = 0

    def start(self) -> None:
        self._thread.start()
        assert self._open.wait(STREAM_OPENS_S), "the stream does not open"

    def wait_for(self, count: int) -> None:
        """Until so many were seen, or nothing more can be expected."""
        deadline = time.monotonic() + LAST_SEEN_S
        while len(self.seen_at) < count and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self) -> None:
        self._over.set()

    def _look(self) -> None:
        try:
            self._follow()
        except httpx2.TransportError:
            if not self._over.is_set():
                raise

    def _follow(self) -> None:
        with self._client.stream("GET", "/v1/stream", timeout=30.0) as answer:
            assert answer.status_code == 200, answer.status_code
            self._open.set()
            rest = b""
            for part in answer.iter_raw():
                at = time.monotonic()
                if self._over.is_set():
                    return
                *events, rest = (rest + part).split(b"\n\n")
                for event in events:
                    self.resyncs += event.startswith(b"event: resync")
                    for number in _NUMBER.findall(event):
                        self.seen_at.setdefault(int(number), at)


@contextmanager
def viewer(measured: System) -> Iterator[StreamViewer]:
    """Ana's open stream."""
    with measured.running.agent() as client:
        looking = StreamViewer(client)
        looking.start()
        try:
            yield looking
        finally:
            looking.stop()


def measure(measured: System, rate: int = RATE, seconds: int = SECONDS) -> list[Figure]:
    """`balcao api` and `balcao work` run already."""
    spent = measured.spent()
    with viewer(measured) as looking:
        shots = fire(measured, f"live{rate}", rate, seconds)
        looking.wait_for(len(shots.due_at))
    used = spent.seconds()
    seen = looking.seen_at
    since_sent = [
        (seen[n] - at) * 1000 for n, at in zip(shots.numbers, shots.due_at, strict=True) if n in seen
    ]
    since_taken = [
        (seen[n] - at) * 1000 for n, at in zip(shots.numbers, shots.answered_at, strict=True) if n in seen
    ]
    missing = len(shots.due_at) - len(since_sent) + looking.resyncs
    what = f"message → live stream at {rate} messages/s"
    note = ", ".join(f"{name} {seconds_used / seconds:.0%} CPU" for name, seconds_used in used.items())
    condition = 300 if rate == RATE else None
    return [
        Figure(f"{what}, refused or not seen", shots.refused + missing, "messages", most=0),
        Figure(f"{what}, from accepted, p50", percentile(since_taken, 50), "ms", bar="50 at 500/s"),
        Figure(
            f"{what}, from accepted, p99",
            percentile(since_taken, 99),
            "ms",
            most=condition,
            bar="200 at 500/s",
            note=note,
        ),
        Figure(f"{what}, from sent, p99", percentile(since_sent, 99), "ms"),
    ]
