"""Whoever knows ids and asks for all that the contract offers, with bodies that it lets in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from services.http.openapi import contract

CONTRACT = contract()
OPERATIONS = [(method, path) for path, operations in CONTRACT["paths"].items() for method in operations]
OF_A_CONVERSATION = [each for each in OPERATIONS if "{conversation_id}" in each[1]]
OF_A_CONTACT = [each for each in OPERATIONS if "{contact_id}" in each[1]]
IN_AN_HOUR = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
TELLING: dict[str, Any] = {
    "snooze": {"until": IN_AN_HOUR, "zone": "America/Sao_Paulo"},
    "scheduled": {"text": "x", "due_at": IN_AN_HOUR, "zone": "America/Sao_Paulo"},
}
"""Bodies that a schema alone does not give."""


def example(schema: Any) -> Any:
    """A body that the contract lets in."""
    if "$ref" in schema:
        return example(CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            fields, required = schema["properties"], schema.get("required", [])
            return {name: example(fields[name]) for name in required}
        case "array":
            return []
        case "boolean":
            return True
        case _:
            return str(uuid4()) if schema.get("format") == "uuid" else "x"


@dataclass(frozen=True)
class Asker:
    """Somebody who knows ids and asks for all that the contract offers."""

    client: httpx2.Client
    id: UUID
    message_id: UUID

    def ask(self, method: str, path: str, of: UUID, control: int) -> httpx2.Response:
        """One operation of a conversation or a contact, with a body that it lets in."""
        operation = CONTRACT["paths"][path][method]
        ids = {"conversation_id": str(of), "contact_id": str(of)}
        ids |= {name: str(uuid4()) for name in others_in(path)}
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        own: dict[str, Any] = {
            "assignee": {"assignee_id": str(self.id)},
            "transfer": {"agent_id": str(self.id)},
            "read": {"message_id": str(self.message_id)},
            "merge": {"into": str(of)},
            **TELLING,
        }
        body = own.get(path.rpartition("/")[2], example(content["schema"])) if content else None
        headers = {"If-Match": f'"{control}"', "Idempotency-Key": uuid4().hex}
        return self.client.request(method, path.format_map(ids), json=body, headers=headers)


def others_in(path: str) -> list[str]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [name for name in names if name not in ("conversation_id", "contact_id")]
