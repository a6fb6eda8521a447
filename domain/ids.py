"""The names of things: UUIDv7 minted by us, except where a word of the field stands."""

from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
ChannelId = NewType("ChannelId", UUID)
AgentId = NewType("AgentId", UUID)
ContactId = NewType("ContactId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
EventId = NewType("EventId", UUID)

DEFAULT_QUEUE = "default"
"""The one queue of a tenant that has no teams."""
