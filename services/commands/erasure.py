"""Erase a person: all that is kept of them in one transaction, and then what followers still stored."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from adapters.postgres.log.erased_records import Addresses
from adapters.postgres.log.erasures import Receipt, SealedItem
from adapters.postgres.log.event_log import PostgresLog
from adapters.whatsapp.belongs import belongs_to
from domain import streams
from domain.contact.erase import erase as erase_contact
from domain.contact.merge import main_of
from domain.contact.state import Contact, IdentityAttached
from domain.conversation.erase import erase as erase_conversation
from domain.log.append import Conflict, Erasure
from domain.refusals import NotFound
from schemas.topics import RETENTION_DAYS, TOPICS, parked_topic
from services.runtime.clock import Clock, utc_now
from services.runtime.erased_list import ErasedContact, ErasedList
from services.runtime.failpoint import failpoint
from services.write.actor import Administrator
from services.write.command_runner import ConcurrentChange
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork

TRIES = 50
"""How often an erasure is decided again while others write; each of them commits meanwhile."""

POLL_S = 0.05
PAGE = 1000
LATE = timedelta(hours=1)
"""For how long a bot may still answer what its customer wrote before."""


VACUUMED = (
    *("contact_keys", "identities", "threads", "drafts", "bot_sessions", "snapshots", "idempotency"),
    *("orphans", "quarantine", "notices", "topic_records", "workspace", "timeline", "scheduled", "contacts"),
)
"""The tables and read models of which PostgreSQL keeps the old rows until they are vacuumed."""


log = structlog.get_logger("erasure")


@dataclass(frozen=True, slots=True)
class Remains:
    """Something that an erasure cannot remove, why, and until when (None: for ever)."""

    place: str
    why: str
    until: datetime | None = None


def what_remains(receipt: Receipt, kafka: bool) -> list[Remains]:
    """Return what is left after an erasure."""
    left = [
        Remains(
            "events",
            f"{receipt.removed.get('events', 0)} events keep their order, times and ids; their personal"
            " fields are sealed under a key that is deleted.",
        ),
        Remains(
            "wamids",
            "Hashes of WhatsApp's message ids, 16 bytes each: they refuse repeats for ever, and no id can be"
            " read from them.",
        ),
        Remains("erasures", "The ids of the contact, and these counts."),
        Remains(
            "dead rows",
            f"PostgreSQL overwrites the old rows when it vacuums; VACUUM (FULL, ANALYZE) of"
            f" {', '.join(VACUUMED)}, then of pg_statistic, does it at once."
            " The write-ahead log keeps them until its files are recycled.",
        ),
        Remains(
            "backups", "They hold what they held; after a restore `balcao migrate --restored` erases again."
        ),
    ]
    if kafka:
        until = receipt.erased_at + timedelta(days=RETENTION_DAYS)
        why = "Kafka deletes no single record; this topic keeps records for seven days."
        left += [Remains(f"topic {name}", why, until) for name in (*TOPICS, *map(parked_topic, TOPICS))]
    return left


@dataclass(frozen=True, slots=True)
class ErasureCommands:
    """Erases people. A person is a contact with its aliases; the id of an alias stands for its main contact.

    The answer comes after the ids stand in the list outside the database, so that a restore cannot bring
    back anybody whose erasure was answered.
    """

    log: PostgresLog
    listed: ErasedList
    now: Clock = utc_now

    def erase(self, contact_id: UUID, by: Administrator, wait_s: float = 0.0) -> Receipt:
        """Erase a person, once; then wait at most `wait_s` until no follower holds a word of theirs.

        Raises:
            NotFound, ConcurrentChange, LogUnavailable
            OSError: it is done, but cannot be written to the list; repeat it.
        """
        receipt = self._decided(contact_id, by, self._commit)
        self.listed.add(_entries(receipt))
        until = time.monotonic() + wait_s
        while True:
            self.finish(receipt.person_id)
            receipt = self._receipt(receipt.person_id)
            if receipt.finished_at is not None or time.monotonic() >= until:
                return receipt
            time.sleep(POLL_S)

    def rehearse(self, contact_id: UUID, by: Administrator) -> Receipt:
        """Return the receipt that `erase` would give now; changes nothing.

        Raises:
            NotFound, ConcurrentChange, LogUnavailable
        """

        def rehearsed(unit: UnitOfWork) -> Receipt | None:
            answer = self.log.rehearse(unit.pending())
            if isinstance(answer, Conflict):
                unit.cache.refresh(answer)
                return None
            return answer

        return self._decided(contact_id, by, rehearsed)

    def erase_again(self, contacts: Iterable[ErasedContact]) -> int:
        """Erase contacts of the list that a restored log still knows; return their number.

        Each alone: with whom a contact was merged in an older log says nothing about that person's wish.
        """
        erased = 0
        for each in self._not_erased(contacts):
            by = Administrator(each.tenant_id, process="restore")
            self._decided(each.contact_id, by, self._commit, alone=True)
            erased += 1
        return erased

    def brought_back(self) -> int:
        """Return how many contacts of the list this log knows as not erased: an older copy was restored.

        Raises:
            LogUnavailable
        """
        return self._count_back(self.listed.read(), self._erased())

    def _erased(self) -> list[ErasedContact]:
        return [ErasedContact(*row) for row in self.log.erasures.all()]

    def _count_back(self, listed: Iterable[ErasedContact], erased: Iterable[ErasedContact]) -> int:
        known = {each.contact_id for each in erased}
        return sum(1 for _ in self._not_erased(each for each in listed if each.contact_id not in known))

    def _not_erased(self, contacts: Iterable[ErasedContact]) -> Iterator[ErasedContact]:
        wanted = list({each.contact_id: each for each in contacts}.values())
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            known = self.log.load([each.contact_id for each in page], streams.contact)
            for each in page:
                contact = known[each.contact_id].state
                if contact is not None and not contact.erased:
                    yield each

    def finish(self, person_id: UUID | None = None) -> None:
        """Remove what followers stored after an erasure, of all or one; those that are behind wait."""
        for erasure in self.log.erasures.unfinished(self.now() - LATE):
            if person_id in (None, erasure.person_id):
                self.log.erasures.finish(erasure)

    def housekeep(self) -> None:
        """Finish what a crash left unfinished, and complete the list; for a chore that must not fail."""
        self.finish()
        try:
            listed, erased = self.listed.read(), self._erased()
            # A copy of the files looks like the log itself: the list alone tells that it is older.
            if contacts := self._count_back(listed, erased):
                log.error("erased contacts are back, see `balcao migrate --restored`", contacts=contacts)
            known = {each.contact_id for each in listed}
            self.listed.add([each for each in erased if each.contact_id not in known])
        except OSError as error:
            log.error(
                "list of erased contacts cannot be used", file=str(self.listed.path), reason=error.strerror
            )

    def _commit(self, unit: UnitOfWork) -> Receipt | None:
        failpoint("before_erasure")
        answer = unit.commit()
        failpoint("after_erasure")
        if isinstance(answer, Conflict):
            return None
        assert unit.erasure is not None
        return self._receipt(unit.erasure.person_id)

    def _receipt(self, contact_id: UUID) -> Receipt:
        receipt = self.log.erasures.receipt(contact_id)
        assert receipt is not None, "it was erased"
        return receipt

    def _decided(
        self,
        contact_id: UUID,
        by: Administrator,
        write: Callable[[UnitOfWork], Receipt | None],
        alone: bool = False,
    ) -> Receipt:
        """Decide an erasure until it is written; `write` returns None on a conflict."""
        cache = StreamCache(self.log, by.tenant_id)
        for _ in range(TRIES):
            unit = UnitOfWork(cache)
            if not self._decide(unit, contact_id, by, alone):
                if (receipt := self.log.erasures.receipt(contact_id)) is not None:
                    return receipt
            elif (receipt := write(unit)) is not None:
                return receipt
            cache = StreamCache(self.log, by.tenant_id)
        raise ConcurrentChange

    def _decide(self, unit: UnitOfWork, contact_id: UUID, by: Administrator, alone: bool) -> bool:
        """Record the erasure on the unit; return whether there is anything to erase."""
        group = {contact_id: _required(unit, contact_id)}
        person_id = contact_id
        if not alone:
            person_id = main_of(contact_id, group[contact_id])
            main = _required(unit, person_id)
            group = {person_id: main} | {id: _required(unit, id) for id in sorted(main.aliases)}
        contacts = [id for id, contact in group.items() if not contact.erased]
        if not contacts:
            return False
        at, origin = self.now(), Origin(by.tenant_id, by.actor)
        conversations = self.log.erasures.conversations(contacts)
        unit.cache.load(conversations, streams.conversation)
        for id in conversations:
            conversation = unit.conversation(id).state
            assert conversation is not None, "a thread leads to its conversation"
            facts = erase_conversation(conversation, by.agent_id, at)
            unit.record(id, facts, streams.conversation, origin, id, conversation.contact_id)
        for id in contacts:
            facts = erase_contact(group[id], by.agent_id, at)
            unit.record(id, facts, streams.contact, origin, contact_id=id)
        found = Erasure(by.tenant_id, contacts[0], contacts, conversations, at)
        unit.erasure = self._searched(found)
        return True

    def _searched(self, erasure: Erasure) -> Erasure:
        """Find what is kept of them in places that do not name contacts."""
        tenant_id, contacts, conversations = erasure.tenant_id, erasure.contacts, erasure.conversations
        kept, addresses = self.log.erasures, self._addresses(tenant_id, contacts)
        records, inbound = kept.records(tenant_id, contacts, conversations, addresses)
        return replace(
            erasure,
            orphans=[(item.id, item.digest) for item in _theirs(kept.orphans(tenant_id), addresses)],
            quarantined=[item.id for item in _theirs(kept.quarantined(tenant_id), addresses)],
            notices=[item.digest for item in _theirs(kept.notices(tenant_id), addresses)],
            responses=kept.responses(contacts),
            records=records,
            inbound=inbound,
            counted=kept.counted(tenant_id, contacts, conversations),
        )

    def _addresses(self, tenant_id: UUID, contacts: Collection[UUID]) -> Addresses:
        """Read every address that these contacts ever had."""
        named: set[str] = set()
        after = 0
        while page := self.log.streams(contacts, tenant_id, after, PAGE):
            for event in page:
                if isinstance(event.fact, IdentityAttached) and isinstance(event.fact.value, str):
                    named.add(event.fact.value)
            after = page[-1].position
        numbers = self.log.erasures.numbers(tenant_id)
        keys = {f"{number}:{name}".encode() for number in numbers for name in named}
        return Addresses(named, keys, lambda raw: belongs_to(raw, named))


def _required(unit: UnitOfWork, contact_id: UUID) -> Contact:
    if (contact := unit.contact(contact_id).state) is None:
        raise NotFound("contact", contact_id)
    return contact


def _theirs(items: Iterable[SealedItem], addresses: Addresses) -> Iterable[SealedItem]:
    return (item for item in items if addresses.own(item.raw))


def _entries(receipt: Receipt) -> list[ErasedContact]:
    return [ErasedContact(id, receipt.tenant_id, receipt.erased_at) for id in receipt.contacts]
