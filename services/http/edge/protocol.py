"""uvicorn's HTTP protocol with limits: how many connections, how large the headers, how slow the client.

One that is idle in the middle of a request would otherwise hold its file for ever, and a thousand of them all
files of the process.
"""

import asyncio
import logging
import resource
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from typing import Any

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.runtime.addresses import network_of

MAX_HEAD_BYTES = 64 * 1024
HEAD_S = 10.0
BODY_S, LEAST_BODY_BYTES = 10.0, 64 * 1024
"""A body comes at this rate at least, or is complete within that time."""

PER_ADDRESS = 300
OTHER_FILES = 200
"""Files that the process needs beside connections of clients: databases, topics, logs."""

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

broken = Counter("balcao_http_broken", "Connections closed because what came was no HTTP request.")
refused = Counter("balcao_http_refused", "Connections closed for a limit.", ["limit"])


@dataclass
class ConnectionLimits:
    """Limits of a process: connections `in_all` and of each address (or /64), except those of `proxies`."""

    in_all: int
    per_address: int = PER_ADDRESS
    proxies: Sequence[str] = ()
    head_s: float = HEAD_S
    body_s: float = BODY_S
    _open: Tally[str] = field(default_factory=Tally)

    def reached(self, address: str) -> str | None:
        """Return the limit that another connection of this address would exceed."""
        if self._open.total() >= self.in_all:
            return "in all"
        if self._open[address] >= self.per_address and not self._is_proxy(address):
            return "per address"
        return None

    def opened(self, address: str) -> None:
        self._open[address] += 1

    def closed(self, address: str) -> None:
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]

    def _is_proxy(self, address: str) -> bool:
        return bool(address) and any(
            ip_network(address).overlaps(ip_network(proxy)) for proxy in self.proxies
        )


def limits_of_process(proxies: Sequence[str]) -> ConnectionLimits:
    """Raise the limit of open files as far as allowed, and leave the connections what others do not need."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return ConnectionLimits(in_all=max(PER_ADDRESS, most - OTHER_FILES), proxies=proxies)


class BoundedProtocol(HttpToolsProtocol):
    """Protocol that closes connections beyond the limits.

    Closed ones are counted and not logged, so that nobody can fill the disk with them.
    """

    def __init__(self, *given: Any, limits: ConnectionLimits, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = logging.getLogger("uvicorn.error.requests")
        self.logger.setLevel(logging.ERROR)
        self._limits = limits
        self._address: str | None = None
        self._in_head = False
        self._head_bytes = self._body_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = network_of(self.client[0]) if self.client else ""
        if (limit := self._limits.reached(address)) is not None:
            refused.labels(limit).inc()
            transport.abort()
            return
        self._limits.opened(address)
        self._address = address
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._address is not None:
            self._limits.closed(self._address)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes, self._body_bytes = True, 0, 0
        self._wait_for_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait_for_body()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The headers are too large.")

    def send_400_response(self, msg: str) -> None:
        broken.inc()
        super().send_400_response(msg)

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self._limits.head_s, self._close_slow)

    def _wait_for_body(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self._limits.body_s, self._check_pace, self._body_bytes)

    def _check_pace(self, before: int) -> None:
        """Go on waiting for a body that comes fast enough, or that the application does not take."""
        if self.flow.read_paused or self._body_bytes - before >= LEAST_BODY_BYTES:
            self._wait_for_body()
        else:
            self._close_slow()

    def _close_slow(self) -> None:
        refused.labels("time").inc()
        answers = self.cycle is not None and not self.cycle.response_complete
        # To one that has sent nothing, nothing is said: a browser would show it as the page's answer.
        if self._in_head or (answers and not self.cycle.response_started):
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def bounded(limits: ConnectionLimits) -> Any:
    """Return the protocol with these limits, as uvicorn makes one for each connection."""
    return partial(BoundedProtocol, limits=limits)
