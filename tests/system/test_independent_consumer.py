"""A program that knows only the published schema comes to the same tickets as the workspace."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas.conversation_events import read
from schemas.topics import CONVERSATION_EVENTS
from tests.support.waiting import until
from tests.system import independent_consumer
from tests.system.installation import Installation, all_pages, installation
from tests.system.traffic import Traffic, check, settled

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
SCHEMA = Path(__file__).parents[2] / "schemas" / "json" / "conversation.events.v1.json"


PERSONAL = ("contact", "last_text")


@pytest.mark.parametrize("personal", ["clear", "none"])
def test_the_topic_and_the_history_rebuild_the_list_of_tickets(
    data_folder: Path, fresh_database_url: str, kafka: str, personal: str
) -> None:
    with installation(data_folder, fresh_database_url, kafka=kafka) as running:
        if personal == "clear":  # `none` is what a topic has if nobody says otherwise
            running.environment["BALCAO_EVENTS_PERSONAL"] = personal
        running.start("api", "work")
        traffic = Traffic(running, seed=3, customers=6, per_round=3, copies=1)
        traffic.write()
        traffic.answer()
        assert settled(lambda: check(traffic)) == []
        _handle(running)
        shown = until("the closed ticket", lambda: _handled(_shown(running)), 10.0)
        assert _rebuilt(_history(running)) == shown
        if personal == "none":
            shown = [{**ticket, **dict.fromkeys(PERSONAL)} for ticket in shown]
        until("the topic", lambda: _rebuilt(_topic(running)) == shown or None, 20.0)
        withheld = {name for event in _topic(running) for name in event["data"].get("withheld", ())}
        assert ("text" in withheld) == (personal == "none")


def _handle(running: Installation) -> None:
    """One ticket is closed, one marked, one returned to its queue, one snoozed."""
    with running.agent() as client:
        mine = all_pages(client, "/v1/tickets", view="mine")
        paths = (f"/v1/conversations/{t['conversation_id']}" for t in mine[:4])
        closed, marked, returned, snoozed = paths
        control = {t["conversation_id"]: {"If-Match": f'"{t["control"]}"'} for t in mine}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answers = [
            client.post(f"{closed}/close", headers=key | control[mine[0]["conversation_id"]]),
            client.put(f"{marked}/answered", json={"answered": False}),
            client.delete(f"{returned}/assignee", headers=control[mine[2]["conversation_id"]]),
            client.put(
                f"{snoozed}/snooze",
                json={"until": TOMORROW, "zone": "America/Sao_Paulo"},
                headers=control[mine[3]["conversation_id"]],
            ),
        ]
        assert [answer.status_code // 100 for answer in answers] == [2, 2, 2, 2], [a.text for a in answers]


def _handled(shown: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    states = sorted(ticket["state"] for ticket in shown)
    marked = any(ticket["state"] == "open" and ticket["unanswered"] for ticket in shown)
    return shown if states == ["closed", "open", "open", "open", "queue", "snoozed"] and marked else None


def _shown(running: Installation) -> list[dict[str, Any]]:
    with running.agent("admin@demo.balcao") as client:
        listed = all_pages(client, "/v1/tickets", view="all") + all_pages(
            client, "/v1/tickets", view="closed"
        )
    tickets = {(t["conversation_id"], t["number"]): t for t in listed}
    return [
        {
            "conversation_id": ticket["conversation_id"],
            "number": ticket["number"],
            "state": ticket["state"],
            "contact": ticket["contact"]["name"],
            "owner": ticket["owner"]["id"] if ticket["owner"] else None,
            "snoozed_until": ticket["snoozed_until"] and independent_consumer.second(ticket["snoozed_until"]),
            "unanswered": ticket["unanswered"],
            "unread": ticket["unread"],
            "last_text": ticket["last_message"]["text"],
            "last_at": independent_consumer.second(ticket["last_message"]["at"]),
        }
        for _, ticket in sorted(tickets.items())
    ]


def _rebuilt(events: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "\n".join(json.dumps(event) for event in events)
    done = subprocess.run(
        [sys.executable, independent_consumer.__file__, str(SCHEMA)],
        input=lines,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rebuilt: list[dict[str, Any]] = json.loads(done.stdout)
    return rebuilt


def _history(running: Installation) -> Iterator[dict[str, Any]]:
    with running.agent("admin@demo.balcao") as client:
        after: str | None = None
        while True:
            answer = client.get("/v1/events", params={"after": after} if after else {})
            assert answer.status_code == 200, answer.text
            yield from answer.json()["items"]
            after = answer.json()["next"]
            if after is None:
                return


def _topic(running: Installation) -> Iterator[dict[str, Any]]:
    consumer = KafkaConsumer(
        bootstrap_servers=running.environment["BALCAO_KAFKA"], enable_auto_commit=False, group_id=None
    )
    topic = running.environment["BALCAO_TOPIC_PREFIX"] + CONVERSATION_EVENTS
    try:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for records in consumer.poll(timeout_ms=500).values():
                for record in records:
                    yield read(dict(record.headers), record.value)
    finally:
        consumer.close()


def test_the_schema_refuses_what_it_does_not_describe() -> None:
    schema = json.loads(SCHEMA.read_text())
    event = {"id": "1", "sequence": "1", "type": "conversation.closed", "data": {"ticket": "one"}}
    with pytest.raises(Exception, match="'one' is not of type 'integer'"):
        independent_consumer.tickets([event], schema)
