"""Requests for read receipts and typing indicators, best effort."""

import queue
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from adapters.postgres.agents.read_pointers import PostgresReceipts, ReceiptTarget
from domain.log.port import LogUnavailable
from schemas.outbound import ReadItem, encode
from schemas.topics import OUTBOUND, Outgoing, Topics, TopicsUnavailable
from services.queries.channels import ChannelLookup, KnownChannel
from services.runtime.clock import Clock
from services.runtime.log_setup import Occasionally

WAITING = 1_000
TYPING_LASTS_S = 20.0  # WhatsApp shows it for 25 s
TRANSIENT_ERRORS = (LogUnavailable, TopicsUnavailable)

log = structlog.get_logger("receipts")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request: an agent has read up to `message_id`, or is typing if that is None."""

    tenant_id: UUID
    conversation_id: UUID
    message_id: UUID | None


@dataclass
class ReadReceiptRequests:
    """Producer of requests to the sender, in a thread of its own; requests that fail are dropped.

    There is one receipt per message, whoever reads it first. A dropped one is covered by the next, because
    WhatsApp marks all earlier messages as read, too.
    """

    topics: Topics
    receipts: PostgresReceipts
    channels: ChannelLookup
    now: Clock
    _wanted: "queue.Queue[Wanted | None]" = field(default_factory=lambda: queue.Queue(WAITING))
    _typed_at: dict[UUID, float] = field(default_factory=dict)
    _thread: threading.Thread | None = None
    _warns: Occasionally = field(default_factory=Occasionally)

    def __enter__(self) -> "ReadReceiptRequests":
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._put(None)
        if self._thread is not None:
            self._thread.join(2)

    def read(self, tenant_id: UUID, conversation_id: UUID, message_id: UUID) -> None:
        """Request a read receipt up to a message."""
        self._put(Wanted(tenant_id, conversation_id, message_id))

    def typing(self, tenant_id: UUID, conversation_id: UUID) -> None:
        """Request a typing indicator."""
        self._put(Wanted(tenant_id, conversation_id, None))

    def _put(self, wanted: Wanted | None) -> None:
        try:
            self._wanted.put_nowait(wanted)
        except queue.Full:
            self._warn("too many wait")

    def _warn(self, reason: str) -> None:
        if self._warns.is_due():
            log.warning("read receipts dropped", reason=reason)

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            try:
                self._tell(wanted)
            except TRANSIENT_ERRORS as away:
                self._warn(type(away).__name__)
            except Exception as failed:  # without this thread the queue would fill up and drop all of them
                log.error("read receipt dropped", exc_info=failed)

    def _tell(self, wanted: Wanted) -> None:
        tenant_id, conversation_id = wanted.tenant_id, wanted.conversation_id
        if wanted.message_id is None:
            if self._typed_lately(conversation_id):
                return
            message = self.receipts.newest_from_customer(tenant_id, conversation_id)
        else:
            message = self.receipts.receipt_due(tenant_id, conversation_id, wanted.message_id)
        if message is None:
            return
        channel = self.channels.by_id([(tenant_id, message.channel_id)]).get(message.channel_id)
        typing = wanted.message_id is None
        if channel is None or not (channel.sends_typing if typing else channel.sends_read):
            return
        self._produce(wanted, channel, message)
        self.receipts.receipt_sent(tenant_id, conversation_id, message)

    def _typed_lately(self, conversation_id: UUID) -> bool:
        at = time.monotonic()
        if at - self._typed_at.get(conversation_id, -TYPING_LASTS_S) < TYPING_LASTS_S:
            return True
        self._typed_at = {id: t for id, t in self._typed_at.items() if at - t < TYPING_LASTS_S}
        self._typed_at[conversation_id] = at
        return False

    def _produce(self, wanted: Wanted, channel: KnownChannel, message: ReceiptTarget) -> None:
        item = ReadItem(
            tenant_id=wanted.tenant_id,
            channel_id=channel.id,
            conversation_id=wanted.conversation_id,
            wamid=message.wamid,
            typing=wanted.message_id is None,
            asked_at=self.now(),
        )
        self.topics.produce([Outgoing(OUTBOUND, str(wanted.conversation_id).encode(), encode(item))])
