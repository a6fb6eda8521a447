"""The FastAPI application: all routes with the services they use."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import anyio.from_thread
from fastapi import Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Lifespan

from adapters.postgres.agents.drafts import PostgresDrafts
from adapters.postgres.agents.pins import PostgresPins, PostgresPreferences
from adapters.postgres.agents.read_pointers import PostgresReadPointers
from adapters.postgres.connection.pool import AsyncQueryPool
from adapters.postgres.queries.availability import PostgresPresence
from adapters.postgres.queries.contacts import PostgresContacts
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.quick_replies import PostgresQuickReplies
from adapters.postgres.queries.scheduled_messages import PostgresScheduled
from adapters.postgres.queries.templates import PostgresTemplates
from adapters.postgres.queries.ticket_lists import PostgresLists
from adapters.postgres.queries.visibility import Reach, Visibility
from domain.log.port import Log
from domain.quick_reply.known_values import KnownValues
from services.access.access import Access
from services.commands.bot import BotCommands
from services.commands.contacts import ContactCommands
from services.commands.conversations import ConversationCommands
from services.commands.erasure import ErasureCommands
from services.commands.notes_and_tags import NoteCommands
from services.commands.organisation import OrganisationCommands
from services.commands.quick_replies import QuickReplyCommands
from services.commands.scheduled_messages import ScheduleCommands
from services.commands.templates import TemplateCommands
from services.commands.transfers import TransferCommands
from services.commands.variables import VariableCommands
from services.http.edge.callers import known_parameters_only
from services.http.edge.openapi_document import document
from services.http.edge.position_codec import Cursors, PositionCodec
from services.http.edge.problems import UNKNOWN
from services.http.live.event_feed import EventFeed
from services.http.live.presence import PresenceHub
from services.http.live.receipt_requests import ReadReceiptRequests
from services.http.live.stream_hub import StreamHub
from services.http.routes.bot import bot_routes
from services.http.routes.bulk import bulk_routes
from services.http.routes.contacts import (
    contact_command_routes,
    contact_history_routes,
    contact_reading_routes,
)
from services.http.routes.conversations import command_routes, reading_routes
from services.http.routes.drafts_and_reads import own_routes
from services.http.routes.erasure import erasure_routes
from services.http.routes.events import event_routes
from services.http.routes.health import HealthChecks, health_routes
from services.http.routes.history import history_routes
from services.http.routes.notes_and_tags import note_and_tag_routes
from services.http.routes.organisation import agent_routes, channel_routes, team_routes
from services.http.routes.pins import pin_routes, preference_routes
from services.http.routes.proxy_check import proxy_check_routes
from services.http.routes.quick_replies import (
    quick_reply_command_routes,
    quick_reply_reading_routes,
    suggestion_check_routes,
)
from services.http.routes.scheduled_messages import scheduled_routes
from services.http.routes.session import session_routes
from services.http.routes.stream import stream_routes
from services.http.routes.templates import active_message_routes, template_routes
from services.http.routes.tickets import ticket_routes
from services.http.routes.transfers import transfer_routes
from services.http.routes.variables import variable_routes
from services.queries.channels import ChannelLookup
from services.queries.conversation_variables import ConversationVariables
from services.queries.directory import Directory
from services.queries.known_values import KnownValuesReader
from services.runtime.clock import Clock
from services.write.command_runner import CommandRunner


@dataclass(frozen=True, slots=True)
class AppServices:
    """Services that the routes use; `pool` is for queries and the personal state of agents."""

    log: Log
    pool: AsyncQueryPool
    access: Access
    viewing: PresenceHub
    receipts: ReadReceiptRequests
    health: HealthChecks
    live: StreamHub
    feed: EventFeed
    schema_url: str
    people: Directory
    organisation: OrganisationCommands
    erasures: ErasureCommands
    kafka: bool
    places: PositionCodec
    cursors: Cursors
    demo_accounts: list[str] | None
    metrics_token: str
    now: Clock


DESCRIPTION = """Customer service on WhatsApp: conversations, tickets, agents and bots.

People log in by `POST /v1/session` and have a cookie. Another service has a token, made by
`balcao token add` (`Authorization: Bearer …`): it reads what an admin reads, and changes nothing. Query
parameters and fields of a body that do not exist are refused with 422 `invalid`, and named in `errors`.

Besides the errors that an operation names, each one that changes something may answer:

- 409 `concurrent_change`: others changed the same conversation, contact, team, agent or channel at the same
  moment, several times in a row. Nothing was changed: repeat the request, with the same `Idempotency-Key` if
  the operation takes one.
- 403 `cross_site`: a browser sent it for another site (by `Origin` or `Sec-Fetch-Site`), with a session
  cookie or as a login; or it has a cookie and a body that is not `application/json`. Nothing was changed:
  send it from the address of the API, as JSON. The live stream answers the same to another site.
"""


def new_app(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Create the application; operation ids are route names, and no documentation page is served."""
    return FastAPI(
        title="Balcão",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
        dependencies=[Depends(known_parameters_only)],
        lifespan=lifespan,
    )


def add_routes(app: FastAPI, p: AppServices) -> None:
    """Add all routes."""
    runner, name_of = CommandRunner(p.log), p.people.name_of
    queries, contacts = PostgresQueries(p.pool), PostgresContacts(p.pool)
    reading, drafts = PostgresReadPointers(p.pool), PostgresDrafts(p.pool)
    preferences = PostgresPreferences(p.pool)

    def access_to_contact(visibility: Visibility, contact_id: UUID) -> Reach | None:
        return anyio.from_thread.run(contacts.access, visibility, contact_id)  # commands run in threads

    def reads_sent_message(visibility: Visibility, conversation_id: UUID, message_id: UUID) -> bool:
        found = anyio.from_thread.run(queries.message, visibility, conversation_id, message_id)
        return found is not None and found.direction == "out"

    # Routes are matched in order: those that the workspace uses most come first.
    app.include_router(ticket_routes(PostgresLists(p.pool), preferences, p.cursors, name_of, p.now))
    app.include_router(
        reading_routes(queries, contacts, reading, p.cursors, name_of, p.people.channel, p.now)
    )
    app.include_router(session_routes(p.access, p.demo_accounts))
    app.include_router(history_routes(p.log, queries, p.places, name_of, p.now))
    templates = TemplateCommands(runner, access_to_contact)
    values = ConversationVariables(queries, contacts, p.people)
    app.include_router(
        command_routes(ConversationCommands(runner), templates, values, drafts, p.receipts, p.places, p.now)
    )
    app.include_router(active_message_routes(templates, p.places, p.now))
    app.include_router(transfer_routes(TransferCommands(runner), p.places, p.now))
    bot = BotCommands(runner, ChannelLookup(p.log))
    app.include_router(bulk_routes(runner, bot, p.places, name_of, p.now))
    app.include_router(note_and_tag_routes(NoteCommands(runner), p.places, p.now))
    schedule, scheduled = ScheduleCommands(runner), PostgresScheduled(p.pool)
    app.include_router(scheduled_routes(schedule, scheduled, queries, p.places, name_of, p.now))
    app.include_router(bot_routes(bot, p.places, p.now))
    app.include_router(team_routes(p.organisation, p.people, p.places))
    app.include_router(agent_routes(p.organisation, p.people, PostgresPresence(p.pool), p.places))
    app.include_router(channel_routes(p.organisation, p.people, p.places))
    app.include_router(variable_routes(VariableCommands(runner), values, p.people, p.places, p.now))
    app.include_router(own_routes(queries, reading, drafts, p.viewing, p.receipts, p.now))
    app.include_router(template_routes(PostgresTemplates(p.pool), p.people.channel, p.cursors, p.now))
    app.include_router(pin_routes(queries, PostgresPins(p.pool)))
    app.include_router(preference_routes(preferences))
    app.include_router(contact_reading_routes(contacts, p.cursors, name_of))
    app.include_router(contact_history_routes(contacts, p.log, p.places, name_of))
    app.include_router(contact_command_routes(ContactCommands(runner, access_to_contact), p.places))
    quick_replies = PostgresQuickReplies(p.pool)
    app.include_router(quick_reply_reading_routes(quick_replies, p.cursors, name_of))
    known = KnownValuesReader(values, p.now)

    def known_values(visibility: Visibility, conversation_id: UUID) -> KnownValues:
        return anyio.from_thread.run(known.of_conversation, visibility, conversation_id)

    app.include_router(suggestion_check_routes(known, queries))
    suggesting = QuickReplyCommands(runner, reads_sent_message, known_values)
    app.include_router(quick_reply_command_routes(suggesting, p.places))
    app.include_router(erasure_routes(p.erasures, p.kafka, p.places))
    app.include_router(event_routes(p.feed, p.places, p.schema_url))
    app.include_router(stream_routes(p.live, p.places))
    app.include_router(health_routes(p.health, lambda: p.live.viewers, p.metrics_token))
    app.include_router(proxy_check_routes(lambda: p.log.log_id()))

    @app.get("/v1/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, object]:
        return document(app)

    @app.get(UNKNOWN, include_in_schema=False)
    async def unknown(rest: str) -> None:
        """Answer 404 instead of the web page for unknown API paths."""
        raise HTTPException(404)


def add_page(app: FastAPI, root: Path) -> None:
    """Serve the page built in `root`; every address that is none of its files is one of its screens."""

    @app.api_route("/demo", methods=["GET", "HEAD"], include_in_schema=False)
    async def demo() -> FileResponse:
        """Serve `/demo`, which `serve` prints, to every client: the fallback is for `Accept: text/html`."""
        return FileResponse(root / "index.html")

    # Before the fallback: the page in place of a file that is gone would be cached as that file, for a year.
    app.mount("/assets", StaticFiles(directory=root / "assets"))
    app.frontend("/", directory=root, fallback="index.html")
