"""One customer's thread, told in facts as the log takes them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation.message_events import ConversationStarted, MessageReceived
from domain.conversation.ticket_events import Closed
from domain.event import Event
from domain.log.append import Append, NewEvent, NewWamid, Orphan, WamidKey

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@dataclass
class ThreadBuilder:
    """A contact and their conversation; events get the next version unless the test says which."""

    tenant_id: UUID = field(default_factory=uuid7)
    channel_id: UUID = field(default_factory=uuid7)
    contact_id: UUID = field(default_factory=uuid7)
    conversation_id: UUID = field(default_factory=uuid7)
    version: int = 1

    def event(self, fact: Event, version: int | None = None, **fields: Any) -> NewEvent:
        self.version = self.version + 1 if version is None else version
        given: dict[str, Any] = {
            "fact": fact,
            "stream_id": self.conversation_id,
            "stream_version": self.version,
            "event_id": uuid7(),
            "tenant_id": self.tenant_id,
            "conversation_id": self.conversation_id,
            "contact_id": self.contact_id,
            "actor": f"contact:{self.contact_id}",
        }
        return NewEvent(**given | fields)

    def beginning(self, *more: NewEvent) -> Append:
        """The contact's key, the first event, and more of them."""
        return Append(events=[self.started(), *more], new_contacts=[self.contact_id])

    def started(self) -> NewEvent:
        return self.event(ConversationStarted(channel_id=self.channel_id, contact_id=self.contact_id), 1)

    def closed(self) -> NewEvent:
        return self.event(Closed(ticket=1, by=self.contact_id))

    def message(self, text: str = "bom dia", version: int | None = None, **fields: Any) -> NewEvent:
        given: dict[str, Any] = {
            "ticket": 1,
            "message_id": uuid7(),
            "type": "text",
            "text": text,
            "sender_name": "Zé",
            "wamid": f"wamid.{uuid7()}",
            "raw": None,
            "quoted_id": None,
            "sent_at": NOON,
            "received_at": NOON,
            "window_ends_at": NOON + timedelta(hours=24),
        }
        return self.event(MessageReceived(**given | fields), version)

    def messages(self, count: int) -> list[NewEvent]:
        return [self.message(f"mensagem {number}") for number in range(count)]

    def key(self, wamid: str, at: datetime | None = NOON) -> WamidKey:
        return WamidKey(self.channel_id, wamid, at)

    def wamid(self, wamid: str, at: datetime | None = NOON) -> NewWamid:
        return NewWamid(self.key(wamid, at), self.tenant_id, uuid7(), self.conversation_id)

    def orphan(self, wamid: str, digest: bytes = b"reaction") -> Orphan:
        return Orphan(self.tenant_id, self.channel_id, wamid, digest, b"the item", NOON)
