"""Records of the inbound topic become events, each exactly once."""

import random

from domain.contact import ContactRegistered, IdentityAttached
from domain.conversation import (
    ConversationStarted,
    HandedOff,
    MessageReceived,
    MessageRevoked,
    ReactionChanged,
    TicketOpened,
)
from schemas.inbound import decode
from schemas.topics import INBOUND, Outgoing, parked
from services.administration import Administration
from tests.support import traffic
from tests.support.cell import Cell


def texts(cell: Cell) -> list[object]:
    return [fact.text for fact in cell.facts(MessageReceived)]


def test_the_first_message_registers_a_contact_and_opens_a_ticket_in_the_queue(cell: Cell) -> None:
    cell.receive(
        traffic.body([traffic.text("w1", "Bom dia")], contacts=[traffic.person("5520911110001", "Rita")])
    )
    cell.ingest()

    assert [fact.name for fact in cell.facts(ContactRegistered)] == ["Rita"]
    assert [fact.value for fact in cell.facts(IdentityAttached)] == ["5520911110001"]
    assert len(cell.facts(ConversationStarted)) == len(cell.facts(TicketOpened)) == 1
    assert [fact.queue for fact in cell.facts(HandedOff)] == ["default"]
    assert texts(cell) == ["Bom dia"]


def test_ten_images_of_a_new_contact_make_one_contact_and_one_conversation(cell: Cell) -> None:
    album = [traffic.image(f"w{n}", "5520911110002") for n in range(10)]
    cell.receive(*(traffic.body([image]) for image in album))
    cell.ingest()

    assert len(cell.facts(ContactRegistered)) == 1
    assert len(cell.facts(ConversationStarted)) == len(cell.facts(TicketOpened)) == 1
    assert len(cell.facts(MessageReceived)) == 10


def test_each_message_is_taken_once_however_often_and_in_whatever_order_it_comes(cell: Cell) -> None:
    bodies = [
        traffic.body([traffic.text(f"w{c}-{n}", f"c{c}-{n}", f"55209111100{c:02}", traffic.START + n)])
        for c in range(8)
        for n in range(25)
    ] * 3
    random.Random(4).shuffle(bodies)
    for at in range(0, len(bodies), 60):
        cell.receive(*bodies[at : at + 60])
        cell.ingest()

    assert sorted(map(str, texts(cell))) == sorted(f"c{c}-{n}" for c in range(8) for n in range(25))
    assert len(cell.facts(ConversationStarted)) == len(cell.facts(ContactRegistered)) == 8


def test_what_was_taken_is_not_taken_again_after_a_restart(cell: Cell) -> None:
    cell.receive(traffic.body([traffic.text("w1", "um")]))
    cell.ingest()
    before = cell.log.head()
    cell.ingest()
    assert cell.log.head() == before


def test_a_member_whose_offsets_another_has_moved_writes_nothing_and_goes_on_behind(cell: Cell) -> None:
    ingestor = cell.ingestor()
    cell.receive(traffic.body([traffic.text("w1", "um")]))
    assert ingestor.step(2) == 1
    record = cell.rows("select application_name, notification_id from tracking")[0]
    with cell.log.datastore.checkout() as db:  # as if another member had taken the next record already
        db.execute("update tracking set notification_id = notification_id + 1")
        db.commit()
    cell.receive(traffic.body([traffic.text("w2", "dois")]), traffic.body([traffic.text("w3", "três")]))
    while ingestor.step(0.5) == 0:
        pass
    ingestor.close()
    assert record[1] == 1
    assert texts(cell) == ["um", "três"]


def test_a_record_that_is_no_item_is_parked_with_its_reason_and_its_neighbours_flow(cell: Cell) -> None:
    key = b"100000000000001:5520911110001"
    cell.receive(traffic.body([traffic.text("w1", "antes")]))
    cell.topics.produce([Outgoing(INBOUND, key, b"\x00not json"), Outgoing(INBOUND, key, b"[]")])
    cell.receive(traffic.body([traffic.text("w2", "depois")]))
    cell.ingest()

    assert texts(cell) == ["antes", "depois"]
    consumer = cell.topics.consumer(parked(INBOUND), "test", lambda partition: 0)
    kept = consumer.poll(10, 2)
    consumer.close()
    assert [record.value for record in kept] == [b"\x00not json", b"[]"]
    assert all(b"whatsapp.inbound.v1" in record.headers["reason"] for record in kept)


def test_an_item_of_an_unknown_number_waits_until_the_number_becomes_known(cell: Cell) -> None:
    cell.receive(traffic.body([traffic.text("w1", "olá")], number="999"))
    cell.ingest()
    assert texts(cell) == []
    held = cell.log.quarantined("999")
    assert [one.item.code for one in held] == ["unknown_number"]
    assert "999" in held[0].item.reason
    assert decode(held[0].item.raw).phone_number_id == "999"


def test_a_reaction_changes_its_message_whichever_comes_first(cell: Cell) -> None:
    who = "5520911110003"
    cell.receive(
        traffic.body([traffic.reaction("r1", "w1", "👍", who)]),
        traffic.body([traffic.reaction("r2", "w2", "❤️", who)]),
    )
    cell.ingest()
    assert cell.facts(ReactionChanged) == []
    cell.receive(
        traffic.body([traffic.text("w1", "um", who)]),
        traffic.body([traffic.revoke("x1", "w1", who)]),
        traffic.body([traffic.text("w2", "dois", who)]),
        traffic.body([traffic.reaction("r1", "w1", "👍", who)]),
    )
    cell.ingest()
    messages = {fact.text: fact.message_id for fact in cell.facts(MessageReceived)}
    changed = [(fact.message_id, fact.emoji) for fact in cell.facts(ReactionChanged)]
    assert sorted(changed) == sorted([(messages["um"], "👍"), (messages["dois"], "❤️")])
    assert [fact.message_id for fact in cell.facts(MessageRevoked)] == [messages["um"]]
    assert cell.rows("select count(*) from orphans") == [(0,)]
    assert len(cell.facts(TicketOpened)) == 1


def test_a_reaction_before_its_message_in_one_batch_is_applied_by_that_batch(cell: Cell) -> None:
    who = "5520911110003"
    cell.receive(
        traffic.body([traffic.reaction("r1", "w1", "👍", who), traffic.text("w1", "um", who)]),
    )
    cell.ingest()
    assert [fact.emoji for fact in cell.facts(ReactionChanged)] == ["👍"]
    assert cell.rows("select count(*) from orphans") == [(0,)]


def test_bad_items_never_stop_their_neighbours(cell: Cell) -> None:
    cell.receive(
        traffic.body([traffic.text("w1", "a")]),
        b"{}",
        b"[" * 100_000,
        traffic.body([traffic.text("w2", "b"), {"type": "text"}, traffic.text("w3", "c")]),
        traffic.change("account_update", {"event": "VERIFIED_ACCOUNT"}),
    )
    cell.ingest()
    assert sorted(map(str, texts(cell))) == ["a", "b", "c"]
    assert cell.rows("select count(*) from quarantine") == [(3,)]
    assert cell.rows("select field from notices") == [("account_update",)]


def test_a_number_is_added_once(cell: Cell) -> None:
    held = Administration(cell.log).find("phone_number_id", traffic.NUMBER)
    assert held == cell.channel_id
