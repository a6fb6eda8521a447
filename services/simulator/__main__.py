"""The simulator as its own process: `python -m services.simulator --port N --folder F --webhook-url U`."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from services.simulator import Faults, running, simulator, stop


class _Server(uvicorn.Server):
    """Ends the open streams when told to stop; uvicorn would wait for them."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app, self._loop = app, asyncio.new_event_loop()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)  # type: ignore[arg-type]
        port = self.servers[0].sockets[0].getsockname()[1] if self.servers else None
        print(json.dumps({"event": "ready", "process": "simulator", "port": port}), flush=True)  # noqa: T201

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(stop, self._app)


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
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: None)  # uvicorn raises the signal again after its clean end
    _Server(config, inner).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
