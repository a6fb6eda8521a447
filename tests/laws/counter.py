"""A customer, three agents, a bot, WhatsApp and the clock at one counter, as a state machine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain import delivery
from domain.contact import state as contacts
from domain.contact.card import Details, change, display_name, reflect
from domain.contact.merge import main_of, merge, undo_merge
from domain.contact.state import Contact, ContactRegistered
from domain.conversation import (
    answers,
    assign,
    auto_assign,
    bot,
    close,
    mark,
    notes,
    reply,
    schedule,
    snooze,
    tags,
    timers,
    transfer,
    undo,
)
from domain.conversation import receive as arrivals
from domain.conversation import state as conversations
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.receive import changed
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import BotReactivated, MessageScheduled, Reopened
from domain.delivery import Delivery
from domain.event import Event
from domain.incoming import (
    IncomingEdit,
    IncomingReaction,
    IncomingRevoke,
    IncomingSender,
    IncomingStatus,
    StatusError,
)
from domain.refusals import DomainError
from projections.contacts import ContactsProjection
from projections.participants import ParticipantsProjection
from projections.projection import Projection
from projections.timeline import TimelineProjection
from projections.timers import TimersProjection
from projections.workspace import WorkspaceProjection
from tests.domain.given import ANA, BRUNO, CLARA, MARINA, NOON, THREAD, arrival, incoming
from tests.laws.agreement import DORA, EVA, TEAM, agree
from tests.laws.ledger import Ledger
from tests.projections.told import Told, folded

AGENTS = st.sampled_from([ANA, BRUNO, CLARA])
STALE = st.sampled_from([0, 0, 0, 1, 2])
WHICH = st.integers(0, 30)
TEXTS = st.sampled_from(["oi", "tudo bem", "já vejo", "um momento", "", " ", "x" * 4097])
LATE_S = st.sampled_from([0, 0, 0, 1, 2, 600, 80_000, 200_000])
CUSTOMER = IncomingSender(phone="5520998760142", name="Marina")
RITA = UUID(int=4)
WHOSE = st.sampled_from([MARINA, RITA])
TIMES = 3
RETURNS = timedelta(minutes=15)

PROJECTIONS: list[Projection[Any]] = [
    WorkspaceProjection(),
    TimelineProjection(),
    TimersProjection(),
    ContactsProjection(),
    ParticipantsProjection(),
]

Decide = Callable[[Conversation], tuple[Event, ...]]


class Counter(RuleBasedStateMachine):
    """Every decision refuses, or gives facts that the ledger bears out and that fold into the same rows."""

    def __init__(self) -> None:
        super().__init__()
        self.told = Told()
        self.state: Conversation | None = None
        self.ledger = Ledger()
        self.deliveries: dict[UUID, Delivery] = {}
        self.rows: dict[str, dict[Any, Any]] = {}
        self.now = NOON
        self.on_the_road: dict[datetime, list[int]] = {}
        self.turns: list[tuple[UUID, int]] = []
        self.written: dict[UUID, MessageScheduled] = {}
        self.people: dict[UUID, Contact] = {}
        self.ids = 1_000

    def new_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def happen(self, facts: tuple[Event, ...]) -> None:
        """These facts are written down in one append, and the read models follow."""
        for fact in facts:
            self.state = conversations.evolve(self.state, fact)
            self._remember(fact)
        self._write_down(facts, THREAD)

    def ask(self, decide: Decide) -> tuple[Event, ...] | None:
        """What came of a decision; None when it was refused, or nobody has written yet."""
        if self.state is None:
            return None
        try:
            facts = decide(self.state)
        except DomainError:
            return None
        self.happen(facts)
        return facts

    @initialize(with_bot=st.booleans(), gives=st.booleans())
    def a_customer_comes(self, with_bot: bool, gives: bool) -> None:
        self.ledger, self.gives = Ledger(gives=gives), gives
        for contact, name in ((MARINA, "Marina"), (RITA, "Rita")):
            self._write_on_card(contact, (ContactRegistered(name=name),))
        self.customer_writes(late_s=0, together=2, at_once=True, with_bot=with_bot)

    @rule(late_s=LATE_S, together=st.integers(1, 3), at_once=st.booleans(), with_bot=st.booleans())
    def customer_writes(self, late_s: int, together: int, at_once: bool, with_bot: bool) -> None:
        second = (self.now - timedelta(seconds=late_s)).replace(microsecond=0)
        self.on_the_road.setdefault(second, []).extend(self.new_id().int for _ in range(together))
        if at_once:
            self._arrives(second, imported=False, with_bot=with_bot)

    @precondition(lambda self: self.on_the_road)
    @rule(which=WHICH, imported=st.sampled_from([False] * 7 + [True]), with_bot=st.booleans())
    def a_message_arrives(self, which: int, imported: bool, with_bot: bool) -> None:
        """Of any second, but those of one second in their order."""
        self._arrives(sorted(self.on_the_road)[which % len(self.on_the_road)], imported, with_bot)

    def _arrives(self, second: datetime, imported: bool, with_bot: bool) -> None:
        n = self.on_the_road[second].pop(0)
        if not self.on_the_road[second]:
            del self.on_the_road[second]
        soon, left = timedelta(hours=2 * (n % 2)), n % 5 == 0  # every other one opens again what ended since
        known = display_name(self.people[MARINA], self.people.get(self.ledger.cards.person(MARINA)[0]))
        place = replace(
            arrival(n, self.now, with_bot),
            message_id=UUID(int=n),
            reopen_within=soon,
            auto_assign=self.gives,
            owner_left=left,
            name=known.name,
            person_id=known.main_id,
            person_name=known.main_name,
        )
        before, owner = self.ledger.unread, None if left else self.ledger.owner
        goes_on = bool(soon) and not imported and self.ledger.goes_on(self.now, soon, with_bot)
        facts = arrivals.receive(self.state, incoming(n, second, imported=imported), place)
        self.happen(facts)
        assert imported or self.ledger.unread in (before + 1, 1), "what the customer wrote waits for nobody"
        again = [fact.owner for fact in facts if isinstance(fact, Reopened)]
        assert again == ([owner] if goes_on else []), "what has ended goes on by another rule"

    @rule(by=AGENTS, text=TEXTS)
    def agent_writes(self, by: UUID, text: str) -> None:
        message_id, open_, window = self.new_id(), self.ledger.open, self.ledger.window
        facts = self.ask(lambda c: reply.send_text(c, text, message_id, by, self.now, takes=by != CLARA))
        may = open_ and window is not None and self.now < window and text.strip() and len(text) <= 4096
        assert bool(facts) == bool(may), "what may be said is refused, or the other way round"

    @rule(late_s=st.sampled_from([0, 0, 5, 600]))
    def the_business_writes_from_its_app(self, late_s: int) -> None:
        second, place = self.now - timedelta(seconds=late_s), arrival(at=self.now)
        message = incoming(self.new_id().int, second.replace(microsecond=0), from_app=True)
        message_id, number = UUID(int=self.ids), self.ledger.number
        facts = self.ask(lambda c: arrivals.echo(c, message, replace(place, message_id=message_id)))
        assert facts, "a line of the thread is missing"
        assert self.ledger.number == number, "what the business writes opens a ticket"
        begun = delivery.sent_from_app(THREAD, number, message.wamid, message.sent_at)
        self._deliver(message_id, lambda d: begun)

    @rule(by=AGENTS, to=AGENTS, stale=STALE)
    def assign(self, by: UUID, to: UUID, stale: int) -> None:
        self.ask(lambda c: assign.assign(c, to, by, c.control - stale))

    @rule(to=AGENTS, stale=STALE)
    def the_rule_gives(self, to: UUID, stale: int) -> None:
        self.ask(lambda c: auto_assign.give(c, to, c.control - stale))

    @rule(by=AGENTS, stale=STALE)
    def unassign(self, by: UUID, stale: int) -> None:
        self.ask(lambda c: assign.unassign(c, by, c.control - stale))

    @rule(by=AGENTS, to=st.none() | AGENTS, queue=st.sampled_from([None, "default", TEAM]), stale=STALE)
    def transfer(self, by: UUID, to: UUID | None, queue: str | None, stale: int) -> None:
        self.ask(lambda c: transfer.transfer(c, queue, to, "veja isto", by, self.now, c.control - stale))

    @rule(by=AGENTS, answered=st.booleans())
    def mark(self, by: UUID, answered: bool) -> None:
        self.ask(lambda c: mark.mark_answered(c, by) if answered else mark.mark_unanswered(c, by, self.now))

    @rule(by=AGENTS, minutes=st.integers(-60, 3_000), keep=st.booleans(), stale=STALE)
    def snooze(self, by: UUID, minutes: int, keep: bool, stale: int) -> None:
        until, takes = self.now + timedelta(minutes=minutes), by != CLARA
        request = snooze.SnoozeRequest(until, "America/Bahia", keep)
        self.ask(lambda c: snooze.snooze(c, request, by, self.now, c.control - stale, takes))

    @rule(by=AGENTS, stale=STALE)
    def wake(self, by: UUID, stale: int) -> None:
        self.ask(lambda c: snooze.wake(c, by, self.now, c.control - stale, RETURNS))

    @rule(by=AGENTS, stale=STALE)
    def close(self, by: UUID, stale: int) -> None:
        request = close.CloseRequest("resolvido", ("fim",))
        self.ask(lambda c: close.close(c, request, by, self.now, c.control - stale))

    @rule(by=AGENTS, late_s=st.sampled_from([0, 0, 61]), stale=STALE)
    def undo(self, by: UUID, late_s: int, stale: int) -> None:
        turn = self.new_id()
        if self.state and self.state.undoable and not stale:
            by = self.state.undoable.by  # seldom enough by chance
            self.now += timedelta(seconds=late_s)
        self.ask(lambda c: undo.undo(c, turn, by, self.now, c.control - stale))

    @rule(by=AGENTS, text=TEXTS, calls=st.sampled_from([[], [DORA], [ANA], [BRUNO, EVA]]))
    def note(self, by: UUID, text: str, calls: list[UUID]) -> None:
        note_id, unread = self.new_id(), self.ledger.unread
        self.ask(lambda c: notes.add_note(c, text, calls, note_id, by, self.now))
        assert self.ledger.unread == unread, "a note answers the customer"

    @rule(by=AGENTS, names=st.lists(st.sampled_from(["vip", "VIP", "troca", " "]), max_size=3))
    def tag(self, by: UUID, names: list[str]) -> None:
        self.ask(lambda c: tags.retag(c, names, by))

    @rule(by=AGENTS, minutes=st.integers(-60, 3_000))
    def schedule(self, by: UUID, minutes: int) -> None:
        id, due_at = self.new_id(), self.now + timedelta(minutes=minutes)
        request = schedule.ScheduleRequest("até logo", due_at, "America/Bahia")
        self.ask(lambda c: schedule.schedule(c, request, id, by, self.now, by != CLARA))

    @precondition(lambda self: self.written)
    @rule(by=AGENTS, which=WHICH)
    def cancel(self, by: UUID, which: int) -> None:
        id = list(self.written)[which % len(self.written)]
        self.ask(lambda c: schedule.cancel(c, id, by))

    @rule(by=st.none() | AGENTS, whose=WHOSE, name=st.sampled_from(["Mari", "Dona Rita"]))
    def somebody_or_the_bot_writes_down_who_it_is(self, by: UUID | None, whose: UUID, name: str) -> None:
        whose = main_of(whose, self.people[whose])
        known = self.people[whose]
        said = reflect(known, {"name": name}) if by is None else change(known, Details(name, None, {}), by)
        self._write_on_card(whose, said)

    @rule(by=AGENTS, alias=WHOSE, parts=st.booleans())
    def two_are_shown_as_one_or_parted(self, by: UUID, alias: UUID, parts: bool) -> None:
        main = RITA if alias == MARINA else MARINA
        known, other = self.people[alias], self.people[main]
        try:
            done = undo_merge(alias, known, by) if parts else merge(alias, known, main, other, by)
        except DomainError:
            return
        self._write_on_card(alias, done.alias)
        self._write_on_card(main, done.main)

    @rule(
        by=AGENTS,
        until=st.sampled_from(["flow_end", "hours", "agent"]),
        end=st.booleans(),
        has_bot=st.booleans(),
        stale=STALE,
    )
    def reactivate_the_bot(self, by: UUID, until: Any, end: bool, has_bot: bool, stale: int) -> None:
        turn, back_at = self.new_id(), self.now + timedelta(hours=2) if until == "hours" else None
        self.ask(
            lambda c: bot.reactivate(c, until, back_at, end, turn, has_bot, by, self.now, c.control - stale)
        )

    @precondition(lambda self: self.turns)
    @rule(
        which=WHICH,
        other=st.sampled_from([0, 0, 0, -1, -2, 1]),
        texts=st.lists(st.sampled_from(["um", "dois", " "]), max_size=4),
        action=st.sampled_from(
            [
                None,
                bot.EndAction(),
                bot.WaitAction(),
                bot.CloseAction(),
                bot.HandOffAction("default", "pediu"),
                bot.HandOffAction(TEAM, "x"),
            ]
        ),
    )
    def the_bot_replies(self, which: int, other: int, texts: list[str], action: Any) -> None:
        """Under any epoch: that of a turn which it was given, perhaps long ago, or one that never was."""
        turn, epoch = self.turns[-1 - which % len(self.turns)]
        said = bot.BotReply(
            id=str(self.new_id()),
            turn_id=turn,
            epoch=epoch + other,
            messages=tuple((self.new_id(), text) for text in texts),
            action=action,
        )
        has_it = self.ledger.open and self.ledger.bot and self.ledger.control == said.epoch
        facts = self.ask(lambda c: bot.reply(c, said, self.now)) or ()
        spoke = any(isinstance(fact, MessageSent) for fact in facts)
        assert has_it or not spoke, "a reply of an epoch that is over is said"

    @rule(seconds=st.sampled_from([1, 20, 59, 61, 1_800, 7_200, 50_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.ledger.next_hour is not None)
    @rule(present=st.booleans())
    def the_next_hour_comes(self, present: bool) -> None:
        assert self.ledger.next_hour is not None
        self.now = max(self.now, self.ledger.next_hour)
        self.the_scheduler_looks(present)
        left = self.ledger.next_hour
        assert left is None or left > self.now, "an hour has come and nothing happens"

    @rule(present=st.booleans())
    def the_scheduler_looks(self, present: bool) -> None:
        """As often as it likes: what is due happens once, and then nothing is."""
        leaves, owner = self.ledger.hours["leaves"], self.ledger.owner
        for _ in range(4):
            if not self.ask(lambda c: timers.fire_due(c, self.now, RETURNS, present)):
                break
        else:
            raise AssertionError("what is due happens again and again")
        if leaves is not None and leaves <= self.now:
            held = (self.ledger.owner, self.ledger.last_owner)
            assert held == ((owner, None) if present else (None, owner)), (
                "what came back stays with who is not there, or leaves who is"
            )

    @precondition(lambda self: self.written)
    @rule(which=WHICH, in_time=st.booleans())
    def the_scheduler_looks_at_a_message(self, which: int, in_time: bool) -> None:
        message = list(self.written.values())[which % len(self.written)]
        if in_time:
            self.now = max(self.now, message.due_at)
        once, again = self.new_id(), self.new_id()
        self.ask(lambda c: schedule.send_due(c, message, once, self.now, True))
        assert not self.ask(lambda c: schedule.send_due(c, message, again, self.now, True)), (
            "it goes out twice"
        )
        assert message.due_at > self.now or message.scheduled_id not in self.ledger.scheduled

    @rule(which=WHICH, what=st.sampled_from(["react", "edit", "edit", "revoke"]), late_s=st.integers(0, 9))
    def the_customer_changes_a_message(self, which: int, what: str, late_s: int) -> None:
        mine = [id for id, row in self.ledger.messages.items() if row["direction"] == "in"]
        if not mine:
            return
        target, before = mine[which % len(mine)], self.ledger.ticket()
        at = self.now.replace(microsecond=0) - timedelta(seconds=late_s)
        said: Any = {
            "react": IncomingReaction("w", CUSTOMER, "t", "👍", at),
            "edit": IncomingEdit("w", CUSTOMER, "t", f"corrigido às {at}", at),
            "revoke": IncomingRevoke("w", CUSTOMER, "t", at),
        }[what]
        self.ask(lambda c: changed(c, said, target))
        assert self.ledger.ticket() == before, "a reaction, an edit or a revocation sets a mark or wakes"

    @precondition(lambda self: self.ledger.sent)
    @rule(which=WHICH, outcome=st.sampled_from(["accepted", "refused", "closed", "lost", "nothing"]))
    def a_message_is_sent(self, which: int, outcome: str) -> None:
        """One attempt, and what came of it; asked for again, nothing is claimed twice."""
        message_id = self._outgoing(which)
        known = self.deliveries.get(message_id)
        attempt = 1 if known is None else known.attempt
        deadline = self.now + timedelta(seconds=20)
        self._deliver(
            message_id, lambda d: delivery.claim(d, THREAD, self.ledger.number or 1, attempt, deadline)
        )
        again, name = self.now + timedelta(seconds=30), f"wamid.{self.new_id()}"
        ends: dict[str, Any] = {
            "accepted": lambda d: d.accepted(name, self.now) if d.phase == "started" else (),
            "refused": lambda d: d.refused("131026", "refused", self.now, again, d.attempt),
            "closed": lambda d: d.refused("131047", "closed", self.now, None, d.attempt),
            "lost": lambda d: d.unconfirmed("timeout", d.attempt),
            "nothing": lambda d: (),
        }
        self._deliver(message_id, ends[outcome])

    @precondition(lambda self: self.deliveries)
    @rule(
        which=WHICH,
        words=st.lists(st.sampled_from(["sent", "delivered", "read", "failed"]), min_size=1, max_size=3),
        times=st.integers(1, TIMES),
    )
    def statuses_come(self, which: int, words: list[str], times: int) -> None:
        """The statuses of a message come in any order, each as often as WhatsApp likes."""
        message_id = list(self.deliveries)[-1 - which % len(self.deliveries)]
        for word in words:
            errors = (StatusError(131000, "later"),) if word == "failed" else ()
            told = IncomingStatus("wamid.x", word, self.now, errors=errors)
            for _ in range(times):
                self._deliver(message_id, lambda d, told=told: d.status(told))

    @precondition(lambda self: self.deliveries)
    @rule(which=WHICH, by_hand=st.booleans())
    def a_message_is_tried_again(self, which: int, by_hand: bool) -> None:
        message_id = list(self.deliveries)[-1 - which % len(self.deliveries)]
        self._deliver(
            message_id,
            lambda d: d.retry(ANA) if by_hand or d.retry_at is None else d.retry_now(d.retry_at),
        )

    def teardown(self) -> None:
        """Replayed is live, and a rebuilt view is the one that was kept current."""
        state: Conversation | None = None
        for event in self.told.events:
            if event.stream_id == THREAD:
                state = conversations.evolve(state, event.fact)
        assert state == self.state, "replayed is not live"
        for projection in PROJECTIONS:
            rebuilt = folded(projection, self.told.events)
            assert rebuilt == self.rows.get(projection.name, {}), f"{projection.name}: rebuilt is not current"

    def _remember(self, fact: Event) -> None:
        match fact:
            case MessageReceived(epoch=int() as epoch):
                self.turns.append((fact.message_id, epoch))
            case BotReactivated():
                self.turns.append((fact.turn_id, fact.epoch))
            case MessageScheduled():
                self.written[fact.scheduled_id] = fact
            case _:
                pass

    def _write_on_card(self, contact: UUID, facts: tuple[Event, ...]) -> None:
        for fact in facts:
            self.people[contact] = contacts.evolve(self.people.get(contact), fact)
        self._write_down(facts, contact)

    def _outgoing(self, which: int) -> UUID:
        sent = self.ledger.sent
        return sent[-1 - which % len(sent)]

    def _deliver(self, message_id: UUID, decide: Any) -> None:
        try:
            facts = decide(self.deliveries.get(message_id))
        except DomainError:
            return
        for fact in facts:
            self.deliveries[message_id] = delivery.evolve(self.deliveries.get(message_id), fact)
        assert self.state is not None
        told: tuple[Event, ...] = ()
        if facts:
            told = answers.answer_outcome(self.state, message_id, self.deliveries[message_id])
        for fact in told:
            self.state = conversations.evolve(self.state, fact)
        self._write_down(facts, message_id, told)

    def _write_down(self, facts: tuple[Event, ...], stream: UUID, told: tuple[Event, ...] = ()) -> None:
        """Facts of a stream, and in the same append what the conversation is `told`."""
        start = len(self.told.events)
        of_card = stream in self.people
        thread, contact = (None, stream) if of_card else (THREAD, MARINA)
        self.told.tell(*facts, stream=stream, conversation=thread, contact=contact)
        new = self.told.tell(*told).events[start:]
        for projection in PROJECTIONS:
            stored = self.rows.get(projection.name)
            self.rows[projection.name] = folded(projection, new, stored=stored)
        for event in new:
            self.ledger.tell(event, self.now)
        self.ledger.settled()
        if self.state is not None:
            agree(self.state, self.ledger, self.rows, self.deliveries)
