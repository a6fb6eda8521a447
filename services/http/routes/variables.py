"""Routes of variables: all roles read them, admins change them; their values in a conversation."""

from datetime import timedelta, timezone
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from domain.tenant_variables import new_name, new_source
from schemas.organisation import Changed, Created
from schemas.variables import (
    DefineVariable,
    Variable,
    Variables,
    VariableSource,
    VariableValue,
    VariableValues,
)
from services.commands.variables import VariableCommands
from services.http.edge.callers import CurrentCaller, IdempotencyKey, MinPosition, shown
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.http.routes.organisation import CurrentAdmin, refresh
from services.queries.conversation_variables import ConversationVariables
from services.queries.directory import Directory
from services.runtime.clock import Clock
from services.write.actor import Request

BRASILIA_MIN = -180
MAX_OFFSET_MIN = 14 * 60

UtcOffset = Annotated[
    int,
    Query(
        ge=-MAX_OFFSET_MIN,
        le=MAX_OFFSET_MIN,
        description="The caller's time zone now, in minutes east of UTC, for what depends on the hour.",
    ),
]


def variable_routes(
    commands: VariableCommands,
    values: ConversationVariables,
    directory: Directory,
    places: PositionCodec,
    now: Clock,
) -> APIRouter:
    """Create the routes of variables."""
    routes = APIRouter(prefix="/v1", tags=["variables"], route_class=StrictJson)

    @routes.get("/variables")
    async def list_variables(
        caller: CurrentCaller,
        stale: Annotated[bool, Depends(shown("directory"))],
        min_position: MinPosition = None,
        archived: bool = False,
    ) -> Variables:
        """List variables by name.

        Every company has the usual ones: `primeiro_nome`, `nome`, `telefone`, `analista`, `protocolo`,
        `equipe` and `saudacao`. `archived` includes archived ones.
        """
        await refresh(directory, min_position)
        items = [
            Variable(
                id=id,
                name=variable.name,
                kind=variable.source.kind,
                field=variable.source.field,
                value=variable.source.value,
                archived=variable.archived,
            )
            for id, variable in directory.variables_of(caller.tenant_id).all.items()
            if archived or not variable.archived
        ]
        return Variables(items=sorted(items, key=lambda item: (item.name, item.id)), stale=stale)

    @routes.post("/variables", status_code=201)
    def define_variable(body: DefineVariable, by: CurrentAdmin, key: IdempotencyKey) -> Created:
        """Define a variable.

        Admins only. 409 `name_taken`, `too_many_variables` (500), `idempotency_mismatch`.
        422 `variable_name`, `variable_source`.
        """
        request = Request(key, sha256(b"variable " + body.model_dump_json().encode()).digest())
        source = new_source(body.kind, body.field, body.value)
        defined = commands.define(new_name(body.name), source, by, request)
        return Created(id=defined.answer["id"], position=places.write(defined.position))

    @routes.put("/variables/{variable_id}")
    def change_variable(variable_id: UUID, body: VariableSource, by: CurrentAdmin) -> Changed:
        """Change what a variable is taken from.

        Its name stays, because texts have it. Admins only. 422 `variable_source`.
        """
        source = new_source(body.kind, body.field, body.value)
        return Changed(position=places.write(commands.change(variable_id, source, by)))

    @routes.delete("/variables/{variable_id}")
    def archive_variable(variable_id: UUID, by: CurrentAdmin) -> Changed:
        """Archive a variable.

        Texts cannot name it any more; another variable may take its name. Admins only.
        """
        return Changed(position=places.write(commands.archive(variable_id, by)))

    @routes.get("/conversations/{conversation_id}/variables")
    async def get_variable_values(
        conversation_id: UUID,
        caller: CurrentCaller,
        stale: Annotated[bool, Depends(shown("directory", "workspace", "participants", "contacts"))],
        min_position: MinPosition = None,
        utc_offset_min: UtcOffset = BRASILIA_MIN,
    ) -> VariableValues:
        """Get the values of all variables in a conversation.

        They are those of now, for the caller as the agent who writes, and for the newest ticket that the
        caller may read. Nothing is known of an erased contact.
        """
        await refresh(directory, min_position)
        at = now().astimezone(timezone(timedelta(minutes=utc_offset_min)))
        items = [
            VariableValue(
                name=variable.name,
                kind=variable.source.kind,
                field=variable.source.field,
                value=value,
            )
            for variable, value in await values.now(caller.visibility, conversation_id, at)
        ]
        return VariableValues(items=items, stale=stale)

    return routes
