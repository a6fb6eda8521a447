"""How requests are read from a connection: as uvicorn does, but never without end."""

import logging
from typing import Any

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024

broken = Counter("balcao_http_broken", "Connections closed because what came was no HTTP request.")


class BoundedHeads(HttpToolsProtocol):
    """Closes a connection whose request line and headers do not come to an end.

    What strangers send is counted, not logged: a line for each would let them fill the disk.
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
