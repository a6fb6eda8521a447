"""`balcao serve`: run everything on one machine: the database, and the processes, restarted when they end."""

import os
import signal
import sys
import time

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

# Promised are ten seconds; PostgreSQL gets what the children leave.
STOP_S, CHILDREN_STOP_S = 9.5, 7.0
TICK_S = 0.1
PORT_WAIT_S = GRACE_S + 1


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then stop everything in order.

    Raises:
        SettingsRefused: another `serve` uses the data folder, or the port stays taken.
        SystemExit: the embedded database does not start.
    """
    configure_log("serve")
    stopping = _signals()
    with _lock(settings):
        _wait_for_port(settings, stopping)
        postgres = EmbeddedPostgres() if settings.embedded else None
        try:
            _serve(settings, postgres, stopping)
        except PostgresFailed as failed:
            if not stopping.is_set():
                sys.exit(str(failed))
        finally:
            if postgres is not None:
                postgres.stop(max(stopping.ends_by - time.monotonic(), 1.0))


class StopRequest:
    """Set by the first SIGTERM or SIGINT; `ends_by` is then the deadline in monotonic seconds.

    Not a `threading.Event`: the thread that handles the signal may hold the event's lock.
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
    """Return the settings with the URL of the embedded database of a running `serve`.

    Raises:
        SettingsRefused: no URL is configured, and no server runs in the data folder; or no master key.
    """
    if not settings.embedded:
        return settings
    data = settings.data
    if not (data / "postgres").exists():
        raise SettingsRefused([f"BALCAO_DATABASE_URL is not set, and there is no installation in {data}"])
    url = EmbeddedPostgres.find(data / "postgres")
    if url is None:
        raise SettingsRefused([f"BALCAO_DATABASE_URL is not set, and no `balcao serve` runs in {data}"])
    if not settings.master_key:
        raise SettingsRefused([f"BALCAO_MASTER_KEY is not set, and {data} has no secrets.json"])
    return settings.model_copy(update={"database_url": url})


def _serve(settings: Settings, postgres: EmbeddedPostgres | None, stopping: StopRequest) -> None:
    if postgres is not None:
        url = postgres.start(settings.data / "postgres", cancelled=stopping.is_set)
        settings = settings.model_copy(update={"database_url": url})
    passwords = _prepare(settings, stopping)
    environment = _environment(settings)
    names = ("api", "work", "bot") if settings.simulated else ("api", "work")
    children = Children([_child(name, environment) for name in names])
    try:
        announced = False
        while not stopping.wait(TICK_S):
            if postgres is not None and not postgres.alive():
                _restart_database(settings, postgres, children, stopping)
            children.tend()
            if not announced and children.are_ready():
                announced = True
                _announce(settings, passwords)
    finally:
        children.stop(CHILDREN_STOP_S)


def _prepare(settings: Settings, stopping: StopRequest) -> dict[str, str]:
    """Migrate the database and seed the demo; return the passwords that were made for it."""
    # Imported late: other commands import this module and need none of it.
    from services.app.demo import seed
    from services.app.migration import prepare

    if not stopping.is_set():
        prepare(settings)
    if settings.is_demo and not stopping.is_set():
        return seed(settings)
    return {}


def _child(name: str, environment: dict[str, str]) -> Child:
    command = [sys.executable, "-m", "services.cli", name]
    return Child(name, command, environment, needed=name != "bot")  # agents can work without it


def _environment(settings: Settings) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    return {**others, **settings.environment()}


def _restart_database(
    settings: Settings, postgres: EmbeddedPostgres, children: Children, stopping: StopRequest
) -> None:
    """Restart the database on its port; on another one the children are restarted with the new URL."""
    log.error("PostgreSQL exited, restarting it")
    port = postgres.port
    postgres.stop()
    url = postgres.start(settings.data / "postgres", port, stopping.is_set)
    if postgres.port != port:
        environment = _environment(settings.model_copy(update={"database_url": url}))
        for child in children.all:
            child.replace_environment(environment)


def _signals() -> StopRequest:
    """Handle SIGTERM and SIGINT; signals after the first change nothing."""
    request = StopRequest()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: request.set())
    return request


def _lock(settings: Settings) -> FolderLock:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        return FolderLock(settings.data)
    except OSError as error:
        raise SettingsRefused([f"BALCAO_DATA: {settings.data} cannot be used ({error.strerror})"]) from None
    except FolderInUse as taken:
        raise SettingsRefused([f"BALCAO_DATA: {taken}"]) from None


def _wait_for_port(settings: Settings, stopping: StopRequest) -> None:
    """Wait for the port: the children of a killed `serve` release it after some seconds.

    Raises:
        SettingsRefused: it stays taken.
    """
    deadline = time.monotonic() + PORT_WAIT_S
    while (problem := port_problem(settings)) is not None and not stopping.wait(TICK_S):
        if time.monotonic() > deadline:
            raise SettingsRefused([problem])


class Terminal(Console):
    """A console that may be closed while the process goes on; rich would exit."""

    def on_broken_pipe(self) -> None:
        """Go on without output."""


def _announce(settings: Settings, passwords: dict[str, str]) -> None:
    announce_ready(process="serve", address=settings.address)
    # For people, on stderr: stdout carries the JSON line for supervisors.
    console = Terminal(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Balcão[/bold] está aberto em [bold]{settings.address}[/bold]")
    if settings.is_public_demo:
        if passwords:
            console.print("[bold]Senhas da demonstração, que não aparecem de novo:[/bold]")
        for email, password in passwords.items():
            console.print(f"  {email} · {password}", markup=False)
    elif settings.is_demo:
        from services.app.demo import DEMO_PEOPLE

        console.print(f"Balcão e telefone do cliente lado a lado: [bold]{settings.address}/demo[/bold]")
        console.print("Entre como " + ", ".join(DEMO_PEOPLE) + " · senha: balcao")
    console.print("Ctrl-C encerra.\n")
