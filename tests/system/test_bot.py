"""The demo's bot as a person meets it: `balcao serve` alone, and a customer's phone."""

import os
import sys
from pathlib import Path
from typing import Any

import httpx2

from services.app.demo import BOT_PHONES
from tests.support.waiting import free_port, until
from tests.system.installation import Installation
from tests.system.supervised_process import SupervisedProcess


class BotCustomer:
    """The customer of the demo who writes to the number with the bot."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=f"{url}/simulator/v1/phones", timeout=10.0)
        self._number = BOT_PHONES[0].number

    def write(self, text: str) -> None:
        self._http.post(f"/{self._number}/messages", json={"text": text}).raise_for_status()

    def got(self) -> list[str]:
        items: list[dict[str, Any]] = self._http.get(f"/{self._number}/messages").json()["items"]
        return [str(message["text"]) for message in items if message["direction"] == "in"]

    def asks(self, text: str, answer: str) -> None:
        """Write, and wait until something with these words came back."""
        self.write(text)
        until(f"«{answer}»", lambda: any(answer in said for said in self.got()), 30.0)


def test_the_demo_has_a_number_with_a_bot_that_hands_off(data_folder: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    told = {"BALCAO_DATA": str(data_folder / "data"), "BALCAO_PORT": str(free_port())}
    running = Installation(data_folder, clean | told)
    command = [sys.executable, "-m", "services.cli", "serve"]
    serve = SupervisedProcess("serve", command, running.environment, data_folder / "serve.log")
    serve.start()
    try:
        serve.wait_ready(120.0)
        phone = BotCustomer(running.url)
        phone.asks("Oi", "Como posso ajudar?")
        phone.asks("1", "Qual é o seu nome?")
        phone.asks("Teresa Nogueira", "Qual é o número do pedido?")
        phone.asks("48213", "Vou passar o pedido 48213")
        with running.agent() as ana:
            until("the ticket in the queue", lambda: _queued(ana), 20.0)
            (ticket,) = _queued(ana)
            assert ticket["contact"]["name"] == "Teresa Nogueira"
        assert len(phone.got()) == 5
    finally:
        serve.stop()


def _queued(client: httpx2.Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/v1/tickets", params={"view": "queue"}).json()["items"]
    return items
