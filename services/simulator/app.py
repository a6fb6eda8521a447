"""The simulator as one application: the Graph API, the customers' phones, the knobs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from services.simulator.controls import control_routes
from services.simulator.courier import Courier
from services.simulator.faults import Faults
from services.simulator.graph import graph_routes
from services.simulator.phones import phone_routes
from services.simulator.store import SimulatorStore
from services.simulator.world import World

_GOOD = Faults()


def simulator(
    folder: Path,
    webhook_url: str,
    app_secret: str,
    verify_token: str,
    token: str,
    faults: Faults = _GOOD,
) -> FastAPI:
    """Build the application to mount under `/simulator`; all of its state is in `folder`.

    A mounted application's lifespan is not entered by its parent: enter `running(app)` in the parent's.
    """
    world = World(SimulatorStore(folder), faults, time.time)
    courier = Courier(world, webhook_url, app_secret, verify_token)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        posting = asyncio.create_task(courier.run())
        try:
            yield
        finally:
            stop(app)
            posting.cancel()
            with suppress(asyncio.CancelledError):
                await posting
            world.store.close()

    app = FastAPI(title="WhatsApp simulator", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(phone_routes(world))
    app.include_router(control_routes(world, courier))
    app.include_router(graph_routes(world, token))
    app.state.world = world
    return app


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """The time in which the simulator posts its webhooks."""
    async with app.router.lifespan_context(app):
        yield


def stop(app: FastAPI) -> None:
    """End the open streams and silences; to be called as soon as the server is told to stop."""
    world: World = app.state.world
    world.closing = True
    world.bell.ring()
