"""What is damaged in the database stops its own conversation; its neighbours go on, and it is told once."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from adapters.postgres.log.sealing import Unopenable
from domain.conversation.message_events import MessageReceived
from domain.conversation.state import evolve
from domain.log.port import UnreadableEvent
from schemas.topics import CONVERSATION_EVENTS, INBOUND, Record, parked_topic
from tests.support import traffic
from tests.support.cell import Cell

RECEIVED = "where topic = 'conversation.message_received' and conversation_id = %s"
DAMAGE = {
    "a flipped bit": f"update events set state = set_bit(state, 8 * length(state) - 99, 1 - "
    f"get_bit(state, 8 * length(state) - 99)) {RECEIVED}",
    "broken JSON": f"update events set state = '{{\"ticket\":' {RECEIVED}",
    "no UTF-8": f"update events set state = '\\xff00'::bytea {RECEIVED}",
    "JSON of another shape": f"update events set state = '[1]' {RECEIVED}",
    "metadata of another shape": f"update events set metadata = '[]' {RECEIVED}",
    "an id in the metadata": f"update events set metadata = '{{\"causation_id\": 7}}' {RECEIVED}",
    "an unknown type": f"update events set topic = 'conversation.yodelled' {RECEIVED}",
    "the key of the contact": "update contact_keys set wrapped = set_byte(wrapped, 30,"
    " get_byte(wrapped, 30) # 1)"
    " where contact_id = (select contact_id from threads where conversation_id = %s)",
}
ONLY_READ = "an id in the metadata"
"""Who folds a conversation needs no metadata."""

WELL, DAMAGED = "5520911110001", "5520911110002"


def texts_in(cell: Cell, conversation: UUID) -> list[str]:
    rows = cell.rows("select text from timeline where conversation_id = %s order by position", conversation)
    return [text for (text,) in rows]


def parked_by(cell: Cell, name: str) -> set[UUID]:
    return {id for (id,) in cell.rows("select conversation_id from parked_events where name = %s", name)}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_event_stops_its_conversation_alone(cell: Cell, kind: str) -> None:
    damaged, well = cell.meet(DAMAGED, "w1"), cell.meet(WELL, "w2")
    assert cell.rows(f"{DAMAGE[kind]} returning 1", damaged) == [(1,)]
    with capture_logs() as lines:
        for wamid, sender in (("w3", DAMAGED), ("w4", WELL)):
            cell.receive(traffic.body([traffic.text(wamid, f"depois {wamid}", sender)]))
        cell.ingest()
        cell.project()
        cell.publish()
        if kind != ONLY_READ:
            with pytest.raises(UnreadableEvent):
                cell.log.load([damaged], evolve)

    assert texts_in(cell, well) == ["Bom dia", "depois w4"]
    assert cell.log.load([well], evolve)[well].state is not None
    for follower in ("timeline", "publisher"):
        assert damaged in parked_by(cell, follower)
        assert well not in parked_by(cell, follower)
    told = [line["position"] for line in lines if line["event"] == "event cannot be read"]
    assert told, "nobody says so"
    assert len(told) == len(set(told)), "it is said again and again"
    published = {record.key for record in records(cell, CONVERSATION_EVENTS)}
    assert str(well).encode() in published
    if kind != ONLY_READ:
        (parked,) = records(cell, parked_topic(INBOUND))
        assert b"w3" in (parked.value or b"")
        assert "depois" not in str(parked.headers)


def records(cell: Cell, topic: str) -> list[Record]:
    consumer = cell.topics.consumer(topic, "tests", lambda partition: 0)
    try:
        return list(consumer.poll(1_000, 2))
    finally:
        consumer.close()


def test_damage_beside_the_log_is_met_by_whoever_needs_it_alone(cell: Cell) -> None:
    """A secret, and an orphan that waits for a message."""
    cell.log.secrets.put("password", cell.agent_id, b"one")
    cell.log.secrets.put("password", cell.tenant_id, b"another")
    cell.receive(traffic.body([traffic.reaction("r1", "w1", "👍", DAMAGED)]))
    cell.ingest()
    for table, narrowed in (("secrets", f"where owner_id = '{cell.agent_id}'"), ("orphans", "")):
        flipped = "set_byte(sealed, 30, get_byte(sealed, 30) # 1)"
        cell.rows(f"update {table} set sealed = {flipped} {narrowed} returning 1")

    with pytest.raises(Unopenable):
        cell.log.secrets.get("password", cell.agent_id)
    assert cell.log.secrets.get("password", cell.tenant_id) == b"another"
    cell.receive(
        traffic.body([traffic.text("w1", "a primeira", DAMAGED)]),
        traffic.body([traffic.text("w2", "Oi", WELL)]),
    )
    cell.ingest()
    assert sorted(str(fact.text) for fact in cell.facts(MessageReceived)) == ["Oi", "a primeira"]
