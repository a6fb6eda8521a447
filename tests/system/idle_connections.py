"""Connections that say nothing, or never say all: heads without an end, bodies that drip."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MANY, ADDRESSES = 1_100, 5
"""At a time; from so many addresses other than everybody else's."""

DRIP_S = 1.0
HOST = b"Host: 127.0.0.1\r\n"
BEGINNINGS = (
    b"",
    b"GET / HTTP/1.1\r\n" + HOST,
    b"POST /v1/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n"
    + HOST
    + b"\r\n{",
    b"POST /webhooks/whatsapp HTTP/1.1\r\nContent-Length: 9000\r\n" + HOST + b"\r\n{",
)


class IdleConnections:
    """Holds them open, and opens each again that is closed; `opened` counts all."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.opened = 0

    @contextmanager
    def held(self) -> Iterator["IdleConnections"]:
        stop = threading.Event()
        threads = [threading.Thread(target=self._hold, args=[n, stop]) for n in range(ADDRESSES)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _hold(self, n: int, stop: threading.Event) -> None:
        held: list[socket.socket | None] = [None] * (MANY // ADDRESSES)
        while not stop.is_set():
            for index, client in enumerate(held):
                held[index] = client if client is not None and _drips(client) else self._open(n, index)
            stop.wait(DRIP_S)
        for client in filter(None, held):
            client.close()

    def _open(self, n: int, index: int) -> socket.socket | None:
        source = (f"127.0.0.{n + 2}", 0)
        with suppress(OSError):
            client = socket.create_connection(("127.0.0.1", self._port), timeout=2.0, source_address=source)
            self.opened += 1
            with suppress(OSError):
                client.send(BEGINNINGS[index % len(BEGINNINGS)])
            return client
        return None


def _drips(client: socket.socket) -> bool:
    """Send one more byte; whether it went."""
    try:
        return client.send(b"x") == 1
    except OSError:
        client.close()
        return False
