"""Conversations as this ingestor last left them: their next message needs no load.

A profile asked for it: loading took a fifth of a batch, and grew with the thread. It holds no personal
fields. What another process has changed meanwhile is refused by the append, and forgotten here.
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
    """The newest ones, a bounded number."""

    most: int = MAX_REMEMBERED
    _known: OrderedDict[UUID, Loaded[Conversation]] = field(default_factory=OrderedDict)

    def of(self, ids: Iterable[UUID]) -> dict[UUID, Loaded[Conversation]]:
        """Those of `ids` that are remembered."""
        return {id: known for id in ids if (known := self._known.get(id)) is not None}

    def keep(self, conversations: Mapping[UUID, Loaded[Conversation]]) -> None:
        """They stand like this now."""
        for id, loaded in conversations.items():
            self._known[id] = loaded
            self._known.move_to_end(id)
        while len(self._known) > self.most:
            self._known.popitem(last=False)

    def forget(self, ids: Iterable[UUID]) -> None:
        """They have moved."""
        for id in ids:
            self._known.pop(id, None)
