"""The business side of a webhook, for tests: keeps what came, answers what it is told to."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adapters.whatsapp.signature import verify

SECRET, VERIFY, TOKEN = "the-app-secret", "the-verify-token", "the-token"


class Receiver:
    """A real HTTP server on a free port."""

    def __init__(self, port: int = 0) -> None:
        self.bodies: list[bytes] = []
        self.badly_signed = 0
        self.answer: Callable[[int], int] = lambda n: 200
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                right = query.get("hub.verify_token") == [VERIFY]
                self._reply(200 if right else 403, query.get("hub.challenge", [""])[0].encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._reply(receiver._take(body, self.headers.get("X-Hub-Signature-256")), b"")

            def _reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/webhooks/whatsapp"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def clear(self) -> None:
        self.bodies.clear()
        self.badly_signed = 0
        self.answer = lambda n: 200

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, body: bytes, signature: str | None) -> int:
        with self._lock:
            if not verify(body, signature, [SECRET]):
                self.badly_signed += 1
                return 401
            self.bodies.append(body)
            return self.answer(len(self.bodies))

    def items(self, name: str) -> list[dict[str, Any]]:
        """All items of the lists called `name` (`messages`, `statuses`) in the order they came."""
        return [
            item
            for body in list(self.bodies)
            for entry in json.loads(body)["entry"]
            for change in entry["changes"]
            for item in change["value"].get(name, [])
        ]

    def texts(self) -> list[str]:
        return [item["text"]["body"] for item in self.items("messages") if "text" in item]

    def statuses(self) -> list[str]:
        return [item["status"] for item in self.items("statuses")]


def eventually(what: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether `what` becomes true in time."""
    until = time.monotonic() + within_s
    while not (true := what()) and time.monotonic() < until:
        time.sleep(0.01)
    return true
