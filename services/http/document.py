"""The contract as OpenAPI 3.1: what FastAPI knows of the routes, and how every refusal looks."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schemas.problem import Problem

METHODS = {"get", "post", "put", "delete"}
REQUIRED_HEADERS = {"If-Match", "Idempotency-Key"}
UNREQUIRED = ("/v1/contacts/{contact_id}", "If-Match")
"""Only here one may write without having seen what stands."""
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
    for name, path in made["paths"].items():
        for operation in (path[method] for method in METHODS & path.keys()):
            operation["responses"].pop("422", None)
            operation["responses"]["4XX"] = PROBLEM
            operation["responses"]["5XX"] = PROBLEM
            _headers(name, operation)
    answer = made["paths"]["/v1/stream"]["get"]["responses"]["200"]
    answer["content"] = {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Change"}}}
    schemas = made["components"]["schemas"]
    for name in UNUSED:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    return made


def _headers(path: str, operation: dict[str, Any]) -> None:
    """Name headers as they are written, and require those without which a command is refused."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "header":
            continue
        parameter["name"] = parameter["name"].title().replace("-Id", "-ID")
        if parameter["name"] in REQUIRED_HEADERS and (path, parameter["name"]) != UNREQUIRED:
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}
