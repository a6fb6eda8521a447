"""Published events: conversion of the log's events to CloudEvents, and their JSON Schema."""

import sys
from pathlib import Path
from typing import Any

import orjson

from domain import delivery
from domain.contact import state as contact
from domain.conversation import message_events, ticket_events
from domain.event import ERASED, Event, PersonalField, Recorded
from schemas.conversation_events import SCHEMA, PublishedEvent

PUBLISHED: dict[type[Event], frozenset[str]] = {
    fact: frozenset(
        name
        for name, field in fact.model_fields.items()
        if any(isinstance(mark, PersonalField) for mark in field.metadata)
    )
    for fact in (*message_events.EVENTS, *ticket_events.EVENTS, *delivery.EVENTS, *contact.EVENTS)
}
"""The published event classes with the fields that may be erased. InstallationCommands is not published."""

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "json" / "conversation.events.v1.json"


def is_published(fact: Event) -> bool:
    """Return whether an event is published."""
    return type(fact) in PUBLISHED


def published(recorded: Recorded, log_id: str) -> PublishedEvent:
    """Convert to a published event; erased fields are null and named in `erased`."""
    fact = recorded.fact
    return PublishedEvent(
        id=str(recorded.event_id),
        source=f"/balcao/{log_id}",
        type=fact.TOPIC,
        subject=str(recorded.conversation_id or recorded.contact_id or recorded.stream_id),
        time=recorded.recorded_at,
        sequence=recorded.position,
        tenantid=str(recorded.tenant_id),
        conversationid=_text(recorded.conversation_id),
        contactid=_text(recorded.contact_id),
        stream=str(recorded.stream_id),
        streamversion=recorded.stream_version,
        actor=recorded.actor,
        version=fact.VERSION,
        data=data_of(fact),
    )


def schema() -> dict[str, Any]:
    """Build the JSON Schema of the data of all published types, under `$defs` by type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "conversation.events.v1",
        "description": "Data of the CloudEvents on the topic conversation.events.v1, by their type.",
        "$defs": {fact.TOPIC: _schema_of(fact) for fact in sorted(PUBLISHED, key=lambda fact: fact.TOPIC)},
    }


def schema_text() -> str:
    """Write the JSON Schema as stored in the repository."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _text(id: object) -> str | None:
    return None if id is None else str(id)


def data_of(fact: Event) -> bytes:
    """Encode the fields of a published event; erased fields are null and named in `erased`."""
    values = fact.__dict__
    erased = [name for name in PUBLISHED[type(fact)] if values[name] is ERASED]
    if not erased:
        data: bytes = fact.__pydantic_serializer__.to_json(fact)
        return data
    rest = fact.model_dump(mode="json", exclude=set(erased))
    return orjson.dumps({**rest, **dict.fromkeys(erased), "erased": sorted(erased)})


def _schema_of(fact: type[Event]) -> dict[str, Any]:
    made = fact.model_json_schema(mode="serialization")
    made.pop("title", None)
    made.pop("additionalProperties", None)  # consumers must tolerate new fields
    made.pop("$defs", None)
    for name in PUBLISHED[fact]:
        made["properties"][name] = _nullable(made["properties"][name])
    if PUBLISHED[fact]:
        names = {"enum": sorted(PUBLISHED[fact])}
        made["properties"]["erased"] = {"type": "array", "items": names}
    made["description"] = (fact.__doc__ or "").partition("\n")[0]
    return made


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    """Make a field nullable instead of the internal mark of an erased value."""
    ways = [way for way in field.get("anyOf", [field]) if "const" not in way and "$ref" not in way]
    if {"type": "null"} not in ways:
        ways.append({"type": "null"})
    return {"anyOf": ways}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
