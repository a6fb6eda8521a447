"""Published events: conversion of the log's events to CloudEvents, and their JSON Schema."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from domain import administration
from domain.administration import AgentAdded
from domain.event import ERASED, Event, PersonalField, Recorded
from domain.quick_reply import events as quick_reply
from domain.registry import FACTS
from schemas.conversation_events import SCHEMA, PublishedEvent
from services.queries.event_examples import EXAMPLES

PERSONAL: Mapping[type[Event], frozenset[str]] = {
    fact: frozenset(
        name
        for name, field in fact.model_fields.items()
        if any(isinstance(mark, PersonalField) for mark in field.metadata)
    )
    for fact in FACTS
}
"""The personal fields of each event class: those that may be erased. All classes are published."""

UNPUBLISHED: Mapping[type[Event], frozenset[str]] = {AgentAdded: frozenset({"email"})}
"""Fields that are left out of published events."""

ORGANISATION = frozenset((*administration.EVENTS, *quick_reply.EVENTS))
"""Events about agents, teams, channels and quick replies, which name the people who work here."""

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "json" / "conversation.events.v1.json"


def published(
    recorded: Recorded, log_id: str, schema_url: str, withholds_personal: bool = False
) -> PublishedEvent:
    """Convert to a published event, see `data_of`; `schema_url` is where the JSON Schema is served."""
    fact = recorded.fact
    return PublishedEvent(
        id=str(recorded.event_id),
        source=f"/balcao/{log_id}",
        type=fact.TOPIC,
        subject=str(recorded.conversation_id or recorded.contact_id or recorded.stream_id),
        time=recorded.recorded_at,
        dataschema=f"{schema_url}#/$defs/{fact.TOPIC}",
        sequence=recorded.position,
        tenantid=str(recorded.tenant_id),
        conversationid=_text(recorded.conversation_id),
        contactid=_text(recorded.contact_id),
        stream=str(recorded.stream_id),
        streamversion=recorded.stream_version,
        actor=recorded.actor,
        version=fact.VERSION,
        data=data_of(fact, withholds_personal),
    )


def data_of(fact: Event, withholds_personal: bool = False) -> bytes:
    """Encode the fields of a published event.

    Erased fields are null and listed in `erased`. With `withholds_personal` all other personal fields are
    null, too, and listed in `withheld`.
    """
    personal, values = PERSONAL[type(fact)], fact.__dict__
    hidden = UNPUBLISHED.get(type(fact), frozenset())
    erased = sorted(name for name in personal if values[name] is ERASED)
    withheld = sorted(personal.difference(erased)) if withholds_personal else []
    if not (hidden or erased or withheld):
        data: bytes = fact.__pydantic_serializer__.to_json(fact)
        return data
    rest = fact.model_dump(mode="json", exclude={*hidden, *erased, *withheld})
    lists = {"erased": erased, "withheld": withheld}
    return orjson.dumps({**rest, **dict.fromkeys(erased + withheld)} | {k: v for k, v in lists.items() if v})


def schema(address: str = SCHEMA) -> dict[str, Any]:
    """Build the JSON Schema of the data of all published types, under `$defs` by type."""
    examples = {type(example): example for example in EXAMPLES}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": "conversation.events.v1",
        "description": "Data of the events of /v1/events and of the topic conversation.events.v1, by type.",
        "$defs": {
            fact.TOPIC: schema_of(fact, examples.get(fact))
            for fact in sorted(PERSONAL, key=lambda fact: fact.TOPIC)
        },
    }


def schema_text() -> str:
    """Write the JSON Schema as stored in the repository."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def schema_of(fact: type[Event], example: Event | None) -> dict[str, Any]:
    """Build the JSON Schema of the data of one type, with an example."""
    made = fact.model_json_schema(mode="serialization")
    made.pop("title", None)
    made.pop("additionalProperties", None)  # consumers must tolerate new fields
    properties = _inlined(made["properties"], made.pop("$defs", {}))
    made["properties"] = properties
    for name in UNPUBLISHED.get(fact, ()):
        del properties[name]
        made["required"].remove(name)
    personal = sorted(PERSONAL[fact])
    for name in personal:
        properties[name] = _nullable(properties[name])
    if personal:
        names = {"type": "array", "items": {"enum": personal}}
        properties["erased"] = {"description": "Fields that were erased with their person.", **names}
        properties["withheld"] = {
            "description": "Personal fields that are not published here, whether they have a value or not.",
            **names,
        }
    for field in properties.values():
        field.pop("title", None)
    made["description"] = " ".join((fact.__doc__ or "").split())
    if example is not None:
        made["examples"] = [orjson.loads(data_of(example))]
    return made


def _text(id: object) -> str | None:
    return None if id is None else str(id)


def _inlined(part: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a part of a schema with definitions in place of references, except that of the mark `Erased`."""
    if isinstance(part, list):
        return [_inlined(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    named = definitions.get(part.get("$ref", "").rpartition("/")[2])
    if named is None or "enum" in named:
        return {name: _inlined(value, definitions) for name, value in part.items()}
    return {
        k: v for k, v in _inlined(named, definitions).items() if k not in ("title", "additionalProperties")
    }


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    """Make a field nullable instead of the internal mark of an erased value."""
    ways = [way for way in field.get("anyOf", [field]) if "const" not in way and "$ref" not in way]
    ways = [{key: value for key, value in way.items() if key not in ("title", "description")} for way in ways]
    if {"type": "null"} not in ways:
        ways.append({"type": "null"})
    described = {"description": field["description"]} if "description" in field else {}
    return {**described, "anyOf": ways}
