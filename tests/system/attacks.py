"""What somebody does to one tenant, as a process of its own: `python -m tests.system.attacks <name> …`.

Each makes so many tries a second as it says, from an address of its own, and prints what was answered.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import orjson

from schemas.topics import BOT_REPLIES, Outgoing
from services.runtime.settings import Settings
from services.runtime.topics import topics_of
from tests.system.idle_connections import MANY, IdleConnections
from tests.system.webhooks import as_meta_writes, body_of, signed, text_item

ADDRESS = "127.0.0.9"
EMAILS = ("ana@demo.balcao", "admin@demo.balcao", "ninguem@demo.balcao")
GARBAGE: tuple[Any, ...] = (None, [], {}, "x" * 60_000, 10**40, {"text": ["\0"]}, [[[[]]]] * 100)
PATHS = (
    "/v1/tickets?view=all&limit=200",
    "/v1/tickets?sort=name&cursor=x",
    "/v1/tickets?limit=-1",
    "/v1/tickets/counts",
    "/v1/contacts?q=a",
    "/v1/contacts?q=%00",
    "/v1/events?limit=1000",
    "/v1/conversations/{conversation}/messages?limit=200",
    "/v1/conversations/{conversation}/events?limit=200",
    "/v1/conversations/not-a-uuid",
)
COMMANDS = ("messages", "notes", "tags", "snooze", "close", "transfer", "scheduled", "bot", "draft", "read")
AT_ONCE = 50
STREAMS = 500
LARGE_BYTES, MESSAGES = 2_900_000, 5_000


@dataclass
class Attack:
    """Against one API, with a session of an admin of the tenant."""

    url: str
    cookie: str
    number: str
    conversation: str
    seconds: float
    answers: Counter[str] = field(default_factory=Counter)
    _n: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.dice = random.Random(1)
        self.run = uuid4().hex[:8]
        transport = httpx2.AsyncHTTPTransport(
            local_address=ADDRESS,
            limits=httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        )
        self.client = httpx2.AsyncClient(base_url=self.url, transport=transport, timeout=10.0)

    async def wrong_logins(self) -> None:
        given = {"email": self.dice.choice(EMAILS), "password": "errada-errada"}
        await self._ask("POST", "/v1/session", json=given)

    async def signed_messages(self) -> None:
        """Customers who write and write."""
        n = next(self._n)
        item = text_item(f"wamid.{self.run}.{n}", f"5524{n % 3000:09d}", "Alô " * 50, datetime.now(UTC))
        await self._webhook(as_meta_writes(body_of([item], number=self.number)))

    async def one_customer(self) -> None:
        """A single customer, whose conversation grows."""
        n = next(self._n)
        item = text_item(f"wamid.{self.run}.{n}", "5525900000001", f"{n}", datetime.now(UTC))
        await self._webhook(as_meta_writes(body_of([item], number=self.number)))

    async def poison(self) -> None:
        """Signed bodies with something wrong in them, and bodies of others."""
        n = next(self._n)
        item = text_item(f"wamid.{self.run}.{n}", "5526900000001", "x", datetime.now(UTC))
        spoilt = item | {self.dice.choice(list(item)): self.dice.choice(GARBAGE)}
        raw = (
            json.dumps(body_of([item], number=self.number))
            .replace(json.dumps(item), json.dumps(spoilt))
            .encode()
        )
        if n % 3 == 0:
            await self._ask("POST", "/webhooks/whatsapp", content=raw, headers=signed(raw, "another secret"))
        else:
            await self._webhook(raw if n % 3 == 1 else raw[:-9])

    async def large_bodies(self) -> None:
        """Megabytes that are signed; some are one text, some thousands of messages."""
        n = next(self._n)
        many = [
            text_item(f"wamid.{self.run}.{n}.{m}", f"5527{m:09d}", "x" * 200, datetime.now(UTC))
            for m in range(5_000)
        ]
        one = [text_item(f"wamid.{self.run}.{n}", "5527900000001", "x" * LARGE_BYTES, datetime.now(UTC))]
        await self._webhook(as_meta_writes(body_of(many if n % 2 else one, number=self.number)))

    async def garbage(self) -> None:
        """Commands and lists that make no sense, with a valid session."""
        if self.dice.random() < 0.5:
            return await self._ask("GET", self.dice.choice(PATHS).format(conversation=self.conversation))
        path = f"/v1/conversations/{self.conversation}/{self.dice.choice(COMMANDS)}"
        headers = {"Idempotency-Key": uuid4().hex, "If-Match": '"1"', "Content-Type": "application/json"}
        content = json.dumps(self.dice.choice(GARBAGE)).encode()
        await self._ask(self.dice.choice(("POST", "PUT")), path, content=content, headers=headers)

    async def lists(self) -> None:
        """The largest answers that there are, with a valid session."""
        await self._ask(
            "GET",
            self.dice.choice(PATHS[:1] + PATHS[4:5] + PATHS[6:9]).format(conversation=self.conversation),
        )

    async def commands(self) -> None:
        """Notes, all in the same conversation."""
        body, headers = {"text": "Uma nota " * 20}, {"Idempotency-Key": uuid4().hex}
        await self._ask("POST", f"/v1/conversations/{self.conversation}/notes", json=body, headers=headers)

    async def streams(self) -> None:
        """Another stream of the same session; it is held until the end."""
        with suppress(httpx2.TransportError):
            self.answers["opened"] += 1
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", httpx2.URL(self.url).port, local_addr=(f"127.0.0.{10 + next(self._n) % 3}", 0)
            )
            writer.write(f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nCookie: {self.cookie}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n")
            self.answers[head[9:12].decode()] += 1
            while await reader.read(65_536):
                pass
            writer.close()

    async def _webhook(self, raw: bytes) -> None:
        await self._ask("POST", "/webhooks/whatsapp", content=raw, headers=signed(raw))

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> None:
        cookie = {} if path.startswith(("/webhooks", "/v1/session")) else {"Cookie": self.cookie}
        try:
            answer = await self.client.request(method, path, headers={**(headers or {}), **cookie}, **sent)
            self.answers[str(answer.status_code)] += 1
        except (httpx2.TransportError, OSError) as error:
            self.answers[type(error).__name__] += 1

    async def at_rate(self, act: Callable[[], Awaitable[None]], rate: float, at_once: int = AT_ONCE) -> None:
        """So many a second; what would be too many at once waits no longer than its turn."""
        under_way: set[asyncio.Task[None]] = set()
        begun = time.monotonic()
        for n in itertools.count():
            if (early := begun + n / rate - time.monotonic()) > 0:
                await asyncio.sleep(early)
            if time.monotonic() - begun > self.seconds:
                break
            if len(under_way) >= at_once:
                self.answers["held back"] += 1
                await asyncio.sleep(0)
                continue
            task = asyncio.ensure_future(act())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self.client.aclose()


RATES: Mapping[str, float] = {
    "wrong_logins": 20,
    "signed_messages": 150,
    "one_customer": 100,
    "poison": 150,
    "large_bodies": 1,
    "garbage": 100,
    "lists": 60,
    "commands": 40,
    "streams": 50,
}
"""Tries a second."""

BOT_REPLIES_A_SECOND = 300


def idle_connections(port: int, seconds: float) -> Counter[str]:
    with IdleConnections(port).held() as idle:
        time.sleep(seconds)
    return Counter({"opened": idle.opened, "at a time": MANY})


def bot_replies(settings: Settings, conversation: str, tenant: str, seconds: float) -> Counter[str]:
    """Replies of an engine of the tenant that answers what nobody asked."""
    produced: Counter[str] = Counter()
    topics = topics_of(settings)
    begun = time.monotonic()
    while (now := time.monotonic()) - begun < seconds:
        due = int((now - begun) * BOT_REPLIES_A_SECOND) - produced["produced"]
        said = [{"type": "text", "text": "Olá " * 100}]
        replies = [
            {
                "tenant_id": tenant,
                "conversation_id": conversation,
                "epoch": 1,
                "turn_id": str(uuid4()),
                "reply_id": "r1",
                "messages": said,
            }
            for _ in range(max(due, 1))
        ]
        topics.produce(
            [Outgoing(BOT_REPLIES, conversation.encode(), orjson.dumps(reply)) for reply in replies]
        )
        produced["produced"] += len(replies)
        time.sleep(0.1)
    topics.close()
    return produced


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    for name in ("url", "cookie", "number", "conversation", "tenant"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    asked = parser.parse_args()
    os.nice(10)
    if asked.name == "idle_connections":
        answers = idle_connections(httpx2.URL(asked.url).port or 80, asked.seconds)
    elif asked.name == "bot_replies":
        told = {key[7:].lower(): value for key, value in os.environ.items() if key[:7] == "BALCAO_"}
        answers = bot_replies(Settings.model_validate(told), asked.conversation, asked.tenant, asked.seconds)
    else:
        attack = Attack(asked.url, asked.cookie, asked.number, asked.conversation, asked.seconds)
        at_once = STREAMS if asked.name == "streams" else AT_ONCE
        asyncio.run(attack.at_rate(getattr(attack, asked.name), RATES[asked.name], at_once))
        answers = attack.answers
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
