"""What happens between phones, WhatsApp and the business: stored before it is shown."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from services.simulator.faults import Faults
from services.simulator.payloads import (
    Json,
    customers,
    envelope,
    message_value,
    new_wamid,
    status_value,
    written,
)
from services.simulator.records import Number, Phone, PhoneMessage
from services.simulator.store import SimulatorStore
from services.simulator.templates import Template, category_update, quality_update, status_update

WINDOW_S = 24 * 3600
STATUS_UPDATE = "message_template_status_update"
_DELIVERY_S = 0.15


class Bell:
    """Wakes everyone who waits for a change: the delivery and the phones' streams."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        for event in self._waiting:
            event.set()

    async def wait(self, timeout_s: float) -> None:
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            # not wait_for: in 3.11 it loses a cancellation that comes together with the ring
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await event.wait()
        finally:
            self._waiting.discard(event)


class World:
    """The behaviour of the simulator."""

    def __init__(self, store: SimulatorStore, faults: Faults, now: Callable[[], float]) -> None:
        self.store, self.now = store, now
        self.bell = Bell()
        self.closing = False
        self._faults = store.faults() or faults

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.store.set_faults(faults)
        self._faults = faults

    def reset(self) -> None:
        with self.store.transaction():
            self.store.forget()
        self._faults = Faults()

    def customer_writes(self, phone: Phone, text: str) -> PhoneMessage:
        """Send a message; pending until the business has answered its webhook with 200."""
        at = self.now()
        number = self._number(phone.phone_number_id)
        message = _new_message(phone.wa_id, number, "out", text, at, "pending", None)
        content = {"id": message.id, "timestamp": str(int(at)), "type": "text", "text": {"body": text}}
        with self.store.transaction():
            added = self.store.add_message(message)
            self._open_windows(phone, at)
            self._owe(number, message_value(number, phone, content), phone.wa_id, message_id=message.id)
        self.bell.ring()
        return added

    def customer_taps(self, phone: Phone, message: PhoneMessage, button: Json) -> PhoneMessage:
        """Answer a template with one of its quick replies."""
        at = self.now()
        number = self._number(phone.phone_number_id)
        text = str(button["text"])
        tapped = _new_message(phone.wa_id, number, "out", text, at, "pending", None, type="button")
        content = {
            "context": {"from": "".join(filter(str.isdecimal, number.display)), "id": message.id},
            "id": tapped.id,
            "timestamp": str(int(at)),
            "type": "button",
            "button": {"payload": button["payload"], "text": text},
        }
        with self.store.transaction():
            added = self.store.add_message(tapped)
            self._open_windows(phone, at)
            self._owe(number, message_value(number, phone, content), phone.wa_id, message_id=tapped.id)
        self.bell.ring()
        return added

    def customer_reads(self, phone: Phone) -> int:
        """Mark everything the business wrote as read; return how many were new."""
        unread = [
            message
            for message in self.store.messages_from_business(phone.wa_id)
            if message.status in ("sent", "delivered")
        ]
        with self.store.transaction():
            for message in unread:
                self.store.set_status(message.id, "read")
                self._owe_status(message, phone, "read")
        if unread:
            self.bell.ring()
        return len(unread)

    def goes_online(self, phone: Phone, online: bool) -> None:
        """Connect or disconnect a phone; connecting delivers what came meanwhile."""
        with self.store.transaction():
            self.store.set_online(phone.wa_id, online)
            for message in self.store.messages_from_business(phone.wa_id) if online else ():
                if message.status == "sent":
                    self._deliver(message, replace(phone, online=True))
        self.bell.ring()

    def changes_user_id(self, phone: Phone) -> Phone:
        """Change the business-scoped id; announced in two webhooks, in either order."""
        changed = replace(phone, bsuid=new_bsuid())
        number, at = self._number(phone.phone_number_id), str(int(self.now()))
        content = {
            "id": new_wamid(phone.wa_id),
            "timestamp": at,
            "type": "system",
            "system": {
                "body": f"{phone.name} changed",
                "type": "user_changed_user_id",
                "wa_id": phone.wa_id,
                "user_id": changed.bsuid,
            },
        }
        update = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": number.display, "phone_number_id": number.phone_number_id},
            "user_id_update": [
                {
                    "wa_id": phone.wa_id,
                    "detail": "user_id changed",
                    "user_id": {"previous": phone.bsuid, "current": changed.bsuid},
                    "timestamp": at,
                }
            ],
        }
        with self.store.transaction():
            self.store.set_bsuid(phone.wa_id, changed.bsuid)
            self._owe(number, message_value(number, phone, content, with_contact=False), phone.wa_id)
            self._owe(number, update, phone.wa_id, field="user_id_update")
        self.bell.ring()
        return changed

    def business_writes(
        self,
        number: Number,
        recipient: str,
        phone: Phone | None,
        text: str,
        opaque: str | None,
        template: Json | None = None,
    ) -> PhoneMessage:
        """Accept a message of the business: store it and its status webhooks in one transaction.

        A `template`, whose body is the text, needs no open window.
        """
        wa_id, at = phone.wa_id if phone else recipient, self.now()
        kind = "text" if template is None else "template"
        sent = _new_message(wa_id, number, "in", text, at, "sent", opaque, type=kind)
        sent = replace(sent, template=template)
        needs_window = template is None and self.faults.window == "later"
        late = needs_window and not self.window_is_open(number, recipient, phone)
        with self.store.transaction():
            self.store.add_call(opaque, number.phone_number_id, recipient, text, sent.id, at)
            message = self.store.add_message(replace(sent, status="failed") if late else sent)
            if late:
                self._owe_status(message, phone, "failed", error=REENGAGEMENT)
            else:
                self._owe_status(message, phone, "sent")
                if phone is None or phone.online:
                    self._deliver(message, phone)
        self.bell.ring()
        return self.store.message(message.id) or message

    def business_reacts(
        self,
        number: Number,
        recipient: str,
        phone: Phone | None,
        message_id: str,
        emoji: str,
        opaque: str | None,
    ) -> PhoneMessage:
        """Accept a reaction; it never gets more than `sent`, and `failed` if its message is not there."""
        wa_id, at = phone.wa_id if phone else recipient, self.now()
        sent = _new_message(wa_id, number, "in", emoji, at, "sent", opaque, type="reaction")
        target = self.store.message(message_id)
        found = target is not None and (target.wa_id, target.phone_number_id) == (
            wa_id,
            number.phone_number_id,
        )
        with self.store.transaction():
            self.store.add_call(opaque, number.phone_number_id, recipient, emoji, sent.id, at)
            if found:
                self.store.set_reaction(message_id, emoji)
            self._owe_status(
                sent, phone, "sent" if found else "failed", error=None if found else NO_SUCH_MESSAGE
            )
        self.bell.ring()
        return sent

    def business_reads(self, message: PhoneMessage) -> None:
        """Show this message and the earlier ones as read on the phone."""
        with self.store.transaction():
            for earlier in self.store.messages(message.wa_id):
                if earlier.direction == "out" and earlier.n <= message.n and earlier.status != "read":
                    self.store.set_status(earlier.id, "read")
        self.bell.ring()

    def window_is_open(self, number: Number, recipient: str, phone: Phone | None) -> bool:
        names = {recipient, *((phone.number, phone.bsuid) if phone else ())}
        return any(self.store.window(number.phone_number_id, name) > self.now() for name in names)

    def webhook(self, body: Any, raw: bytes) -> int:
        """Queue an arbitrary webhook; its messages open windows as usual."""
        with self.store.transaction():
            for phone_number_id, customer, second in customers(body):
                at = min(second, self.now()) if second else self.now()
                self.store.open_window(phone_number_id, customer, at + WINDOW_S)
            webhook = self.store.owe(raw, f"alone-{self.store.last_webhook() + 1}", self.now())
        self.bell.ring()
        return webhook

    def webhook_answered(self, message_id: str | None) -> None:
        """Mark the customer's message as delivered."""
        message = self.store.message(message_id) if message_id else None
        if message is not None and message.status == "pending":
            self.store.set_status(message.id, "delivered")
            self.bell.ring()

    def _deliver(self, message: PhoneMessage, phone: Phone | None) -> None:
        self.store.set_status(message.id, "delivered")
        if not self.faults.happens("skip_delivered", self.faults.skip_delivered, message.id):
            self._owe_status(message, phone, "delivered", after_s=_DELIVERY_S)

    def _owe_status(
        self,
        message: PhoneMessage,
        phone: Phone | None,
        status: str,
        after_s: float = 0.0,
        error: Json | None = None,
    ) -> None:
        told: Json = {"id": message.id, "status": status, "timestamp": str(int(self.now() + after_s))}
        if error is not None:
            told["errors"] = [error]
        number = self._number(message.phone_number_id)
        category = "service" if message.template is None else str(message.template["category"]).lower()
        form = self.faults.status_form
        value = status_value(number, told, message.wa_id, phone, message.opaque, form, category)
        self._owe(number, value, message.wa_id, after_s=after_s)

    def _owe(
        self,
        number: Number,
        value: Json,
        lane: str,
        field: str = "messages",
        after_s: float = 0.0,
        message_id: str | None = None,
    ) -> None:
        webhook = self.store.last_webhook() + 1
        due = self.now() + after_s + self.faults.delay_s(webhook)
        body = written(envelope(number.waba_id, field, value))
        self.store.owe(body, f"alone-{webhook}" if self.faults.shuffle else lane, due, message_id)

    def template_changes(self, template: Template, *updates: tuple[str, Json]) -> None:
        """Store a template, and announce what changed: field and value of each webhook."""
        with self.store.transaction():
            self.store.put_template(template)
            self._announce(template.waba_id, *updates)
        self.bell.ring()

    def meta_decides(
        self,
        template: Template,
        status: str | None = None,
        reason: str = "NONE",
        title: str | None = None,
        quality: str | None = None,
        category: str | None = None,
        refusal: int | None = None,
    ) -> Template:
        """Change what Meta decides of a template, and announce each change; return it as it then is."""
        decided, updates = template, list[tuple[str, Json]]()
        if category is not None and category != template.category:
            decided = replace(decided, category=category, previous_category=template.category)
            updates.append(("template_category_update", category_update(decided, template.category)))
        if quality is not None and quality != template.quality:
            decided = replace(decided, quality=quality, quality_at=int(self.now()))
            update = quality_update(decided, template.quality)
            updates.append(("message_template_quality_update", update))
        if status is not None and (status, reason) != (template.status, template.reason):
            decided = replace(decided, status=status, reason=reason)
            more = {} if title is None else {"other_info": {"title": title, "description": title}}
            updates.append((STATUS_UPDATE, status_update(decided, status, more)))
        if refusal is not None:
            decided = replace(decided, refusal=refusal or None)
        self.template_changes(decided, *updates)
        return decided

    def templates_deleted(self, templates: Sequence[Template], blocked_until: float) -> None:
        """Delete templates; their name cannot be used for a while."""
        with self.store.transaction():
            self.store.delete_templates([template.id for template in templates])
            for template in templates:
                self.store.block_name(template.waba_id, template.name, blocked_until)
                update = status_update(replace(template, reason="NONE"), "DELETED")
                self._announce(template.waba_id, (STATUS_UPDATE, update))
        self.bell.ring()

    def _announce(self, waba_id: str, *updates: tuple[str, Json]) -> None:
        for field, value in updates:
            webhook = self.store.last_webhook() + 1
            due = self.now() + self.faults.delay_s(webhook)
            body = written(envelope(waba_id, field, value, int(self.now())))
            self.store.owe(body, f"alone-{webhook}" if self.faults.shuffle else "templates", due)

    def _open_windows(self, phone: Phone, at: float) -> None:
        for name in (phone.number, phone.bsuid):
            self.store.open_window(phone.phone_number_id, name, at + WINDOW_S)

    def _number(self, phone_number_id: str) -> Number:
        return self.store.number(phone_number_id) or Number(phone_number_id, "0", "", "")


REENGAGEMENT: Json = {
    "code": 131047,
    "title": "Re-engagement message",
    "message": "Re-engagement message",
    "error_data": {
        "details": "Message failed to send because more than 24 hours have passed since the customer last "
        "replied to this number."
    },
}


NO_SUCH_MESSAGE: Json = {
    "code": 131009,
    "title": "Parameter value is not valid",
    "message": "Parameter value is not valid",
    "error_data": {"details": "The message to react to is gone, too old, or a reaction itself."},
}


def _new_message(
    wa_id: str,
    number: Number,
    direction: str,
    text: str,
    at: float,
    status: str,
    opaque: str | None,
    type: str = "text",
) -> PhoneMessage:
    pnid = number.phone_number_id
    return PhoneMessage(0, new_wamid(wa_id), wa_id, pnid, direction, text, type, at, status, opaque, 0)


def new_bsuid() -> str:
    return f"BR.{secrets.randbelow(10**20):020d}"
