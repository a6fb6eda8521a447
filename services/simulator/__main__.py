"""The simulator as its own process: `python -m services.simulator --port N --folder F --webhook-url U`."""

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from services.runtime.children import announce_ready
from services.runtime.serving import Server
from services.simulator import Faults, running, simulator, stop


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m services.simulator", description=__doc__)
    asked.add_argument("--port", type=int, default=0, help="0: any free one, printed when ready")
    asked.add_argument("--folder", type=Path, required=True, help="where its state is kept")
    asked.add_argument("--webhook-url", required=True)
    asked.add_argument("--app-secret", default="simulator-app-secret")
    asked.add_argument("--verify-token", default="simulator-verify-token")
    asked.add_argument("--token", default="simulator-token")
    asked.add_argument("--faults", type=Faults.model_validate_json, default=Faults(), help="JSON")
    given = asked.parse_args()
    inner = simulator(
        given.folder, given.webhook_url, given.app_secret, given.verify_token, given.token, given.faults
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(inner):
            yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None)
    app.mount("/simulator", inner)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=given.port,
        log_config=None,
        access_log=False,
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )

    def ready(port: int) -> None:
        announce_ready(process="simulator", port=port)

    return 0 if Server(config, ready, partial(stop, inner)).serve_until_told() else 1


if __name__ == "__main__":
    sys.exit(main())
