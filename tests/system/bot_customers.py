"""Customers of the number with the bot: they say line after line, and hear nothing twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.support.waiting import until
from tests.system.installation import BOT_NUMBER, Installation, all_pages, digits, thread_of
from tests.system.webhooks import as_meta_writes, body_of, post_until_taken, text_item

LINES = (("Oi", 2), ("1", 3), ("Rita Prado", 4), ("48213", 5))
"""What a customer of the demo's flow says, and how many messages of the bot there are afterwards."""

LAST = "Obrigada, Rita Prado! Vou passar o pedido 48213"
"""How the last of them begins."""

THROUGH_S = 240.0


@dataclass(frozen=True)
class Heard:
    """One customer as the API shows them."""

    state: str
    reason: str | None
    texts: list[str]
    pending: bool

    @property
    def is_with_people(self) -> bool:
        return self.state not in ("bot", "closed")


@dataclass
class BotCustomers:
    """Each says its next line when the bot has answered the last one; every request comes three times."""

    installation: Installation
    seed: int
    said: dict[str, int] = field(default_factory=dict)
    """By customer: how many lines they said."""
    silent: list[str] = field(default_factory=list)
    """Whoever wrote when no bot was there to answer."""
    _through: set[str] = field(default_factory=set)

    def call(self, many: int, silent: bool = False) -> None:
        """So many write for the first time."""
        with httpx2.Client(timeout=10.0) as client:
            for _ in range(many):
                wa_id = f"5521{970000000 + self.seed % 1000 * 1000 + len(self.said)}"
                self._say(client, wa_id, 0)
                if silent:
                    self.silent.append(wa_id)

    def go_on(self) -> bool:
        """Those who were answered say their next line; whether all are through."""
        heard = self.heard([wa_id for wa_id in self.said if wa_id not in self._through])
        with httpx2.Client(timeout=10.0) as client:
            for wa_id, found in heard.items():
                lines = self.said[wa_id]
                if found.is_with_people:
                    self._through.add(wa_id)
                elif lines < len(LINES) and len(found.texts) >= LINES[lines - 1][1]:
                    self._say(client, wa_id, lines)
        return len(self._through) == len(self.said)

    def finish(self) -> None:
        """Until all are through."""
        until("all callers with people", self.go_on, THROUGH_S, 0.5)

    def heard(self, wa_ids: list[str]) -> dict[str, Heard]:
        """What each was told, of those whom the API shows now; nothing while it is away."""
        wanted, found = set(wa_ids), {}
        try:
            with self.installation.agent("admin@demo.balcao") as client:
                for ticket in all_pages(client, "/v1/tickets", view="all"):
                    if (wa_id := digits(ticket["contact"]["phone"])) in wanted:
                        found[wa_id] = _heard(ticket, thread_of(client, ticket["conversation_id"]))
        except (httpx2.TransportError, AssertionError):
            pass
        return found

    def check(self) -> list[str]:
        """What is wrong: somebody was told something twice, or waits for an answer of nobody."""
        heard = self.heard(list(self.said))
        found = {wa_id: wrong_with(heard.get(wa_id), wa_id in self.silent) for wa_id in self.said}
        return [f"{wa_id}: {wrong}" for wa_id, wrong in found.items() if wrong]

    def handed_off(self) -> int:
        """How many the bot handed off at the end of its flow."""
        return sum(found.reason == "acompanhar pedido" for found in self.heard(list(self.said)).values())

    def _say(self, client: httpx2.Client, wa_id: str, line: int) -> None:
        item = text_item(f"wamid.{wa_id}.{line}", wa_id, LINES[line][0], datetime.now(UTC))
        raw = as_meta_writes(body_of([item], number=BOT_NUMBER))
        for _ in range(3):
            post_until_taken(client, self.installation.webhook_url, raw)
        self.said[wa_id] = line + 1


def wrong_with(heard: Heard | None, silent: bool = False) -> str | None:
    """What went wrong with one customer; `silent` when no bot was there to answer."""
    if heard is None or not heard.is_with_people:
        return f"forgotten by the bot, and not with people: {heard}"
    if len(heard.texts) != len(set(heard.texts)):
        return f"told twice: {heard.texts}"
    if heard.pending:
        return "an answer of the bot is still pending"
    if silent:
        return None if (heard.reason, heard.texts) == ("bot_silent", []) else f"nobody was there, and {heard}"
    if heard.reason == "acompanhar pedido":
        return None if _is_whole(heard.texts) else f"handed off after {heard.texts}"
    return None if heard.reason == "bot_silent" else f"handed off because of {heard.reason}"


def _heard(ticket: dict[str, Any], thread: list[dict[str, Any]]) -> Heard:
    said = [message for message in thread if message["direction"] == "out"]
    texts = [message["text"] for message in said]
    pending = any(message["status"] == "pending" for message in said)
    return Heard(ticket["state"], ticket["hand_off_reason"], texts, pending)


def _is_whole(texts: list[str]) -> bool:
    return len(texts) == LINES[-1][1] and texts[-1].startswith(LAST)
