"""Digests of messages, to notice when the same message id comes with another text."""

from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

from domain.conversation.message_events import MessageEchoed, MessageImported, MessageReceived
from domain.incoming import IncomingMessage
from services.runtime.recent import Recent

MAX_REMEMBERED = 50_000

Said = IncomingMessage | MessageReceived | MessageEchoed | MessageImported


@dataclass
class DigestCache:
    """Digests of the newest messages that this process decided, or loaded from the log.

    For the audit only: the wamids of the log decide which message stands, and it is the first.
    """

    _digests: Recent[tuple[UUID, str], bytes] = field(default_factory=lambda: Recent(MAX_REMEMBERED))

    def note(self, channel_id: UUID, wamid: str, first: Said) -> None:
        """Remember a message that was decided."""
        self._digests.keep((channel_id, wamid), _digest(first))

    def knows(self, channel_id: UUID, wamid: str) -> bool:
        """Return whether the message is remembered here."""
        return (channel_id, wamid) in self._digests

    def differs(self, channel_id: UUID, message: IncomingMessage) -> bool:
        """Return whether the first message with this id had another text."""
        first = self._digests.get((channel_id, message.wamid))
        return first is not None and first != _digest(message)


def _digest(message: Said) -> bytes:
    said = f"{message.type}\0{message.text}"
    return blake2b(said.encode(errors="surrogatepass"), digest_size=8).digest()
