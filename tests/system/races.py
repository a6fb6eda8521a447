"""Two people, or a person and a customer, at the same instant: who was first decides, and nothing is lost.

The races at random, by hand: `python -m tests.system.races --runs 1000`. Each in both orders: `test_races`.
"""

import argparse
import itertools
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
from rich.console import Console

from adapters.postgres.server.embedded import EmbeddedPostgres
from domain.administration import AgentActivated, AgentDeactivated
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.state import Conversation, evolve
from domain.conversation.ticket_events import (
    Assigned,
    BotReactivated,
    BotReplyRefused,
    Closed,
    Snoozed,
    TicketOpened,
    Transferred,
)
from domain.event import Event, Recorded
from projections.workspace import WorkspaceProjection
from schemas.topics import BOT_REPLIES, Outgoing
from services.commands.installation import InstallationCommands
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.workers.ingest.bot_replies import BotReplies
from tests.projections.told import folded
from tests.support.databases import temporary_database
from tests.support.office import Office, opened_office
from tests.support.traffic import NUMBER, body, person, text
from tests.support.waiting import until

BOT_NUMBER = "100000000000002"
AGENTS = 50
APART_S = 0.008
"""The two of a race begin at most so far apart: about what one of them takes."""

Act = Callable[[], httpx2.Response | None]


@dataclass(frozen=True)
class Met:
    """A customer, and the ticket that their first message opened."""

    customer: int
    number: str
    conversation: UUID
    control: int

    @property
    def path(self) -> str:
        return f"/v1/conversations/{self.conversation}"


@dataclass
class Arena:
    """An office whose customers' messages are taken up as they come. `ana` serves, `davi` sees all."""

    office: Office
    ana: httpx2.Client
    davi: httpx2.Client
    crowd: dict[str, httpx2.Client] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def meets(self, number: str = NUMBER) -> Met:
        """A customer who never wrote before, in the queue or with the bot."""
        customer = next(self._numbers)
        conversation = self.writes(customer, number)
        thread = self.thread(conversation)
        return Met(customer, number, conversation, thread.control)

    def writes(self, customer: int, number: str = NUMBER) -> UUID:
        """The customer writes; the conversation, once it is in the log."""
        wamid, sender = f"wamid.{uuid4().hex}", f"5520{customer:08d}"
        now = int(datetime.now(UTC).timestamp())
        self.office.cell.receive(
            body([text(wamid, "oi", sender, now)], contacts=[person(sender, "Cliente")], number=number)
        )
        found = until(
            "the customer's message in the thread",
            lambda: self.office.cell.rows("select conversation_id from timeline where wamid = %s", wamid),
            every_s=0.003,
        )
        conversation: UUID = found[0][0]
        return conversation

    def bot_says(self, met: Met, action: dict[str, Any] | None = None) -> Event:
        """The bot answers the customer's first message, and acts; what came of that."""
        facts = self.facts(met.conversation)
        (turn, *_) = (f for f in facts if isinstance(f, MessageReceived) and f.epoch is not None)
        said = {
            "tenant_id": str(self.office.cell.tenant_id),
            "conversation_id": str(met.conversation),
            "epoch": turn.epoch,
            "turn_id": str(turn.message_id),
            "reply_id": uuid4().hex,
            "messages": [{"type": "text", "text": "Sou o robô"}],
            "action": action,
        }
        key = str(met.conversation).encode()
        self.office.cell.topics.produce([Outgoing(BOT_REPLIES, key, orjson.dumps(said))])
        return until(
            "what came of the bot's reply",
            lambda: next(filter(_is_of_bot, self.facts(met.conversation)), None),
            every_s=0.003,
        )

    def thread(self, conversation: UUID) -> Conversation:
        """The conversation as the log tells it."""
        state = self.office.cell.log.load([conversation], evolve)[conversation].state
        assert isinstance(state, Conversation)
        return state

    def facts(self, conversation: UUID) -> list[Event]:
        return [e.fact for e in self.office.cell.log.read(0, 1000, self.office.cell.tenant_id, conversation)]

    def positions(self, stream_id: UUID, kind: type[Event]) -> list[int]:
        """Where the facts of one kind stand that happened to somebody or something."""
        query = "select notification_id from events where originator_id = %s and topic = %s order by 1"
        return [position for (position,) in self.office.cell.rows(query, stream_id, kind.TOPIC)]

    def crowded(self) -> None:
        """Fifty more agents, who log in."""
        for n in range(AGENTS):
            self.office.hire(f"agent{n}", "agent")
        self.office.settle()
        for n in range(AGENTS):
            self.crowd[f"agent{n}"] = self.office.login(f"agent{n}")


@contextmanager
def arena(url: str, folder: Path) -> Iterator[Arena]:
    """An office with a second number that a bot has; what customers write and bots say is taken."""
    with opened_office(url, folder) as office:
        cell, stop = office.cell, threading.Event()
        InstallationCommands(cell.log).add_channel(
            cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True
        )
        replies = BotReplies(cell.log, cell.topics, ChannelLookup(cell.log), utc_now)
        runs = (cell.ingestor().run, replies.run)
        taking = [threading.Thread(target=run, args=[stop], daemon=True) for run in runs]
        for thread in taking:
            thread.start()
        try:
            yield Arena(office, office.login("ana"), office.login("davi"))
        finally:
            stop.set()
            for thread in taking:
                thread.join(10)


def _is_of_bot(fact: Event) -> bool:
    return isinstance(fact, BotReplyRefused) or (isinstance(fact, MessageSent) and fact.author == "bot")


def asked(act: Act) -> httpx2.Response:
    """What `act` was answered, asked again while the service says that it is busy."""
    while True:
        answer = act()
        assert answer is not None
        if answer.status_code != 503:
            return answer
        time.sleep(0.05)


def at_once(chance: random.Random, *acts: Callable[[], Any]) -> list[Any]:
    """Let all begin at about the same time; what each gave."""
    pauses = [chance.uniform(0, APART_S) for _ in acts]

    def begun(pause_s: float, act: Callable[[], Any]) -> Any:
        time.sleep(pause_s)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [
            done.result() for done in [pool.submit(begun, *each) for each in zip(pauses, acts, strict=True)]
        ]


def order(facts: list[Event], *kinds: type[Event]) -> list[type[Event]]:
    """The facts of these kinds, in the order in which they happened."""
    return [type(fact) for fact in facts if isinstance(fact, kinds)]


def take(arena: Arena, met: Met, name: str) -> httpx2.Response:
    """Somebody of the crowd takes the ticket that they saw waiting."""
    body = {"assignee_id": str(arena.office.people[name])}
    client = arena.crowd.get(name, arena.ana)
    return asked(lambda: client.put(f"{met.path}/assignee", json=body, headers=seen(met)))


def snooze(arena: Arena, met: Met) -> httpx2.Response:
    hour = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    body = {"until": hour, "zone": "America/Sao_Paulo"}
    return asked(lambda: arena.ana.put(f"{met.path}/snooze", json=body, headers=seen(met)))


def close(arena: Arena, met: Met) -> httpx2.Response:
    return asked(lambda: arena.ana.post(f"{met.path}/close", headers=seen(met)))


def give_to_bot(arena: Arena, met: Met) -> httpx2.Response:
    body = {"until": "agent"}
    return asked(lambda: arena.ana.post(f"{met.path}/bot", json=body, headers=seen(met)))


def say(arena: Arena, met: Met) -> httpx2.Response:
    body, key = {"type": "text", "text": "Bom dia"}, {"Idempotency-Key": uuid4().hex}
    return asked(lambda: arena.ana.post(f"{met.path}/messages", json=body, headers=key))


def hand_over(arena: Arena, met: Met, name: str = "bruno") -> httpx2.Response:
    body = {"agent_id": str(arena.office.people[name])}
    return asked(lambda: arena.davi.post(f"{met.path}/transfer", json=body, headers=seen(met)))


def seen(met: Met) -> dict[str, str]:
    return {"If-Match": f'"{met.control}"'}


def fifty_take_one(arena: Arena, chance: random.Random) -> None:
    met, names = arena.meets(), list(arena.crowd)
    answers = at_once(chance, *(lambda name=name: take(arena, met, name) for name in names))
    told_one_owner(arena, met, dict(zip(names, answers, strict=True)))


def told_one_owner(arena: Arena, met: Met, answers: dict[str, httpx2.Response]) -> None:
    (winner,) = (name for name, answer in answers.items() if answer.status_code == 200)
    owner = {"id": str(arena.office.people[winner]), "name": winner.title()}
    for name, answer in answers.items():
        if name != winner:
            assert (answer.status_code, answer.json()["code"]) == (409, "control_moved")
            assert answer.json()["owner"] == owner
    assert [f.agent_id for f in arena.facts(met.conversation) if isinstance(f, Assigned)] == [
        arena.office.people[winner]
    ]


def snooze_and_message(arena: Arena, chance: random.Random) -> None:
    met = arena.meets()
    answer, _ = at_once(chance, lambda: snooze(arena, met), lambda: arena.writes(met.customer))
    told_snooze_and_message(arena, met, answer)


def told_snooze_and_message(arena: Arena, met: Met, answer: httpx2.Response) -> type[Event]:
    """Both happened: the message that came after woke it, the one before did not. The first of the two."""
    assert answer.status_code == 200, answer.text
    thread, facts = arena.thread(met.conversation), arena.facts(met.conversation)
    first, second = order(facts, Snoozed, MessageReceived)[1:]
    assert {first, second} == {Snoozed, MessageReceived}
    assert thread.state == ("open" if first is Snoozed else "snoozed")
    assert (thread.unread, thread.owner) == (2, arena.office.people["ana"])
    return first


def close_and_message(arena: Arena, chance: random.Random) -> None:
    met = arena.meets()
    answer, _ = at_once(chance, lambda: close(arena, met), lambda: arena.writes(met.customer))
    told_close_and_message(arena, met, answer)


def told_close_and_message(arena: Arena, met: Met, answer: httpx2.Response) -> type[Event]:
    """Both happened: the message that came after opened the next ticket. The first of the two."""
    assert answer.status_code == 200, answer.text
    thread, facts = arena.thread(met.conversation), arena.facts(met.conversation)
    first = order(facts, Closed, MessageReceived)[1]
    tickets = [fact.ticket for fact in facts if isinstance(fact, MessageReceived)]
    assert len(order(facts, TicketOpened)) == thread.ticket
    if first is Closed:
        assert (thread.state, thread.ticket, tickets) == ("queue", 2, [1, 2])
    else:
        assert (thread.state, thread.ticket, tickets) == ("closed", 1, [1, 1])
    return first


def bot_and_answer(arena: Arena, chance: random.Random) -> None:
    """And what the bot was asked before it lost the ticket is answered now: whoever has it, that is late."""
    met = taken(arena, arena.meets(BOT_NUMBER))
    given, said, late = at_once(
        chance, lambda: give_to_bot(arena, met), lambda: say(arena, met), lambda: arena.bot_says(met)
    )
    told_bot_and_answer(arena, met, given, said)
    assert isinstance(late, BotReplyRefused)
    assert late.reason == "epoch"


def taken(arena: Arena, met: Met) -> Met:
    """The ticket in Ana's hands."""
    answer = take(arena, met, "ana")
    assert answer.status_code == 200, answer.text
    return Met(met.customer, met.number, met.conversation, answer.json()["control"])


def told_bot_and_answer(arena: Arena, met: Met, given: httpx2.Response, said: httpx2.Response) -> type[Event]:
    """Both happened: an answer that came after took the ticket back. The first of the two."""
    assert (given.status_code, said.status_code) == (200, 202), (given.text, said.text)
    thread, facts = arena.thread(met.conversation), arena.facts(met.conversation)
    first, second = order(facts, BotReactivated, MessageSent)
    assert {first, second} == {BotReactivated, MessageSent}
    if first is BotReactivated:
        assert (thread.state, thread.owner) == ("open", arena.office.people["ana"])
    else:
        assert (thread.state, thread.owner) == ("bot", None)
    return first


def reply_and_answer(arena: Arena, chance: random.Random) -> None:
    met = arena.meets(BOT_NUMBER)
    _, said = at_once(chance, lambda: arena.bot_says(met), lambda: say(arena, met))
    told_reply_and_answer(arena, met, said)


def told_reply_and_answer(arena: Arena, met: Met, said: httpx2.Response) -> str:
    """The agent has the ticket; the bot spoke before them, or not at all. The first of the two who spoke."""
    assert said.status_code == 202, said.text
    thread, facts = arena.thread(met.conversation), arena.facts(met.conversation)
    spoke = [str(fact.author) for fact in facts if isinstance(fact, MessageSent)]
    refused = [fact.reason for fact in facts if isinstance(fact, BotReplyRefused)]
    assert (spoke, refused) in ((["agent"], ["epoch"]), (["bot", "agent"], []))
    assert (thread.state, thread.owner) == ("open", arena.office.people["ana"])
    return spoke[0]


def transfer_and_leave(arena: Arena, chance: random.Random) -> None:
    met, bruno = arena.meets(), arena.office.people["bruno"]
    answer, _ = at_once(
        chance, lambda: hand_over(arena, met), lambda: arena.office.happens(bruno, AgentDeactivated())
    )
    told_transfer_and_leave(arena, met, answer)
    arena.office.happens(bruno, AgentActivated())


def told_transfer_and_leave(arena: Arena, met: Met, answer: httpx2.Response) -> None:
    """Nothing goes to somebody who has left: handed over before they left, or refused."""
    handed = arena.positions(met.conversation, Transferred)
    (*_, left) = arena.positions(arena.office.people["bruno"], AgentDeactivated)
    if answer.status_code == 200:
        assert handed[0] < left
    else:
        assert (answer.status_code, answer.json()["code"], handed) == (422, "unknown_agent", [])


RACES = {
    "fifty agents take one ticket": fifty_take_one,
    "a snooze and a customer's message": snooze_and_message,
    "a close and a customer's message": close_and_message,
    "the bot gets it and an agent answers": bot_and_answer,
    "the bot answers and an agent answers": reply_and_answer,
    "a transfer to somebody who leaves": transfer_and_leave,
}


def agree(arena: Arena) -> int:
    """The fold of the log, the read model and what HTTP answers say the same; of how many tickets."""
    arena.office.settle()
    cell = arena.office.cell
    events: list[Recorded] = []
    while page := cell.log.read(events[-1].position if events else 0, 10_000):
        events += page
    rows = folded(WorkspaceProjection(), events)
    stored = {
        (tenant, conversation, number): row
        for tenant, conversation, number, *row in cell.rows(
            "select tenant_id, conversation_id, number, state, owner, control, unread, unanswered_since,"
            " snoozed_until, team, position from workspace"
        )
    }
    shown = {
        key: [r.state, r.owner, r.control, r.unread, r.unanswered_since, r.snoozed_until, r.team, r.position]
        for key, r in rows.items()
    }
    assert stored == shown
    threads = {event.conversation_id for event in events if isinstance(event.fact, TicketOpened)}
    for conversation in threads:
        assert conversation is not None
        thread = arena.thread(conversation)
        ticket = arena.davi.get(f"/v1/conversations/{conversation}").json()["ticket"]
        assert (ticket["state"], ticket["control"], ticket["number"], ticket["unread"]) == (
            *(thread.state, thread.control, thread.ticket, thread.unread),
        )
        assert (ticket["owner"] or {"id": None})["id"] == (str(thread.owner) if thread.owner else None)
    return len(rows)


def campaign(folder: Path, runs: int, seed: int, only: str, console: Console) -> None:
    """Every race with `only` in its name so many times, then the three opinions compared."""
    server = EmbeddedPostgres(durable=False)
    try:
        url = server.start(folder / "postgres")
        with temporary_database(url, migrated=True) as database, arena(database, folder) as here:
            here.crowded()
            for name, race in ((name, race) for name, race in RACES.items() if only in name):
                began, chance = time.monotonic(), random.Random(seed)
                for _ in range(runs):
                    race(here, chance)
                console.print(f"{name}: {runs} runs in {time.monotonic() - began:.0f} s, nothing wrong")
            console.print(f"log, read model and HTTP agree on {agree(here)} tickets")
    finally:
        server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="races with this in their name")
    told = parser.parse_args()
    Console().print(f"seed {told.seed}")
    with tempfile.TemporaryDirectory() as made:
        campaign(Path(made), told.runs, told.seed, told.only, Console())
