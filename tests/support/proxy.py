"""A TCP proxy before a database, which can swallow an answer or vanish."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from psycopg.conninfo import conninfo_to_dict


class Proxy:
    """Forwards bytes both ways until told otherwise."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self._swallow, self._swallowed = Event(), Event()
        self._sockets: list[socket.socket] = []
        self.port = self._door.getsockname()[1]
        Thread(target=self._accept, args=(self._door,), daemon=True).start()

    def swallow_next_answer(self) -> None:
        """The next thing that the server says is lost, and the connection with it."""
        self._swallowed.clear()
        self._swallow.set()

    @property
    def swallowed(self) -> bool:
        return self._swallowed.is_set()

    def vanish(self) -> None:
        """Every connection breaks, and no new one is taken."""
        _cut(self._door)
        for each in self._sockets:
            _cut(each)

    def come_back(self) -> None:
        """Take connections again after `vanish`, on the same port."""
        self._door = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._accept, args=(self._door,), daemon=True).start()

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = door.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                Thread(target=self._forward, args=(client, server, False), daemon=True).start()
                Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while said := source.recv(65536):
                if answers and self._swallow.is_set():
                    self._swallow.clear()
                    self._swallowed.set()
                    break
                sink.sendall(said)
        _cut(source)
        _cut(sink)


@contextmanager
def proxied(url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy before the server of `url`, and the URL that leads through it."""
    parts = conninfo_to_dict(url)
    proxy = Proxy((str(parts["host"]), int(parts["port"] or 5432)))
    try:
        account = f"{parts['user']}:{parts['password']}"
        yield proxy, f"postgresql://{account}@127.0.0.1:{proxy.port}/{parts['dbname']}"
    finally:
        proxy.vanish()


def _cut(side: socket.socket) -> None:
    with contextlib.suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
    side.close()
