"""One request again and again on several connections, each as soon as it was answered: a closed loop.

`python -m bench.ask --help`; how long each answer took goes to a file as JSON.
"""

import argparse
import asyncio
import gc
import json
import time
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.load import length_of

WARM_UP_S = 1.0


class LoadAsker(asyncio.Protocol):
    """One connection, one request on it at a time."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request, self._until = request, until
        self._heard, self._left, self._began = bytearray(), 0, 0.0
        self._transport: asyncio.WriteTransport | None = None
        self.over = asyncio.get_running_loop().create_future()
        self.took: list[tuple[float, float]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found or len(body) < length_of(bytes(head)):
            return
        assert head[9:12] == b"200", bytes(self._heard[:500])
        now = time.perf_counter()
        self.took.append((now, now - self._began))
        self._heard.clear()
        if now < self._until:
            self._ask()
        elif not self.over.done():
            self.over.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(error or ConnectionError("closed"))

    def _ask(self) -> None:
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._request)


async def ask(request: bytes, host: str, port: int, connections: int, seconds: float) -> list[float]:
    """Milliseconds of each answer, after a second of warming up."""
    began = time.perf_counter()
    until = began + WARM_UP_S + seconds
    loop = asyncio.get_running_loop()
    askers = [
        (await loop.create_connection(lambda: LoadAsker(request, until), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(asker.over for asker in askers))
    return [took * 1000 for asker in askers for at, took in asker.took if began + WARM_UP_S <= at <= until]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--cookie", default="")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    url = urlsplit(asked.url)
    assert url.hostname is not None, asked.url
    target = f"{url.path}?{url.query}" if url.query else url.path
    headers = f"Host: {url.netloc}\r\nAccept: application/json\r\n"
    if asked.cookie:
        headers += f"Cookie: {asked.cookie}\r\n"
    request = f"GET {target} HTTP/1.1\r\n{headers}\r\n".encode()
    gc.disable()
    took = uvloop.run(ask(request, url.hostname, url.port or 80, asked.connections, asked.seconds))
    asked.out.write_text(json.dumps(took))


if __name__ == "__main__":
    main()
