"""How long a customer waits for the bot: from Meta's request over both bot topics to the answer in the log.

The engine is that of the demo, `balcao bot`, which greets whoever writes first; so each message is of a new
customer, and what is measured is our way there and back. Sending to WhatsApp is not in it.
"""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import psycopg

from bench.figures import Figure, percentile
from bench.system import System, fire, settings_of
from schemas.topics import BOT_REPLIES, BOT_TURNS, Topics
from services.app.demo import BOT_NUMBER_ID
from services.runtime.topics import topics_of

RATE, SECONDS, WARM_UP_S = 20, 20, 2
CHANNEL = ("channel", "add", "--phone-number-id", BOT_NUMBER_ID, "--name", "Robô", "--bot")
ANSWERED_WITHIN_S = 20.0
POLL_S = 0.5
ANSWERS = """
select conversation_id::text, extract(epoch from min(recorded_at))::float8 from events
where topic = 'conversation.message_sent' group by conversation_id
"""
_NUMBER = re.compile(r"bot-(\d+) ")


@dataclass
class Overheard:
    """What went over a topic: the first record of each conversation, and when it could be read there."""

    topics: Topics
    topic: str
    first: dict[str, tuple[float, bytes]] = field(default_factory=dict)

    def listen(self, over: threading.Event) -> None:
        """Read along until `over`."""
        consumer = self.topics.consumer(self.topic, "bench", lambda partition: 0)
        try:
            while not over.is_set():
                for record in consumer.poll(500, POLL_S):
                    self.first.setdefault((record.key or b"").decode(), (time.time(), record.value or b""))
        finally:
            consumer.close()


def measure(measured: System, kind: str, seconds: int = SECONDS) -> Iterator[Figure]:
    """`balcao api`, `balcao work` and `balcao bot` run already, on topics of `kind`."""
    count = RATE * (WARM_UP_S + seconds)
    with overheard(measured) as (turns, replies):
        spent = measured.spent()
        shots = fire(measured, "bot", RATE, WARM_UP_S + seconds, customers=count, number=BOT_NUMBER_ID)
        answered_at = answers(measured, count)
        used = spent.seconds()
    clock = time.time() - time.monotonic()
    accepted_at = dict(zip(shots.numbers, shots.answered_at, strict=True))
    ways: dict[str, list[float]] = {"whole": [], "accepted → turn": [], "turn → reply": [], "reply → log": []}
    for thread, (turn_at, turn) in turns.items():
        number = number_of(turn)
        answered = thread in answered_at and thread in replies
        if not answered or number not in accepted_at or number < RATE * WARM_UP_S:
            continue
        began_at, reply_at = accepted_at[number] + clock, replies[thread][0]
        ways["whole"].append(answered_at[thread] - began_at)
        ways["accepted → turn"].append(turn_at - began_at)
        ways["turn → reply"].append(reply_at - turn_at)
        ways["reply → log"].append(answered_at[thread] - reply_at)
    what = f"bot, accepted → its answer in the log, {kind}"
    each = ", ".join(f"{name} {cpu / count * 1e6:.0f}" for name, cpu in used.items())
    yield Figure(f"{what}, not answered", count - len(answered_at), "messages", most=0)
    for way, took in ways.items():
        named = what if way == "whole" else f"bot, {way}, {kind}"
        note = f"at {RATE} new customers/s; µs of CPU for one: {each}" if way == "whole" else ""
        yield Figure(f"{named}, p50", percentile(took, 50) * 1000, "ms", note=note)
        yield Figure(f"{named}, p99", percentile(took, 99) * 1000, "ms")


def answers(measured: System, count: int) -> dict[str, float]:
    """When the bot's first answer stood in the log, by conversation; waits for `count`, but not for ever."""
    deadline = time.monotonic() + ANSWERED_WITHIN_S
    with psycopg.connect(measured.url, autocommit=True) as db:
        while True:
            found: dict[str, float] = dict(db.execute(ANSWERS.encode()).fetchall())
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.2)


def number_of(turn: bytes) -> int:
    """Which of the generator's messages a turn is about."""
    found = _NUMBER.match(orjson.loads(turn)["message"]["text"])
    assert found is not None, turn
    return int(found[1])


First = Mapping[str, tuple[float, bytes]]


@contextmanager
def overheard(measured: System) -> Iterator[tuple[First, First]]:
    """Turns and replies, read along as a stranger would."""
    topics, over = topics_of(settings_of(measured.running)), threading.Event()
    heard = Overheard(topics, BOT_TURNS), Overheard(topics, BOT_REPLIES)
    listening = [threading.Thread(target=each.listen, args=[over], daemon=True) for each in heard]
    for thread in listening:
        thread.start()
    try:
        yield heard[0].first, heard[1].first
    finally:
        over.set()
        for thread in listening:
            thread.join(10)
        topics.close()
