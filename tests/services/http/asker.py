"""Whoever knows ids and asks for all that the contract offers, with bodies that it lets in."""

import re
from collections.abc import Mapping
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
    "variables": {"name": "x", "kind": "fixed", "value": "x"},
}
"""Bodies that a schema alone does not give."""


def example(schema: Any) -> Any:
    """A body that the contract lets in."""
    if "$ref" in schema:
        return example(CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return example(choices[0])
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


Ids = Mapping[str, list[str]]
"""By the parameter of a path that they stand for."""


def make_one_of_each(client: httpx2.Client) -> None:
    """Make what the contract lets an admin add to a list: a team, a quick reply …"""
    for path, operations in CONTRACT["paths"].items():
        if not {"get", "post"} <= operations.keys() or "{" in path:
            continue
        schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
        body = TELLING.get(path.rpartition("/")[2]) or example(schema)
        made = client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert made.status_code == 201, (path, made.text)


def listed_ids(client: httpx2.Client, position: str) -> Ids:
    """The ids that the lists of the contract tell, each under the parameter of a path that takes it."""

    def items(path: str, **params: str) -> list[dict[str, Any]]:
        known = {each["name"] for each in CONTRACT["paths"][path]["get"]["parameters"]}
        at = {"min_position": position} if "min_position" in known else {}
        answer = client.get(path_with(path, ids), params={**at, **params})
        assert answer.status_code == 200, (path, answer.text)
        listed: list[dict[str, Any]] = answer.json()["items"]
        return listed

    ids: dict[str, list[str]] = {}
    ids["conversation_id"] = [each["conversation_id"] for each in items("/v1/tickets", view="all")]
    for path in sorted(CONTRACT["paths"], key=lambda path: path.count("{")):
        found = re.fullmatch(r"(.+)/\{(\w+)\}", path)
        if found and found[2] not in ids and "get" in CONTRACT["paths"].get(found[1], {}):
            ids[found[2]] = [each["id"] for each in items(found[1])]
    return ids


def path_with(path: str, ids: Ids) -> str:
    """The path with the first id that is known for each parameter, and one of nothing where none is."""
    return re.sub(r"\{(\w+)\}", lambda name: next(iter(ids.get(name[1]) or [str(uuid4())])), path)


def others_in(path: str) -> list[str]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [name for name in names if name not in ("conversation_id", "contact_id")]
