"""A bot engine on the two topics: the demo's flow talks with a customer, and no crash makes it stutter."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from adapters.kafka import kafka_topics
from domain.contact.state import ContactCardReflected
from domain.conversation.ticket_events import Closed, HandedOff
from schemas.bot import Turn
from schemas.topics import BOT_TURNS
from services.bot.engine import Bot, Spoken
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.workers.ingest.bot_replies import BotReplies
from tests.services.bot.actions import engine_answers, running_engine
from tests.support.bots import records, said, with_bot_number, writes, written
from tests.support.cell import Cell, opened
from tests.support.waiting import until


class EngineCrash(BaseException):
    """As if the process had died here."""


@pytest.fixture
def with_bot(cell: Cell) -> Cell:
    """A cell with a number that a bot answers."""
    return with_bot_number(cell)


def steps(bot: Bot) -> None:
    while bot.step(0.5):
        pass


@pytest.fixture(params=["postgres", "kafka"])
def everybody(request: pytest.FixtureRequest, database_url: str) -> Iterator[Cell]:
    """The same cell on both kinds of topics, with everybody at work."""
    topics = None
    if request.param == "kafka":
        prefix = request.getfixturevalue("topic_prefix")
        topics = kafka_topics("kafka-python", request.getfixturevalue("kafka"), prefix)
    with opened(database_url, topics) as cell, running_engine(cell) as bot:
        with_bot_number(cell)
        stop = threading.Event()
        replies = BotReplies(cell.log, cell.topics, ChannelLookup(cell.log), utc_now)
        work: list[Callable[[threading.Event], object]] = [
            cell.ingestor().run,
            replies.run,
            bot.run,
            partial(publishing, cell),
        ]
        threads = [threading.Thread(target=each, args=[stop], daemon=True) for each in work]
        for thread in threads:
            thread.start()
        yield cell
        stop.set()
        for thread in threads:
            thread.join(10)
    if topics is not None:
        topics.close()


def has_said(cell: Cell, n: int) -> bool:
    return len(said(cell)) >= n


def publishing(cell: Cell, stop: threading.Event) -> None:
    while not stop.wait(0.1):
        cell.publish()


def test_the_demo_talks_and_hands_off_with_what_it_learned(everybody: Cell) -> None:
    for n, text in enumerate(("Oi", "1", "Teresa Nogueira", "48213"), 2):
        everybody.receive(written(text))
        until(f"the answer to {text}", partial(has_said, everybody, n), 40.0)
    words = [str(text) for text in said(everybody)]
    assert len(words) == 5
    assert words[0].startswith("Olá! Eu sou a Aurora")
    assert words[-1].startswith("Obrigada, Teresa Nogueira! Vou passar o pedido 48213")
    (fact,) = everybody.facts(HandedOff)
    assert (fact.by_bot, fact.reason) == (True, "acompanhar pedido")
    assert fact.variables == {"nome": "Teresa Nogueira", "pedido": "48213"}
    assert [card.name for card in everybody.facts(ContactCardReflected)] == ["Teresa Nogueira"]


@pytest.mark.parametrize("place", ["before_answer", "after_answer"])
def test_an_engine_that_dies_at_a_turn_answers_it_once(
    with_bot: Cell, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(with_bot, "Oi")
    engine_answers(with_bot)
    writes(with_bot, "1")
    with_bot.publish()

    def die(name: str) -> None:
        if name == place:
            raise EngineCrash(name)

    with monkeypatch.context() as broken, running_engine(with_bot) as bot:
        broken.setattr("services.bot.engine.failpoint", die)
        with pytest.raises(EngineCrash):
            steps(bot)
    engine_answers(with_bot)
    writes(with_bot, "Teresa")
    engine_answers(with_bot)
    assert [str(text)[:12] for text in said(with_bot)] == [
        "Olá! Eu sou ",
        "Como posso a",
        "Vamos lá! Qu",
        "Certo, Teres",
    ]


def test_a_turn_that_is_asked_twice_is_answered_once_and_moves_on_once(with_bot: Cell) -> None:
    writes(with_bot, "Oi")
    engine_answers(with_bot)
    writes(with_bot, "2")
    with_bot.publish()
    with with_bot.log.datastore.checkout() as db:  # as if the publisher had died before it kept its place
        db.execute("update positions set position = 0 where name = 'publisher'")
        db.commit()
    engine_answers(with_bot)
    assert len(records(with_bot, BOT_TURNS)) == 4
    assert len(said(with_bot)) == 4
    writes(with_bot, "não")
    engine_answers(with_bot)
    assert [fact.by for fact in with_bot.facts(Closed)] == [None]


def test_an_engine_that_breaks_at_a_turn_gives_that_customer_to_people(with_bot: Cell) -> None:
    class Broken:
        """Breaks for one customer."""

        def answer(self, turn: Turn, state: bytes | None) -> Spoken:
            if turn.message is not None and turn.message.text == "quebra":
                raise ZeroDivisionError
            return Spoken(("oi",))

    writes(with_bot, "quebra", sender="5520911110001")
    writes(with_bot, "olá", sender="5520911110002")
    engine_answers(with_bot, Broken())
    assert [fact.reason for fact in with_bot.facts(HandedOff)] == ["bot_broken"]
    assert said(with_bot) == ["oi"]


def test_what_the_engine_remembers_is_sealed_and_gone_with_the_flow(with_bot: Cell) -> None:
    for text in ("Oi", "1", "Teresa Nogueira"):
        writes(with_bot, text)
        engine_answers(with_bot)
    (kept,) = with_bot.rows("select sealed from bot_sessions")
    assert b"Teresa" not in bytes(kept[0])
    with running_engine(with_bot) as bot:
        ids = [row[0] for row in with_bot.rows("select conversation_id from bot_sessions")]
        assert b"Teresa" in bot.sessions.load(ids)[ids[0]].state
    writes(with_bot, "48213")
    engine_answers(with_bot)
    with running_engine(with_bot) as bot:
        assert bot.sessions.load(ids)[ids[0]].state == b""
