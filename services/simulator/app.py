"""The simulator as an ASGI application: Graph API, customers' phones, control routes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from services.simulator.controls import control_routes
from services.simulator.errors import GraphError, graph_error
from services.simulator.faults import Faults
from services.simulator.graph import graph_routes
from services.simulator.phones import phone_routes
from services.simulator.store import SimulatorStore
from services.simulator.webhook_delivery import WebhookDelivery
from services.simulator.world import World

_NO_FAULTS = Faults()


def simulator(
    folder: Path,
    webhook_url: str,
    app_secret: str,
    verify_token: str,
    token: str,
    faults: Faults = _NO_FAULTS,
) -> FastAPI:
    """Build the application to mount under `/simulator`; its state is in `folder`.

    A parent does not run the lifespan of a mounted application: it must enter `running(app)` in its own.
    """
    world = World(SimulatorStore(folder), faults, time.time)
    delivery = WebhookDelivery(world, webhook_url, app_secret, verify_token)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        posting = asyncio.create_task(delivery.run())
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
    app.include_router(control_routes(world, delivery))
    app.include_router(graph_routes(world, token))
    app.add_exception_handler(GraphError, graph_error)
    app.state.world = world
    return app


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Run the lifespan of the simulator, in which it posts webhooks."""
    async with app.router.lifespan_context(app):
        yield


def stop(app: FastAPI) -> None:
    """End open streams and unanswered calls; to be called when the server is told to stop."""
    world: World = app.state.world
    world.closing = True
    world.bell.ring()
