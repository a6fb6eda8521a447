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
class ReceiptRequest:
    """An agent has read up to `message_id`, or answered at `answer_position`, or, with neither, is typing.

    The customer is told of the owner's reading and typing alone, and of anybody's answer.
    """

    tenant_id: UUID
    conversation_id: UUID
    agent_id: UUID
    message_id: UUID | None = None
    answer_position: int | None = None

    @property
    def typing(self) -> bool:
        return self.message_id is None and self.answer_position is None


@dataclass
class ReadReceiptRequests:
    """Producer of requests to the sender, in a thread of its own; requests that fail are dropped.

    Each message gets one receipt, whether it was read or answered. The next one makes up for one that was
    dropped, because WhatsApp marks all earlier messages as read, too.
    """

    topics: Topics
    receipts: PostgresReceipts
    channels: ChannelLookup
    now: Clock
    _requests: "queue.Queue[ReceiptRequest | None]" = field(default_factory=lambda: queue.Queue(WAITING))
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

    def read(self, tenant_id: UUID, conversation_id: UUID, agent_id: UUID, message_id: UUID) -> None:
        """Request a read receipt up to a message, if this agent has the ticket."""
        self._put(ReceiptRequest(tenant_id, conversation_id, agent_id, message_id))

    def answered(self, tenant_id: UUID, conversation_id: UUID, agent_id: UUID, position: int) -> None:
        """Request a read receipt up to an agent's answer at this position."""
        self._put(ReceiptRequest(tenant_id, conversation_id, agent_id, answer_position=position))

    def typing(self, tenant_id: UUID, conversation_id: UUID, agent_id: UUID) -> None:
        """Request a typing indicator, if this agent has the ticket: WhatsApp marks as read with it."""
        self._put(ReceiptRequest(tenant_id, conversation_id, agent_id))

    def _put(self, request: ReceiptRequest | None) -> None:
        try:
            self._requests.put_nowait(request)
        except queue.Full:
            self._warn("too many wait")

    def _warn(self, reason: str) -> None:
        if self._warns.is_due():
            log.warning("read receipts dropped", reason=reason)

    def _run(self) -> None:
        while (request := self._requests.get()) is not None:
            try:
                self._tell(request)
            except TRANSIENT_ERRORS as away:
                self._warn(type(away).__name__)
            except Exception as failed:  # without this thread the queue would fill up and drop all of them
                log.error("read receipt dropped", exc_info=failed)

    def _tell(self, request: ReceiptRequest) -> None:
        tenant_id, conversation_id = request.tenant_id, request.conversation_id
        if request.typing and self._typed_lately(conversation_id):
            return
        message = self._message(request)
        if message is None:
            return
        channel = self.channels.by_id([(tenant_id, message.channel_id)]).get(message.channel_id)
        if channel is None or not (channel.sends_typing if request.typing else channel.sends_read):
            return
        self._produce(request, channel, message)
        self.receipts.receipt_sent(tenant_id, conversation_id, message)
        if request.typing:
            self._typed_at[conversation_id] = time.monotonic()

    def _message(self, request: ReceiptRequest) -> ReceiptTarget | None:
        """Read the customer's message that the request is about; None when there is nothing to tell."""
        thread = request.tenant_id, request.conversation_id
        if request.message_id is not None:
            return self.receipts.due_to_reader(*thread, request.agent_id, request.message_id)
        if request.answer_position is not None:
            return self.receipts.due_to_answer(*thread, request.answer_position)
        return self.receipts.newest_for_owner(*thread, request.agent_id)

    def _typed_lately(self, conversation_id: UUID) -> bool:
        at = time.monotonic()
        self._typed_at = {id: t for id, t in self._typed_at.items() if at - t < TYPING_LASTS_S}
        return conversation_id in self._typed_at

    def _produce(self, request: ReceiptRequest, channel: KnownChannel, message: ReceiptTarget) -> None:
        item = ReadItem(
            tenant_id=request.tenant_id,
            channel_id=channel.id,
            conversation_id=request.conversation_id,
            wamid=message.wamid,
            typing=request.typing,
            asked_at=self.now(),
        )
        self.topics.produce([Outgoing(OUTBOUND, str(request.conversation_id).encode(), encode(item))])
