"""The counter through HTTP, store and followers: a day, with processes that die between any two steps."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from domain.conversation_events import MessageReceived
from domain.event import Recorded
from domain.ticket_events import BotReactivated
from schemas.topics import BOT_REPLIES, Outgoing
from tests.laws.installation import Installation, Tenant
from tests.laws.ledger import Ledger
from tests.support import traffic

CUSTOMERS = st.integers(0, 1)
AGENTS = st.sampled_from(["ana", "bruno", "davi"])
WHICH = st.integers(0, 30)
LATE = timedelta(seconds=5)
SOON_S = 0.2
TICKET = ("number", "state", "control", "unread", "tags", "window_warned")

SAYS = st.sampled_from(["send", "send", "note", "schedule", "mark", "unmark"])
HANDS_OVER = st.sampled_from(["take", "take", "give_back", "transfer", "bot", "undo"])
PUTS_OFF = st.sampled_from(["snooze", "snooze_long", "wake", "undo"])
ENDS = st.sampled_from(["close", "tag", "undo"])


class AtWork(RuleBasedStateMachine):
    """After each day the log, a second opinion on it, the read models and what HTTP answers agree."""

    installation: ClassVar[Installation]

    def __init__(self) -> None:
        super().__init__()
        self.tenant: Tenant
        self.said: list[bytes] = []
        self.wamids: set[str] = set()

    @initialize(with_bot=st.booleans())
    def a_tenant_begins(self, with_bot: bool) -> None:
        self.tenant = self.installation.tenant(with_bot)
        self.customer_writes(customer=0, late_s=0, together=2)
        self.messages_are_taken(kill=None)
        self.read_models_follow(kill=None)

    @rule(customer=CUSTOMERS, late_s=st.sampled_from([0, 0, 1, 2, 3_600, 90_000]), together=st.integers(1, 3))
    def customer_writes(self, customer: int, late_s: int, together: int) -> None:
        at = int((datetime.now(UTC) - timedelta(seconds=late_s)).timestamp())
        for _ in range(together):
            wamid = f"wamid.{self.tenant.n}.{len(self.wamids)}"
            self.wamids.add(wamid)
            message = traffic.text(wamid, f"oi {len(self.wamids)}", self._phone(customer), at)
            who = [traffic.person(self._phone(customer), f"Cliente {customer}")]
            self.said.append(traffic.body([message], contacts=who, number=self.tenant.number))
            self.installation.cell.receive(self.said[-1])

    @rule(which=WHICH, times=st.integers(1, 2))
    def whatsapp_repeats(self, which: int, times: int) -> None:
        self.installation.cell.receive(*[self.said[-1 - which % len(self.said)]] * times)

    @rule(kill=st.sampled_from([None, None, "before_append", "after_append"]))
    def messages_are_taken(self, kill: str | None) -> None:
        self.installation.ingest(kill)

    @rule(kill=st.sampled_from([None, None, "after_project"]))
    def read_models_follow(self, kill: str | None) -> None:
        self.installation.project(kill)

    @rule(kill=st.sampled_from([None, "before_timer", "after_timer"]), waits=st.booleans())
    def the_scheduler_looks(self, kill: str | None, waits: bool) -> None:
        if waits:
            time.sleep(SOON_S)
        self.installation.schedule(kill)

    @rule(
        which=WHICH,
        other=st.sampled_from([0, 0, 0, -1, 1]),
        texts=st.lists(st.sampled_from(["um", "dois"]), max_size=2),
        action=st.sampled_from([None, "end", "wait", "close", "hand_off"]),
        times=st.integers(1, 2),
        kill=st.sampled_from([None, None, "before_reply", "after_reply"]),
    )
    def the_bot_replies(
        self, which: int, other: int, texts: list[str], action: str | None, times: int, kill: str | None
    ) -> None:
        turns = [turn for event in self._events() if (turn := _turn(event)) is not None]
        if not turns:
            return
        conversation, turn_id, epoch = turns[-1 - which % len(turns)]
        said = {
            "tenant_id": str(self.tenant.id),
            "conversation_id": str(conversation),
            "epoch": epoch + other,
            "turn_id": str(turn_id),
            "reply_id": uuid4().hex,
            "messages": [{"type": "text", "text": text} for text in texts],
            "action": action and {"type": action} | ({"reason": "pediu"} if action == "hand_off" else {}),
        }
        record = Outgoing(BOT_REPLIES, str(conversation).encode(), orjson.dumps(said))
        for _ in range(times):
            self.installation.cell.topics.produce([record])
        self.installation.reply(kill)

    @rule(who=AGENTS, command=SAYS, customer=CUSTOMERS, again=st.booleans())
    def an_agent_says_something(self, who: str, command: str, customer: int, again: bool) -> None:
        self._asks(who, command, customer, again)

    @rule(who=AGENTS, command=HANDS_OVER, customer=CUSTOMERS, fresh=st.booleans())
    def an_agent_hands_it_over(self, who: str, command: str, customer: int, fresh: bool) -> None:
        self._asks(who, command, customer, fresh=fresh)

    @rule(who=AGENTS, command=PUTS_OFF, customer=CUSTOMERS, fresh=st.booleans())
    def an_agent_puts_it_off(self, who: str, command: str, customer: int, fresh: bool) -> None:
        self._asks(who, command, customer, fresh=fresh)

    @rule(who=AGENTS, command=ENDS, customer=CUSTOMERS)
    def an_agent_ends_it(self, who: str, command: str, customer: int) -> None:
        self._asks(who, command, customer, fresh=True)

    def _asks(self, who: str, command: str, customer: int, again: bool = False, fresh: bool = False) -> None:
        """On what they see, which may be behind; and once more when the answer did not come."""
        if fresh:
            self.installation.ingest()
            self.installation.project()
        threads = self._threads()
        thread, client = threads[customer % len(threads)], self.tenant.clients[who]
        path = f"/v1/conversations/{thread}"
        seen = client.get(path).headers.get("etag", '"1"')
        method, place, body = self._request(command, who)
        headers = {"If-Match": seen, "Idempotency-Key": uuid4().hex}
        answer = client.request(method, path + place, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        if again and place in ("/messages", "/notes", "/scheduled"):
            repeated = client.request(method, path + place, json=body, headers=headers)
            assert (repeated.status_code, repeated.text) == (answer.status_code, answer.text)

    def teardown(self) -> None:
        """Everything comes to rest; then all agree."""
        if not hasattr(self, "tenant"):
            return
        self.installation.settle()
        self.installation.schedule()
        self.installation.project()
        events = self._events()
        received = [str(e.fact.wamid) for e in events if isinstance(e.fact, MessageReceived)]
        assert sorted(received) == sorted(self.wamids), "what was answered 200 is missing, or there twice"
        paper = {thread: told(events, thread) for thread in self._threads()}
        for thread, ledger in paper.items():
            self._agree(thread, ledger)
            self._agree_with_the_past(thread, events)
        self._agree_on_counts(list(paper.values()), events)
        for client in self.tenant.clients.values():
            client.close()

    def _agree(self, thread: UUID, ledger: Ledger) -> None:
        client = self.tenant.clients["davi"]
        shown = client.get(f"/v1/conversations/{thread}").json()["ticket"]
        assert _as_listed(shown) == ledger.ticket(), "HTTP answers another ticket"
        messages = client.get(f"/v1/conversations/{thread}/messages", params={"limit": 200}).json()["items"]
        answered = {UUID(m["id"]): (m["direction"], m["text"], m["status"]) for m in messages}
        expected = {id: (m["direction"], m["text"], m["status"]) for id, m in ledger.messages.items()}
        assert answered == expected, "HTTP answers another thread"

    def _agree_with_the_past(self, thread: UUID, events: list[Recorded]) -> None:
        """At some places of the log, as it was there."""
        own, log = [e for e in events if e.conversation_id == thread], self.installation.cell.log.log_id()
        for event in own[:: max(1, len(own) // 4)]:
            before = told([e for e in own if e.position <= event.position], thread)
            path, place = f"/v1/conversations/{thread}/events", f"{log}.{event.position}"
            answer = self.tenant.clients["davi"].get(path, params={"as_of": place, "limit": 1000}).json()
            stood = answer["as_of"]["ticket"]
            assert (stood and _as_listed(stood)) == (before.ticket() if before.number else None)
            places = [int(item["position"].rpartition(".")[2]) for item in answer["items"]]
            assert places == [e.position for e in own if e.position <= event.position]

    def _agree_on_counts(self, ledgers: list[Ledger], events: list[Recorded]) -> None:
        states = [ledger.state for ledger in ledgers]
        older = sum(ledger.number - 1 for ledger in ledgers)
        counts = self.tenant.clients["davi"].get("/v1/tickets/counts").json()
        expected = {state: states.count(state) for state in ("queue", "snoozed", "bot")}
        expected |= {"closed": states.count("closed") + older, "all": len(states) + older}
        assert {view: counts[view]["count"] for view in expected} == expected, "the counts are wrong"

    def _phone(self, customer: int) -> str:
        return f"55209{self.tenant.n:04d}{customer:04d}"

    def _events(self) -> list[Recorded]:
        log, tenant = self.installation.cell.log, self.tenant
        return list(log.read(tenant.begins_at, 100_000, tenant.id))

    def _threads(self) -> list[UUID]:
        found = [event.conversation_id for event in self._events() if event.conversation_id is not None]
        return list(dict.fromkeys(found))

    def _request(self, command: str, who: str) -> tuple[str, str, Any]:
        soon = (datetime.now(UTC) + timedelta(seconds=SOON_S)).isoformat()
        later = (datetime.now(UTC) + timedelta(hours=30)).isoformat()
        zone, me = "America/Sao_Paulo", str(self.tenant.people[who])
        other = str(self.tenant.people["bruno" if who == "ana" else "ana"])
        requests: dict[str, tuple[str, str, Any]] = {
            "send": ("POST", "/messages", {"type": "text", "text": "resposta"}),
            "take": ("PUT", "/assignee", {"assignee_id": me}),
            "give_back": ("DELETE", "/assignee", None),
            "transfer": ("POST", "/transfer", {"agent_id": other, "note": "veja isto"}),
            "mark": ("PUT", "/answered", {"answered": False}),
            "unmark": ("PUT", "/answered", {"answered": True}),
            "snooze": ("PUT", "/snooze", {"until": soon, "zone": zone}),
            "snooze_long": ("PUT", "/snooze", {"until": later, "zone": zone, "keep": True}),
            "wake": ("DELETE", "/snooze", None),
            "close": ("POST", "/close", {"reason": "resolvido", "tags": ["fim"]}),
            "undo": ("POST", "/undo", None),
            "note": ("POST", "/notes", {"text": "nota", "mentions": [other]}),
            "tag": ("PUT", "/tags", {"tags": ["vip", "troca"]}),
            "schedule": ("POST", "/scheduled", {"text": "até logo", "due_at": soon, "zone": zone}),
            "bot": ("POST", "/bot", {"until": "agent"}),
        }
        return requests[command]


def told(events: list[Recorded], thread: UUID) -> Ledger:
    """What a colleague with pencil and paper makes of the log."""
    ledger = Ledger(LATE)
    for event in events:
        if event.conversation_id == thread:
            ledger.tell(event, event.recorded_at)
    return ledger


def _turn(event: Recorded) -> tuple[UUID, UUID, int] | None:
    match event.fact:
        case MessageReceived(message_id=turn, epoch=int() as epoch):
            return event.stream_id, turn, epoch
        case BotReactivated(turn_id=turn, epoch=epoch):
            return event.stream_id, turn, epoch
        case _:
            return None


def _as_listed(ticket: Any) -> dict[str, Any]:
    instants = ("unanswered_since", "snoozed_until", "window_ends_at")
    listed = {name: ticket[name] for name in TICKET}
    listed |= {name: ticket[name] and datetime.fromisoformat(ticket[name]) for name in instants}
    return listed | {"owner": ticket["owner"] and UUID(ticket["owner"]["id"]), "team": ticket["team"]}
