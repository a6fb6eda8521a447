"""Rasa's REST channel before the bot bridge, against a server of the documented shape."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.bot.rasa import Rasa
from domain.conversation.message_events import MessageReceived
from domain.conversation.ticket_events import HandedOff
from services.bot.rasa_engine import RasaEngine
from tests.services.bot.actions import engine_answers
from tests.support.bots import said, with_bot_number, writes
from tests.support.cell import Cell

Answers = Callable[[dict[str, Any]], tuple[int, bytes]]


class RasaServer:
    """`POST /webhooks/rest/webhook` as Rasa serves it; what it answers is told by the test."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: Answers = lambda asked: says(asked, {"text": f"Você disse: {asked['message']}"})
        outer = self

        class RasaHandler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path != "/webhooks/rest/webhook" or "json" not in self.headers["Content-Type"]:
                    self._answer(404, b"")
                    return
                asked = json.loads(body)
                assert set(asked) == {"sender", "message"}
                outer.asked.append(asked)
                self._answer(*outer.answers(asked))

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), RasaHandler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def says(asked: dict[str, Any], *messages: dict[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps([{"recipient_id": asked["sender"], **each} for each in messages]).encode()


@pytest.fixture
def rasa() -> Iterator[RasaServer]:
    server = RasaServer()
    yield server
    server.stop()


@pytest.fixture
def engine(rasa: RasaServer) -> Iterator[RasaEngine]:
    client = Rasa(rasa.url, timeout_s=1.0)
    yield RasaEngine(client)
    client.close()


@pytest.fixture
def with_bot(cell: Cell) -> Cell:
    return with_bot_number(cell)


def test_what_rasa_says_reaches_the_customer_in_order(
    with_bot: Cell, rasa: RasaServer, engine: RasaEngine
) -> None:
    rasa.answers = lambda asked: says(
        asked,
        {"text": "Olá!"},
        {"text": "Escolha:", "buttons": [{"title": "Pedido", "payload": "/pedido"}, {"title": "Troca"}]},
    )
    writes(with_bot, "Oi")
    engine_answers(with_bot, engine)
    assert said(with_bot) == ["Olá!", "Escolha:\n- Pedido\n- Troca"]
    (received,) = with_bot.facts(MessageReceived)
    assert [asked["message"] for asked in rasa.asked] == ["Oi"]
    assert UUID(rasa.asked[0]["sender"]) != received.message_id


def test_a_custom_payload_is_an_action_of_ours(with_bot: Cell, rasa: RasaServer, engine: RasaEngine) -> None:
    off = {"type": "hand_off", "reason": "troca", "card": {"name": "Rita"}, "variables": {"n": 1}}
    rasa.answers = lambda asked: says(asked, {"text": "Vou chamar alguém."}, {"custom": off})
    writes(with_bot, "Oi")
    engine_answers(with_bot, engine)
    (fact,) = with_bot.facts(HandedOff)
    assert (fact.reason, fact.variables, fact.by_bot) == ("troca", {"n": 1}, True)


def late(asked: dict[str, Any]) -> tuple[int, bytes]:
    time.sleep(2.0)
    return says(asked, {"text": "tarde"})


BAD: dict[str, tuple[Answers, str]] = {
    "an error": (lambda _: (500, b"boom"), "rasa_error"),
    "not JSON": (lambda _: (200, b"<html>"), "rasa_garbage"),
    "an object": (lambda _: (200, b'{"text": "oi"}'), "rasa_garbage"),
    "a text that is none": (lambda asked: says(asked, {"text": 7}), "rasa_garbage"),
    "an action that is none": (lambda asked: says(asked, {"custom": {"type": "fire"}}), "rasa_garbage"),
    "without end": (lambda _: (200, b"[" + b" " * 1_100_000 + b"]"), "rasa_garbage"),
    "too many": (lambda asked: says(asked, *[{"text": "oi"}] * 11), "rasa_garbage"),
    "nothing": (lambda asked: says(asked), "rasa_empty"),
    "silence": (late, "rasa_timeout"),
}


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_wrong_with_rasa_brings_the_ticket_to_people_at_once(
    with_bot: Cell, rasa: RasaServer, engine: RasaEngine, name: str
) -> None:
    rasa.answers, reason = BAD[name]
    writes(with_bot, "Oi")
    engine_answers(with_bot, engine)
    assert said(with_bot) == []
    assert [fact.reason for fact in with_bot.facts(HandedOff)] == [reason]
    assert len(rasa.asked) == 1, "nobody knows what became of the first time"


def test_a_rasa_that_is_down_brings_the_ticket_to_people_at_once(with_bot: Cell) -> None:
    nobody = Rasa("http://127.0.0.1:9")
    writes(with_bot, "Oi")
    engine_answers(with_bot, RasaEngine(nobody))
    nobody.close()
    assert [fact.reason for fact in with_bot.facts(HandedOff)] == ["rasa_unreachable"]


def test_a_turn_that_rasa_is_asked_twice_is_heard_once(
    with_bot: Cell, rasa: RasaServer, engine: RasaEngine
) -> None:
    rasa.answers = lambda asked: says(asked, {"text": uuid4().hex})
    writes(with_bot, "Oi")
    engine_answers(with_bot, engine)
    before = said(with_bot)
    with with_bot.log.datastore.checkout() as db:  # as if it had died before it kept its place
        db.execute("truncate bot_places, bot_sessions")
        db.commit()
    engine_answers(with_bot, engine)
    assert len(rasa.asked) == 2
    assert said(with_bot) == before
