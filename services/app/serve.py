"""`balcao serve`: everything on one machine; starts the database and its processes, and minds them."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from rich.console import Console

from adapters.postgres.server.binaries import PostgresFailed
from adapters.postgres.server.data_folder import FolderInUse, FolderLock
from adapters.postgres.server.embedded import EmbeddedPostgres
from services.runtime.children import GRACE_S, Child, Children, announce_ready
from services.runtime.log_setup import configure_log
from services.runtime.serving import port_problem
from services.runtime.settings import PREFIX, Settings, SettingsRefused

log = structlog.get_logger("serve")

# Ten seconds are promised; what the children leave of these is PostgreSQL's.
STOP_S, CHILDREN_STOP_S = 9.5, 7.0
TICK_S = 0.1
PORT_WAIT_S = GRACE_S + 1


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then end all in order.

    Raises:
        SettingsRefused: a second `serve` on the data folder, a port that stays taken.
        SystemExit: the embedded database does not come up.
    """
    configure_log("serve")
    asked_to_end = _signals()
    settings.data.mkdir(parents=True, exist_ok=True)
    with _held(settings):
        _wait_for_port(settings, asked_to_end)
        postgres = EmbeddedPostgres() if settings.embedded else None
        try:
            _serve(settings, postgres, asked_to_end)
        except PostgresFailed as failed:
            if not asked_to_end.is_set():
                sys.exit(str(failed))
        finally:
            if postgres is not None:
                postgres.stop(max(asked_to_end.ends_by - time.monotonic(), 1.0))


class AskedToEnd:
    """Set by the first SIGTERM or SIGINT; `ends_by` is then the moment by which all must have ended.

    No `threading.Event`: a signal may come while its lock is held by the very thread that handles it.
    """

    def __init__(self) -> None:
        self.ends_by = 0.0

    def set(self) -> None:
        self.ends_by = self.ends_by or time.monotonic() + STOP_S

    def is_set(self) -> bool:
        return self.ends_by > 0

    def wait(self, within_s: float) -> bool:
        time.sleep(0 if self.is_set() else within_s)
        return self.is_set()


def with_running_database(settings: Settings) -> Settings:
    """For a command beside a running `serve`: the same settings with the URL of its embedded database.

    Raises:
        SettingsRefused: no URL was given, and no server runs in the data folder.
    """
    if not settings.embedded:
        return settings
    url = EmbeddedPostgres.find(settings.data / "postgres")
    if url is None:
        raise SettingsRefused(
            [f"BALCAO_DATABASE_URL is not given, and no `balcao serve` runs in {settings.data}"]
        )
    return settings.model_copy(update={"database_url": url})


def _serve(settings: Settings, postgres: EmbeddedPostgres | None, asked_to_end: AskedToEnd) -> None:
    if postgres is not None:
        url = postgres.start(settings.data / "postgres", cancelled=asked_to_end.is_set)
        settings = settings.model_copy(update={"database_url": url})
    _prepare(settings, asked_to_end)
    environment = _environment(settings)
    names = ("api", "work", "bot") if settings.simulated else ("api", "work")
    children = Children([_child(name, environment) for name in names])
    try:
        announced = False
        while not asked_to_end.wait(TICK_S):
            if postgres is not None and not postgres.alive():
                _database_again(settings, postgres, children, asked_to_end)
            children.tend()
            if not announced and children.are_ready():
                announced = True
                _announce(settings)
    finally:
        children.stop(CHILDREN_STOP_S)


def _prepare(settings: Settings, asked_to_end: AskedToEnd) -> None:
    # Imported when used: the commands beside `serve` need none of it.
    from services.app.demo import seed
    from services.app.migration import prepare

    if not asked_to_end.is_set():
        prepare(settings)
    if settings.is_demo and not asked_to_end.is_set():
        seed(settings)


def _child(name: str, environment: dict[str, str]) -> Child:
    command = [sys.executable, "-m", "services.cli", name]
    return Child(name, command, environment, needed=name != "bot")  # people serve without it, too


def _environment(settings: Settings) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    return {**others, **settings.environment()}


def _database_again(
    settings: Settings, postgres: EmbeddedPostgres, children: Children, asked_to_end: AskedToEnd
) -> None:
    """Bring the database back where it was; the children reconnect by themselves if its port was free."""
    log.error("PostgreSQL ended, starting it again")
    port = postgres.port
    postgres.stop()
    url = postgres.start(settings.data / "postgres", port, asked_to_end.is_set)
    if postgres.port != port:
        environment = _environment(settings.model_copy(update={"database_url": url}))
        for child in children.all:
            child.replace_environment(environment)


def _signals() -> AskedToEnd:
    """Further signals change nothing: the end is under way."""
    asked = AskedToEnd()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked


@contextmanager
def _held(settings: Settings) -> Iterator[None]:
    try:
        lock = FolderLock(settings.data)
    except FolderInUse as taken:
        raise SettingsRefused([f"BALCAO_DATA: {taken}"]) from None
    with lock:
        yield


def _wait_for_port(settings: Settings, asked_to_end: AskedToEnd) -> None:
    """Refuse a port that stays taken; the children of a killed `serve` need some seconds to let go of it."""
    deadline = time.monotonic() + PORT_WAIT_S
    while (problem := port_problem(settings)) is not None and not asked_to_end.wait(TICK_S):
        if time.monotonic() > deadline:
            raise SettingsRefused([problem])


class Terminal(Console):
    """Where people read. When it is closed the work goes on; rich would end the process."""

    def on_broken_pipe(self) -> None:
        """Nobody reads any more."""


def _announce(settings: Settings) -> None:
    announce_ready(process="serve", address=settings.address)
    # On stderr, where people read: stdout is for whoever waits for the line of JSON.
    console = Terminal(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Balcão[/bold] está aberto em [bold]{settings.address}[/bold]")
    if settings.is_demo:
        from services.app.demo import DEMO_PEOPLE

        console.print(f"Balcão e telefone do cliente lado a lado: [bold]{settings.address}/demo[/bold]")
        console.print("Entre como " + ", ".join(DEMO_PEOPLE) + " · senha: balcao")
    console.print("Ctrl-C encerra.\n")
