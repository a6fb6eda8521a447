"""The webhook route on a real socket, leading to the topics of whichever test is running."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from schemas.topics import Outgoing, Topics, TopicsUnavailable
from services.http.webhook.webhook import webhook_routes
from tests.services.simulator.receiver import SECRET, VERIFY
from tests.support.waiting import until


class WebhookServer:
    """One server for several tests; without a test its topics are away, and it answers 503."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/webhooks/whatsapp"
        self._topics: Topics | None = None

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        if self._topics is None:
            raise TopicsUnavailable("no test is running")
        self._topics.produce(records, timeout_s)

    @contextmanager
    def leading_to(self, topics: Topics) -> Iterator[None]:
        self._topics = topics
        try:
            yield
        finally:
            self._topics = None

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["WebhookServer"]:
        listening = socket.create_server(("127.0.0.1", 0))
        webhook = cls(listening.getsockname()[1])
        app = FastAPI()
        app.include_router(webhook_routes(cast(Any, webhook), (SECRET,), VERIFY, lambda: datetime.now(UTC)))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
        thread.start()
        until("a server", lambda: server.started)
        try:
            yield webhook
        finally:
            server.should_exit = True
            thread.join(5)
