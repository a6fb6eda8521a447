"""The bot's round of processes killed where it hurts: nothing is said twice, and nobody is forgotten."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.waiting import until
from tests.system.installation import Installation, all_pages, installation, thread_of
from tests.system.webhooks import as_meta_writes, body_of, post_until_taken, text_item

BOT_NUMBER = "100000000000002"
PROCESSES = ("api", "ingest", "bot-replies", "project", "publish", "send", "schedule", "bot")
FAILPOINTS = {
    "before_append": 0.05,
    "after_append": 0.05,
    "after_publish": 0.05,
    "before_answer": 0.05,
    "after_answer": 0.05,
    "before_reply": 0.05,
    "after_reply": 0.05,
    "before_timer": 0.05,
    "after_timer": 0.05,
    "after_project": 0.01,
}
"""How likely each pass is to be the last; the first of all is, for certain."""

SCRIPT = (("Oi", 2), ("1", 3), ("Rita Prado", 4), ("48213", 5))
"""What a customer writes, and how many messages of the bot there are afterwards."""

CUSTOMERS = 8
SILENT = 3


class Town:
    """Customers of the number with the bot."""

    def __init__(self, running: Installation) -> None:
        self.running = running
        self._second = int(datetime.now(UTC).timestamp()) - 600

    def write(self, wa_ids: list[str], text: str) -> None:
        """Each writes it; every request comes three times."""
        self._second += 1
        at = datetime.fromtimestamp(self._second, UTC)
        with httpx2.Client(timeout=10.0) as client:
            for wa_id in wa_ids:
                item = text_item(f"wamid.{wa_id}.{self._second}", wa_id, text, at)
                raw = as_meta_writes(body_of([item], number=BOT_NUMBER))
                for _ in range(3):
                    post_until_taken(client, self.running.webhook_url, raw)

    def seen(self) -> dict[str, "Seen"]:
        """Each customer's ticket, and what was said to them, in order."""
        with self.running.agent("admin@demo.balcao") as client:
            found = {}
            for ticket in all_pages(client, "/v1/tickets", view="all"):
                thread = thread_of(client, ticket["conversation_id"])
                said = [message for message in thread if message["direction"] == "out"]
                found[ticket["contact"]["phone"]] = Seen(ticket["state"], ticket["hand_off_reason"], said)
            return found

    def heard(self, wa_ids: list[str], count: int) -> bool:
        """Whether the bot said so much to each, or people have the ticket."""
        try:
            seen = self.seen()
        except (httpx2.TransportError, AssertionError):
            return False  # the API was killed just now
        return all(
            wa_id in seen and (len(seen[wa_id].said) >= count or seen[wa_id].state == "queue")
            for wa_id in wa_ids
        )

    def all_sent(self) -> bool:
        """Whether nothing waits to be sent any more."""
        try:
            seen = self.seen()
        except (httpx2.TransportError, AssertionError):
            return False
        return all(message["status"] != "pending" for each in seen.values() for message in each.said)


@dataclass(frozen=True)
class Seen:
    """One customer as the API shows them."""

    state: str
    reason: str | None
    said: list[dict[str, Any]]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.said]


@pytest.mark.parametrize("kafka", [False, True], ids=["embedded topics", "kafka"])
def test_nothing_is_said_twice_and_nobody_is_forgotten(data_folder: Path, kafka: bool) -> None:
    log = data_folder / "failpoints.log"
    log.touch()
    points = ",".join(f"{name}:kill:{chance}:1" for name, chance in FAILPOINTS.items())
    keys: Any = {"BALCAO_FAILPOINT": points, "BALCAO_FAILPOINT_LOG": str(log)}
    with installation(data_folder, kafka=kafka, **keys) as running:
        running.balcao("channel", "add", "--phone-number-id", BOT_NUMBER, "--name", "Robô", "--bot")
        running.start(*PROCESSES)
        town = Town(running)
        writers = [f"55209880{n:05}" for n in range(CUSTOMERS)]
        for text, count in SCRIPT:
            town.write(writers, text)
            until(f"an answer to {text}", partial(town.heard, writers, count), 120.0, 0.3)
        running.minded["bot"].end()
        silent = [f"55209890{n:05}" for n in range(SILENT)]
        town.write(silent, "Oi")
        until("the silent bot's tickets in the queue", lambda: town.heard(silent, 99), 120.0, 0.3)
        _heal(running)
        until("every message sent", town.all_sent, 120.0, 0.3)

        hits = Counter(log.read_text().split())
        assert hits.keys() == FAILPOINTS.keys()
        seen = town.seen()
        assert {seen[wa_id].state for wa_id in writers + silent} == {"queue"}
        assert {(seen[wa_id].reason, len(seen[wa_id].said)) for wa_id in silent} == {("bot_silent", 0)}
        for wa_id in writers:
            texts = seen[wa_id].texts
            assert len(texts) == len(set(texts)), f"said twice to {wa_id}: {texts}"
            if seen[wa_id].reason != "bot_silent":
                assert len(texts) == 5, texts
                assert texts[-1].startswith("Obrigada, Rita Prado! Vou passar o pedido 48213")
        assert any(seen[wa_id].reason == "acompanhar pedido" for wa_id in writers)
        assert [n for n in running.calls().values() if n > 1] == []


def _heal(running: Installation) -> None:
    """From now on nobody is killed."""
    running.environment.pop("BALCAO_FAILPOINT", None)
    others = [name for name in PROCESSES if name != "bot"]
    for name in others:
        running.minded[name].kill()
    for name in others:
        running.minded[name].wait_ready()
