"""The simulator as a process of its own: `balcao simulator`."""

import sqlite3
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from adapters.postgres.server.data_folder import FolderInUse, FolderLock
from services.runtime.children import announce_ready
from services.runtime.serving import Server, listen_problem
from services.runtime.settings import SettingsRefused
from services.simulator import Faults, running, simulator, stop

HOST = "127.0.0.1"


def run(
    folder: Path, port: int, webhook_url: str, app_secret: str, verify_token: str, token: str, faults: Faults
) -> None:
    """Serve the simulator under `/simulator` until SIGTERM or SIGINT; its state is in `folder`.

    `port` 0 takes any free one; the line that says it is ready names it.

    Raises:
        SettingsRefused: the port is taken, or the folder is in use or cannot be used.
        SystemExit: it never started, for another reason.
    """
    if problem := listen_problem(HOST, port):
        raise SettingsRefused([f"--port: {problem}"])
    with _lock(folder):
        try:
            inner = simulator(folder, webhook_url, app_secret, verify_token, token, faults)
        except sqlite3.Error as error:
            raise SettingsRefused([f"--folder: {folder} cannot be used ({error})"]) from None
        _serve(inner, port)


def _lock(folder: Path) -> FolderLock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FolderLock(folder, "simulator.lock")
    except OSError as error:
        raise SettingsRefused([f"--folder: {folder} cannot be used ({error.strerror})"]) from None
    except FolderInUse as taken:
        raise SettingsRefused([f"--folder: {taken}"]) from None


def _serve(inner: FastAPI, port: int) -> None:
    app = FastAPI(lifespan=lambda _: running(inner), docs_url=None, redoc_url=None)
    app.mount("/simulator", inner)
    config = uvicorn.Config(
        app,
        host=HOST,
        port=port,
        log_config=None,
        access_log=False,
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )

    def ready(port: int) -> None:
        announce_ready(process="simulator", port=port)

    if not Server(config, ready, partial(stop, inner)).serve_until_signal():
        raise SystemExit(1)
