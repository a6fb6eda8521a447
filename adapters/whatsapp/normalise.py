"""Translation of a raw WhatsApp item into the domain's incoming types. Never fails."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from adapters.whatsapp.content import MAX_WAMID, aside_of, bounded, quoted_of, raw_of, text_of
from adapters.whatsapp.people import (
    PREFERENCES,
    USER_ID_UPDATE,
    address,
    business_scoped,
    text_or_none,
    user_id_update,
)
from adapters.whatsapp.times import Moment, moment
from domain.incoming import (
    AsideKind,
    Incoming,
    IncomingAside,
    IncomingEdit,
    IncomingMessage,
    IncomingPreference,
    IncomingReaction,
    IncomingRevoke,
    IncomingSender,
    IncomingStatus,
    IncomingSystemNotice,
    Notice,
    StatusError,
    Unreadable,
)
from domain.text import clean_name, clean_text
from schemas.inbound import InboundItem

_MAX_ERRORS = 10
_MAX_EMOJI = 64
_Change = IncomingReaction | IncomingEdit | IncomingRevoke
_UNKNOWN_CODE = -1  # 0 would mean an expired token


def normalise(item: InboundItem) -> Incoming:
    """Translate an item. Never raises; what cannot be read becomes `Unreadable` with a reason."""
    if item.kind in ("message", "echo"):
        return _message(item)
    if item.kind == "status":
        return _status(item)
    if item.kind == "notice":
        return _user_id_changed(item) or _preference(item) or Notice(item.field, item.item)
    return Unreadable(item.reason or "The record gives no reason.", raw=_raw_bytes(item.raw))


def _message(item: InboundItem) -> Incoming:
    message = item.item
    wamid = text_or_none(message.get("id"), MAX_WAMID)
    if wamid is None:
        return Unreadable("The message has no usable id, so a repeat of it could not be known.", "no_id")
    sender = sender_of(message, item.contact)
    if sender is None:
        return Unreadable("The message names nobody who could have written it.", "no_sender")
    when = moment(message.get("timestamp"), item.received_at)
    if (aside := aside_of(message, item.field, bool(item.errors))) is not None:
        return _aside(item, aside, wamid, sender, when)
    kind = message.get("type")
    if isinstance(kind, str) and (change := _CHANGES.get(kind)) is not None:
        changed = change(message, wamid, sender, when)
        if changed is None or (item.kind == "echo" and isinstance(changed, IncomingSystemNotice)):
            return _aside(item, "unreadable_change", wamid, sender, when)
        return changed if isinstance(changed, IncomingSystemNotice) else _by(item, changed)
    return _by(item, _content_message(item, wamid, sender, when))


def _by(item: InboundItem, incoming: IncomingMessage | _Change) -> Incoming:
    return replace(incoming, from_app=True) if item.kind == "echo" else incoming


def _aside(
    item: InboundItem, kind: AsideKind, wamid: str, sender: IncomingSender, when: Moment
) -> IncomingAside | Notice:
    """Return a message that is none to us as a notice in the thread; an echo is only kept."""
    if item.kind == "echo":
        return Notice(item.field, item.item)
    raw = raw_of(item.item, "aside", item.errors) or {}
    typed = {"type": item.item.get("type"), **raw}
    return IncomingAside(wamid, sender, kind, when.at, when.flagged, bounded(typed), when.claimed)


def _content_message(item: InboundItem, wamid: str, sender: IncomingSender, when: Moment) -> IncomingMessage:
    message, kind = item.item, item.item.get("type")
    found = text_of(kind, message) if isinstance(kind, str) else None
    if found is None or not isinstance(kind, str):
        kind, found = "unsupported", (None, False)
    return IncomingMessage(
        wamid,
        sender,
        kind,
        when.at,
        when.flagged,
        text=found[0],
        truncated=found[1],
        quoted=quoted_of(message),
        raw=raw_of(message, kind, item.errors),
        claimed_at=when.claimed,
        imported=item.field == "history",
    )


def sender_of(message: dict[str, Any], contact: dict[str, Any] | None) -> IncomingSender | None:
    """Identify the sender from the message and from its entry in `contacts`."""
    card = contact or {}
    written = address(message.get("from"))
    known = written if card.get("wa_id") == message.get("from") else address(card.get("wa_id"))
    bsuid = business_scoped(message.get("from_user_id")) or business_scoped(card.get("user_id"))
    bsuid = bsuid or written.bsuid or known.bsuid
    phone = written if written.phone else known
    if bsuid is None and phone.phone is None:
        return None
    profile = card.get("profile")
    profile = profile if isinstance(profile, dict) else {}
    username = clean_name(profile.get("username"))
    return IncomingSender(
        bsuid,
        phone.phone,
        phone.wa_id,
        clean_name(profile.get("name")),
        username.removeprefix("@") or None if username else None,
    )


def _reaction(message: dict[str, Any], wamid: str, sender: IncomingSender, when: Moment) -> _Change | None:
    content = message.get("reaction")
    target = text_or_none(content.get("message_id"), MAX_WAMID) if isinstance(content, dict) else None
    if target is None or not isinstance(content, dict):
        return None
    emoji = content.get("emoji") or None  # a removal lacks the key, or has it empty
    if not isinstance(emoji, str | None):
        return None
    return IncomingReaction(
        wamid, sender, target, clean_text(emoji, _MAX_EMOJI)[0], when.at, when.flagged, when.claimed
    )


def _edit(message: dict[str, Any], wamid: str, sender: IncomingSender, when: Moment) -> _Change | None:
    content, target = _content_and_target(message.get("edit"))
    if content is None or target is None:
        return None
    new = content.get("message")
    kind = new.get("type") if isinstance(new, dict) else None
    said = text_of(kind, new) if isinstance(new, dict) and isinstance(kind, str) else None
    text = said[0] if said else None
    return IncomingEdit(wamid, sender, target, text, when.at, when.flagged, bounded(content), when.claimed)


def _revoke(message: dict[str, Any], wamid: str, sender: IncomingSender, when: Moment) -> _Change | None:
    _, target = _content_and_target(message.get("revoke"))
    return IncomingRevoke(wamid, sender, target, when.at, when.flagged, when.claimed) if target else None


def _content_and_target(content: Any) -> tuple[dict[str, Any] | None, str | None]:
    if not isinstance(content, dict):
        return None, None
    return content, text_or_none(content.get("original_message_id"), MAX_WAMID)


def _system(
    message: dict[str, Any], wamid: str, sender: IncomingSender, when: Moment
) -> IncomingSystemNotice | None:
    content = message.get("system")
    if not isinstance(content, dict):
        return None
    kind = text_or_none(content.get("type"), 200) or "unknown"
    raw: dict[str, Any] = {name: message[name] for name in ("system", "identity") if name in message}
    return IncomingSystemNotice(
        wamid,
        sender,
        kind,
        clean_text(content.get("body"))[0],
        when.at,
        when.flagged,
        _new_identity(content) if kind != "customer_identity_changed" else None,
        bounded(raw),
        when.claimed,
    )


def _new_identity(content: dict[str, Any]) -> IncomingSender | None:
    """Return the new identity of a change; for a new number, `from` is the old one and `wa_id` the new."""
    number = address(content.get("wa_id") or content.get("new_wa_id"))
    bsuid = business_scoped(content.get("user_id")) or number.bsuid
    return IncomingSender(bsuid, number.phone, number.wa_id) if bsuid or number.phone else None


def _user_id_changed(item: InboundItem) -> IncomingSystemNotice | None:
    """Translate a `user_id_update`: a new business-scoped id, which may come without a system message."""
    update = user_id_update(item.item) if item.field == USER_ID_UPDATE and item.phone_number_id else None
    if update is None:
        return None
    when = moment(update.raw.get("timestamp"), item.received_at)
    return IncomingSystemNotice(
        f"{USER_ID_UPDATE}:{update.previous}:{update.current}",  # without an id of its own
        IncomingSender(update.previous, update.phone.phone, update.phone.wa_id),
        "user_changed_user_id",
        clean_text(update.raw.get("detail"))[0],
        when.at,
        when.flagged,
        IncomingSender(update.current),
        bounded(update.raw),
        when.claimed,
    )


def _preference(item: InboundItem) -> IncomingPreference | None:
    """Translate a choice about marketing messages, of which each item holds one."""
    listed = item.item.get(PREFERENCES) if item.field == PREFERENCES and item.phone_number_id else None
    choice = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(choice, dict) or choice.get("category") != "marketing_messages":
        return None
    number = address(choice.get("wa_id"))
    bsuid = business_scoped(choice.get("user_id")) or number.bsuid
    value = choice.get("value")
    if value not in ("stop", "resume", "signup") or not (bsuid or number.phone):
        return None
    when = moment(choice.get("timestamp"), item.received_at)
    sender = IncomingSender(bsuid, number.phone, number.wa_id)
    return IncomingPreference(sender, value == "stop", when.at, item.field, item.item)


_Read = Callable[[dict[str, Any], str, IncomingSender, Moment], _Change | IncomingSystemNotice | None]
_CHANGES: dict[str, _Read] = {"reaction": _reaction, "edit": _edit, "revoke": _revoke, "system": _system}


def _status(item: InboundItem) -> Incoming:
    wamid = text_or_none(item.item.get("id"), MAX_WAMID)
    status = text_or_none(item.item.get("status"), 100)
    if wamid is None or status is None:
        return Unreadable("The status does not say of which message, or what became of it.", "no_id")
    when = moment(item.item.get("timestamp"), item.received_at)
    errors = item.item.get("errors")
    return IncomingStatus(
        wamid,
        status,
        when.at,
        when.flagged,
        _our_id(item.item.get("biz_opaque_callback_data")),
        tuple(map(_error, errors[:_MAX_ERRORS])) if isinstance(errors, list) else (),
    )


def _our_id(opaque: Any) -> UUID | None:
    try:
        return UUID(opaque) if isinstance(opaque, str) and len(opaque) == 36 else None
    except ValueError:
        return None


def _error(error: Any) -> StatusError:
    told = error if isinstance(error, dict) else {}
    code, data = told.get("code"), told.get("error_data")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 10:
        code = int(code)
    details = data.get("details") if isinstance(data, dict) else data
    return StatusError(
        code if isinstance(code, int) and not isinstance(code, bool) else _UNKNOWN_CODE,
        clean_text(told.get("title") or told.get("message"), 500)[0] or "",
        clean_text(details, 2000)[0],
    )


def _raw_bytes(raw: str | None) -> bytes:
    try:
        return b64decode(raw or "", validate=True)
    except ValueError:
        return b""
