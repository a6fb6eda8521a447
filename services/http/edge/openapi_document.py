"""The OpenAPI 3.1 document: FastAPI's description of the routes, with summaries and error responses."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from schemas.problem import Problem
from services.http.edge.callers import COOKIE, HOST_ONLY, REQUIRED, needs_caller

METHODS = {"get", "post", "put", "delete"}
UNUSED = ("HTTPValidationError", "ValidationError")
PROBLEM = {
    "description": "An error, as problem+json",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"A person: `POST /v1/session` sets it. Over https its name is `{HOST_ONLY}{COOKIE}`.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Another service: `balcao token add` makes one. It reads what an admin reads, and"
        " changes nothing; `balcao token revoke` ends it within seconds.",
    },
    "metrics": {
        "type": "http",
        "scheme": "bearer",
        "description": "`BALCAO_METRICS_TOKEN`; where none is set, only the same machine may ask.",
    },
}
OF_ONE_PERSON = {"get_preferences", "get_draft", "get_presence", "me"}
"""Operations that read what belongs to a person; services have nothing of their own."""


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of `app`; built once."""
    if app.openapi_schema is None:
        app.openapi_schema = _document(app)
    return app.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
    made: dict[str, Any] = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
    )
    authenticated = _authenticated(app)
    for path in made["paths"].values():
        for method in METHODS & path.keys():
            operation = path[method]
            operation["security"] = _security(method, operation["operationId"], authenticated)
            operation["responses"].pop("422", None)
            operation["responses"]["4XX"] = PROBLEM
            operation["responses"]["5XX"] = PROBLEM
            _headers(operation)
            _summary(operation)
    made["components"]["securitySchemes"] = SCHEMES
    answer = made["paths"]["/v1/stream"]["get"]["responses"]["200"]
    answer["content"] = {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Change"}}}
    schemas = made["components"]["schemas"]
    for name in UNUSED:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    return made


def _authenticated(app: FastAPI) -> set[str]:
    """Return the names of the routes that need a caller."""
    routes = (getattr(found, "original_route", found) for found in iter_route_contexts(app.routes))
    return {route.name for route in routes if isinstance(route, APIRoute) and needs_caller(route.dependant)}


def _security(method: str, name: str, authenticated: set[str]) -> list[dict[str, list[str]]]:
    """Return the alternative credentials for an operation; without any it is open to everybody."""
    if name == "metrics":
        return [{"metrics": []}, {}]
    if name not in authenticated:
        return []
    if method != "get" or name in OF_ONE_PERSON:
        return [{"session": []}]
    return [{"session": []}, {"token": []}]


def _headers(operation: dict[str, Any]) -> None:
    """Spell header names as in HTTP, and mark those as required without which a command is refused."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "header":
            continue
        parameter["name"] = parameter["name"].title().replace("-Id", "-ID")
        if REQUIRED.items() <= parameter["schema"].items():
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}


def _summary(operation: dict[str, Any]) -> None:
    """Make the first line of the route's docstring the summary, and the rest the description."""
    summary, _, details = operation.pop("description", "").partition("\n\n")
    if summary:
        operation["summary"] = summary.removesuffix(".")
    if details:
        operation["description"] = details
