"""Topics `bot.turns.v1` and `bot.replies.v1`: turns for a bot engine, and its replies.

Both are keyed by conversation. Replies are read strictly: one with an unknown field or action has no effect.
A null is as if the field were absent.
"""

import sys
from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from domain.text import clean
from schemas.records import decoded

MAX_MESSAGES = 1_000
MAX_VARIABLES_BYTES = 32_768
"""Limit of the bot's variables, as JSON."""


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    """Clean the bot's variables and check their size."""
    cleaned: dict[str, Any] = _clean_all(value)
    try:
        size = len(orjson.dumps(cleaned))
    except orjson.JSONEncodeError as wrong:  # a TypeError, which pydantic would let through
        raise ValueError(str(wrong)) from None
    if size > MAX_VARIABLES_BYTES:
        raise ValueError(f"more than {MAX_VARIABLES_BYTES} bytes")
    return cleaned


def _clean_all(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(name): _clean_all(each) for name, each in value.items()}
        case list():
            return [_clean_all(each) for each in value]
        case float() if not isfinite(value):
            raise ValueError("numbers must be finite")
        case _:
            return value


CleanText = Annotated[str, AfterValidator(clean)]
Name = Annotated[CleanText, Field(min_length=1, max_length=100)]
Attribute = Annotated[CleanText, Field(max_length=1_000)]
Variables = Annotated[dict[str, Any], AfterValidator(_bounded)]
Attributes = Annotated[
    dict[Name, Attribute | None],
    Field(max_length=50),
    AfterValidator(lambda given: {name: text for name, text in given.items() if text is not None}),
]


class TurnModel(BaseModel):
    """Base of the models sent to an engine; later versions may add fields."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ReplyModel(BaseModel):
    """Base of the models received from an engine: strict types, unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class CustomerMessage(TurnModel):
    """A message of the customer."""

    id: UUID
    type: str
    """WhatsApp's message type (`text`, `image`, `interactive` …), or `unsupported`."""

    text: str | None
    """The readable text: body, caption, or title of the tapped button."""

    raw: dict[str, Any] | None
    """The content as WhatsApp sent it; null for plain text."""

    sent_at: AwareDatetime


class TurnContact(TurnModel):
    """The customer, with what is known of them."""

    id: UUID
    name: str | None
    phone: str | None
    """Digits with the country code."""

    email: str | None
    attributes: dict[str, str]


class Summary(TurnModel):
    """What happened since the bot last had the ticket, without the texts of messages."""

    reason: str | None
    """Why the bot last handed the ticket to agents: its own reason or one of ours; null if it never had
    it."""

    received: int
    """Number of messages from the customer since then."""

    sent: int
    """Number of messages to the customer since then."""

    until: Literal["flow_end", "hours", "agent"]
    """How long the bot has the ticket this time."""

    back_at: AwareDatetime | None
    """With `hours`: when the ticket goes back to agents."""


class Turn(TurnModel):
    """A request to the bot. Reply in `bot.replies.v1` by `answer_by`, or the ticket goes to agents."""

    tenant_id: UUID
    channel_id: UUID
    conversation_id: UUID
    ticket: int | None
    """Null when no ticket is open, with kind `welcome`."""

    epoch: int
    """To be copied into the reply; a reply with an older epoch is refused."""

    turn_id: UUID
    """The same id when the record is delivered again."""

    kind: Literal["message", "reactivated", "welcome"]
    """`welcome`: the customer opened the chat and has not written yet."""

    answer_by: AwareDatetime | None
    """Null when the 24-hour window is closed, and with kind `welcome`: the bot then waits for the
    customer."""

    message: CustomerMessage | None
    """With kind `message`."""

    summary: Summary | None
    """With kind `reactivated`."""

    contact: TurnContact
    variables: dict[str, Any]
    """With kind `reactivated`: the variables of the bot's last hand-off."""


class Text(ReplyModel):
    """A text to the customer, of 1 to 4,096 characters."""

    type: Literal["text"]
    text: CleanText


class Card(ReplyModel):
    """What the bot learned about the customer; it is written into the contact's card."""

    name: Annotated[CleanText | None, Field(max_length=200)] = None
    email: Annotated[CleanText | None, Field(max_length=254)] = None
    attributes: Attributes | None = None


class HandOff(ReplyModel):
    """Hand the ticket to agents."""

    type: Literal["hand_off"]
    queue: Annotated[CleanText | None, Field(max_length=200)] = None
    """A team by name or id. Without one, or if it does not exist: the ticket's last queue, else the
    channel's."""

    reason: Annotated[CleanText, Field(min_length=1, max_length=200)]
    """A short reason, shown to agents."""

    card: Card | None = None
    variables: Variables | None = None


class End(ReplyModel):
    """End the flow: the ticket goes to agents, unless the bot was given it for longer."""

    type: Literal["end"]


class Close(ReplyModel):
    """Close the ticket."""

    type: Literal["close"]
    reason: Annotated[CleanText | None, Field(max_length=200)] = None


class Wait(ReplyModel):
    """Say nothing and keep the ticket until the customer writes."""

    type: Literal["wait"]


Action = HandOff | End | Close | Wait


class Reply(ReplyModel):
    """A reply to a turn: messages in order, then an action; at least one of the two."""

    tenant_id: UUID = Field(strict=False)
    conversation_id: UUID = Field(strict=False)
    epoch: int
    turn_id: UUID = Field(strict=False)
    reply_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
    """Id of this reply, the same when it is repeated: a repeated reply has one effect."""

    messages: Annotated[list[Text], Field(max_length=MAX_MESSAGES)] | None = None
    """With more than ten, the whole reply is refused and kept for inspection."""

    action: Annotated[Action, Field(discriminator="type")] | None = None


_REPLY, _TURN = TypeAdapter(Reply), TypeAdapter(Turn)


def decode(value: bytes | None) -> Reply:
    """Decode the value of a record of `bot.replies.v1`.

    Raises:
        UnreadableRecord
    """
    return decoded(_REPLY, value)


def decode_turn(value: bytes | None) -> Turn:
    """Decode the value of a record of `bot.turns.v1`.

    Raises:
        UnreadableRecord
    """
    return decoded(_TURN, value)


def schema_of(record: type[BaseModel], topic: str) -> dict[str, Any]:
    """Build the JSON Schema of a topic's values."""
    schema = record.model_json_schema(mode="serialization" if record is Turn else "validation")
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:balcao:{topic}"}
    return {**about, **schema, "title": topic}


RECORDS: Mapping[str, type[BaseModel]] = {"bot.turns.v1": Turn, "bot.replies.v1": Reply}


def schema_text(topic: str) -> str:
    """Write the JSON Schema as stored in `schemas/json`: `python -m schemas.bot bot.turns.v1`."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(schema_of(RECORDS[topic], topic), option=options).decode()


if __name__ == "__main__":
    sys.stdout.write(schema_text(sys.argv[1]))
