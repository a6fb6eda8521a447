"""Whatever stands in a topic, its neighbours come through, and it is taken or parked with a reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.whatsapp.graph import GraphApi
from adapters.whatsapp.split import split
from domain.conversation.message_events import MessageReceived
from domain.delivery import AttemptStarted
from schemas.inbound import encode
from schemas.outbound import ReadItem
from schemas.outbound import encode as encode_outbound
from schemas.topics import (
    BOT_REPLIES,
    BOT_TURNS,
    INBOUND,
    OUTBOUND,
    Outgoing,
    Record,
    parked_topic,
)
from services.runtime.clock import utc_now
from tests.services.bot.actions import running_engine
from tests.support import traffic
from tests.support.bots import records, reply, said, take, turns, with_bot_number, writes, written
from tests.support.cell import Cell
from tests.support.poison import poisons
from tests.support.waiting import free_port

EXAMPLES, AT_ONCE = 25, 20


@dataclass
class Reader:
    """A topic, one good record of it, and how its reader is seen to work."""

    topic: str
    good: Any
    neighbour: Callable[[], Callable[[], bool]]
    """Produce a good record; returns whether it was taken."""

    step: Callable[[], None]
    """Let the reader take all that is there."""

    cell: Cell
    parked: int = 0

    def newly_parked(self) -> Sequence[Record]:
        found = records(self.cell, parked_topic(self.topic))
        new, self.parked = found[self.parked :], len(found)
        return new


PEOPLE = (f"55209{n:08d}" for n in count(1))


def inbound(cell: Cell) -> Reader:
    ((_, item),) = split(traffic.body([traffic.text("w1", "Bom dia")]), utc_now())
    good = orjson.loads(encode(item))

    def neighbour() -> Callable[[], bool]:
        wamid = uuid4().hex
        cell.receive(traffic.body([traffic.text(wamid, "Bom dia", next(PEOPLE))]))
        return lambda: any(fact.wamid == wamid for fact in cell.facts(MessageReceived))

    return Reader(INBOUND, good, neighbour, cell.ingest, cell)


def bot_replies(cell: Cell) -> Reader:
    def turn() -> dict[str, Any]:
        who = next(PEOPLE)
        writes(cell, "Oi", sender=who)
        return turns(cell)[-1]

    action = {"type": "hand_off", "reason": "x", "card": {"name": "Rita"}, "variables": {"a": [1, {"b": 2}]}}
    good = reply(turn(), "Olá", action=action)

    def neighbour() -> Callable[[], bool]:
        answer, text = turn(), uuid4().hex
        value = orjson.dumps(reply(answer, text))
        cell.topics.produce([Outgoing(BOT_REPLIES, answer["conversation_id"].encode(), value)])
        return lambda: text in said(cell)

    return Reader(BOT_REPLIES, good, neighbour, lambda: take(cell), cell)


def bot_turns(cell: Cell) -> Reader:
    writes(cell, "Oi", sender=next(PEOPLE))
    good = turns(cell)[-1]

    def neighbour() -> Callable[[], bool]:
        cell.receive(written("Oi", sender=next(PEOPLE)))
        cell.ingest()
        cell.publish()
        turn = str(cell.facts(MessageReceived)[-1].message_id).encode()
        return lambda: any(turn in (record.value or b"") for record in records(cell, BOT_REPLIES))

    def step() -> None:
        with running_engine(cell) as bot:
            while bot.step(cell.patience_s):
                pass

    return Reader(BOT_TURNS, good, neighbour, step, cell)


def outbound(cell: Cell) -> Reader:
    nobody = GraphApi(f"http://127.0.0.1:{free_port()}", "token")

    def neighbour() -> Callable[[], bool]:
        message_id = cell.answer(cell.meet(next(PEOPLE), uuid4().hex), "Olá")
        cell.publish()
        return lambda: AttemptStarted in map(type, cell.delivery(message_id))

    neighbour()
    good = orjson.loads(records(cell, OUTBOUND)[-1].value or b"")
    return Reader(OUTBOUND, good, neighbour, lambda: cell.send(nobody), cell)


def receipts(cell: Cell) -> Reader:
    attempts = outbound(cell)
    item = ReadItem(
        cell.tenant_id, cell.channel_id, UUID(attempts.good["conversation_id"]), "w", True, utc_now()
    )
    attempts.good = orjson.loads(encode_outbound(item))
    return attempts


@pytest.mark.parametrize("reader_of", [inbound, bot_replies, bot_turns, outbound, receipts])
def test_neighbours_of_poison_come_through(cell: Cell, reader_of: Callable[[Cell], Reader]) -> None:
    reader = reader_of(with_bot_number(cell))
    key = str(reader.good.get("conversation_id", "x")).encode()

    @settings(max_examples=EXAMPLES)
    @given(
        st.lists(poisons(reader.good), min_size=1, max_size=AT_ONCE), st.sampled_from([key, b"", b"other"])
    )
    def holds(poison: list[bytes], under: bytes) -> None:
        before = reader.neighbour()
        reader.cell.topics.produce([Outgoing(reader.topic, under, value) for value in poison])
        after = reader.neighbour()
        reader.step()
        assert before()
        assert after()
        assert all(record.headers["reason"] for record in reader.newly_parked())

    holds()
