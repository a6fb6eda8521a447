"""A person is erased wholly, once, while they and others go on writing."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID

import orjson
import pytest
from uuid_utils.compat import uuid7

from adapters.whatsapp.graph import GraphApi
from domain.contact.state import ContactErased, ContactRegistered
from domain.conversation.message_events import ConversationErased, MessageReceived, MessageSent
from domain.conversation.ticket_events import Closed, TicketOpened
from domain.delivery import Accepted, AttemptStarted, Failed, Unconfirmed
from domain.event import ERASED
from domain.log.append import Appended
from domain.refusals import DataErased, NotFound
from schemas.topics import BOT_REPLIES, INBOUND, OUTBOUND, TOPICS, Outgoing, parked_topic
from services.commands.contacts import ContactCommands
from services.commands.erasure import ErasureCommands, what_remains
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.runtime.erased_list import ErasedList
from services.workers.ingest.bot_replies import BotReplies
from services.workers.send.attempts import Attempts, Claimed, Sent
from services.workers.send.outcomes import Outcomes
from services.write.actor import Administrator, Person
from services.write.command_runner import CommandRunner
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork
from tests.support import traffic
from tests.support.cell import Cell, attempt_of
from tests.support.waiting import until

RITA, JOANA = "5520911110001", "5520911110002"


@pytest.fixture
def erasing(cell: Cell, tmp_path: Path) -> ErasureCommands:
    return ErasureCommands(cell.log, ErasedList(tmp_path / "erased.jsonl"))


def by(cell: Cell) -> Administrator:
    return Administrator(cell.tenant_id)


def contact_of(cell: Cell, conversation_id: UUID) -> UUID:
    return next(e.contact_id for e in cell.history() if e.conversation_id == conversation_id and e.contact_id)


def write(cell: Cell, wamid: str, words: str, sender: str = RITA, **more: Any) -> None:
    said = traffic.text(wamid, words, sender, int(time.time()), **more)
    cell.receive(traffic.body([said], contacts=[traffic.person(sender, f"Nome de {sender}")]))


def caught_up(cell: Cell) -> None:
    cell.publish()
    cell.project()


def values(cell: Cell) -> list[bytes]:
    return [value for (value,) in cell.rows("select key || value || headers from topic_records")]


def test_nothing_of_an_erased_person_is_left_and_everything_of_others_is(
    cell: Cell, erasing: ErasureCommands
) -> None:
    write(cell, "w1", "segredo um")
    write(cell, "o1", "de outra pessoa", JOANA)
    cell.ingest()
    rita, joana = (cell.meet(sender, f"m{n}") for n, sender in enumerate((RITA, JOANA)))
    cell.answer(rita, "resposta secreta")
    cell.answer(joana, "resposta a Joana")
    caught_up(cell)
    contact_id = contact_of(cell, rita)

    erasing.erase(contact_id, by(cell))
    caught_up(cell)
    receipt = erasing.erase(contact_id, by(cell))

    assert receipt.finished_at is not None
    assert receipt.contacts == [contact_id]
    assert receipt.removed["contact_keys"] == receipt.removed["identities"] == receipt.removed["threads"] == 1
    assert receipt.removed["messages"] == 3
    assert receipt.removed["topics"][INBOUND] == 2
    kept = b"".join(values(cell))
    for gone in (b"segredo", b"resposta secreta", RITA.encode()):
        assert gone not in kept
    assert b"de outra pessoa" in kept
    assert b"resposta a Joana" in kept
    words = [fact.text for fact in cell.facts(MessageReceived)]
    assert sorted(map(str, words)) == ["Bom dia", "Erased.ERASED", "Erased.ERASED", "de outra pessoa"]
    assert (
        cell.rows("select text, author_name, wamid from timeline where conversation_id = %s", rita)
        == [(None, None, None)] * 3
    )
    ticket = cell.rows(
        "select state, name, phone, last_text, erased from workspace where conversation_id = %s", rita
    )
    assert ticket == [("closed", None, None, None, True)]
    person = cell.rows(
        "select name, phone, phones, wa_id, erased from contacts where contact_id = %s", contact_id
    )
    assert person == [(None, None, [], None, True)]


def test_an_erasure_is_one_event_however_often_it_is_asked_for(cell: Cell, erasing: ErasureCommands) -> None:
    conversation_id = cell.meet()
    contact_id = contact_of(cell, conversation_id)

    first = erasing.erase(contact_id, by(cell))
    second = erasing.erase(contact_id, by(cell))

    assert first == second
    assert (
        len(cell.facts(ContactErased)) == len(cell.facts(ConversationErased)) == len(cell.facts(Closed)) == 1
    )
    assert [each.contact_id for each in erasing.listed.read()] == [contact_id] * 2
    with pytest.raises(NotFound):
        erasing.erase(conversation_id, by(cell))
    with pytest.raises(NotFound):
        erasing.erase(contact_id, Administrator(UUID(int=4)))


def test_a_rehearsal_tells_the_same_and_changes_nothing(cell: Cell, erasing: ErasureCommands) -> None:
    contact_id = contact_of(cell, cell.meet())
    head = cell.log.head()

    told = erasing.rehearse(contact_id, by(cell))

    assert cell.log.head() == head
    assert cell.log.erasures.receipt(contact_id) is None
    assert erasing.erase(contact_id, by(cell)).removed == told.removed
    assert erasing.rehearse(contact_id, by(cell)).removed == told.removed


def test_the_receipt_says_what_a_broker_keeps_and_until_when(cell: Cell, erasing: ErasureCommands) -> None:
    receipt = erasing.erase(contact_of(cell, cell.meet()), by(cell))

    own = {left.place: left.until for left in what_remains(receipt, kafka=False)}
    assert own.keys() >= {"events", "wamids", "dead rows", "backups"}
    assert not [place for place in own if place.startswith("topic ")]
    kept = {left.place: left.until for left in what_remains(receipt, kafka=True)}
    until_then = receipt.erased_at + timedelta(days=7)
    assert {place: kept[place] for place in kept.keys() - own.keys()} == {
        f"topic {name}": until_then for name in (*TOPICS, *map(parked_topic, TOPICS))
    }


def test_the_next_message_of_an_erased_person_starts_a_new_contact(
    cell: Cell, erasing: ErasureCommands
) -> None:
    ingestor = cell.ingestor()  # it remembers the conversation that it has just written
    write(cell, "w1", "antes")
    while ingestor.step(cell.patience_s):
        pass
    old = contact_of(cell, next(e.stream_id for e in cell.history() if isinstance(e.fact, MessageReceived)))
    write(cell, "w2", "esperava no tópico")

    erasing.erase(old, by(cell))
    write(cell, "w3", "depois")
    cell.receive(traffic.body([traffic.reaction("r1", "w1", "👍", RITA)]))
    cell.receive(traffic.body(statuses=[traffic.status("w1", "read")]))
    while ingestor.step(cell.patience_s):
        pass
    ingestor.close()

    assert len(cell.facts(ContactRegistered)) == len(cell.facts(TicketOpened)) == 2
    assert [fact.text for fact in cell.facts(MessageReceived)] == [ERASED, "esperava no tópico", "depois"]
    assert cell.rows("select count(*) from orphans") == cell.rows("select count(*) from notices") == [(0,)]
    assert cell.rows("select count(*) from topic_records where topic = %s", parked_topic(INBOUND)) == [(0,)]


def test_an_alias_is_erased_with_its_main_contact_and_neither_can_be_changed(
    cell: Cell, erasing: ErasureCommands
) -> None:
    main, alias = (contact_of(cell, cell.meet(sender, f"m{n}")) for n, sender in enumerate((RITA, JOANA)))
    admin = Person(cell.agent_id, cell.tenant_id, "admin")
    commands = ContactCommands(CommandRunner(cell.log), lambda *_: "full")
    commands.merge(alias, main, admin)

    receipt = erasing.erase(alias, by(cell))

    assert receipt.person_id == main
    assert set(receipt.contacts) == {main, alias}
    assert erasing.erase(main, by(cell)) == receipt
    assert len(cell.facts(ContactErased)) == 2
    with pytest.raises(DataErased):
        commands.change(main, lambda details: details, None, admin)
    with pytest.raises(DataErased):
        commands.undo_merge(alias, admin)


def test_what_waits_is_deleted_if_it_is_theirs_alone(cell: Cell, erasing: ErasureCommands) -> None:
    conversation_id = cell.meet()
    for sender in (RITA, JOANA):
        cell.receive(traffic.body([traffic.reaction(f"r{sender}", "unknown", "👍", sender)]))
        cell.receive(traffic.body([traffic.text(f"q{sender}", "a um número novo", sender)], number="777"))
        cell.receive(traffic.change("user_preferences", {"contacts": [{"wa_id": sender}], "x": "y"}))
    # A card that somebody else sent holds their number; and one notice names both.
    card = {
        "from": JOANA,
        "id": "c1",
        "timestamp": "1",
        "type": "contacts",
        "contacts": [{"phones": [{"wa_id": RITA}]}],
    }
    cell.receive(traffic.body([card], number="777"))
    cell.receive(traffic.change("user_preferences", {"contacts": [{"wa_id": RITA}, {"wa_id": JOANA}]}))
    cell.ingest()
    tables = ("orphans", "quarantine", "notices")
    counts = f"select {', '.join(f'(select count(*) from {table})' for table in tables)}"
    assert cell.rows(counts) == [(2, 3, 3)]

    removed = erasing.erase(contact_of(cell, conversation_id), by(cell)).removed

    assert (removed["orphans"], removed["quarantine"], removed["notices"]) == (1, 1, 1)
    assert cell.rows(counts) == [(1, 2, 2)]
    # Their records are empty, too, under whichever key: the message, and these three.
    assert removed["topics"][INBOUND] == 4


def test_an_erasure_holds_while_the_same_person_and_others_write(
    cell: Cell, erasing: ErasureCommands
) -> None:
    contact_id = contact_of(cell, cell.meet())
    stop: list[bool] = []

    def writing() -> Iterator[None]:
        n = 0
        while not stop or n < 40:
            n += 1
            write(cell, f"a{n}", f"palavras {n}")
            write(cell, f"b{n}", f"outras {n}", JOANA)
            cell.ingest()
            yield

    thread = Thread(target=lambda: [None for _ in writing()])
    thread.start()
    erasing.erase(contact_id, by(cell))
    stop.append(True)
    thread.join(60)
    caught_up(cell)
    erasing.finish()

    heard = [(e.contact_id, e.fact.text) for e in cell.history() if isinstance(e.fact, MessageReceived)]
    assert len([text for _, text in heard if str(text).startswith("outras")]) == len(heard) // 2
    assert all((text is ERASED) == (whose == contact_id) for whose, text in heard)
    assert len(cell.facts(ContactErased)) == 1


def test_an_unsent_message_is_never_sent_once_its_customer_is_erased(
    cell: Cell, erasing: ErasureCommands
) -> None:
    conversation_id = cell.meet()
    nobody = GraphApi("http://127.0.0.1:9", "token")
    cell.answer(conversation_id, "já no tópico")
    cell.publish()
    cell.answer(conversation_id, "ainda no registro")

    erasing.erase(contact_of(cell, conversation_id), by(cell))

    assert "no tópico".encode() not in b"".join(values(cell))
    assert [fact.text for fact in cell.facts(MessageSent)] == [ERASED, ERASED]
    for _ in range(2):  # one of a conversation is sent at a time
        cell.publish()
        cell.send(nobody)
    assert [fact.code for fact in cell.facts(Failed)] == ["contact_erased"] * 2
    assert cell.facts(Accepted) == []
    caught_up(cell)
    erasing.finish()
    shown = cell.rows("select status, error_code from timeline where direction = 'out'")
    assert shown == [("failed", "contact_erased")] * 2


def test_a_call_under_way_becomes_unconfirmed_and_its_statuses_are_nobodys(
    cell: Cell, erasing: ErasureCommands
) -> None:
    conversation_id = cell.meet()
    message_id = cell.answer(conversation_id, "a caminho")
    cell.publish()
    consumer = cell.topics.consumer(OUTBOUND, "test", lambda partition: 0)
    item = attempt_of(*until("the attempt", lambda: consumer.poll(1, 1.0)))
    consumer.close()
    deadline_at = utc_now() + timedelta(seconds=20)
    unit = UnitOfWork(StreamCache(cell.log))
    assert Attempts(unit, Random(1)).claim(item, deadline_at)
    assert isinstance(unit.commit(), Appended)
    channel = ChannelLookup(cell.log).by_id([(cell.tenant_id, cell.channel_id)])[cell.channel_id]

    erasing.erase(contact_of(cell, conversation_id), by(cell))
    claim = Claimed(item, channel, RITA, None, "a caminho", deadline_at, time.monotonic() + 20)
    outcomes = Outcomes(cell.log, utc_now, Random(1), lambda claims: None)
    outcomes.put(claim, Sent("wamid.out"))
    outcomes.start()
    outcomes.close()
    for word in ("delivered", "read"):
        for opaque in (str(message_id), None):
            cell.receive(traffic.body(statuses=[traffic.status("wamid.out", word, opaque=opaque)]))
    cell.ingest()

    assert [type(fact) for fact in cell.delivery(message_id)] == [AttemptStarted, Unconfirmed]
    assert cell.rows("select count(*) from orphans") == [(0,)]


def test_what_a_bot_still_says_to_somebody_erased_is_passed_over_and_removed(
    cell: Cell, erasing: ErasureCommands
) -> None:
    conversation_id = cell.meet()
    late = {"tenant_id": str(cell.tenant_id), "conversation_id": str(conversation_id), "epoch": 1}
    late |= {"turn_id": str(uuid7()), "reply_id": "r", "messages": [{"type": "text", "text": "Oi, Rita"}]}
    said = Outgoing(BOT_REPLIES, str(conversation_id).encode(), orjson.dumps(late))
    cell.topics.produce([said])
    erasing.erase(contact_of(cell, conversation_id), by(cell))
    cell.topics.produce([said])

    replies = BotReplies(cell.log, cell.topics, ChannelLookup(cell.log), utc_now)
    until("both replies to be read", lambda: replies.step(0.1) and replies.step(0.1) == 0)
    replies.close()
    caught_up(cell)
    erasing.housekeep()

    assert cell.rows("select count(*) from topic_records where topic like '%%.parked'") == [(0,)]
    assert b"Rita" not in b"".join(values(cell))
    assert [e for e in cell.history() if isinstance(e.fact, MessageSent)] == []


def test_what_a_crash_left_undone_is_done_later(cell: Cell, erasing: ErasureCommands) -> None:
    contact_id = contact_of(cell, cell.meet())
    receipt = erasing.erase(contact_id, by(cell))
    erasing.listed.path.unlink()  # as after a crash between commit and list
    assert receipt.finished_at is None

    erasing.housekeep()
    assert [each.contact_id for each in erasing.listed.read()] == [contact_id]
    behind = cell.log.erasures.receipt(contact_id)
    assert behind is not None
    assert behind.finished_at is None, "nobody has followed"
    caught_up(cell)
    erasing.housekeep()
    done = cell.log.erasures.receipt(contact_id)
    assert done is not None
    assert done.finished_at is not None
    assert len(erasing.listed.read()) == 1
