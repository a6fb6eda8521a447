"""The simulator as a process of its own: `balcao simulator`."""

from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from services.runtime.children import announce_ready
from services.runtime.serving import Server
from services.simulator import Faults, running, simulator, stop


def run(
    folder: Path, port: int, webhook_url: str, app_secret: str, verify_token: str, token: str, faults: Faults
) -> None:
    """Serve the simulator under `/simulator` until SIGTERM or SIGINT; its state is in `folder`.

    `port` 0 takes any free one; the line that says it is ready names it.

    Raises:
        SystemExit: it never started, as when the port is taken.
    """
    inner = simulator(folder, webhook_url, app_secret, verify_token, token, faults)
    app = FastAPI(lifespan=lambda _: running(inner), docs_url=None, redoc_url=None)
    app.mount("/simulator", inner)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
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
