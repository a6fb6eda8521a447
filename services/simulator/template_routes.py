"""The node of message templates of the simulated Graph API: list, create, read, edit, delete, unpause."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request

from services.simulator.errors import GraphError
from services.simulator.templates import (
    UNPAUSED,
    Template,
    components_update,
    created,
    edited,
    status_update,
)
from services.simulator.world import STATUS_UPDATE, World

MAX_TEMPLATES = 250
DEFAULT_PAGE, MAX_PAGE = 25, 1000
BLOCKED_S = 30 * 24 * 3600


def template_routes(world: World) -> APIRouter:
    """Build the routes below `/{version}`."""
    routes = APIRouter()
    store = world.store

    def require_account(waba_id: str) -> None:
        if all(number.waba_id != waba_id for number in store.numbers()):
            raise no_object(waba_id)

    def require_template(id: str) -> Template:
        if (template := store.template(id)) is None:
            raise no_object(id)
        return template

    @routes.get("/{waba_id}/message_templates")
    async def listed(
        request: Request,
        waba_id: str,
        name: str | None = None,
        status: str | None = None,
        category: str | None = None,
        language: str | None = None,
        fields: str | None = None,
        limit: Annotated[int, Query(ge=1)] = DEFAULT_PAGE,
        after: str | None = None,
        before: str | None = None,
    ) -> dict[str, Any]:
        require_account(waba_id)
        found = [
            template
            for template in store.templates(waba_id)
            if (name is None or name in template.name)
            and (status is None or template.status == status.upper())
            and (category is None or template.category == category.upper())
            and (language is None or template.language == language)
        ]
        size = min(limit, MAX_PAGE)
        first = _place(after, found) + 1 if after else max(_place(before, found) - size, 0) if before else 0
        page = found[first : first + size]
        answer: dict[str, Any] = {"data": [template.fields(fields) for template in page]}
        if page:
            cursors = {"before": _cursor(page[0]), "after": _cursor(page[-1])}
            paging: dict[str, Any] = {"cursors": cursors}
            if first + size < len(found):
                paging["next"] = str(request.url.include_query_params(after=cursors["after"]))
            if first > 0:
                paging["previous"] = str(request.url.include_query_params(before=cursors["before"]))
            answer["paging"] = paging
        return answer

    @routes.post("/{waba_id}/message_templates")
    async def create(waba_id: str, request: Request) -> dict[str, Any]:
        require_account(waba_id)
        template = created(waba_id, await json_body(request))
        if store.template_named(waba_id, template.name, template.language) is not None:
            raise _refused(2388024, "There is already content in this language for this template.")
        if world.now() < store.name_blocked_until(waba_id, template.name):
            raise _refused(2388023, "The name of a deleted template cannot be used for 30 days.")
        if len(store.templates(waba_id)) >= MAX_TEMPLATES:
            raise _refused(2388028, "The account has 250 templates already.")
        world.template_changes(template)
        return {"id": template.id, "status": template.status, "category": template.category}

    @routes.post("/{template_id}")
    async def edit(template_id: str, request: Request) -> dict[str, Any]:
        template = edited(require_template(template_id), await json_body(request), world.now())
        world.template_changes(
            template,
            ("message_template_components_update", components_update(template)),
            (STATUS_UPDATE, status_update(template, "PENDING")),
        )
        return {"success": True}

    @routes.post("/{template_id}/unpause")
    async def unpause(template_id: str) -> dict[str, Any]:
        template = require_template(template_id)
        if template.status != "PAUSED":
            return {"success": False, "reason": "The template is not paused."}
        resumed = replace(template, status="APPROVED", reason="NONE")
        world.template_changes(resumed, (STATUS_UPDATE, status_update(resumed, "APPROVED", UNPAUSED)))
        return {"success": True}

    @routes.delete("/{waba_id}/message_templates")
    async def delete(waba_id: str, name: str | None = None, hsm_id: str | None = None) -> dict[str, Any]:
        require_account(waba_id)
        if not name:
            raise GraphError(100, "The parameter name is required.")
        found = [
            template
            for template in store.templates(waba_id)
            if template.name == name and hsm_id in (None, template.id)
        ]
        if not found:
            raise _refused(2593002, "The template was not found.")
        world.templates_deleted(found, world.now() + BLOCKED_S)
        return {"success": True}

    return routes


def _place(cursor: str, found: list[Template]) -> int:
    """Return where the template of a cursor is in the list."""
    try:
        id = urlsafe_b64decode(cursor.encode()).decode()
    except (NotBase64, UnicodeError):
        id = ""
    place = next((n for n, template in enumerate(found) if template.id == id), None)
    if place is None:
        raise GraphError(131059, "Invalid cursor", "List from the beginning again.")
    return place


def _cursor(template: Template) -> str:
    return urlsafe_b64encode(template.id.encode()).decode()


async def json_body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise GraphError(100, "Invalid parameter", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise GraphError(100, "Invalid parameter", "The body is not an object.")
    return body


def _refused(subcode: int, details: str) -> GraphError:
    return GraphError(100, "Invalid parameter", details, subcode=subcode)


def no_object(id: str) -> GraphError:
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation.",
        kind="GraphMethodException",
        subcode=33,
    )
