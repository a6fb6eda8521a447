"""Webhook requests at a constant rate, as Meta would send them: one process, open loop, nothing waits.

Each request has its moment, whatever became of those before it; its time runs from that moment. So a server
that stands still for a second is charged for every request that should have come in that second.
`python -m bench.load --help`; the answers go to a file as JSON.
"""

import argparse
import asyncio
import gc
import json
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

from tests.system.installation import NUMBER
from tests.system.webhooks import as_meta_writes, body_of, signed, text_item

CONNECTIONS = 64
LEAD_S = 1.0
LAST_ANSWERS_S = 15.0
WORDS = (
    "bom",
    "dia",
    "meu",
    "pedido",
    "ainda",
    "não",
    "chegou",
    "e",
    "o",
    "prazo",
    "era",
    "ontem",
    "por",
    "favor",
)


@dataclass(slots=True)
class Shot:
    """One request: its number, when it was due, and when and how it was answered."""

    n: int
    due_at: float
    answered_at: float = 0.0
    status: int = 0


def text_of(run: str, n: int, dice: random.Random) -> str:
    """Words as customers write them, with the request's own number in front."""
    return f"{run}-{n:06d} {' '.join(dice.choices(WORDS, k=12))}"


def requests(run: str, count: int, customers: int, number: str, host: str, path: str) -> list[bytes]:
    """Whole HTTP requests, signed: what a generator does at its leisure, it must not do under load."""
    dice, at = random.Random(run), datetime.now(UTC)
    made = []
    for n in range(count):
        wa_id = f"5511{910000000 + n % customers}"
        item = text_item(f"wamid.{run}{n:08d}", wa_id, text_of(run, n, dice), at)
        raw = as_meta_writes(body_of([item], number=number))
        headers = {**signed(raw), "Host": host, "Content-Length": str(len(raw)), "User-Agent": "bench"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + raw)
    return made


class Line(asyncio.Protocol):
    """One kept-alive connection with at most one request on it."""

    def __init__(self, range_: "Range") -> None:
        self._range, self._shot, self._heard = range_, None, b""  # type: Range, Shot | None, bytes
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def fire(self, shot: Shot, request: bytes) -> None:
        assert self._transport is not None
        self._shot = shot
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found or len(body) < length_of(head) or self._shot is None:
            return
        shot, self._shot, self._heard = self._shot, None, b""
        shot.answered_at, shot.status = time.monotonic(), int(head[9:12])
        self._range.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._range.lost(self._shot)


class Range:
    """The connections, the requests that wait for a free one, and the clock that fires them."""

    def __init__(self, loaded: Sequence[bytes], rate: float) -> None:
        self._requests, self._rate = loaded, rate
        self._free: deque[Line] = deque()  # in turn: one that is never used would be closed
        self._waiting: deque[Shot] = deque()
        self._open = len(loaded)
        self._all_answered = asyncio.Event()
        self.shots: list[Shot] = []

    async def run(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, line = await loop.create_connection(lambda: Line(self), host, port)
            self._free.append(line)
        first = time.monotonic() + LEAD_S
        self.shots = [Shot(n, first + n / self._rate) for n in range(len(self._requests))]
        for shot in self.shots:
            if (early := shot.due_at - time.monotonic()) > 0:
                await asyncio.sleep(early)
            self._waiting.append(shot)
            self._fire()
        async with asyncio.timeout(LAST_ANSWERS_S):
            await self._all_answered.wait()

    def free(self, line: Line) -> None:
        self._free.append(line)
        self._answered()
        self._fire()

    def lost(self, shot: Shot | None) -> None:
        """A connection ended; whatever was on it has no answer."""
        if shot is not None:
            self._answered()

    def _fire(self) -> None:
        while self._waiting and self._free:
            shot = self._waiting.popleft()
            self._free.popleft().fire(shot, self._requests[shot.n])

    def _answered(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._all_answered.set()


def length_of(head: bytes) -> int:
    """What a head says of its body."""
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument(
        "--run", required=True, help="a word that no other run used: message ids begin with it"
    )
    parser.add_argument("--rate", type=float, required=True, help="requests a second, one message each")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--number", default=NUMBER, help="whom they write to")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    url = urlsplit(asked.url)
    assert url.hostname is not None, asked.url
    count = int(asked.rate * asked.seconds)
    loaded = requests(asked.run, count, asked.customers, asked.number, url.netloc, url.path)
    range_ = Range(loaded, asked.rate)
    gc.collect()
    gc.disable()
    uvloop.run(range_.run(url.hostname, url.port or 80))
    asked.out.write_text(json.dumps([asdict(shot) for shot in range_.shots]))


if __name__ == "__main__":
    main()
