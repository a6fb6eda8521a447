"""What a bot engine relies on: the published schemas are those of the program, and good for a stranger."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.bot import RECORDS, decode, schema_text
from schemas.records import UnreadableRecord

FOLDER = Path(__file__).parents[2] / "schemas" / "json"
ID = "01960000-0000-7000-8000-000000000001"


def reply(**changes: Any) -> dict[str, Any]:
    ids = {"tenant_id": ID, "conversation_id": ID, "turn_id": ID}
    return {**ids, "epoch": 1, "reply_id": "r1", **changes}


HAND_OFF = {"type": "hand_off", "reason": "ajuda", "card": {"name": "Ana"}, "variables": {"n": [1]}}


@pytest.mark.parametrize("topic", RECORDS)
def test_the_published_schemas_are_the_present_ones(topic: str) -> None:
    kept = (FOLDER / f"{topic}.json").read_text()
    assert kept == schema_text(topic), f"run `python -m schemas.bot {topic} > schemas/json/{topic}.json`"


def test_the_examples_of_the_manual_are_as_the_schemas_say() -> None:
    manual = (FOLDER.parents[1] / "docs" / "bot.md").read_text()
    turn, answer = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", manual, re.DOTALL))
    jsonschema.validate(turn, json.loads((FOLDER / "bot.turns.v1.json").read_text()))
    jsonschema.validate(answer, json.loads((FOLDER / "bot.replies.v1.json").read_text()))
    decode(json.dumps(answer).encode())


@pytest.mark.parametrize(
    "good",
    [
        reply(messages=[{"type": "text", "text": "Oi"}]),
        reply(action={"type": "end"}),
        reply(action={"type": "wait"}),
        reply(action={"type": "close", "reason": "resolvido"}),
        reply(messages=[], action=HAND_OFF),
        reply(messages=None, action={**HAND_OFF, "variables": None, "queue": None}),
        reply(messages=None, action={**HAND_OFF, "card": {"name": None, "email": None, "attributes": None}}),
        reply(messages=None, action={**HAND_OFF, "card": {"attributes": {"pedido": None, "plano": "ouro"}}}),
        reply(messages=[{"type": "text", "text": "Oi"}], action=None),
        reply(action={"type": "close", "reason": None}),
    ],
)
def test_what_the_schema_allows_can_be_read(good: dict[str, Any]) -> None:
    jsonschema.validate(good, json.loads((FOLDER / "bot.replies.v1.json").read_text()))
    assert decode(json.dumps(good).encode()).reply_id == "r1"


@pytest.mark.parametrize(
    "bad",
    [
        reply(action={"type": "assign", "agent": "admin"}),
        reply(action={**HAND_OFF, "role": "admin"}),
        reply(messages=[{"type": "html", "text": "oi"}]),
        reply(messages=[{"type": "text"}]),
        reply(epoch="1"),
        reply(epoch=None),
        reply(action={"type": "hand_off", "reason": None}),
        reply(reply_id="com espaço"),
        {**reply(), "extra": 1},
    ],
)
def test_what_the_schema_forbids_is_refused_without_repeating_what_was_written(bad: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, json.loads((FOLDER / "bot.replies.v1.json").read_text()))
    with pytest.raises(UnreadableRecord) as refused:
        decode(json.dumps(bad).encode())
    assert "admin" not in str(refused.value)
