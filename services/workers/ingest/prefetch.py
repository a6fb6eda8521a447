"""Loads what the decisions of a batch will read, in few round trips."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from domain import streams
from domain.contact.identity import writer_of
from domain.contact.phone import lookups
from domain.conversation.message_events import MessageEchoed, MessageImported, MessageReceived
from domain.event import ERASED
from domain.incoming import (
    Incoming,
    IncomingAside,
    IncomingEdit,
    IncomingMessage,
    IncomingReaction,
    IncomingRevoke,
    IncomingSender,
    IncomingStatus,
    IncomingSystemNotice,
)
from domain.log.append import IdentityKey, KnownWamid, ThreadKey, WamidKey
from services.inbound.decisions import MessageOrNotice, Received, own_key
from services.inbound.digests import DigestCache
from services.inbound.known_senders import KnownSenders, agree
from services.queries.channels import KnownChannel
from services.workers.ingest.conversation_cache import ConversationCache
from services.write.stream_cache import StreamCache

MAX_RECALLED = 50  # per batch: it serves the audit alone, and repeats are rare
_CHANGES = (IncomingReaction, IncomingEdit, IncomingRevoke)
_WRITTEN = (IncomingMessage, IncomingSystemNotice, IncomingAside)

Items = Sequence[tuple[KnownChannel, Incoming]]
"""The items of a batch whose channel is one of ours."""


def prefetch(
    cache: StreamCache,
    batch: Sequence[Received],
    conversations: ConversationCache,
    digests: DigestCache,
    senders: KnownSenders,
) -> None:
    """Fill the cache: keys, then the threads of the contacts found, then the streams.

    Whatever else a decision reads is loaded when it is read; so this may be incomplete, never wrong.
    """
    items = [(each.channel, each.incoming) for each in batch if each.channel is not None]
    cache.fetch(_named(items), _arriving(items), _identities(items))
    people = list(_people(cache, items, senders))
    cache.fetch(threads=[thread for thread, _ in people])
    cache.load({status.message_id for _, status in _statuses(items) if status.message_id}, streams.delivery)
    cache.load(_ticked(cache, items), streams.delivery)
    wanted = set(_conversations(cache, items, people))
    cache.seed(streams.conversation, conversations.of(wanted))
    cache.load(wanted, streams.conversation)
    shown = list(_contacts(cache, people))
    cache.load(shown, streams.contact)
    cache.load(_mains(cache, shown), streams.contact)
    cache.load(_owners(cache, items, people), streams.administered)
    _recall(cache, items, digests)


def _recall(cache: StreamCache, items: Items, digests: DigestCache) -> None:
    """Load the first messages of repeats that the digests do not know, to compare their texts."""
    forgotten: dict[UUID, tuple[KnownWamid, UUID, str]] = {}
    for channel, incoming in items:
        if not isinstance(incoming, IncomingMessage):
            continue
        first = cache.wamids.get((channel.id.int, incoming.wamid))
        if first is not None and not digests.knows(channel.id, incoming.wamid):
            forgotten[first.message_id] = first, channel.id, incoming.wamid
    asked = dict(islice(forgotten.items(), MAX_RECALLED))
    for message_id, fact in cache.log.message_events(first for first, _, _ in asked.values()).items():
        if isinstance(fact, (MessageReceived, MessageEchoed, MessageImported)) and fact.text is not ERASED:
            _, channel_id, wamid = asked[message_id]
            digests.note(channel_id, wamid, fact)


def _named(items: Items) -> Iterator[WamidKey]:
    """Yield the message ids that items name: targets, quotes, statuses."""
    for channel, incoming in items:
        if isinstance(incoming, _CHANGES):
            yield WamidKey(channel.id, incoming.target, incoming.sent_at)
        elif isinstance(incoming, IncomingMessage) and incoming.quoted:
            yield WamidKey(channel.id, incoming.quoted, incoming.sent_at)
        elif isinstance(incoming, IncomingStatus):
            yield WamidKey(channel.id, incoming.wamid, incoming.at)


def _arriving(items: Items) -> Iterator[WamidKey]:
    for channel, incoming in items:
        if isinstance(incoming, (*_WRITTEN, *_CHANGES)):
            yield own_key(incoming, channel)


def _written(items: Items) -> Iterator[tuple[KnownChannel, MessageOrNotice]]:
    for channel, incoming in items:
        if isinstance(incoming, _WRITTEN):
            yield channel, incoming


def _statuses(items: Items) -> Iterator[tuple[KnownChannel, IncomingStatus]]:
    for channel, incoming in items:
        if isinstance(incoming, IncomingStatus):
            yield channel, incoming


def _identities(items: Items) -> Iterator[IdentityKey]:
    for channel, written in _written(items):
        yield from _addresses(channel, written.sender)
        if isinstance(written, IncomingSystemNotice) and written.becomes is not None:
            yield from _addresses(channel, written.becomes)


def _addresses(channel: KnownChannel, sender: IncomingSender) -> Iterator[IdentityKey]:
    if sender.bsuid:
        yield IdentityKey(channel.tenant_id, channel.portfolio, "bsuid", sender.bsuid)
    for phone in lookups(sender.phone) if sender.phone else ():
        yield IdentityKey(channel.tenant_id, channel.portfolio, "phone", phone)


def _people(
    cache: StreamCache, items: Items, senders: KnownSenders
) -> Iterator[tuple[ThreadKey, UUID | None]]:
    """Yield the thread of each known sender, and the contact to load before they can be identified."""
    for channel, written in _written(items):
        holders = {"bsuid": None, "phone": None} | {
            key.kind: holder
            for key in reversed(list(_addresses(channel, written.sender)))
            if (holder := cache.contacts.get(key)) is not None
        }
        writer = writer_of(holders["bsuid"], holders["phone"])
        if writer is not None:
            settled = agree(written.sender, holders["bsuid"], holders["phone"]) and senders.knows(
                writer, written.sender
            )
            yield ThreadKey(channel.tenant_id, channel.id, writer), None if settled else writer


def _ticked(cache: StreamCache, items: Items) -> Iterator[UUID]:
    """Yield the messages that statuses name by the wamid alone."""
    for channel, status in _statuses(items):
        found = cache.wamids.get((channel.id.int, status.wamid))
        if status.message_id is None and found is not None:
            yield found.message_id


def _conversations(
    cache: StreamCache, items: Items, people: Iterable[tuple[ThreadKey, UUID | None]]
) -> Iterator[UUID]:
    for thread, _ in people:
        if (id := cache.threads.get(thread)) is not None:
            yield id
    for channel, incoming in items:
        if isinstance(incoming, _CHANGES):
            target = cache.wamids.get((channel.id.int, incoming.target))
            if target is not None:
                yield target.conversation_id
        elif isinstance(incoming, IncomingStatus):
            found = cache.wamids.get((channel.id.int, incoming.wamid))
            id = incoming.message_id or (found.message_id if found else None)
            if (delivery := cache.delivery(id)) is not None:
                yield delivery.conversation_id


def _contacts(cache: StreamCache, people: Iterable[tuple[ThreadKey, UUID | None]]) -> Iterator[UUID]:
    """Yield the contacts to load: to identify a sender, or for the name on a ticket that opens."""
    for thread, needed in people:
        if needed is not None:
            yield needed
        conversation = cache.conversation(cache.threads.get(thread))
        if conversation is None or not conversation.is_open:
            yield thread.contact_id


def _mains(cache: StreamCache, shown: Iterable[UUID]) -> Iterator[UUID]:
    """Yield the contacts that aliases are merged into."""
    for id in shown:
        if (contact := cache.contact(id)) is not None and contact.merged_into is not None:
            yield contact.merged_into


def _owners(
    cache: StreamCache, items: Items, people: Iterable[tuple[ThreadKey, UUID | None]]
) -> Iterator[UUID]:
    """Yield the owners of tickets that may be reopened."""
    reopening = {channel.id for channel, _ in items if channel.reopen_within_s}
    for thread, _ in people if reopening else ():
        conversation = cache.conversation(cache.threads.get(thread))
        if conversation is None or conversation.is_open or thread.channel_id not in reopening:
            continue
        if conversation.owner is not None:
            yield conversation.owner
