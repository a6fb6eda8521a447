"""Conversations as this ingestor last wrote them, so that their next message needs no load.

Measured: loading took a fifth of a batch, and grew with the thread. It holds no personal fields. When
another process has changed a conversation, the append conflicts and the conversation is forgotten here.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.conversation.state import Conversation
from domain.log.port import Loaded

MAX_REMEMBERED = 20_000


@dataclass
class ConversationCache:
    """The conversations that were written last, a bounded number."""

    most: int = MAX_REMEMBERED
    _known: OrderedDict[UUID, Loaded[Conversation]] = field(default_factory=OrderedDict)

    def of(self, ids: Iterable[UUID]) -> dict[UUID, Loaded[Conversation]]:
        """Return the conversations among `ids` that are cached."""
        return {id: known for id in ids if (known := self._known.get(id)) is not None}

    def keep(self, conversations: Mapping[UUID, Loaded[Conversation]]) -> None:
        """Remember conversations as they were written."""
        for id, loaded in conversations.items():
            self._known[id] = loaded
            self._known.move_to_end(id)
        while len(self._known) > self.most:
            self._known.popitem(last=False)

    def forget(self, ids: Iterable[UUID]) -> None:
        """Forget conversations that have moved."""
        for id in ids:
            self._known.pop(id, None)
