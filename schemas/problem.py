"""How every refusal and failure leaves the HTTP interface: RFC 9457 with a stable code."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class FieldProblem(BaseModel):
    """One field of the request that is not as it must be; the value itself is never repeated."""

    field: str
    message: str


class Problem(BaseModel):
    """`application/problem+json`. Decide on `code`; `title` and `detail` are for people.

    A stale `If-Match` adds the present `control` and `owner`, a closed window `closed_at`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[FieldProblem] | None = None

    def document(self) -> dict[str, Any]:
        """What is sent: members without a value are left out."""
        return self.model_dump(mode="json", exclude_none=True)
