"""`python -m services.http.openapi`: print the OpenAPI document, built from the routes alone."""

import json
import sys
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI

from schemas.conversation_events import SCHEMA_PATH
from services.http.app import AppServices, add_routes, new_app
from services.http.edge.openapi_document import document
from services.runtime.clock import utc_now


def described_app() -> FastAPI:
    """Build the application without a database; no route is called."""
    app: FastAPI = new_app()
    absent = SimpleNamespace(name_of=None, channel=None, viewers=0)
    given: dict[str, Any] = {field.name: absent for field in fields(AppServices)}
    add_routes(app, AppServices(**given | {"demo_accounts": None, "schema_url": SCHEMA_PATH, "now": utc_now}))
    return app


def contract() -> dict[str, Any]:
    """Build the OpenAPI document."""
    return document(described_app())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(contract(), indent=2, ensure_ascii=False) + "\n")
