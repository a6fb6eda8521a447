"""The OpenAPI 3.1 document: FastAPI's description of the routes, with summaries and error responses."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schemas.problem import Problem
from services.http.edge.callers import REQUIRED

METHODS = {"get", "post", "put", "delete"}
UNUSED = ("HTTPValidationError", "ValidationError")
PROBLEM = {
    "description": "An error, as problem+json",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


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
    for path in made["paths"].values():
        for operation in (path[method] for method in METHODS & path.keys()):
            operation["responses"].pop("422", None)
            operation["responses"]["4XX"] = PROBLEM
            operation["responses"]["5XX"] = PROBLEM
            _headers(operation)
            _summary(operation)
    answer = made["paths"]["/v1/stream"]["get"]["responses"]["200"]
    answer["content"] = {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Change"}}}
    schemas = made["components"]["schemas"]
    for name in UNUSED:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    return made


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
