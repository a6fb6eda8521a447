"""The JSON Schema of each event version, and what may not change in it without a new version."""

import json
from pathlib import Path
from typing import Any

from domain.event import Event, PersonalField

SCHEMAS = Path(__file__).parents[2] / "schemas" / "json" / "events"
TOLD_ELSEWHERE = {"title", "description", "default"}

Schema = dict[str, Any]


def schema_of(fact: type[Event]) -> Schema:
    """What an event of this kind looks like once it is opened; personal fields are marked."""
    schema = fact.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    schema["title"] = f"{fact.TOPIC}, version {fact.VERSION}"
    for name, field in fact.model_fields.items():
        if any(isinstance(mark, PersonalField) for mark in field.metadata):
            schema["properties"][name]["x-personal"] = True
    return schema


def schema_path(fact: type[Event]) -> Path:
    return SCHEMAS / f"{fact.TOPIC}.v{fact.VERSION}.json"


def written(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why facts stored under `old` can no longer be read under `new`; empty when they can."""
    before, after = old.get("properties", {}), new.get("properties", {})
    found = [f"{name} was removed or renamed" for name in before.keys() - after.keys()]
    for name in sorted(before.keys() & after.keys()):
        if bool(before[name].get("x-personal")) != bool(after[name].get("x-personal")):
            found.append(f"{name} changed whether it is personal")
        if not _takes(_resolved(before[name], old), _resolved(after[name], new)):
            found.append(f"{name} has another type")
    required = set(new.get("required", ())) - set(old.get("required", ()))
    return found + [f"{name} became required" for name in sorted(required)]


def _resolved(part: Any, whole: Schema) -> Any:
    """The part with its references put in, without what only tells."""
    if isinstance(part, list):
        return [_resolved(each, whole) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _resolved(whole["$defs"][part["$ref"].rpartition("/")[2]], whole)
    return {key: _resolved(value, whole) for key, value in part.items() if key not in TOLD_ELSEWHERE}


def _takes(old: Any, new: Any) -> bool:
    """Whether every value of the old part fits the new one; only a choice of words may grow."""
    if isinstance(old, dict) and isinstance(new, dict):
        words_before, words_after = _words(old), _words(new)
        if words_before and words_after:
            return words_before <= words_after
        return old.keys() == new.keys() and all(_takes(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_takes, old, new))
    return bool(old == new)


def _words(part: Schema) -> set[Any]:
    return set(part["enum"]) if "enum" in part else {part["const"]} if "const" in part else set()
