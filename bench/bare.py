"""What a list costs with nothing but FastAPI and SQL: no login, no visibility, no names, rows as they are.

It is the fastest way found to do that: on the event loop, with binary rows and prepared statements.

`python -m bench.bare --database URL --port N --tenant ID --conversation ID`
"""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import orjson
import uvicorn
from fastapi import FastAPI
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.responses import Response

CONNECTIONS = 6
TICKETS = (
    "select conversation_id, number, protocol, control, state, contact_id, name, initials, phone, owner,"
    " unanswered_since, unread, last_text, last_type, last_at, last_direction, window_ends_at, snoozed_until"
    " from workspace where tenant_id = %s and state = 'queue' and not unanswered"
    " order by last_at desc, last_position desc limit 50"
)
MESSAGES = (
    "select message_id, conversation_id, ticket, direction, type, text, author_kind, author_name, sent_at,"
    " status, error_code, wamid, position, quoted_id, reactions, edited, revoked, truncated"
    " from timeline where tenant_id = %s and conversation_id = %s"
    " order by sent_at desc, position desc limit 50"
)


def bare(database: str, tenant: UUID, conversation: UUID) -> FastAPI:
    """Two routes, each of one query."""
    settings = {"row_factory": dict_row, "autocommit": True, "prepare_threshold": 0}
    pool = AsyncConnectionPool(
        database, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=settings, open=False
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=lifespan)

    async def rows(query: str, *parameters: object) -> Response:
        async with pool.connection() as db:
            cursor = await db.execute(query.encode(), parameters, binary=True)
            found = await cursor.fetchall()
        return Response(orjson.dumps({"items": found}), media_type="application/json")

    @app.get("/tickets")
    async def tickets() -> Response:
        return await rows(TICKETS, tenant)

    @app.get("/messages")
    async def messages() -> Response:
        return await rows(MESSAGES, tenant, conversation)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tenant", type=UUID, required=True)
    parser.add_argument("--conversation", type=UUID, required=True)
    asked = parser.parse_args()
    app = bare(asked.database, asked.tenant, asked.conversation)
    uvicorn.run(app, port=asked.port, loop="uvloop", http="httptools", access_log=False, log_level="error")


if __name__ == "__main__":
    main()
