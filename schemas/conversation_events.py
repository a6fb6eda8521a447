"""Topic `conversation.events.v1`: published events as CloudEvents 1.0 in Kafka's binary mode.

The headers hold the attributes, the value the data as JSON; `schemas/json/conversation.events.v1.json`, which
the API serves at `SCHEMA_PATH`, describes the data of each type. A repeated record has the same `id`.
`sequence` is the position in the log and grows within a conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SCHEMA = "urn:balcao:conversation.events.v1"
SCHEMA_PATH = "/v1/schemas/conversation.events.v1.json"
_PREFIX = "ce_"


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event with its metadata. `data` is JSON.

    `subject` is the conversation, else the contact, else the agent, channel or tenant that it is about.
    `stream` is the event's stream (of a conversation, a delivery or one of those), `streamversion` its
    version there. `dataschema` is an address that answers with the schema of the data.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
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
            "dataschema": self.dataschema,
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

    def json(self) -> bytes:
        """Encode the event as one JSON object (structured mode), as in HTTP responses."""
        data = {"datacontenttype": CONTENT_TYPE, "data": orjson.Fragment(self.data)}
        return orjson.dumps(self.attributes() | data)


def read(headers: Mapping[str, bytes], value: bytes) -> dict[str, Any]:
    """Convert a record to the structured mode."""
    attributes: dict[str, Any] = {
        name.removeprefix(_PREFIX): text.decode()
        for name, text in headers.items()
        if name.startswith(_PREFIX)
    }
    return attributes | {"datacontenttype": headers["content-type"].decode(), "data": orjson.loads(value)}
