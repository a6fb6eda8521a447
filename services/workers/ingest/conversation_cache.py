"""Conversations as this ingestor last wrote them, so that their next message needs no load.

Measured: loading took a fifth of a batch, and grew with the thread. It holds no personal fields. When
another process has changed a conversation, the append conflicts and the conversation is forgotten here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.conversation.state import Conversation
from domain.log.port import Loaded
from services.runtime.recent import Recent

MAX_REMEMBERED = 20_000


@dataclass
class ConversationCache:
    """The conversations that were written last."""

    _known: Recent[UUID, Loaded[Conversation]] = field(default_factory=lambda: Recent(MAX_REMEMBERED))

    def of(self, ids: Iterable[UUID]) -> dict[UUID, Loaded[Conversation]]:
        """Return the conversations among `ids` that are cached."""
        return {id: known for id in ids if (known := self._known.get(id)) is not None}

    def keep(self, conversations: Mapping[UUID, Loaded[Conversation]]) -> None:
        """Remember conversations as they were written."""
        for id, loaded in conversations.items():
            self._known.keep(id, loaded)

    def forget(self, ids: Iterable[UUID]) -> None:
        """Forget conversations that have moved."""
        self._known.forget(ids)
