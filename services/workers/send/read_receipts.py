"""Sends read receipts to WhatsApp, beside the messages and never before them."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import structlog

from adapters.whatsapp.graph import GraphApi, GraphRefused, OutcomeUnknown
from schemas.outbound import ReadItem
from services.queries.channels import KnownChannel
from services.runtime.clock import Clock

WAITING = 1_000
CALL_S = 5.0
TYPING_LASTS = timedelta(seconds=20)

log = structlog.get_logger("receipts")


@dataclass
class ReadReceiptSender:
    """Sends one receipt at a time, in order; of each conversation only the newest is queued.

    A receipt that fails is dropped: the next one covers it.
    """

    graph: GraphApi
    now: Clock
    _waiting: "OrderedDict[UUID, tuple[ReadItem, KnownChannel]]" = field(default_factory=OrderedDict)
    _some: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _calling: bool = False

    def start(self) -> None:
        # A daemon: a call that hangs must not hold up the end of the process.
        threading.Thread(target=self._run, name="receipts", daemon=True).start()

    def put(self, item: ReadItem, channel: KnownChannel) -> None:
        """Queue a receipt; it is sent soon, or dropped."""
        with self._some:
            if len(self._waiting) >= WAITING:
                self._waiting.popitem(last=False)
            before = self._waiting.pop(item.conversation_id, None)
            typing = item.typing or (before is not None and before[0].typing)
            self._waiting[item.conversation_id] = (replace(item, typing=typing), channel)
            self._some.notify()

    def idle(self) -> bool:
        """Whether nothing is queued and no call is under way."""
        with self._some:
            return not self._waiting and not self._calling

    def close(self) -> None:
        """Send no more receipts."""
        with self._some:
            self._closed = True
            self._some.notify()

    def _run(self) -> None:
        while True:
            with self._some:
                self._calling = False
                self._some.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                _, (item, channel) = self._waiting.popitem(last=False)
                self._calling = True
            self._tell(item, channel)

    def _tell(self, item: ReadItem, channel: KnownChannel) -> None:
        typing = item.typing and self.now() - item.asked_at < TYPING_LASTS
        deadline = time.monotonic() + CALL_S
        try:
            self.graph.mark_read(channel.phone_number_id, item.wamid, deadline=deadline, typing=typing)
        except (GraphRefused, OutcomeUnknown) as failed:
            log.info("read receipt dropped", conversation=str(item.conversation_id), reason=_reason(failed))
        except Exception as bug:  # of one receipt: the others must not wait for it
            log.error("read receipt failed", conversation=str(item.conversation_id), exc_info=bug)


def _reason(failed: GraphRefused | OutcomeUnknown) -> str:
    """Describe a failure without WhatsApp's own words: they may name a phone."""
    return f"refused {failed.code}" if isinstance(failed, GraphRefused) else "unknown"
