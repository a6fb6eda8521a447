"""What came under each message id, to notice when the same id comes with other words."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

from domain.conversation.message_events import MessageImported, MessageReceived
from domain.incoming import IncomingMessage

MAX_REMEMBERED = 50_000

Said = IncomingMessage | MessageReceived | MessageImported


@dataclass
class DigestCache:
    """Digests of the newest messages that this process took, or was told of by the log.

    Only for the audit: which message stands is decided by the wamids of the log, and it is the first.
    """

    most: int = MAX_REMEMBERED
    _digests: OrderedDict[tuple[UUID, str], bytes] = field(default_factory=OrderedDict)

    def note(self, channel_id: UUID, wamid: str, first: Said) -> None:
        """This message was decided."""
        self._digests[channel_id, wamid] = _digest(first)
        if len(self._digests) > self.most:
            self._digests.popitem(last=False)

    def knows(self, channel_id: UUID, wamid: str) -> bool:
        """Whether the log need not be asked."""
        return (channel_id, wamid) in self._digests

    def differs(self, channel_id: UUID, message: IncomingMessage) -> bool:
        """Whether the first one of this id said something else."""
        first = self._digests.get((channel_id, message.wamid))
        return first is not None and first != _digest(message)


def _digest(message: Said) -> bytes:
    said = f"{message.type}\0{message.text}"
    return blake2b(said.encode(errors="surrogatepass"), digest_size=8).digest()
