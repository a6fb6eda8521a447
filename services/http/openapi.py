"""`python -m services.http.openapi`: print the OpenAPI document, built from the routes alone."""

import json
import sys
from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI

from services.http.app import AppServices, add_routes, new_app
from services.http.edge.openapi_document import document
from services.runtime.clock import utc_now


def described_app() -> FastAPI:
    """Build the application without a database; no route is called."""
    app: FastAPI = new_app()
    absent = cast(Any, SimpleNamespace(name_of=None, channel=None, viewers=0))
    add_routes(
        app,
        AppServices(
            log=absent,
            pool=absent,
            access=absent,
            viewing=absent,
            receipts=absent,
            workers=absent,
            live=absent,
            people=absent,
            organisation=absent,
            places=absent,
            cursors=absent,
            demo_accounts=None,
            now=utc_now,
        ),
    )
    return app


def contract() -> dict[str, Any]:
    """Build the OpenAPI document."""
    return document(described_app())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(contract(), indent=2, ensure_ascii=False) + "\n")
