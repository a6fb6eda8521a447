"""The counter through HTTP, store and followers: a day, with processes that die between any two steps."""

import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import Rule, RuleBasedStateMachine, RuleStrategy, initialize, rule

from domain.administration import AgentActivated, AgentDeactivated
from domain.contact.state import ContactEvent
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.ticket_events import (
    Assigned,
    BotReactivated,
    MessageScheduled,
    MoveUndone,
    Reopened,
    Transferred,
)
from domain.delivery import Accepted, Failed, Unconfirmed
from domain.event import Recorded
from schemas.topics import BOT_REPLIES, Outgoing
from tests.laws.agent_requests import ENDS, KNOWS, SAYS, SNOOZES, SOON_S, TRANSFERS, KnownState, request
from tests.laws.installation import LawInstallation, LawTenant
from tests.laws.ledger import RANK, Ledger
from tests.support import traffic

CUSTOMERS = st.integers(0, 1)
AGENTS = st.sampled_from(["ana", "bruno", "davi"])
WHICH = st.integers(0, 30)
LATE = timedelta(seconds=5)
TICKET = ("number", "state", "control", "unread", "tags", "window_warned", "failed")
HANDS_OFF = {"reason": "pediu", "card": {"name": "Rita do robô"}}
REPEATABLE = ("send", "note", "schedule")
WEATHER = st.sampled_from([{}, {}, {"error_before": 0.4}, {"error_after": 0.4}])
"""How often WhatsApp refuses a call for the moment, or takes it and answers that it does not know."""


class Everything(RuleStrategy):
    """Every day has every rule. Hypothesis leaves many out of each, and fifty days are too few for that:

    in most of them nobody would ever write, or nothing would be sent.
    """

    def _rule_is_enabled(self, one: Rule) -> bool:
        return bool(self.is_valid(one))


class WholeSystem(RuleBasedStateMachine):
    """After each day the log, a second opinion on it, the read models and what HTTP answers agree."""

    installation: ClassVar[LawInstallation]

    def __init__(self) -> None:
        super().__init__()
        self._rules_strategy = Everything(self)
        self.tenant: LawTenant
        self.said: list[bytes] = []
        self.wamids: set[str] = set()
        self.ticks: dict[UUID, list[tuple[str, bool]]] = {}

    @initialize(with_bot=st.booleans(), reopens=st.booleans(), weather=WEATHER)
    def a_tenant_begins(self, with_bot: bool, reopens: bool, weather: dict[str, float]) -> None:
        self.tenant = self.installation.tenant(with_bot, reopens, weather)
        self.customer_writes(customer=0, late_s=0, together=2)
        self._asks("ana", "send", customer=0, fresh=True)

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

    @rule(kill=st.sampled_from([None, "after_assign"]))
    def the_rule_gives(self, kill: str | None) -> None:
        self.installation.project()
        self.installation.assign(self.tenant, kill)

    @rule(
        kill=st.sampled_from(["after_publish", "after_claim", None, "after_call", None]),
        forgets=st.booleans(),
        customer=CUSTOMERS,
    )
    def answers_go_out(self, kill: str | None, forgets: bool, customer: int) -> None:
        self._asks("davi", "send", customer)
        self.installation.publish(kill)
        if kill == "after_publish":
            self.installation.publish()  # the next one asks again, before anybody answered
        self.installation.send(kill, forgets)

    @rule(
        which=WHICH,
        words=st.lists(st.sampled_from(["sent", "delivered", "read", "failed"]), min_size=1, max_size=3),
        named=st.booleans(),
        times=st.integers(1, 3),
        taken=st.booleans(),
    )
    def whatsapp_tells_what_became_of_an_answer(
        self, which: int, words: list[str], named: bool, times: int, taken: bool
    ) -> None:
        """In any order, also before the call is answered; with our name of the message or without it."""
        if not (calls := self.installation.simulator.calls()):
            self.answers_go_out(kill=None, forgets=False, customer=which)
            return
        call, now = calls[-1 - which % len(calls)], int(time.time())
        self.ticks.setdefault(UUID(call["message_id"]), []).extend((word, named) for word in words)
        for word in words:
            why = {"errors": [{"code": 131000, "title": "later"}]} if word == "failed" else {}
            told = traffic.status(call["wamids"][0], word, now, call["message_id"] if named else None, **why)
            said = traffic.body(statuses=[told], number=self.tenant.number)
            self.installation.cell.receive(*[said] * times)
        if taken:
            self.installation.ingest()

    @rule(works=st.sampled_from([True, True, False]))
    def somebody_leaves_or_returns(self, works: bool) -> None:
        path = f"/v1/agents/{self.tenant.people['bruno']}"
        answer = self.tenant.clients["davi"].put(path, json={"active": works})
        assert answer.status_code == 200, answer.text
        if works:
            self.tenant.logs_in("bruno")

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
            "action": action and {"type": action} | (HANDS_OFF if action == "hand_off" else {}),
        }
        record = Outgoing(BOT_REPLIES, str(conversation).encode(), orjson.dumps(said))
        for _ in range(times):
            self.installation.cell.topics.produce([record])
        self.installation.reply(kill)

    @rule(who=AGENTS, wish=st.sampled_from(SAYS), customer=CUSTOMERS, again=st.booleans())
    def an_agent_says_something(self, who: str, wish: str, customer: int, again: bool) -> None:
        self._asks(who, wish, customer, again)

    @rule(who=AGENTS, wish=st.sampled_from(TRANSFERS), customer=CUSTOMERS, fresh=st.booleans())
    def an_agent_transfers_it(self, who: str, wish: str, customer: int, fresh: bool) -> None:
        self._asks(who, wish, customer, fresh=fresh)

    @rule(who=AGENTS, wish=st.sampled_from(SNOOZES), customer=CUSTOMERS, fresh=st.booleans())
    def an_agent_snoozes_it(self, who: str, wish: str, customer: int, fresh: bool) -> None:
        self._asks(who, wish, customer, fresh=fresh)

    @rule(who=AGENTS, wish=st.sampled_from(ENDS), customer=CUSTOMERS)
    def an_agent_ends_it(self, who: str, wish: str, customer: int) -> None:
        self._asks(who, wish, customer, fresh=True)

    @rule(who=AGENTS, wish=st.sampled_from(KNOWS), customer=CUSTOMERS)
    def an_agent_says_who_it_is(self, who: str, wish: str, customer: int) -> None:
        self._asks(who, wish, customer, fresh=True)

    def _asks(self, who: str, wish: str, customer: int, again: bool = False, fresh: bool = False) -> None:
        """On what they see, which may be behind; and once more when the answer did not come."""
        if fresh:
            self.installation.ingest()
            self.installation.project()
        contacts, client = self._threads(), self.tenant.clients[who]
        thread = list(contacts)[customer % len(contacts)]
        visibility = KnownState({id: self._control(who, id) for id in contacts}, contacts, self._scheduled())
        method, path, body = request(wish, who, self.tenant, thread, visibility)
        headers = {"Idempotency-Key": uuid4().hex}
        if wish != "card":
            headers["If-Match"] = f'"{visibility.controls[thread]}"'
        answer = client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        if again and wish in REPEATABLE:
            repeated = client.request(method, path, json=body, headers=headers)
            assert (repeated.status_code, repeated.text) == (answer.status_code, answer.text)

    def _control(self, who: str, thread: UUID) -> int:
        """The version that they see; of what they do not see, any."""
        seen = self.tenant.clients[who].get(f"/v1/conversations/{thread}").headers.get("etag", '"1"')
        return int(seen.strip('"'))

    def _scheduled(self) -> UUID:
        """The newest that anybody wrote for later."""
        written = [e.fact.scheduled_id for e in self._events() if isinstance(e.fact, MessageScheduled)]
        return written[-1] if written else uuid4()

    def teardown(self) -> None:
        """Everything comes to rest; then all agree."""
        if not hasattr(self, "tenant"):
            return
        self.installation.settle()
        events = self._events()
        received = [str(e.fact.wamid) for e in events if isinstance(e.fact, MessageReceived)]
        assert sorted(received) == sorted(self.wamids), "what was answered 200 is missing, or there twice"
        paper = {thread: told(events, thread) for thread in self._threads()}
        for thread, ledger in paper.items():
            ledger.settled()
            self._agree(thread, ledger)
            self._agree_on_what_went_out(thread, ledger, events)
            self._agree_with_the_past(thread, events)
        nobody_who_left_has_a_ticket(events, paper.values())
        self._agree_on_counts(list(paper.values()), events)
        for client in self.tenant.clients.values():
            client.close()

    def _agree(self, thread: UUID, ledger: Ledger) -> None:
        client = self.tenant.clients["davi"]
        shown = client.get(f"/v1/conversations/{thread}").json()
        assert _as_listed(shown["ticket"]) == ledger.ticket(), "HTTP answers another ticket"
        who = UUID(shown["contact"]["id"]), shown["contact"]["name"]
        assert who == ledger.cards.person(self._threads()[thread]), "HTTP answers another customer"
        messages = client.get(f"/v1/conversations/{thread}/messages", params={"limit": 200}).json()["items"]
        answered = {UUID(m["id"]): (m["direction"], m["text"], m["status"]) for m in messages}
        expected = {id: (m["direction"], m["text"], m["status"]) for id, m in ledger.messages.items()}
        assert answered == expected, "HTTP answers another thread"

    def _agree_on_what_went_out(self, thread: UUID, ledger: Ledger, events: list[Recorded]) -> None:
        """Each answer once and in order, none forgotten; it shows the highest that is known of it."""
        own = [event for event in events if event.conversation_id == thread]
        said = [event.fact.message_id for event in own if isinstance(event.fact, MessageSent)]
        calls = {UUID(call["message_id"]): call["n_calls"] for call in self.installation.simulator.calls()}
        went = [id for id in calls if id in said]
        assert all(calls[id] == 1 for id in went), "an answer goes out twice"
        assert went == [id for id in said if id in calls], "answers go out in another order"
        for id in said:
            facts = [event.fact for event in own if event.stream_id == id]
            accepted = any(isinstance(fact, Accepted) for fact in facts)
            ends = [type(fact) for fact in facts if isinstance(fact, Failed | Unconfirmed)]
            assert accepted or ends, "an answer is forgotten"
            ended = (
                "sent" if accepted else "unconfirmed" if id in calls or ends[-1] is Unconfirmed else "failed"
            )
            known = [word for word, named in self.ticks.get(id, ()) if named or accepted]
            assert ledger.messages[id]["status"] == max([ended, *known], key=RANK.index), (
                "an answer shows another status than the highest that is known"
            )

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

    def _threads(self) -> dict[UUID, UUID]:
        """The conversations, oldest first, each with its contact."""
        known = ((event.conversation_id, event.contact_id) for event in self._events())
        return {thread: contact for thread, contact in known if thread is not None and contact is not None}


def told(events: list[Recorded], thread: UUID) -> Ledger:
    """What a colleague with pencil and paper makes of the log."""
    ledger = Ledger(LATE, gives=True)
    for event in events:
        if event.conversation_id == thread or isinstance(event.fact, ContactEvent):
            ledger.tell(event, event.recorded_at)
    return ledger


def nobody_who_left_has_a_ticket(events: list[Recorded], ledgers: Collection[Ledger]) -> None:
    """Nor gets one, by whatever hand, their own included."""
    gone: set[UUID] = set()
    for event in events:
        match event.fact:
            case AgentDeactivated():
                gone.add(event.stream_id)
            case AgentActivated():
                gone.discard(event.stream_id)
            case Assigned(agent_id=owner) | Transferred(agent_id=owner):
                assert owner not in gone, "somebody who left is given a ticket"
            case Reopened(owner=owner) | MoveUndone(owner=owner):
                assert owner not in gone, "somebody who left gets a ticket back"
            case _:
                pass
    held = {ledger.owner for ledger in ledgers if ledger.open}
    assert not held & gone, "somebody who left has a ticket"


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
    people = {name: ticket[name] and UUID(ticket[name]["id"]) for name in ("owner", "last_owner")}
    return listed | people | {"team": ticket["team"] and ticket["team"]["id"]}
