"""The publisher tells the topics what the log says, again after a crash, and in the order of each thread."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import jsonschema
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from adapters.postgres.follow.follower import LogFollower
from domain.conversation.message_events import MessageSent
from domain.delivery import Accepted, Delivered, Failed, Read, RetryRequested, Unconfirmed
from domain.event import ERASED, Event, Recorded
from domain.registry import FACTS
from schemas.conversation_events import SCHEMA, read
from schemas.topics import CONVERSATION_EVENTS, OUTBOUND, Record
from services.queries.cloudevents import ORGANISATION, PERSONAL, SCHEMA_FILE, published
from services.runtime.settings import Settings
from services.workers.project.project import retry
from services.workers.publish.publisher import NAME, TRANSIENT_ERRORS, Publisher
from services.workers.publish.send_order import Lane
from tests.support.cell import MASTER_KEY, Cell, attempt_of

TYPES = {fact.TOPIC: fact for fact in FACTS}


class PublisherCrash(Exception):
    """As if the process had died here."""


def records(cell: Cell, topic: str) -> Sequence[Record]:
    consumer = cell.topics.consumer(topic, f"test-{uuid4()}", lambda partition: 0)
    found = list(consumer.poll(1000, 1))
    consumer.close()
    return found


def _published(cell: Cell) -> list[dict[str, Any]]:
    return [read(record.headers, record.value or b"") for record in records(cell, CONVERSATION_EVENTS)]


@pytest.mark.parametrize("clear", [True, False], ids=["clear", "none"])
def test_every_event_is_published_with_its_place_and_as_the_schema_says(cell: Cell, clear: bool) -> None:
    cell.answer(cell.meet(), "Olá!")
    cell.publish(clear)
    promised = json.loads(SCHEMA_FILE.read_text())
    history = {
        str(event.event_id): event
        for event in cell.history()
        if clear or type(event.fact) not in ORGANISATION
    }
    events = _published(cell)
    assert {event["id"] for event in events} == set(history)
    for event in events:
        assert int(event["sequence"]) == history[event["id"]].position
        jsonschema.validate(event["data"], promised["$defs"][event["type"]])


def test_personal_fields_leave_only_in_clear_and_are_named_when_they_are_withheld(cell: Cell) -> None:
    cell.answer(cell.meet(), "um segredo")
    cell.publish()
    events = _published(cell)
    for event in events:
        personal = sorted(PERSONAL[TYPES[event["type"]]])
        assert event["data"].get("withheld", []) == personal
        assert [event["data"][name] for name in personal] == [None] * len(personal)
        assert "erased" not in event["data"]
    assert {"conversation.message_received", "conversation.message_sent"} < {
        event["type"] for event in events
    }
    assert [word for word in ("segredo", "Bom dia", "5520911110001") if word in json.dumps(events)] == []
    assert [attempt_of(record).text for record in records(cell, OUTBOUND)] == ["um segredo"]


def test_agents_teams_and_channels_are_published_in_clear_without_any_email(cell: Cell) -> None:
    cell.meet()
    cell.publish(clear=True)
    events = _published(cell)
    founding = [event for event in events if event["type"].startswith(("tenant", "channel", "agent"))]
    assert {event["type"] for event in founding} == {"tenant.registered", "channel.added", "agent.added"}
    agent = next(event for event in founding if event["type"] == "agent.added")
    assert (agent["subject"], agent["data"]) == (str(cell.agent_id), {"name": "Ana Lima", "role": "agent"})
    assert "@" not in json.dumps(founding)


def test_a_published_record_is_a_cloudevent_in_binary_mode(cell: Cell) -> None:
    cell.meet()
    cell.publish()
    record = records(cell, CONVERSATION_EVENTS)[0]
    message = KafkaMessage(dict(record.headers), record.key, record.value or b"")
    event = from_binary(message, JSONFormat())
    assert event.get_specversion() == "1.0"
    assert event.get_subject() == (record.key or b"").decode()


def test_a_crash_between_producing_and_the_position_repeats_the_same_ids(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell.answer(cell.meet(), "Olá!")

    publisher = Publisher(cell.log, cell.topics, cell.log.log_id())

    def crash(name: str) -> None:
        raise PublisherCrash(name)

    def crashing() -> None:
        with cell.log.datastore.checkout() as db, db.transaction():
            publisher.handle(db, cell.history())

    with monkeypatch.context() as broken:
        broken.setattr("services.workers.publish.publisher.failpoint", crash)
        with pytest.raises(PublisherCrash):
            crashing()
    cell.publish()
    ids = [read(r.headers, r.value or b"")["id"] for r in records(cell, CONVERSATION_EVENTS)]
    assert len(ids) == 2 * len(set(ids))
    attempts = [attempt_of(record) for record in records(cell, OUTBOUND)]
    assert len(attempts) == 2
    assert attempts[0] == attempts[1]


def test_what_the_publisher_set_aside_is_told_in_order_when_it_is_tried_again(cell: Cell) -> None:
    broken, fine = cell.meet(), cell.meet("5520911110002", "w2")
    cell.answer(broken, "Olá!")
    cell.answer(fine, "Boa tarde!")
    publisher = Publisher(cell.log, cell.topics, cell.log.log_id())

    def breaks(db: Any, events: Sequence[Recorded]) -> None:
        if any(event.conversation_id == broken for event in events):
            raise ZeroDivisionError
        publisher.handle(db, events)

    follower = LogFollower(cell.url, NAME, cell.log, transient=TRANSIENT_ERRORS)
    follower.ensure_position()
    while follower.step(breaks):
        pass
    follower.close()
    assert [attempt_of(record).text for record in records(cell, OUTBOUND)] == ["Boa tarde!"]

    settings = Settings(_env_file=None, database_url=cell.url, master_key=MASTER_KEY, demo=False)
    parked = [event for event in cell.history() if event.conversation_id == broken]
    assert retry(settings, NAME) == {NAME: (len(parked), 0)}
    assert {attempt_of(record).text for record in records(cell, OUTBOUND)} == {"Boa tarde!", "Olá!"}
    told = [read(r.headers, r.value or b"") for r in records(cell, CONVERSATION_EVENTS)]
    theirs = [event["id"] for event in told if event["subject"] == str(broken)]
    assert theirs == [str(event.event_id) for event in parked]


def test_two_publishers_do_not_publish_twice(cell: Cell) -> None:
    cell.meet()
    cell.publish()
    before = len(records(cell, CONVERSATION_EVENTS))
    cell.publish()
    assert len(records(cell, CONVERSATION_EVENTS)) == before


def test_what_was_erased_is_published_as_null_and_named() -> None:
    fact = _sent(uuid4()).model_copy(update={"text": ERASED})
    data = json.loads(published(_recorded(fact, 1), "log", SCHEMA).data)
    assert (data["text"], data["erased"]) == (None, ["text"])


def test_of_one_conversation_one_attempt_is_asked_for_at_a_time() -> None:
    lane, first, second = Lane(), uuid4(), uuid4()
    lane.see(_recorded(_sent(first), 1))
    lane.see(_recorded(_sent(second), 2))
    assert _due(lane) == [(first, 1)]
    assert _due(lane) == []
    lane.see(_recorded(_failed(1, retryable=True), 3, first))
    assert _due(lane) == [], "it will be tried again, and the later one waits"
    lane.see(_recorded(RetryRequested(ticket=1, attempt=2, by=None), 4, first))
    assert _due(lane) == [(first, 2)]
    lane.see(_recorded(_accepted(), 5, first))
    assert _due(lane) == [(second, 1)]
    lane.see(_recorded(Unconfirmed(ticket=1, attempt=1, reason="x"), 6, second))
    assert lane.rows == {}


def test_a_refusal_for_good_lets_the_next_one_go() -> None:
    lane, first, second = Lane(), uuid4(), uuid4()
    lane.see(_recorded(_sent(first), 1))
    lane.see(_recorded(_sent(second), 2))
    assert _due(lane) == [(first, 1)]
    lane.see(_recorded(_failed(1, retryable=False), 3, first))
    assert _due(lane) == [(second, 1)]
    lane.see(_recorded(_failed(6, retryable=True), 4, second))
    assert lane.rows == {}, "after the last retry nothing waits"


@pytest.mark.parametrize(
    "arrived",
    [
        Delivered(ticket=1, delivered_at=datetime(2026, 11, 20, tzinfo=UTC)),
        Read(ticket=1, read_at=datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_what_arrived_though_it_seemed_refused_lets_the_next_one_go(arrived: Event) -> None:
    lane, first, second = Lane(), uuid4(), uuid4()
    lane.see(_recorded(_sent(first), 1))
    lane.see(_recorded(_sent(second), 2))
    assert _due(lane) == [(first, 1)]
    lane.see(_recorded(_failed(1, retryable=True), 3, first))
    lane.see(_recorded(arrived, 4, first))
    assert _due(lane) == [(second, 1)]


def test_a_message_that_a_person_sends_again_is_found_in_its_conversation(cell: Cell) -> None:
    thread = cell.meet()
    message_id = cell.answer(thread, "de novo")
    cell.publish()
    with cell.log.datastore.checkout() as db, db.transaction():
        again = _recorded(RetryRequested(ticket=1, attempt=2, by=cell.agent_id), 99, message_id)
        ours = [event for event in cell.history() if event.conversation_id == thread]
        place = {"tenant_id": cell.tenant_id, "conversation_id": thread, "contact_id": ours[0].contact_id}
        db.execute("delete from outgoing")
        publisher = Publisher(cell.log, cell.topics, "log")
        publisher.handle(db, [_changed(again, **place)])
    last = [attempt_of(record) for record in records(cell, OUTBOUND)][-1]
    assert (last.message_id, last.attempt, last.text) == (message_id, 2, "de novo")


def _due(lane: Lane) -> list[tuple[UUID, int]]:
    return [(row.message_id, row.attempt) for row in lane.due()]


def _recorded(fact: Event, position: int, stream: UUID | None = None) -> Recorded:
    id = uuid4()
    now = datetime.now(UTC)
    return Recorded(fact, position, id, stream or id, 1, id, id, id, now, "system:test")


def _changed(recorded: Recorded, **fields: Any) -> Recorded:
    return recorded._replace(**fields)


def _sent(message_id: UUID) -> MessageSent:
    return MessageSent(
        ticket=1,
        message_id=message_id,
        channel_id=uuid4(),
        type="text",
        text="oi",
        author="agent",
        agent_id=uuid4(),
        sent_at=datetime.now(UTC),
    )


def _failed(attempt: int, retryable: bool) -> Failed:
    at = datetime.now(UTC)
    return Failed(ticket=1, attempt=attempt, code="1", title="", retryable=retryable, failed_at=at)


def _accepted() -> Accepted:
    return Accepted(ticket=1, attempt=2, wamid="w", accepted_at=datetime.now(UTC))
