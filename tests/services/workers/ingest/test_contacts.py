"""Who a customer is follows each of their messages: present address, profile name, the same on every row."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from domain import streams
from domain.contact.card import Details
from domain.contact.state import (
    Contact,
    IdentityAttached,
    IdentityHeard,
    IdentityReplaced,
    ProfileNamed,
)
from domain.incoming import IncomingSender
from services.commands.contacts import ContactCommands
from services.inbound.known_senders import KnownSenders
from services.workers.publish.bot_turns import _people
from services.workers.send.attempts import address_of
from services.write.actor import Person
from services.write.command_runner import CommandRunner
from tests.support import traffic
from tests.support.cell import Cell
from tests.support.traffic import START

OLD, NEW = "BR.AAAA", "BR.BBBB"
PHONE = "552098760142"
"""As WhatsApp writes it, without the ninth digit."""

FULL = "5520998760142"


def writes(
    cell: Cell,
    wamid: str,
    phone: str | None = None,
    bsuid: str | None = None,
    name: str | None = None,
    at: int = 0,
) -> bytes:
    said = traffic.text(wamid, wamid, at=START + at)
    del said["from"]
    said |= {"from": phone} if phone else {}
    said |= {"from_user_id": bsuid} if bsuid else {}
    card: dict[str, Any] = {"profile": {"name": name} if name else {}}
    card |= {"wa_id": phone} if phone else {}
    card |= {"user_id": bsuid} if bsuid else {}
    return traffic.body([said], contacts=[card])


def changes(kind: str, at: int = 0, sender: dict[str, str] | None = None, **told: str) -> bytes:
    message = {"id": f"wamid.{kind}.{at}", "timestamp": str(START + at), "type": "system"}
    return traffic.body([{**message, **(sender or {}), "system": {"type": kind, "body": "…", **told}}])


def takes(cell: Cell, *bodies: bytes) -> None:
    """One ingestor takes each body in a batch of its own: it remembers the senders of those before."""
    ingestor = cell.ingestor()
    try:
        for each in bodies:
            cell.receive(each)
            while not ingestor.step(0.5):
                pass
    finally:
        ingestor.close()
    cell.project()


def contacts_of(cell: Cell) -> dict[UUID, Contact]:
    ids = {event.stream_id for event in cell.history() if isinstance(event.fact, IdentityAttached)}
    loaded = cell.log.load(ids, streams.contact)
    return {id: known.state for id, known in loaded.items() if known.state is not None}


def shown(cell: Cell) -> list[tuple[Any, ...]]:
    """Name and number of every ticket, which are those of the contact's row and of the contact itself."""
    tickets = cell.rows("select contact_id, name, phone from workspace order by opened_position")
    people = {row[0]: row[1:] for row in cell.rows("select contact_id, name, phone from contacts")}
    known = contacts_of(cell)
    for contact_id, *ticket in tickets:
        assert tuple(ticket) == people[contact_id] == (known[contact_id].name, known[contact_id].phone)
    return [tuple(ticket) for _, *ticket in tickets]


def only(cell: Cell) -> Contact:
    (contact,) = contacts_of(cell).values()
    return contact


def test_f1_the_answer_goes_to_the_business_scoped_id_that_replaced_the_first(cell: Cell) -> None:
    notice = changes("user_changed_user_id", 60, {"from_user_id": OLD}, user_id=NEW)
    takes(cell, writes(cell, "w1", bsuid=OLD), notice, writes(cell, "w2", bsuid=NEW, at=120))
    assert address_of(only(cell)) == (None, NEW)
    assert [fact.value for fact in cell.facts(IdentityReplaced)] == [OLD]
    assert cell.facts(IdentityHeard) == [], "a message from the present address is no fact of the contact"


def test_an_id_that_sorts_behind_the_one_that_replaces_it_and_both_forms_of_the_notice(cell: Cell) -> None:
    update = {
        "user_id_update": [
            {"user_id": {"previous": NEW, "current": OLD}, "timestamp": str(START + 60), "detail": "x"}
        ],
        "metadata": {"phone_number_id": traffic.NUMBER},
    }
    takes(
        cell,
        writes(cell, "w1", PHONE, NEW),
        traffic.change("user_id_update", update),
        changes("user_changed_user_id", 60, {"from": PHONE, "from_user_id": NEW}, user_id=OLD),
        writes(cell, "w2", PHONE, NEW, at=30),  # it was on the way
    )
    assert address_of(only(cell)) == (PHONE, OLD)
    assert len(cell.facts(IdentityReplaced)) == 1


def test_a_new_number_is_dialled_and_shown_at_once_and_the_old_one_no_more(cell: Cell) -> None:
    """F5: the head went on showing the dead number."""
    new = "5511987654321"
    takes(
        cell,
        writes(cell, "w1", PHONE, name="Marina Duarte"),
        changes("user_changed_number", 60, {"from": PHONE}, wa_id=new),
    )
    assert shown(cell) == [("Marina Duarte", new)]
    assert address_of(only(cell)) == (new, None)
    takes(cell, writes(cell, "w2", PHONE, at=30))
    assert shown(cell) == [("Marina Duarte", new)]


def test_one_writing_of_a_number_everywhere(cell: Cell) -> None:
    """F5: the head without the ninth digit, the page with it; WhatsApp is told its own."""
    takes(cell, writes(cell, "w1", PHONE))
    assert shown(cell) == [(None, FULL)]
    assert address_of(only(cell)) == (PHONE, None)
    ((contact_id, _),) = contacts_of(cell).items()
    assert _people(cell.log, {contact_id})[contact_id].phone == FULL, "a bot reads the same"


def test_a_number_that_comes_later_is_on_the_ticket(cell: Cell) -> None:
    """F5: a business-scoped id only, later with `wa_id`."""
    takes(cell, writes(cell, "w1", bsuid=OLD))
    assert shown(cell) == [(None, None)]
    takes(cell, writes(cell, "w2", PHONE, OLD, at=5))
    assert shown(cell) == [(None, FULL)]


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ([None, "Marina Duarte"], "Marina Duarte"),  # F5
        (["Marina", None, "Marina Duarte"], "Marina Duarte"),
        (["Marina", "Mari 🌻", "Marina"], "Marina"),
    ],
)
def test_a_profile_name_is_taken_from_the_message_that_brings_it(
    cell: Cell, names: Sequence[str | None], name: str
) -> None:
    takes(cell, *(writes(cell, f"w{n}", PHONE, name=given, at=n) for n, given in enumerate(names)))
    assert shown(cell) == [(name, FULL)]
    told = [fact.name for fact in cell.facts(ProfileNamed)]
    assert told == [given for given in names[1:] if given]


def test_an_older_message_brings_no_older_name_back_and_none_that_an_agent_replaced(cell: Cell) -> None:
    takes(cell, writes(cell, "w1", PHONE, name="Marina", at=50), writes(cell, "w0", PHONE, name="Mari"))
    assert shown(cell) == [("Marina", FULL)]
    contact_id = next(iter(contacts_of(cell)))
    ana = Person(cell.agent_id, cell.tenant_id, "agent")
    commands = ContactCommands(CommandRunner(cell.log), lambda *_: "full")

    def named(name: str | None) -> None:
        commands.change(contact_id, lambda _: Details(name, None, {}), None, ana)

    named("Dona Marina")
    takes(cell, writes(cell, "w2", PHONE, name="Mari 🌻", at=60))
    assert shown(cell) == [("Dona Marina", FULL)]
    named(None)
    cell.project()
    assert shown(cell) == [(None, FULL)]
    takes(cell, writes(cell, "w3", PHONE, name="Mari 🌻", at=70))
    assert shown(cell) == [("Mari 🌻", FULL)]


def test_what_an_ingestor_remembers_of_a_sender_is_worth_nothing_once_the_contact_has_moved(
    cell: Cell,
) -> None:
    """The same ingestor goes on: an agent empties the name between two messages that look alike."""
    ingestor = cell.ingestor()
    senders: KnownSenders = ingestor._senders

    def take(wamid: str, at: int) -> None:
        cell.receive(writes(cell, wamid, PHONE, name="Marina", at=at))
        while not ingestor.step(0.5):
            pass

    take("w1", 1)
    contact_id = next(iter(contacts_of(cell)))
    sender = IncomingSender(phone=FULL, wa_id=PHONE, name="Marina")
    assert senders.knows(contact_id, sender)
    before = cell.log.head()
    take("w2", 2)
    assert cell.log.head() == before + 1, "nothing but the message"
    commands = ContactCommands(CommandRunner(cell.log), lambda *_: "full")
    ana = Person(cell.agent_id, cell.tenant_id, "agent")
    commands.change(contact_id, lambda _: Details(None, None, {}), None, ana)
    take("w3", 3)
    ingestor.close()
    cell.project()
    assert shown(cell) == [("Marina", FULL)]
    assert [fact.name for fact in cell.facts(ProfileNamed)] == ["Marina"]


def test_whoever_writes_again_from_an_earlier_number_is_answered_there(cell: Cell) -> None:
    other = "5511987654321"
    takes(
        cell,
        writes(cell, "w1", PHONE, OLD, at=0),
        writes(cell, "w2", other, OLD, at=10),
        writes(cell, "w3", PHONE, OLD, at=20),
        writes(cell, "w4", other, OLD, at=15),
    )
    assert address_of(only(cell)) == (PHONE, OLD)
    assert shown(cell) == [(None, FULL)]
    assert [fact.value for fact in cell.facts(IdentityHeard)] == [FULL]


def test_a_bot_reads_the_cards_of_merged_contacts_as_one(cell: Cell) -> None:
    """F19: the alias has e-mail and attributes, the main contact none."""
    takes(cell, writes(cell, "w1", PHONE, name="Marina"), writes(cell, "w2", "5511987654321", name="Mari"))
    main, alias = (
        id for id, _ in sorted(contacts_of(cell).items(), key=lambda item: item[1].name != "Marina")
    )
    ana = Person(cell.agent_id, cell.tenant_id, "agent")
    commands = ContactCommands(CommandRunner(cell.log), lambda *_: "full")
    commands.change(alias, lambda _: Details("Mari", "mari@example.com", {"plano": "Ouro"}), None, ana)
    commands.merge(alias, main, ana)
    for contact_id, phone in ((main, FULL), (alias, "5511987654321")):
        told = _people(cell.log, {contact_id})[contact_id]
        assert (told.name, told.email, told.attributes) == ("Marina", "mari@example.com", {"plano": "Ouro"})
        assert told.phone == phone, "the conversation is with that number"
