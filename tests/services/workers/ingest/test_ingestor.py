"""Records of the inbound topic become events, each exactly once."""

import random
import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from adapters.whatsapp.graph import GraphApi
from adapters.whatsapp.split import split
from domain.contact.state import ContactRegistered, IdentityAttached
from domain.conversation.message_events import (
    ConversationStarted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    NoticeReceived,
    ReactionChanged,
)
from domain.conversation.ticket_events import BotReplyRefused, HandedOff, TicketOpened
from domain.event import ERASED
from schemas.inbound import decode, encode
from schemas.topics import INBOUND, OUTBOUND, Outgoing, parked_topic
from services.commands.installation import InstallationCommands
from services.inbound.decisions import Decisions, Received
from services.workers.ingest.quarantine_replay import QuarantineReplay
from tests.support import traffic
from tests.support.bots import BOT_NUMBER, WHO, answers, records, reply, turns, with_bot_number, writes
from tests.support.cell import Cell
from tests.support.waiting import free_port, until


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


def test_a_member_whose_offsets_were_moved_writes_nothing_and_continues_after_them(cell: Cell) -> None:
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
    consumer = cell.topics.consumer(parked_topic(INBOUND), "test", lambda partition: 0)
    kept = consumer.poll(10, 2)
    consumer.close()
    assert [record.value for record in kept] == [b"\x00not json", b"[]"]
    assert all(b"whatsapp.inbound.v1" in record.headers["reason"] for record in kept)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("received_at", "9999-12-31T23:59:59+00:00"),
        ("received_at", "0001-01-01T00:00:00+14:00"),
        ("phone_number_id", "10000\0"),
    ],
)
def test_an_item_that_nothing_can_be_done_with_is_parked(cell: Cell, name: str, value: str) -> None:
    cell.receive(traffic.body([traffic.text("w1", "antes")]))
    ((key, item),) = split(traffic.body([traffic.text("w2", "com defeito")]), datetime.now(UTC))
    broken = orjson.dumps(orjson.loads(encode(item)) | {name: value})
    cell.topics.produce([Outgoing(INBOUND, key, broken)])
    cell.receive(traffic.body([traffic.text("w3", "depois")]))
    cell.ingest()

    assert texts(cell) == ["antes", "depois"]
    consumer = cell.topics.consumer(parked_topic(INBOUND), "test", lambda partition: 0)
    (kept,) = consumer.poll(10, 2)
    consumer.close()
    assert kept.value == broken
    assert name.encode() in kept.headers["reason"]
    assert value.encode() not in kept.headers["reason"]


CHANGES = {
    "a reaction": traffic.reaction("c1", "w1", "👍", "5520911110001"),
    "an edit": traffic.edit("c1", "w1", "outra coisa", "5520911110001"),
    "a revocation": traffic.revoke("c1", "w1", "5520911110001"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("left", ["contact_keys", "contact_keys and identities"])
def test_a_change_to_a_message_of_an_erased_customer_does_nothing(cell: Cell, change: str, left: str) -> None:
    conversation_id = cell.meet("5520911110001", "w1")
    for table in left.split(" and "):
        cell.rows(f"delete from {table} returning 1")
    before = len(cell.history())
    cell.receive(traffic.body([CHANGES[change]]), traffic.body([traffic.text("w2", "Oi", "5520911110002")]))
    cell.ingest()

    assert [text for text in texts(cell) if text != ERASED] == ["Oi"]
    changed = {
        event.fact.TOPIC for event in cell.history()[before:] if event.conversation_id == conversation_id
    }
    assert changed <= {MessageRevoked.TOPIC}, "a revocation says nothing about anybody"


def sent_as(cell: Cell, wamid: str, message_id: UUID) -> None:
    """A message of ours is sent; nobody answers, but WhatsApp tells under which id it went out."""
    cell.publish()
    cell.send(GraphApi(f"http://127.0.0.1:{free_port()}", "token"))
    cell.receive(traffic.body(statuses=[traffic.status(wamid, "sent", opaque=str(message_id))]))
    cell.ingest()


ANOTHER = "5520911110002"
FOREIGN = {
    "an edit of ours": traffic.edit("c1", "ours", "outra coisa", "5520911110001"),
    "a revocation of ours": traffic.revoke("c1", "ours", "5520911110001"),
    "another customer's edit": traffic.edit("c1", "w1", "outra coisa", ANOTHER),
    "another customer's revocation": traffic.revoke("c1", "w1", ANOTHER),
    "another customer's reaction": traffic.reaction("c1", "w1", "👍", ANOTHER),
    "a stranger's edit": traffic.edit("c1", "w1", "outra coisa", "5520911119999"),
}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("change", FOREIGN)
def test_a_change_of_a_message_that_is_not_the_senders_to_change_is_kept_as_a_notice(
    cell: Cell, change: str, order: str
) -> None:
    def arrives() -> None:
        cell.receive(traffic.body([FOREIGN[change]]))
        cell.ingest()

    if order == "before":
        arrives()
    conversation_id = cell.meet("5520911110001", "w1")
    cell.meet(ANOTHER, "w2")
    sent_as(cell, "ours", cell.answer(conversation_id, "Olá!"))
    if order == "after":
        arrives()

    assert [*cell.facts(MessageEdited), *cell.facts(MessageRevoked), *cell.facts(ReactionChanged)] == []
    assert cell.rows("select field from notices") == [("foreign_change",)]


def test_a_reaction_to_a_message_of_ours_is_the_customers_right(cell: Cell) -> None:
    message_id = cell.answer(cell.meet("5520911110001", "w1"), "Olá!")
    sent_as(cell, "ours", message_id)
    cell.receive(traffic.body([traffic.reaction("c1", "ours", "👍", "5520911110001")]))
    cell.ingest()
    assert [fact.message_id for fact in cell.facts(ReactionChanged)] == [message_id]


def test_a_message_that_contradicts_what_is_stored_is_parked_and_the_next_is_taken(cell: Cell) -> None:
    cell.meet("5520911110001", "w1")
    cell.rows("delete from contact_keys returning 1")  # their addresses stay, as no erasure leaves them
    cell.receive(
        traffic.body([traffic.text("w2", "perdida")]),
        traffic.body([traffic.text("w3", "Oi", "5520911110002")]),
    )
    cell.ingest()

    assert [text for text in texts(cell) if text != ERASED] == ["Oi"]
    consumer = cell.topics.consumer(parked_topic(INBOUND), "test", lambda partition: 0)
    (kept,) = consumer.poll(10, 2)
    consumer.close()
    assert decode(kept.value).item["id"] == "w2"
    assert b"decided 50 times" in kept.headers["reason"]


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


@pytest.mark.parametrize("order", [(10, 30), (30, 10)])
def test_two_edits_that_waited_for_their_message_count_by_their_own_second(
    cell: Cell, order: tuple[int, int]
) -> None:
    who = "5520911110003"
    for n in order:
        later = traffic.edit(f"e{n}", "w1", f"v{n}", who, traffic.START + n)
        liked = traffic.reaction(f"r{n}", "w1", {10: "👍", 30: "❤️"}[n], who, traffic.START + n)
        cell.receive(traffic.body([later, liked]))
        cell.ingest()
    assert cell.rows("select count(*) from orphans") == [(4,)]
    cell.receive(traffic.body([traffic.text("w1", "v0", who)]))
    cell.ingest()
    cell.project()
    assert cell.rows("select text, reactions from timeline") == [("v30", {"contact": "❤️"})]
    assert len(cell.facts(MessageEdited)) == 2
    cell.receive(traffic.body([traffic.reaction("r31", "w1", "", who, traffic.START + 31)]))
    cell.receive(traffic.body([traffic.reaction("r29", "w1", "😡", who, traffic.START + 29)]))
    cell.ingest()
    cell.project()
    assert cell.rows("select t.reactions, w.last_text from timeline t, workspace w") == [(None, "v30")]


def changed_thread(n: int) -> list[bytes]:
    """Two messages of customer `n` with their changes, each in a second of its own."""
    who, at = f"55209111200{n:02}", traffic.START
    one, other = f"one-{n}", f"other-{n}"
    return [
        traffic.body([item])
        for item in (
            traffic.text(one, "v0", who, at),
            traffic.text(other, "outra", who, at - 1),
            *(traffic.edit(f"e{n}-{k}", one, f"v{k}", who, at + k) for k in (1, 2, 3)),
            *(traffic.reaction(f"r{n}-{k}", one, "👍😡❤"[k], who, at + 10 + k) for k in (0, 1, 2)),
            traffic.reaction(f"r{n}-3", one, "", who, at + 13),
            traffic.reaction(f"r{n}-4", other, "🙏", who, at + 9),
            traffic.edit(f"e{n}-4", other, "outra!", who, at + 20),
            traffic.revoke(f"x{n}", other, who, at + 5),
        )
    ]


def test_messages_and_their_changes_in_any_order_and_any_number_show_the_same(cell: Cell) -> None:
    mixed, customers = random.Random(11), range(12)
    bodies = [[*changed_thread(n), *mixed.sample(changed_thread(n), 6)] for n in customers]
    for thread in bodies:
        mixed.shuffle(thread)
    for round in zip(*bodies, strict=True):
        cell.receive(*round)
        if mixed.random() < 0.5:
            cell.ingest()
    cell.ingest()
    cell.project()
    assert cell.rows("select count(*) from orphans") == [(0,)]
    shown = cell.rows("select distinct wamid ~ 'one', text, edited, reactions::text, revoked from timeline")
    assert sorted(shown) == [(False, None, False, None, True), (True, "v3", True, None, False)]
    lines = cell.rows("select distinct last_text, last_type, last_at, unread from workspace")
    assert lines == [("v3", "text", datetime.fromtimestamp(traffic.START, UTC), 2)]


ASIDES = {
    "group_message": traffic.text("a1", "oi, grupo", group_id="HPgroup"),
    "no_content": traffic.text("a1", " \u200b\n"),
    "request_welcome": traffic.text("a1", "", type="request_welcome"),
}


@pytest.mark.parametrize("kind", ASIDES)
def test_what_says_nothing_to_us_is_kept_and_opens_nothing(cell: Cell, kind: str) -> None:
    cell.receive(*[traffic.body([ASIDES[kind]])] * 2)
    cell.ingest()
    assert [*cell.facts(ContactRegistered), *cell.facts(ConversationStarted)] == []
    assert cell.rows("select code from quarantine") == [(kind,)]

    conversation_id = cell.meet("5520911110001", "w1")
    before = len(cell.history())
    cell.receive(*[traffic.body([ASIDES[kind] | {"id": "a2"}])] * 2)
    cell.ingest()
    (noted,) = cell.history()[before:]
    assert isinstance(noted.fact, NoticeReceived)
    assert (noted.fact.kind, noted.fact.ticket, noted.conversation_id) == (kind, 1, conversation_id)
    assert len(cell.rows("select 1 from quarantine")) == 1


def test_a_chat_that_is_opened_without_a_word_is_known_to_the_bot_alone(cell: Cell) -> None:
    with_bot_number(cell)
    opened = ASIDES["request_welcome"] | {"from": WHO}
    cell.receive(traffic.body([opened], contacts=[traffic.person(WHO, "Marina")], number=BOT_NUMBER))
    cell.ingest()
    assert cell.facts(TicketOpened) == []
    (turn,) = turns(cell)
    assert (turn["kind"], turn["ticket"], turn["answer_by"], turn["message"]) == ("welcome", None, None, None)
    assert turn["contact"]["phone"] == WHO
    answers(cell, reply(turn, "Olá!"))
    assert [fact.reason for fact in cell.facts(BotReplyRefused)] == ["no_ticket"]
    writes(cell, "Oi")
    assert [turn["kind"] for turn in turns(cell)] == ["welcome", "message"]


def test_what_the_business_writes_from_its_app_is_a_line_and_an_answer(cell: Cell) -> None:
    conversation_id = cell.meet("5520911110001", "w1")
    now = int(time.time())
    cell.receive(
        traffic.body(statuses=[traffic.status("e1", "delivered", now)]),  # before its message
        *[traffic.echoes(traffic.echo("e1", "Já enviei", at=now))] * 2,
        traffic.body(statuses=[traffic.status("e1", "read", now)]),
        traffic.body([traffic.reaction("r1", "e1", "👍", "5520911110001", now)]),
        traffic.echoes(
            traffic.edit("x1", "e1", "Já enviei!", "552040020000", now) | {"to": "5520911110001"},
            traffic.reaction("x2", "w1", "🙏", "552040020000", now) | {"to": "5520911110001"},
        ),
    )
    cell.ingest()
    cell.project()
    (echoed,) = cell.facts(MessageEchoed)
    assert (echoed.text, echoed.ticket, echoed.answers) == ("Já enviei", 1, True)
    shown = "select direction, author_kind, text, status, reactions from timeline order by position"
    assert cell.rows(shown) == [
        ("in", "contact", "Bom dia", None, {"app": "🙏"}),
        ("out", "app", "Já enviei!", "read", {"contact": "👍"}),
    ]
    assert cell.rows("select unread, unanswered_since from workspace") == [(0, None)]
    assert {event.conversation_id for event in cell.history()[-9:]} == {conversation_id}
    cell.publish()
    assert list(records(cell, OUTBOUND)) == [], "it went out before"


def test_what_the_business_wrote_from_its_app_and_whatsapp_refused_is_no_answer(cell: Cell) -> None:
    cell.meet("5520911110001", "w1")
    now = int(time.time())
    refused = traffic.status("e1", "failed", now + 1, errors=[{"code": 131026, "title": "Undeliverable"}])
    cell.receive(traffic.echoes(traffic.echo("e1", "Já enviei", at=now)), traffic.body(statuses=[refused]))
    cell.ingest()
    cell.project()
    assert cell.rows("select unread, unanswered_since is null, failed from workspace") == [(1, False, True)]
    assert cell.rows("select status from timeline where direction = 'out'") == [("failed",)]


def test_what_the_business_writes_from_its_app_takes_the_ticket_from_the_bot(cell: Cell) -> None:
    with_bot_number(cell)
    writes(cell, "Olá")
    (turn,) = turns(cell)
    cell.receive(traffic.echoes(traffic.echo("e1", "Sou eu", WHO, int(time.time())), number=BOT_NUMBER))
    cell.ingest()
    assert [fact.reason for fact in cell.facts(HandedOff)] == ["agent_wrote"]
    answers(cell, reply(turn, "Oi!"))
    assert [fact.reason for fact in cell.facts(BotReplyRefused)] == ["epoch"]


def test_a_customer_cannot_change_what_the_business_wrote_from_its_app(cell: Cell) -> None:
    who = "5520911110001"
    cell.receive(traffic.echoes(traffic.echo("e1", "Oi")))
    cell.ingest()
    cell.receive(
        traffic.body([traffic.revoke("c1", "e1", who), traffic.edit("c2", "e1", "outra coisa", who)]),
        traffic.body([traffic.text("w1", "Bom dia", who)]),
        traffic.echoes(traffic.revoke("x1", "w1", "552040020000") | {"to": who}),
    )
    cell.ingest()
    assert [*cell.facts(MessageEdited), *cell.facts(MessageRevoked)] == []
    assert cell.rows("select field, count(*) from notices group by field") == [("foreign_change", 3)]
    assert len(cell.facts(ConversationStarted)) == len(cell.facts(TicketOpened)) == 1


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
    held = InstallationCommands(cell.log).find("phone_number_id", traffic.NUMBER)
    assert held == cell.channel_id


def test_what_waited_for_a_number_is_taken_up_when_it_becomes_known(cell: Cell) -> None:
    waiting = [traffic.text(f"w{n}", f"olá {n}") for n in range(3)]
    cell.receive(traffic.body(waiting, number="999"))
    cell.ingest()
    take_up = QuarantineReplay(cell.log, cell.topics)
    assert take_up.run_once() == 0
    InstallationCommands(cell.log).add_channel(cell.tenant_id, "999", "Segundo", "portfolio")
    assert take_up.run_once() == 3
    cell.ingest()
    assert sorted(map(str, texts(cell))) == ["olá 0", "olá 1", "olá 2"]
    assert take_up.run_once() == 0


def test_two_ingestors_share_the_partitions_and_take_each_message_once(cell: Cell) -> None:
    stop = threading.Event()
    ingestors = [cell.ingestor(max_records=20) for _ in range(2)]
    threads = [threading.Thread(target=ingestor.run, args=[stop]) for ingestor in ingestors]
    for thread in threads:
        thread.start()
    expected = set()
    for n in range(40):
        said = [traffic.text(f"w{c}-{n}", f"c{c}-{n}", f"55209111100{c:02}") for c in range(6)]
        expected |= {f"c{c}-{n}" for c in range(6)}
        cell.receive(traffic.body(said), traffic.body(said[:2]))
        if n == 20:  # a third one comes, and goes again
            cell.ingest()
    until("all of them", lambda: len(texts(cell)) >= len(expected), 20.0, 0.1)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert sorted(map(str, texts(cell))) == sorted(expected)
    assert len(cell.facts(ConversationStarted)) == len(cell.facts(ContactRegistered)) == 6


def test_a_record_that_breaks_a_decision_is_parked_alone(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = Decisions.decide

    def breaks(self: Decisions, received: Received) -> None:
        if received.item.item.get("id") == "w7":
            raise ZeroDivisionError("a bug")
        decide(self, received)

    monkeypatch.setattr(Decisions, "decide", breaks)
    cell.receive(*(traffic.body([traffic.text(f"w{n}", f"{n}")]) for n in range(20)))
    cell.ingest()
    assert sorted(map(str, texts(cell))) == sorted(f"{n}" for n in range(20) if n != 7)
    consumer = cell.topics.consumer(parked_topic(INBOUND), "test", lambda partition: 0)
    kept = consumer.poll(10, 2)
    consumer.close()
    assert [decode(record.value or b"").item["id"] for record in kept] == ["w7"]
    assert kept[0].headers["reason"] == b"ZeroDivisionError: a bug"


def test_a_person_with_and_without_a_number_is_one_contact_by_their_business_scoped_id(cell: Cell) -> None:
    bsuid, phone = "BR.12345678901234567890", "5520911110009"
    hidden: dict[str, Any] = {"from_user_id": bsuid}
    only_id = traffic.text("w1", "sem número", **hidden)
    del only_id["from"]
    cell.receive(traffic.body([only_id], contacts=[traffic.person(None, "Rita", bsuid)]))
    cell.ingest()
    both = traffic.text("w2", "com número", phone, **hidden)
    cell.receive(traffic.body([both], contacts=[traffic.person(phone, "Rita", bsuid)]))
    cell.ingest()
    cell.receive(traffic.body([traffic.text("w3", "só número", phone)]))
    cell.ingest()
    assert len(texts(cell)) == 3
    assert len(cell.facts(ContactRegistered)) == len(cell.facts(ConversationStarted)) == 1


def test_a_new_number_is_attached_when_whatsapp_says_so(cell: Cell) -> None:
    old, new = "5520911110008", "5520911110018"
    cell.receive(traffic.body([traffic.text("w1", "oi", old)]))
    told = {"body": "mudou", "type": "user_changed_number", "wa_id": new}
    notice = {"from": old, "id": "w2", "timestamp": str(traffic.START), "type": "system", "system": told}
    cell.ingest()
    cell.receive(traffic.body([notice]))
    cell.ingest()
    cell.receive(traffic.body([traffic.text("w3", "do novo", new)]))
    cell.ingest()
    assert {fact.value for fact in cell.facts(IdentityAttached)} == {old, new}
    assert len(cell.facts(ContactRegistered)) == len(cell.facts(ConversationStarted)) == 1


def test_the_same_message_id_with_another_text_changes_nothing(cell: Cell) -> None:
    ingestor = cell.ingestor()
    cell.receive(traffic.body([traffic.text("w1", "primeiro")]))
    assert ingestor.step(3) == 1
    cell.receive(traffic.body([traffic.text("w1", "outro"), traffic.text("w1", "primeiro")]))
    assert ingestor.step(3) == 2
    ingestor.close()
    assert texts(cell) == ["primeiro"]
    assert cell.rows("select field from notices") == [("conflict",)]


def test_statuses_that_nobody_can_place_wait_and_disturb_nobody(cell: Cell) -> None:
    strange = [traffic.status("nobody", word) for word in ("read", "delivered", "failed", "deleted")]
    opaque = traffic.status("nobody2", "sent", opaque=str(cell.channel_id))
    cell.receive(traffic.body(statuses=[*strange, opaque]), traffic.body([traffic.text("w1", "oi")]))
    cell.ingest()
    assert texts(cell) == ["oi"]
    assert cell.rows("select count(*) from orphans") == [(5,)]
