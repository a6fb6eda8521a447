"""The contract as OpenAPI 3.1: what FastAPI knows of the routes, and how every refusal looks."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schemas.problem import Problem
from services.http.edge.callers import REQUIRED

METHODS = {"get", "post", "put", "delete"}
UNUSED = ("HTTPValidationError", "ValidationError")
PROBLEM = {
    "description": "Refused, or not possible",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def document(app: FastAPI) -> dict[str, Any]:
    """The contract of `app`; made once."""
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
    """Name headers as they are written, and require those without which a command is refused."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "header":
            continue
        parameter["name"] = parameter["name"].title().replace("-Id", "-ID")
        if REQUIRED.items() <= parameter["schema"].items():
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}
