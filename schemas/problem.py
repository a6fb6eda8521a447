"""Errors of the HTTP API: problem+json (RFC 9457) with a stable code."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class FieldProblem(BaseModel):
    """An invalid field of the request; its value is never repeated."""

    field: str
    message: str


class Problem(BaseModel):
    """An error. Clients decide by `code`; `title` and `detail` are for people.

    `control_moved` adds the current `control` and `owner`, `window_closed` adds `closed_at`,
    `unknown_variable` adds `name` and `position`, in characters;
    `template_not_sendable` adds `reason`, `parameter_missing` the `parameters`, `parameter_invalid` the
    `parameter` (unless it is unknown) and a `reason`: `unknown`, `newline`, `tab`, `spaces`, `too_long`,
    `no_link`, `no_number`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[FieldProblem] | None = None

    def document(self) -> dict[str, Any]:
        """Return the response body; members without a value are left out."""
        return self.model_dump(mode="json", exclude_none=True)
