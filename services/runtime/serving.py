"""Serving HTTP until a signal, with open streams closed first."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from services.runtime.settings import Settings


class Server(uvicorn.Server):
    """A uvicorn server that closes open streams when it is told to stop; uvicorn would wait for them.

    `on_ready` gets the port; `on_exit` runs in the event loop.
    """

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[int], None], on_exit: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready, self._on_exit = on_ready, on_exit
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._on_exit)

    def serve_until_signal(self) -> bool:
        """Serve until SIGTERM or SIGINT; return whether it ever started."""
        # uvicorn raises the signal again after a clean shutdown; the process should exit with 0.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self.run()
        return self.started


def port_problem(settings: Settings) -> str | None:
    """Return why the address cannot be bound, naming its settings; None when it can."""
    problem = listen_problem(settings.host, settings.port)
    return problem and f"BALCAO_PORT, BALCAO_HOST: {problem}"


def listen_problem(host: str, port: int) -> str | None:
    """Return why this address cannot be bound; None when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"cannot listen on {host}:{port} ({error.strerror})"
    return None
