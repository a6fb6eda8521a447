"""A consumer that knows nothing of Balcão but the published schema: it rebuilds the list of tickets.

Reads CloudEvents (objects of the structured mode) from lines of stdin, prints the tickets as JSON. It stands
alone: it imports nothing of the product, and refuses an event whose data does not fit the schema.

    python independent_consumer.py conversation.events.v1.json < events.jsonl
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator


def second(at: str) -> str:
    return at[:19]


def tickets(events: Iterable[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The tickets after these events. Repeats are dropped by id; a conversation is in order of sequence."""
    validators = {
        name: Draft202012Validator({"$defs": schema["$defs"], **definition})
        for name, definition in schema["$defs"].items()
    }
    seen: set[str] = set()
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for event in sorted(events, key=lambda event: int(event["sequence"])):
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        validators[event["type"]].validate(event["data"])
        apply(found, event)
    return sorted(found.values(), key=lambda ticket: (ticket["conversation_id"], ticket["number"]))


def apply(found: dict[tuple[str, int], dict[str, Any]], event: dict[str, Any]) -> None:
    data, kind = event["data"], event["type"]
    number = data.get("ticket")
    if number is None or event.get("conversationid") is None:
        return
    key = (event["conversationid"], number)
    if kind == "conversation.ticket_opened":
        found[key] = {
            "conversation_id": event["conversationid"],
            "number": number,
            "state": "bot" if data["with_bot"] else "queue",
            "contact": data["name"],
            "owner": None,
            "snoozed_until": None,
            "unanswered": False,
            "unread": 0,
            "last_text": None,
            "last_at": "",
        }
        return
    ticket = found[key]
    if kind == "conversation.message_received":
        ticket["unanswered"], ticket["unread"] = True, ticket["unread"] + 1
    elif kind == "conversation.message_sent" and data["author"] == "agent":
        ticket["unanswered"], ticket["unread"] = False, 0
    elif kind == "conversation.handed_off":
        ticket["owner"] = None
        with_people(ticket)
    elif kind == "conversation.assigned":
        ticket["owner"] = data["agent_id"]
        with_people(ticket)
    elif kind == "conversation.unassigned":
        ticket["owner"] = None
        with_people(ticket)
    elif kind == "conversation.snoozed":
        ticket["snoozed_until"] = second(data["until"])
        with_people(ticket)
    elif kind == "conversation.woken":
        ticket["snoozed_until"] = None
        with_people(ticket)
    elif kind == "conversation.marked_answered":
        ticket["unanswered"], ticket["unread"] = False, 0
    elif kind == "conversation.marked_unanswered":
        ticket["unanswered"] = True
    elif kind == "conversation.closed":
        ticket["state"], ticket["unanswered"], ticket["unread"] = "closed", False, 0
        ticket["snoozed_until"] = None
    if kind in ("conversation.message_received", "conversation.message_sent"):
        at = second(data["sent_at"])
        if at >= ticket["last_at"]:
            text = data["text"]
            ticket["last_at"], ticket["last_text"] = at, text and text[:500]


def with_people(ticket: dict[str, Any]) -> None:
    ticket["state"] = "snoozed" if ticket["snoozed_until"] else "open" if ticket["owner"] else "queue"


def main() -> None:
    schema = json.loads(Path(sys.argv[1]).read_text())
    lines: Iterator[str] = (line for line in sys.stdin if line.strip())
    json.dump(tickets((json.loads(line) for line in lines), schema), sys.stdout)


if __name__ == "__main__":
    main()
