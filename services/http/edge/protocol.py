"""uvicorn's HTTP protocol with a limit on the size of request headers."""

import logging
from typing import Any

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024

broken = Counter("balcao_http_broken", "Connections closed because what came was no HTTP request.")


class BoundedHeads(HttpToolsProtocol):
    """Protocol that closes a connection whose request headers are too large.

    Broken requests are counted and not logged, so that nobody can fill the disk with them.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = logging.getLogger("uvicorn.error.requests")
        self.logger.setLevel(logging.ERROR)
        self._in_head = False
        self._head_bytes = 0

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The headers are too large.")

    def send_400_response(self, msg: str) -> None:
        broken.inc()
        super().send_400_response(msg)
