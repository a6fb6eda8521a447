"""A number that a bot answers: what its customers write, what the engine is asked, and what it answers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from domain.conversation.message_events import MessageSent
from schemas.topics import BOT_REPLIES, BOT_TURNS, Outgoing, Record, parked_topic
from services.commands.installation import InstallationCommands
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.workers.ingest.bot_replies import BotReplies
from tests.support import traffic
from tests.support.cell import Cell

BOT_NUMBER = "100000000000002"
WHO = "5520911110001"


def with_bot_number(cell: Cell) -> Cell:
    """The cell with a second number, which a bot answers."""
    InstallationCommands(cell.log).add_channel(cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True)
    return cell


def writes(cell: Cell, *texts: str, sender: str = WHO, ago: timedelta = timedelta()) -> None:
    """A customer writes to the number with the bot; it was decided a while `ago`."""
    cell.receive(written(*texts, sender=sender))
    cell.ingest(now=lambda: utc_now() - ago)


def written(*texts: str, sender: str = WHO) -> bytes:
    """The webhook of what a customer writes just now."""
    at = int(datetime.now(UTC).timestamp())
    said = [traffic.text(f"w{uuid4().hex}", text, sender, at) for text in texts]
    return traffic.body(said, number=BOT_NUMBER, contacts=[traffic.person(sender, "Marina")])


def records(cell: Cell, topic: str) -> Sequence[Record]:
    consumer = cell.topics.consumer(topic, f"test-{uuid4()}", lambda partition: 0)
    found = list(consumer.poll(1000, 1))
    consumer.close()
    return found


def turns(cell: Cell) -> list[dict[str, Any]]:
    """What the engine is asked, in order."""
    cell.publish()
    told = [orjson.loads(record.value or b"") for record in records(cell, BOT_TURNS)]
    return sorted(told, key=lambda turn: str(turn["turn_id"]))


def reply(turn: dict[str, Any], *texts: str, **changes: Any) -> dict[str, Any]:
    copied = {name: turn[name] for name in ("tenant_id", "conversation_id", "epoch", "turn_id")}
    messages = [{"type": "text", "text": text} for text in texts]
    return {**copied, "reply_id": "r1", "messages": messages, **changes}


def answers(cell: Cell, *replies: dict[str, Any] | bytes, key: str | None = None) -> None:
    """The engine produces replies, and they are taken."""
    for said in replies:
        value = said if isinstance(said, bytes) else json.dumps(said).encode()  # any number, however large
        named = key if key is not None or isinstance(said, bytes) else said["conversation_id"]
        cell.topics.produce([Outgoing(BOT_REPLIES, (named or "x").encode(), value)])
    take(cell)


def take(cell: Cell) -> None:
    replies = BotReplies(cell.log, cell.topics, ChannelLookup(cell.log), utc_now)
    try:
        while replies.step(cell.patience_s):
            pass
    finally:
        replies.close()


def said(cell: Cell) -> list[object]:
    return [fact.text for fact in cell.facts(MessageSent) if fact.author == "bot"]


def why_parked(cell: Cell) -> list[str]:
    return [record.headers["reason"].decode() for record in records(cell, parked_topic(BOT_REPLIES))]
