"""Topic `conversation.events.v1`: published events as CloudEvents 1.0 in Kafka's binary mode.

The headers hold the attributes, the value the data as JSON; `schemas/json/conversation.events.v1.json`
describes the data of each type. A repeated record has the same `id`. `sequence` is the position in the log
and grows within a conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SCHEMA = "urn:balcao:conversation.events.v1"
_PREFIX = "ce_"


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event with its metadata. `data` is JSON.

    `subject` is the conversation, or the contact for events without one. `stream` is the event's stream (of a
    conversation, a delivery or a contact), `streamversion` its version there.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    tenantid: str
    conversationid: str | None
    contactid: str | None
    stream: str
    streamversion: int
    actor: str
    version: int
    data: bytes

    def attributes(self) -> dict[str, str]:
        """Return the CloudEvents attributes and our extensions as text."""
        given: dict[str, str | None] = {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "dataschema": f"{SCHEMA}#/$defs/{self.type}",
            "sequence": str(self.sequence),
            "tenantid": self.tenantid,
            "conversationid": self.conversationid,
            "contactid": self.contactid,
            "stream": self.stream,
            "streamversion": str(self.streamversion),
            "actor": self.actor,
            "dataversion": str(self.version),
        }
        return {name: value for name, value in given.items() if value is not None}

    def headers(self) -> dict[str, bytes]:
        """Return the headers of the record (binary mode)."""
        attributes = {_PREFIX + name: value.encode() for name, value in self.attributes().items()}
        return {"content-type": CONTENT_TYPE.encode(), **attributes}

    def structured(self) -> dict[str, Any]:
        """Return the event as one JSON object (structured mode), as in HTTP responses."""
        attributes: dict[str, Any] = dict(self.attributes())
        return attributes | {"datacontenttype": CONTENT_TYPE, "data": orjson.loads(self.data)}


def read(headers: Mapping[str, bytes], value: bytes) -> dict[str, Any]:
    """Convert a record to the structured mode."""
    attributes: dict[str, Any] = {
        name.removeprefix(_PREFIX): text.decode()
        for name, text in headers.items()
        if name.startswith(_PREFIX)
    }
    return attributes | {"datacontenttype": headers["content-type"].decode(), "data": orjson.loads(value)}
