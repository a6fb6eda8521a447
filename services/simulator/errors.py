"""Errors of the simulated Graph API, with Meta's bodies."""

import secrets
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response


class GraphError(Exception):
    """An error as the Graph API reports it."""

    def __init__(
        self,
        code: int,
        title: str,
        details: str | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        subcode: int | None = None,
    ) -> None:
        super().__init__(title)
        self.code, self.title, self.details = code, title, details
        self.status, self.kind, self.subcode = status, kind, subcode

    def answer(self) -> JSONResponse:
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.title}",
            "type": self.kind,
            "code": self.code,
        }
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return JSONResponse({"error": error | {"fbtrace_id": secrets.token_urlsafe(17)}}, self.status)


async def graph_error(_: Request, error: Exception) -> Response:
    """Answer a `GraphError`."""
    assert isinstance(error, GraphError)
    return error.answer()
