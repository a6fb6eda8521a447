"""The API process: HTTP, the live stream, the page, and Meta's webhook."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse

from adapters.postgres.agents.drafts import PostgresDrafts
from adapters.postgres.agents.pins import PostgresPins, PostgresPreferences
from adapters.postgres.agents.read_pointers import PostgresReadPointers
from adapters.postgres.agents.sessions import PostgresSessions
from adapters.postgres.agents.viewing import PostgresViewing
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.follower_states import PostgresFollowers
from adapters.postgres.follow.heartbeats import PostgresHeartbeats
from adapters.postgres.follow.positions import ReadModelPositions
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.changes import PostgresChanges
from adapters.postgres.queries.contacts import PostgresContacts
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.presence import PostgresPresence, PostgresTeams
from adapters.postgres.queries.scheduled_messages import PostgresScheduled
from adapters.postgres.queries.ticket_lists import PostgresLists
from services.access.access import Access
from services.app.demo import DEMO_PEOPLE, simulator_folder
from services.commands.organisation import OrganisationCommands
from services.http.app import AppServices, add_routes, new_app
from services.http.edge.middleware import BoundedBodies, Measured, SafeAnswers
from services.http.edge.positions import Cursors, PositionCodec
from services.http.edge.problems import problems
from services.http.edge.protocol import BoundedHeads
from services.http.live.pin_updates import PinUpdates
from services.http.live.presence import PresenceHub
from services.http.live.receipt_requests import ReadReceiptRequests
from services.http.live.stream_hub import StreamHub
from services.http.routes.health import Installation
from services.http.webhook.webhook import webhook_routes
from services.queries.channels import Channels
from services.queries.directory import Directory
from services.runtime.children import announce_ready, die_with_parent
from services.runtime.clock import Clock, utc_now
from services.runtime.garbage import collect_rarely
from services.runtime.log_setup import configure_log
from services.runtime.serving import Server, port_problem
from services.runtime.settings import Settings, SettingsRefused
from services.runtime.topics import topics_of
from services.simulator import running, simulator, stop
from services.write.command_runner import CommandRunner

log = structlog.get_logger("api")

WEB_ROOT = Path(__file__).parents[1] / "web"
QUERY_CONNECTIONS, LOG_CONNECTIONS, HEALTH_CONNECTIONS = 6, 6, 2
AGAIN_S = 1.0
SWITCH_S = 0.0005


def build(settings: Settings, now: Clock = utc_now) -> FastAPI:
    """Join one API process from its settings; called once, at start-up.

    Raises:
        SchemaRefused, WrongMasterKey: this database, or this key, is not for us.
    """
    url = settings.database_url
    event_log = PostgresLog(url, settings.master_key, pool_size=LOG_CONNECTIONS)
    queries, health = (
        QueryPool(url, QUERY_CONNECTIONS, "queries"),
        QueryPool(url, HEALTH_CONNECTIONS, "health"),
    )
    topics = topics_of(settings)
    directory = Directory(url)
    places, projected = PositionCodec(event_log.log_id()), ReadModelPositions(url)
    sessions = PostgresSessions(queries)
    access = Access(event_log, sessions, event_log.secrets, directory.agent, demo=settings.is_demo)
    presence = PostgresPresence(queries)
    live = StreamHub(PostgresChanges(queries), projected, places, access, directory.name_of, presence.seen)
    pinning = PinUpdates(url, PostgresQueries(queries), live, directory.name_of)
    viewing = PresenceHub(url, PostgresViewing(queries), live, directory.name_of)
    reading = PostgresReadPointers(queries)
    receipts = ReadReceiptRequests(topics, reading, Channels(event_log), now)
    phones = _phones(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            held.callback(topics.close)
            held.callback(event_log.close)
            for each in (queries, health, directory, receipts):
                held.enter_context(each)
            if phones is not None:
                await held.enter_async_context(running(phones))
            followers = (projected.follow, live.follow, viewing.listen, viewing.tell, pinning.listen)
            for task in (*followers, live.watch_sessions, live.tell_presence):
                held.push_async_callback(_ended, asyncio.create_task(_kept(task)))
            collect_rarely()
            yield

    app = new_app(lifespan)
    app.state.access, app.state.places, app.state.projected = access, places, projected
    app.state.close_streams = partial(_close_streams, live, phones)
    # First of all: routes are tried in their order, and most requests are these.
    secrets = settings.whatsapp_app_secret
    app.include_router(webhook_routes(topics, secrets, settings.whatsapp_verify_token, now))
    add_routes(
        app,
        AppServices(
            log=event_log,
            access=access,
            queries=PostgresQueries(queries),
            contacts=PostgresContacts(queries),
            scheduled=PostgresScheduled(queries),
            lists=PostgresLists(queries),
            pins=PostgresPins(queries),
            preferences=PostgresPreferences(queries),
            reading=reading,
            drafts=PostgresDrafts(queries),
            viewing=viewing,
            receipts=receipts,
            installation=Installation(PostgresFollowers(health), PostgresHeartbeats(health)),
            live=live,
            people=directory,
            organisation=OrganisationCommands(CommandRunner(event_log), PostgresTeams(queries).idle_at),
            presence=presence,
            places=places,
            cursors=Cursors(settings.master_key_bytes, places.log_id),
            demo_accounts=list(DEMO_PEOPLE) if settings.is_demo else None,
            now=now,
        ),
    )
    if phones is not None:
        app.mount("/simulator", phones)
    if WEB_ROOT.is_dir():
        _printed_address(app)
        app.frontend("/", directory=WEB_ROOT, fallback="index.html")
    else:
        log.warning("the page is not built, only the interface is served")
    problems(app, directory.name_of)
    # The last one stands outermost.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(BoundedBodies)
    app.add_middleware(Measured)
    app.add_middleware(SafeAnswers)
    return app


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How we are served: no word about what serves, no trust in headers of proxies."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHeads,
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
    )


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then end in order within seconds.

    Raises:
        SettingsRefused: the port is taken, or the host is not ours.
        SchemaRefused, WrongMasterKey: as `build`.
    """
    configure_log("api")
    die_with_parent()
    if problem := port_problem(settings):
        raise SettingsRefused([problem])
    # An answer passes several threads; at Python's 5 ms each change of threads may wait for another's turn.
    sys.setswitchinterval(SWITCH_S)
    app = build(settings)

    def ready(_: int) -> None:
        announce_ready(process="api", address=settings.address)

    server = Server(server_config(app, settings), ready, app.state.close_streams)
    if not server.serve_until_told():
        raise SystemExit(1)


def _printed_address(app: FastAPI) -> None:
    """The page falls back only for who asks for HTML; what `serve` prints opens for curl, too."""

    @app.api_route("/demo", methods=["GET", "HEAD"], include_in_schema=False)
    async def demo() -> FileResponse:
        return FileResponse(WEB_ROOT / "index.html")


def _phones(settings: Settings) -> FastAPI | None:
    """The customers' phones of the demo, where no Graph API is given."""
    if not settings.simulated:
        return None
    return simulator(
        simulator_folder(settings),
        f"{settings.address}/webhooks/whatsapp",
        settings.whatsapp_app_secret[0],
        settings.whatsapp_verify_token,
        settings.whatsapp_token,
    )


def _close_streams(live: StreamHub, phones: FastAPI | None) -> None:
    live.close()
    if phones is not None:
        stop(phones)


async def _kept(work: Callable[[], Awaitable[None]]) -> None:
    """Run what must never end; a bug in it is told and does not end the process for everybody."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a reader of this process failed, it begins again")
        await asyncio.sleep(AGAIN_S)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
