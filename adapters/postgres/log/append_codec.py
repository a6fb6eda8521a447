"""Translation of an `Append` into the parameters of `append_events`, and of its answer into a result."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from adapters.postgres.connection.text import UNSTORABLE, storable
from adapters.postgres.log.append_writer import EncodedAppend, EventColumns, WamidColumns
from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.sealing import ContactKey, MasterKey, Unopenable, nonces
from adapters.postgres.log.wamids import wamid_hash, week_of
from domain.log.append import (
    Append,
    Appended,
    Conflict,
    Erasure,
    KeptNotice,
    KnownWamid,
    NewEvent,
    Orphan,
    Quarantined,
    RecordPlace,
    StoredResponse,
    WamidKey,
)
from domain.log.port import NotStorable


class AppendCodec:
    """Encodes appends and decodes their answers."""

    def __init__(self, mapper: EventCodec, master: MasterKey) -> None:
        self._events_codec = mapper
        self._master = master

    def sealed_for(self, what: Append) -> set[UUID]:
        """Return the existing contacts whose keys the append needs."""
        seals = self._events_codec.seals
        contacts = {new.contact_id for new in what.events if new.contact_id and seals(new.fact)}
        return contacts.difference(what.new_contacts)

    def encode(self, what: Append, keys: Mapping[UUID, ContactKey]) -> EncodedAppend:
        """Encode and seal an append; `keys` are those of the contacts in `sealed_for`.

        Raises:
            NotStorable
        """
        fresh = {contact_id: self._master.new_contact_key(contact_id) for contact_id in what.new_contacts}
        usable = dict(keys) | {contact_id: key for contact_id, (key, _) in fresh.items()}
        return EncodedAppend(
            events=self._event_columns(what.events, usable),
            streams=_expected_versions(what.events),
            sealed_for=keys.keys(),
            advances=[(advance.source, advance.expected, advance.next) for advance in what.advances],
            wamids=_wamid_columns(what),
            extras=self._extras(what, {contact_id: wrapped for contact_id, (_, wrapped) in fresh.items()}),
        )

    def decode(self, what: Append, answer: Mapping[str, Any]) -> Appended | StoredResponse | Conflict:
        """Decode what the database answered to the append `what`."""
        if "repeated" in answer:
            return decode_stored_response(answer["repeated"])
        if "lost" in answer:
            return self._conflict(what, answer["lost"])
        first = answer["first"] or 0
        return Appended(range(first, first + len(what.events)), answer["head"])

    def _event_columns(self, events: Sequence[NewEvent], keys: Mapping[UUID, ContactKey]) -> EventColumns:
        encode = self._events_codec.encode
        encoded = [
            encode(new, keys.get(new.contact_id) if new.contact_id else None, nonce)
            for new, nonce in zip(events, nonces(), strict=False)
        ]
        return EventColumns(
            streams=[new.stream_id for new in events],
            versions=[new.stream_version for new in events],
            types=[type for type, _, _ in encoded],
            states=[state for _, state, _ in encoded],
            tenants=[new.tenant_id for new in events],
            conversations=[new.conversation_id for new in events],
            contacts=[new.contact_id for new in events],
            event_ids=[new.event_id for new in events],
            metadata=[metadata for _, _, metadata in encoded],
        )

    def _extras(self, what: Append, wrapped: Mapping[UUID, bytes]) -> dict[str, Any] | None:
        """Collect the optional parts under the names that the database function knows; None without any."""
        parts: dict[str, Any] = {
            "contact_keys": [{"contact_id": c, "wrapped": _base64(w)} for c, w in wrapped.items()],
            **_claimed_keys(what),
            "orphans": [self._orphan(orphan) for orphan in what.orphans],
            "adopted": [
                {"hash": _orphan_hash(orphan), "digest": orphan.digest.hex()} for orphan in what.adopted
            ],
            "quarantined": [self._quarantined(item) for item in what.quarantined],
            "released": list(what.released),
            "notices": [self._notice(notice) for notice in what.notices],
            "idempotent": _idempotent(what),
            "erasure": what.erasure and _erasure(what.erasure),
            "unmoved": [{"id": stream, "at": at} for stream, at in what.expected_versions.items()],
            "no_arrivals": what.queue_unchanged_since
            and _fields(what.queue_unchanged_since, "tenant_id", "queue", "after"),
        }
        return {name: part for name, part in parts.items() if part} or None

    def _quarantined(self, item: Quarantined) -> dict[str, Any]:
        held = uuid7()
        return {
            "id": held,
            "code": _replace_unstorable(item.code),
            "reason": _replace_unstorable(item.reason),
            "sealed": self._seal_waiting(item.raw, held.bytes),
            "digest": item.digest.hex(),
            "phone_number_id": item.phone_number_id and _replace_unstorable(item.phone_number_id),
            "received_at": item.received_at,
        }

    def _notice(self, notice: KeptNotice) -> dict[str, Any]:
        return {
            "digest": notice.digest.hex(),
            **_fields(notice, "tenant_id", "channel_id", "received_at"),
            "field": _replace_unstorable(notice.field),
            "sealed": self._seal_waiting(notice.raw, notice.digest),
        }

    def _orphan(self, orphan: Orphan) -> dict[str, Any]:
        return {
            "hash": _orphan_hash(orphan),
            "digest": orphan.digest.hex(),
            **_fields(orphan, "tenant_id", "channel_id", "received_at"),
            "sealed": self._seal_waiting(orphan.item, orphan.digest),
            "week": week_of(orphan.received_at),
        }

    def _seal_waiting(self, raw: bytes, about: bytes) -> str:
        return _base64(self._master.seal("waiting items", raw, about))

    def _conflict(self, what: Append, lost: Mapping[str, Any]) -> Conflict:
        wamids = {
            what.wamids[at - 1].key: KnownWamid(UUID(message), UUID(conversation))
            for at, message, conversation in lost.get("wamids", ())
        }
        known = {
            WamidKey(orphan.channel_id, orphan.wamid, orphan.received_at): KnownWamid(UUID(m), UUID(c))
            for at, m, c in lost.get("known", ())
            for orphan in [what.orphans[at - 1]]
        }
        return Conflict(
            streams={UUID(stream): version for stream, version in lost.get("streams", {}).items()},
            sources=lost.get("sources", {}),
            wamids=wamids | known,
            identities={what.identities[at - 1].key: UUID(c) for at, c in lost.get("identities", ())},
            threads={what.threads[at - 1].key: UUID(c) for at, c in lost.get("threads", ())},
            names={what.names[at - 1].name: UUID(owner) for at, owner in lost.get("names", ())},
            orphans=tuple(self._open_orphan(what, *row) for row in lost.get("orphans", ())),
            contacts=frozenset(map(UUID, lost.get("contacts", ()))),
        )

    def _open_orphan(
        self, what: Append, at: int, tenant: str, channel: str, digest: str, sealed: str, received_at: str
    ) -> Orphan:
        about = bytes.fromhex(digest)
        try:
            item = self._master.open("waiting items", b64decode(sealed), about)
        except Unopenable:
            item = b""  # damaged: whoever adopts it says so, and the message comes all the same
        return Orphan(
            tenant_id=UUID(tenant),
            channel_id=UUID(channel),
            wamid=what.wamids[at - 1].key.wamid,
            digest=about,
            item=item,
            received_at=datetime.fromisoformat(received_at),
        )


def decode_stored_response(row: Mapping[str, Any]) -> StoredResponse:
    """Decode a stored response from its row; `body_hash` comes in hexadecimal."""
    return StoredResponse(bytes.fromhex(row["body_hash"]), row["status"], row["answer"], row["position"])


def _expected_versions(events: Iterable[NewEvent]) -> dict[UUID, int]:
    """Return the version each stream must have before the append.

    Raises:
        ValueError: the new versions of a stream have a gap.
    """
    newest: dict[UUID, int] = {}
    expected: dict[UUID, int] = {}
    for new in events:
        stream, version = new.stream_id, new.stream_version
        before = newest.get(stream)
        if before is None:
            expected[stream] = version - 1
        elif before != version - 1:
            raise ValueError(f"stream {stream} jumps from version {before} to {version}")
        newest[stream] = version
    return expected


def _wamid_columns(what: Append) -> WamidColumns:
    news = what.wamids
    hashes = [wamid_hash(new.key.channel_id, new.key.wamid) for new in news]
    if len(set(hashes)) != len(hashes):
        raise ValueError("one append claims a wamid twice")
    return WamidColumns(
        [week_of(new.key.at) for new in news],
        hashes,
        [new.message_id for new in news],
        [new.conversation_id for new in news],
    )


def _claimed_keys(what: Append) -> dict[str, list[dict[str, Any]]]:
    """Collect the keys that the append claims for an owner."""
    return {
        "identities": _distinct(
            (_fields(new.key, "tenant_id", "portfolio", "kind", "value"), {"contact_id": new.contact_id})
            for new in what.identities
        ),
        "threads": _distinct(
            (
                _fields(new.key, "tenant_id", "channel_id", "contact_id"),
                {"conversation_id": new.conversation_id},
            )
            for new in what.threads
        ),
        "names": _distinct(
            (_fields(new.name, "kind", "value"), _fields(new, "tenant_id", "owner_id")) for new in what.names
        ),
    }


def _distinct(claims: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return one row per key and owner.

    Raises:
        NotStorable: text that PostgreSQL does not accept.
        ValueError: one key is claimed for two owners.
    """
    held: dict[tuple[Any, ...], dict[str, Any]] = {}
    rows = []
    for key, holder in claims:
        if held.setdefault(tuple(key.values()), holder) != holder:
            raise ValueError("one append gives one key to two holders")
        if not all(storable(value) for value in key.values() if isinstance(value, str)):
            raise NotStorable("a key with NUL or a lone surrogate in it")
        rows.append(key | holder)
    return rows


def _idempotent(what: Append) -> dict[str, Any] | None:
    if (kept := what.idempotent) is None:
        return None
    if not (storable(kept.key.actor) and storable(kept.key.key)):
        raise NotStorable("an idempotency key with NUL or a lone surrogate in it")
    try:
        if b"\\u0000" in orjson.dumps(kept.answer):
            raise NotStorable("an answer with NUL in it")
    except orjson.JSONEncodeError as error:
        raise NotStorable(f"an answer that is not JSON: {error}") from error
    return {
        **_fields(kept.key, "tenant_id", "actor", "key"),
        "body_hash": kept.body_hash.hex(),
        "status": kept.status,
        "answer": kept.answer,
    }


def _erasure(part: Erasure) -> dict[str, Any]:
    return {
        **_fields(part, "tenant_id", "person_id", "contacts", "conversations", "quarantined", "counted"),
        "erased_at": part.at,
        "orphans": [{"hash": hash, "digest": digest.hex()} for hash, digest in part.orphans],
        "notices": [digest.hex() for digest in part.notices],
        "responses": [_fields(key, "tenant_id", "actor", "key") for key in part.responses],
        "records": encode_records(part.records),
        "inbound": [
            {**_fields(key, "topic", "source", "partition", "after"), "key": _base64(key.key)}
            for key in part.inbound
        ],
    }


def encode_records(records: Iterable[RecordPlace]) -> list[dict[str, Any]]:
    """Encode records to blank, as `blank_topic_records` takes them."""
    return [
        {
            **_fields(record, "topic", "partition", "keeps_key"),
            "record_offset": record.offset,
            "value": _base64(record.value),
        }
        for record in records
    ]


def _orphan_hash(orphan: Orphan) -> str:
    return wamid_hash(orphan.channel_id, orphan.wamid).hex()


def _fields(thing: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _replace_unstorable(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text)
