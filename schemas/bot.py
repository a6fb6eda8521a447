"""`bot.turns.v1` and `bot.replies.v1`: what a bot engine is asked, and what it may answer.

Both are keyed by the conversation. What we are asked to do is read strictly: a reply with a field or an
action that is not named here does nothing.
"""

import re
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from unicodedata import normalize
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

MAX_MESSAGES = 1_000
MAX_KNOWN_BYTES = 32_768
"""Bytes of a card, or of the variables, as JSON."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class NotAReply(ValueError):
    """The value of a record is no `bot.replies.v1`."""


def _written(text: str) -> str:
    """Text as it is stored: composed, line ends of one kind, no control characters."""
    return _UNPRINTABLE.sub("", normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))


def _known(value: dict[str, Any]) -> dict[str, Any]:
    """What the bot knows, with its texts as they are stored."""
    written: dict[str, Any] = _written_in(value)
    if len(orjson.dumps(written)) > MAX_KNOWN_BYTES:
        raise ValueError(f"more than {MAX_KNOWN_BYTES} bytes")
    return written


def _written_in(value: Any) -> Any:
    match value:
        case str():
            return _written(value)
        case dict():
            return {_written(name): _written_in(each) for name, each in value.items()}
        case list():
            return [_written_in(each) for each in value]
        case _:
            return value


CleanText = Annotated[str, AfterValidator(_written)]
Name = Annotated[CleanText, Field(min_length=1, max_length=100)]
Attribute = Annotated[CleanText, Field(max_length=1_000)]
Known = Annotated[dict[str, Any], AfterValidator(_known)]


class Told(BaseModel):
    """A part of what we tell an engine; later versions may add fields."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Said(BaseModel):
    """A part of what an engine answers: nothing is guessed, nothing unknown is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class CustomerMessage(Told):
    """What the customer wrote."""

    id: UUID
    type: str
    """WhatsApp's own word (`text`, `image`, `interactive` …), or `unsupported`."""

    text: str | None
    """What a person may read of it: body, caption, title of the tapped button."""

    raw: dict[str, Any] | None
    """The content as WhatsApp sent it; null for plain text."""

    sent_at: AwareDatetime


class TurnContact(Told):
    """The customer, as far as they are known."""

    id: UUID
    name: str | None
    phone: str | None
    """Digits with the country code."""

    email: str | None
    attributes: dict[str, str]


class Summary(Told):
    """What happened since the bot had the ticket last, without a word of what was said."""

    reason: str | None
    """Why it came to people then: the bot's own word, or one of ours; null when the bot never had it."""

    received: int
    """Messages of the customer since then."""

    sent: int
    """Messages to the customer since then."""

    until: Literal["flow_end", "hours", "agent"]
    """How long the bot has the ticket now."""

    back_at: AwareDatetime | None
    """With `hours`: when it goes back to people."""


class Turn(Told):
    """It is the bot's turn. Answer it in `bot.replies.v1`, by `answer_by`, or people take the ticket over."""

    tenant_id: UUID
    channel_id: UUID
    conversation_id: UUID
    ticket: int
    epoch: int
    """Copy it into the reply: an answer under an older one is refused."""

    turn_id: UUID
    """The same when the record comes again."""

    kind: Literal["message", "reactivated"]
    answer_by: AwareDatetime | None
    """Null: the window is closed, and the bot waits for the customer."""

    message: CustomerMessage | None
    """With `message`."""

    summary: Summary | None
    """With `reactivated`."""

    contact: TurnContact
    variables: dict[str, Any]
    """With `reactivated`: what the bot gave with its last hand-off."""


class Text(Said):
    """A text to the customer, of 1 to 4,096 characters."""

    type: Literal["text"]
    text: CleanText


class Card(Said):
    """What the bot learned of the customer; it stands in the contact's card then."""

    name: Annotated[CleanText | None, Field(max_length=200)] = None
    email: Annotated[CleanText | None, Field(max_length=254)] = None
    attributes: Annotated[dict[Name, Attribute], Field(max_length=50)] = Field(default_factory=dict)


class HandOff(Said):
    """Give the ticket to people."""

    type: Literal["hand_off"]
    queue: Annotated[CleanText | None, Field(max_length=200)] = None
    """A team, by its name or id; none, or one that does not exist: the queue it was in, or of the channel."""

    reason: Annotated[CleanText, Field(min_length=1, max_length=200)]
    """For the people, in few words."""

    card: Card | None = None
    variables: Known = Field(default_factory=dict)


class End(Said):
    """The flow is at its end: people take over, unless the bot has the ticket for longer."""

    type: Literal["end"]


class Close(Said):
    """End the service."""

    type: Literal["close"]
    reason: Annotated[CleanText | None, Field(max_length=200)] = None


class Wait(Said):
    """Say nothing, and keep the ticket until the customer writes."""

    type: Literal["wait"]


Action = HandOff | End | Close | Wait


class Reply(Said):
    """An answer to a turn: messages in their order, then an action; at least one of the two."""

    tenant_id: UUID = Field(strict=False)
    conversation_id: UUID = Field(strict=False)
    epoch: int
    turn_id: UUID = Field(strict=False)
    reply_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
    """Names this reply: the same for the same reply, which then has one effect however often it comes."""

    messages: Annotated[list[Text], Field(max_length=MAX_MESSAGES)] = Field(default_factory=list)
    """More than ten are refused as a whole, and kept."""

    action: Annotated[Action, Field(discriminator="type")] | None = None


def decode(value: bytes | None) -> Reply:
    """The reply of a record.

    Raises:
        NotAReply: it is none; the message says what is wrong without repeating what was written.
    """
    try:
        return Reply.model_validate_json(value or b"")
    except ValidationError as wrong:
        found = wrong.errors(include_input=False, include_url=False, include_context=False)
        told = ((".".join(map(str, each["loc"])) or "value", each["msg"]) for each in found[:3])
        raise NotAReply("; ".join(f"{where}: {what}" for where, what in told)[:300]) from None
    except RecursionError:
        raise NotAReply("nested too deep") from None


def schema_of(record: type[BaseModel], topic: str) -> dict[str, Any]:
    """JSON Schema of a topic's values."""
    schema = record.model_json_schema(mode="serialization" if record is Turn else "validation")
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:balcao:{topic}"}
    return {**about, **schema, "title": topic}


RECORDS: Mapping[str, type[BaseModel]] = {"bot.turns.v1": Turn, "bot.replies.v1": Reply}


def schema_text(topic: str) -> str:
    """As it is kept in the repository: `python -m schemas.bot bot.turns.v1`."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(schema_of(RECORDS[topic], topic), option=options).decode()


if __name__ == "__main__":
    sys.stdout.write(schema_text(sys.argv[1]))
