"""The API process: HTTP API, live stream, workspace page and Meta's webhook."""

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
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.postgres.agents.login_failures import PostgresLoginFailures
from adapters.postgres.agents.read_pointers import PostgresReceipts
from adapters.postgres.agents.sessions import PostgresLogins, PostgresSessions
from adapters.postgres.agents.sightings import PostgresViewing
from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool
from adapters.postgres.follow.read_model_positions import ReadModelPositions
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.availability import PostgresPresence, PostgresTeams
from adapters.postgres.queries.changes import PostgresChanges
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.event_scan import EventScan
from adapters.postgres.server.requirements import check_requirements
from adapters.whatsapp.signature import AppSecret
from domain.log.port import LogUnavailable
from services.access.access import Access
from services.access.known_devices import KnownDevices
from services.access.login_limits import LoginLimits
from services.app.demo import DEMO_PEOPLE, has_known_password, simulator_folder
from services.commands.erasure import ErasureCommands
from services.commands.organisation import OrganisationCommands
from services.http.app import AppServices, add_page, add_routes, new_app
from services.http.edge.callers import current_caller
from services.http.edge.middleware import BoundedBodies, Measured, SafeAnswers
from services.http.edge.position_codec import Cursors, PositionCodec
from services.http.edge.problems import problems
from services.http.edge.protocol import ConnectionLimits, bounded, limits_of_process
from services.http.edge.shares import EndsTurns, Shares
from services.http.live.event_feed import EventFeed
from services.http.live.pin_updates import forward_pins
from services.http.live.presence import PresenceHub
from services.http.live.receipt_requests import ReadReceiptRequests
from services.http.live.stream_hub import StreamHub
from services.http.routes.health import HealthChecks
from services.http.webhook.webhook import webhook_routes
from services.queries.channels import ChannelLookup
from services.queries.directory import Directory
from services.queries.event_pages import EventPages
from services.runtime.children import announce_ready, die_with_parent
from services.runtime.clock import utc_now
from services.runtime.erased_list import ErasedList
from services.runtime.event_log import log_of
from services.runtime.gc_tuning import collect_rarely
from services.runtime.log_setup import configure_log
from services.runtime.serving import Server, port_problem
from services.runtime.settings import Settings, SettingsRefused
from services.runtime.topics import topics_of
from services.simulator import running, simulator, stop
from services.write.command_runner import CommandRunner

log = structlog.get_logger("api")

WEB_ROOT = Path(__file__).parents[1] / "web"
QUERY_CONNECTIONS, THREAD_CONNECTIONS, LOG_CONNECTIONS = 6, 4, 6
RESTART_S = 1.0
CLOCK_S = 2.0
SWITCH_INTERVAL_S = 0.0005


def build(settings: Settings) -> FastAPI:
    """Compose the API process from its settings; called once, at start.

    Raises:
        SettingsRefused: a public demo whose passwords are known.
        SchemaRefused, WrongMasterKey: the database or the key belongs to another version or workers.
    """
    url = settings.database_url
    event_log = _opened_log(settings)
    queries = AsyncQueryPool(url, QUERY_CONNECTIONS, "queries")
    in_threads = QueryPool(url, THREAD_CONNECTIONS, "threads")
    topics = topics_of(settings)
    directory = Directory(url)

    def restored(log_id: str) -> None:
        log.warning("log restored, forgetting what was read before", log_id=log_id)
        event_log.reopen(log_id)
        directory.forget()

    # Open connections do not notice that the log moved: the next ones do.
    moved = event_log.datastore.pool.drain
    projected = ReadModelPositions(url, event_log.log_id(), restored, moved)
    places = PositionCodec(event_log.log_id)
    sessions, logins = PostgresSessions(queries), PostgresLogins(in_threads)
    access = Access(
        event_log,
        sessions,
        logins,
        LoginLimits(PostgresLoginFailures(in_threads)),
        KnownDevices(settings.master_key_bytes),
        event_log.secrets,
        directory.agent,
        demo=settings.is_demo,
    )
    presence = PostgresPresence(queries)
    live = StreamHub(
        PostgresChanges(in_threads),
        projected,
        places,
        access,
        directory.name_of,
        presence.seen,
        directory.refresh_now,
    )
    pinning = partial(forward_pins, url, PostgresQueries(queries), live, directory.name_of)
    viewing = PresenceHub(url, PostgresViewing(queries), live, directory.name_of)
    receipts = ReadReceiptRequests(topics, PostgresReceipts(in_threads), ChannelLookup(event_log), utc_now)
    events = EventPages(event_log, EventScan(event_log.datastore))
    feed = EventFeed(events, projected, places, access, settings.schema_url, utc_now)
    phones = _phones(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(topics.close)
            stack.callback(event_log.close)
            for each in (directory, in_threads, receipts):
                stack.enter_context(each)
            await stack.enter_async_context(queries)
            if phones is not None:
                await stack.enter_async_context(running(phones))
            followers = (projected.follow, live.follow, viewing.listen, viewing.tell, pinning)
            for task in (*followers, live.watch_sessions, live.tell_presence, partial(_keep_time, queries)):
                stack.push_async_callback(_cancel, asyncio.create_task(_run_forever(task)))
            collect_rarely()
            yield

    app = new_app(lifespan)
    app.state.access, app.state.places, app.state.projected = access, places, projected
    app.state.public_url, app.state.shares = settings.public_url, Shares()
    app.state.close_streams = partial(_close_streams, live, feed, phones)
    # First: routes are tried in order, and most requests are webhooks.
    secrets = settings.whatsapp_app_secret
    app.include_router(webhook_routes(topics, secrets, settings.whatsapp_verify_token, utc_now))
    add_routes(
        app,
        AppServices(
            log=event_log,
            pool=queries,
            access=access,
            viewing=viewing,
            receipts=receipts,
            health=HealthChecks(
                queries,
                in_threads,
                event_log.datastore,
                utc_now,
                disk=_disk(settings),
                broker=topics if settings.kafka else None,
            ),
            live=live,
            feed=feed,
            schema_url=settings.schema_url,
            people=directory,
            organisation=OrganisationCommands(
                CommandRunner(event_log), PostgresTeams(in_threads).idle_at, logins.end_all
            ),
            erasures=ErasureCommands(event_log, ErasedList(settings.erased_list_file)),
            kafka=bool(settings.kafka),
            places=places,
            cursors=Cursors(settings.master_key_bytes, event_log.log_id),
            demo_accounts=_demo_accounts(settings),
            metrics_token=settings.metrics_token,
            now=utc_now,
        ),
    )
    if phones is not None:
        app.mount("/simulator", SessionRequired(phones) if settings.is_public_demo else phones)
    if WEB_ROOT.is_dir():
        add_page(app, WEB_ROOT)
    else:
        log.warning("workspace page not built, serving the API alone")
    problems(app, directory.name_of)
    _add_middleware(app, settings)
    return app


def _opened_log(settings: Settings) -> PostgresLog:
    """Open the log, after checking what is below it and, of a public demo, who could get in.

    Raises:
        SettingsRefused, SchemaRefused, WrongMasterKey
    """
    check_requirements(settings.database_url)
    event_log = log_of(settings, LOG_CONNECTIONS)
    if settings.is_public_demo and has_known_password(event_log):
        event_log.close()
        raise SettingsRefused(
            ["BALCAO_DEMO=public: the demo's agents still have the known password; run `balcao serve` first"]
        )
    return event_log


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    # The last one added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(EndsTurns)
    app.add_middleware(BoundedBodies)
    app.add_middleware(Measured)
    app.add_middleware(SafeAnswers, https=settings.public_url.startswith("https:"))


class SessionRequired:
    """The simulator where others reach it: people log in first; its Graph API has a token of its own."""

    def __init__(self, phones: ASGIApp) -> None:
        self._phones = phones

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/simulator/graph/"):
            await current_caller(Request(scope))
        await self._phones(scope, receive, send)


def _demo_accounts(settings: Settings) -> list[str] | None:
    """Return what the login page shows: None outside a demo, nothing where each has their own password."""
    if not settings.is_demo:
        return None
    return [] if settings.is_public_demo else list(DEMO_PEOPLE)


def server_config(app: FastAPI, settings: Settings, limits: ConnectionLimits | None = None) -> uvicorn.Config:
    """Configure uvicorn: no `Server` header, no trust in the headers of proxies but ours."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=bounded(limits or limits_of_process(settings.trusted_proxies)),
        ws="none",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
    )


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then shut down within seconds.

    Raises:
        SettingsRefused: the address cannot be bound.
        SchemaRefused, WrongMasterKey: as `build`.
    """
    configure_log("api")
    die_with_parent()
    if problem := port_problem(settings):
        raise SettingsRefused([problem])
    # A response passes through several threads; with Python's 5 ms each switch may wait that long.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = build(settings)

    def ready(_: int) -> None:
        announce_ready(process="api", address=settings.address)

    server = Server(server_config(app, settings), ready, app.state.close_streams)
    if not server.serve_until_signal():
        raise SystemExit(1)


def _phones(settings: Settings) -> FastAPI | None:
    """Build the simulator when no Graph API is configured."""
    if not settings.simulated:
        return None
    return simulator(
        simulator_folder(settings),
        f"{settings.address}/webhooks/whatsapp",
        AppSecret.parse(settings.whatsapp_app_secret[0]).secret,
        settings.whatsapp_verify_token,
        settings.whatsapp_token,
    )


def _disk(settings: Settings) -> Path | None:
    """Return the folder of an embedded database, None when there is none."""
    folder = settings.data / "postgres"
    return folder if folder.is_dir() else None


def _close_streams(live: StreamHub, feed: EventFeed, phones: FastAPI | None) -> None:
    live.close()
    feed.close()
    if phones is not None:
        stop(phones)


async def _keep_time(queries: AsyncQueryPool) -> None:
    """Set the clock by the database's, until cancelled."""
    while True:
        with contextlib.suppress(LogUnavailable):
            asked_at = utc_now.local()
            row = await queries.row("select clock_timestamp() as at")
            if row is not None:
                utc_now.correct(asked_at, row.at, utc_now.local())
        await asyncio.sleep(CLOCK_S)


async def _run_forever(work: Callable[[], Awaitable[None]]) -> None:
    """Run a task that must never end; log a failure and start it again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("background task failed, restarting", again_in_s=RESTART_S)
        await asyncio.sleep(RESTART_S)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
