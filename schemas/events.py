"""Published events in the HTTP API."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.http import LogPosition, ResponseModel


class CloudEvent(BaseModel):
    """An event as a CloudEvent 1.0, with extensions of ours; absent attributes have no value."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    specversion: Literal["1.0"]
    """The version of CloudEvents."""

    id: UUID
    """Id of the event: a repeat has the same one."""

    source: str
    """`/balcao/<log>`: with `sequence` it makes the position `<log>.<sequence>`."""

    type: str
    """What happened, such as `conversation.closed`. Expect new ones."""

    subject: UUID
    """The conversation, else the contact, else the agent, channel or tenant that it is about."""

    time: datetime
    """When it was recorded."""

    datacontenttype: Literal["application/json"]
    """What `data` is."""

    dataschema: str
    """Address of the JSON Schema of `data`, with the type's place in it."""

    sequence: str
    """Position in the log; it orders all events."""

    tenantid: UUID
    """The company."""

    conversationid: UUID | None = None
    """The conversation, if it is of one."""

    contactid: UUID | None = None
    """The contact, if it is about one."""

    stream: UUID
    """The stream of a conversation, of the delivery of a message, of a contact, agent, channel or tenant."""

    streamversion: str
    """Version of that stream, from 1 without gaps."""

    actor: str
    """Who caused it: `agent:<id>`, `contact:<id>`, `bot` or `system:<process>`."""

    dataversion: str
    """Version of the type, of which `data` is."""

    data: dict[str, Any]
    """The facts. Erased fields are null and named in `erased`."""


class Events(ResponseModel):
    """A page of events, oldest first, as CloudEvents. Continue later with `position` as `after`."""

    items: list[CloudEvent]
    """As in the topic `conversation.events.v1`, where personal fields may be withheld; here none is."""

    next: LogPosition | None
    """`after` of the next page; null at the end."""

    position: LogPosition
    """How far the log was looked through."""
