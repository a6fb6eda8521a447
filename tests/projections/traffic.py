"""Any day at the counter: what customers, agents, WhatsApp and the clock do, decided by the domain."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from hypothesis import strategies as st

from domain import delivery as deliveries
from domain.contact import state as contacts
from domain.contact.card import Details, change, display_name, profile, reflect
from domain.contact.erase import erase as erase_contact
from domain.contact.identity import Heard, become, identify
from domain.contact.merge import Merge, main_of, merge, undo_merge
from domain.contact.state import Contact
from domain.conversation import bot, erase, schedule, timers
from domain.conversation import state as conversations
from domain.conversation.active_message import Opening, write_first
from domain.conversation.answers import answer_outcome
from domain.conversation.assign import assign, unassign
from domain.conversation.auto_assign import give
from domain.conversation.close import CloseRequest, close
from domain.conversation.mark import mark_answered, mark_unanswered
from domain.conversation.message_events import MessageEchoed, MessageSent, QuickReplyUse
from domain.conversation.notes import add_note
from domain.conversation.receive import Arrival, changed, echo, receive
from domain.conversation.reply import send_text
from domain.conversation.snooze import SnoozeRequest, snooze, wake
from domain.conversation.state import Conversation
from domain.conversation.tags import retag
from domain.conversation.ticket_events import DEFAULT_QUEUE, BotUntil, MessageScheduled
from domain.conversation.transfer import owner_left, transfer
from domain.conversation.undo import undo
from domain.decision import Decision
from domain.delivery import Delivery, claim
from domain.event import Event
from domain.incoming import (
    IncomingEdit,
    IncomingReaction,
    IncomingRevoke,
    IncomingSender,
    IncomingStatus,
    StatusError,
)
from domain.quick_reply import state as quick_replies
from domain.quick_reply.add import add
from domain.quick_reply.approve import approve
from domain.quick_reply.archive import archive
from domain.quick_reply.edit import edit
from domain.quick_reply.reject import reject
from domain.quick_reply.state import Content, QuickReply
from domain.quick_reply.suggest import suggest
from domain.quick_reply.withdraw import withdraw
from domain.refusals import DomainError
from domain.template.content import SentTemplate
from tests.domain.given import ANA, BRUNO, CHANNEL, CLARA, DAY, MARINA, NOON, arrival, incoming
from tests.projections.told import Told

THREADS = [UUID(int=101), UUID(int=102), UUID(int=103)]
JOANA, RITA = UUID(int=4), UUID(int=5)
PEOPLE = dict(zip(THREADS, (MARINA, JOANA, JOANA), strict=True))
NAMES = ["Marina Prado", None, "Joana", "Zé 🌻", "Rita"]
WORDS = ["sent", "delivered", "read", "failed"]
TEAM = str(UUID(int=71))
TEAMS = [UUID(int=71)]
CUSTOMER = IncomingSender(phone="5520998760142")
TEMPLATE = UUID(int=91)
RETURNS = timedelta(minutes=15)

Action = tuple[str, int, int]
"""What happens, to which of what is there, and a number that varies it."""

ACTIONS = [
    *[
        "writes",
        "writes",
        "writes",
        "answers",
        "answers",
        "writes_first",
        "takes",
        "gives_back",
        "marks",
        "closes",
    ],
    *["snoozes", "snoozes", "wakes", "hour_comes", "schedules", "schedules", "message_due", "cancels"],
    *["reflects", "describes", "describes", "merges", "unmerges", "changes_address"],
    *["bot_says", "bot_says", "bot_acts", "bot_gets", "bot_gets"],
    *["rule_gives", "transfers", "transfers", "takes_back", "thinks_again", "comes_back", "notes", "tags"],
    *[
        "reacts",
        "edits",
        "revokes",
        "echoes",
        "claims",
        "accepted",
        "refused",
        "lost",
        "status",
        "status",
        "retries",
    ],
    *["adds_reply", "suggests", "suggests", "decides", "decides", "withdraws", "edits_reply", "archives"],
]

days = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 7), st.integers(0, 7)), min_size=5, max_size=60
)


def _content(variant: int) -> Content:
    return Content(f"Saudação {variant % 3}", [None, "ola", "fim"][variant % 3], f"Olá, ${{nome}} {variant}!")


class Day:
    """Lets things happen; what the domain refuses does not."""

    def __init__(self) -> None:
        self.told = Told()
        self.threads: dict[UUID, Conversation] = {}
        self.contacts: dict[UUID, Contact] = {}
        self.deliveries: dict[UUID, Delivery] = {}
        self.sent: list[tuple[UUID, UUID, int]] = []
        self.received: list[tuple[UUID, UUID]] = []
        self.scheduled: list[tuple[UUID, MessageScheduled]] = []
        self.internal: list[UUID] = []
        self.replies: dict[UUID, QuickReply] = {}
        self.now = NOON
        self._ids = 1_000

    def live(self, actions: Iterable[Action]) -> "Day":
        for name, which, variant in actions:
            self.now += timedelta(seconds=variant, milliseconds=250)
            act: Callable[[int, int], None] = getattr(self, f"_{name}")
            act(which, variant)
        return self

    def erased(self, contact_id: UUID) -> set[UUID]:
        """Erase a person with their aliases and threads, as the command does; return the contacts."""
        main_id = main_of(contact_id, self.contacts.get(contact_id))
        gone = {main_id, *self.contacts[main_id].aliases}
        for thread, whose in PEOPLE.items():
            if whose in gone and thread in self.threads:
                self._asked(THREADS.index(thread), lambda c: erase.erase(c, None, self.now))
        for each in sorted(gone):
            self._contact(each, erase_contact(self.contacts[each], None, self.now))
        return gone

    def _id(self) -> UUID:
        self._ids += 1
        return UUID(int=self._ids)

    def _happens(self, thread: UUID, decide: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        try:
            facts = decide()
        except DomainError:
            return ()
        for fact in facts:
            self.threads[thread] = conversations.evolve(self.threads.get(thread), fact)
        self.told.tell(*facts, stream=thread, conversation=thread, contact=PEOPLE[thread])
        return facts

    def _contact(self, contact_id: UUID, facts: Iterable[Event]) -> None:
        for fact in facts:
            self.contacts[contact_id] = contacts.evolve(self.contacts.get(contact_id), fact)
            self.told.tell(fact, stream=contact_id, conversation=None, contact=contact_id)

    def _asked(self, which: int, decide: Callable[[Conversation], tuple[Event, ...]]) -> tuple[Event, ...]:
        thread = THREADS[which % len(THREADS)]
        if (state := self.threads.get(thread)) is None:
            return ()
        return self._happens(thread, partial(decide, state))

    def _writes(self, which: int, variant: int) -> None:
        thread, message_id = THREADS[which % len(THREADS)], self._id()
        second = (self.now - timedelta(seconds=variant * 7)).replace(microsecond=0)
        message = incoming(self._ids, second, imported=variant == 7)
        known = self.threads.get(thread)
        place = replace(arrival(at=self.now, with_bot=thread == THREADS[0]), message_id=message_id)
        place = self._known_as(place, thread, second, which, variant)
        place = replace(
            place, reopen_within=timedelta(seconds=10), owner_left=variant == 6, auto_assign=variant == 5
        )
        place = replace(place, active_within=timedelta(seconds=30))
        self._happens(thread, lambda: receive(known, message, place))
        self.received.append((thread, message_id))

    def _known_as(self, place: Arrival, thread: UUID, second: datetime, which: int, variant: int) -> Arrival:
        """The contact that writes from one of their addresses, as the message finds and leaves it."""
        contact_id, known = PEOPLE[thread], self.threads.get(thread)
        heard = Heard(second, known.window_ends_at - DAY if known and known.window_ends_at else None)
        contact = self.contacts.get(contact_id)
        sender = replace(self._sender(contact_id, which, contact), name=NAMES[variant % len(NAMES)])
        by_bsuid, by_phone = self._holder("bsuid", sender.bsuid), self._holder("phone", sender.phone)
        self._contact(
            contact_id, identify(sender, "p", by_bsuid, by_phone, contact, contact_id, heard).events
        )
        self._contact(contact_id, profile(self.contacts[contact_id], sender, heard))
        contact = self.contacts[contact_id]
        person = display_name(contact, self.contacts.get(contact.merged_into or contact_id))
        return replace(
            place,
            contact_id=contact_id,
            name=person.name,
            phone=person.phone,
            person_id=person.main_id,
            person_name=person.main_name,
        )

    def _sender(self, contact_id: UUID, which: int, contact: Contact | None) -> IncomingSender:
        """One of two numbers (written without the ninth digit), one of two ids, or one of each.

        With an address of the contact, once it has any.
        """
        bsuid = [None, f"id.{contact_id.int}.z", f"id.{contact_id.int}.a"][which % 3]
        number = f"55209{9 - which % 2}00{contact_id.int:05}"
        phone = None if bsuid is not None and which > 4 else number
        ids = [each.value for each in contact.addresses if each.kind == "bsuid"] if contact else []
        if ids and bsuid not in ids:
            bsuid = ids[which % len(ids)]  # another one would make it somebody else
        if contact is not None and not ids and contact.address("phone", number) is None:
            phone = contact.addresses[0].value
        return IncomingSender(bsuid=bsuid, phone=phone, wa_id=phone and phone[:4] + phone[5:])

    def _holder(self, kind: str, value: str | None) -> UUID | None:
        if value is None:
            return None
        having = (id for id, contact in self.contacts.items() if contact.address(kind, value))
        return next(having, None)

    def _changes_address(self, which: int, variant: int) -> None:
        """WhatsApp says that a person has another number, id or both; or one that somebody else has."""
        contact_id = PEOPLE[THREADS[which % len(THREADS)]]
        if (contact := self.contacts.get(contact_id)) is None:
            return
        before = IncomingSender(bsuid=contact.bsuid, phone=contact.phone)
        whose = [MARINA, JOANA][which % 2] if variant > 4 else contact_id
        after = self._sender(whose, variant, None)
        holders = [self._holder("bsuid", after.bsuid), self._holder("phone", after.phone)]
        if whose != contact_id and whose not in holders:
            return  # nobody has it yet: who writes from it later would be this contact
        at = self.now.replace(microsecond=0) - timedelta(seconds=which)
        self._contact(contact_id, become(contact, contact_id, "p", before, after, holders, at))

    def _person(self, which: int) -> UUID | None:
        """Somebody who wrote: the contact that they are shown as."""
        contact_id = [MARINA, JOANA, RITA][which % 3]
        return main_of(contact_id, self.contacts[contact_id]) if contact_id in self.contacts else None

    def _reflects(self, which: int, variant: int) -> None:
        card = {"name": NAMES[variant % 5], "email": f"{variant}@example.com", "attributes": {"n": variant}}
        if (person_id := self._person(which)) is not None:
            self._contact(person_id, reflect(self.contacts[person_id], card))

    def _describes(self, which: int, variant: int) -> None:
        email = f"ana{variant}@example.com" if variant % 2 else None
        if (person_id := self._person(which)) is not None:
            attributes = {"n": str(variant)} if variant % 3 else {}
            self.written_down(person_id, Details(NAMES[variant % 5], email, attributes))

    def written_down(self, contact_id: UUID, details: Details) -> None:
        self._contact(contact_id, change(self.contacts[contact_id], details, ANA))

    def _merges(self, which: int, variant: int) -> None:
        if RITA not in self.contacts:
            rita, heard = IncomingSender("rita", name="Rita"), Heard(self.now)
            self._contact(RITA, identify(rita, "p", None, None, None, RITA, heard).events)
        alias_id, into_id = [MARINA, JOANA, RITA][which % 3], self._person(variant)
        if alias_id in self.contacts and into_id is not None:
            self.merged(alias_id, into_id)

    def merged(self, alias_id: UUID, into_id: UUID) -> bool:
        """Whether the one became an alias of the other."""
        alias, into = self.contacts[alias_id], self.contacts[into_id]
        if into.merged_into is not None:
            return False
        try:
            done = merge(alias_id, alias, into_id, into, ANA)
        except DomainError:
            return False
        self._contact(alias_id, done.alias)
        self._contact(into_id, done.main)
        return done != Merge()

    def _unmerges(self, which: int, variant: int) -> None:
        alias_id = [MARINA, JOANA, RITA][which % 3]
        if alias_id in self.contacts:
            self.parted(alias_id)

    def parted(self, alias_id: UUID) -> None:
        """An alias stands for itself again."""
        alias = self.contacts[alias_id]
        if alias.merged_into is not None:
            done = undo_merge(alias_id, alias, BRUNO)
            self._contact(alias_id, done.alias)
            self._contact(alias.merged_into, done.main)

    def _answers(self, which: int, variant: int) -> None:
        message_id = self._id()
        by = ANA if variant % 2 else BRUNO
        uses = self._uses(which, variant)
        facts = self._asked(
            which,
            lambda c: send_text(c, f"resposta {variant}", message_id, by, self.now, quick_replies=uses),
        )
        if facts:
            ticket = self.threads[THREADS[which % len(THREADS)]].ticket
            self.sent.append((THREADS[which % len(THREADS)], message_id, ticket))

    def _writes_first(self, which: int, variant: int) -> None:
        """An agent sends a template, as an answer or as an active message."""
        thread, message_id, by = THREADS[which % len(THREADS)], self._id(), ANA if variant % 2 else BRUNO
        contact_id, known = PEOPLE[thread], self.threads.get(thread)
        if (contact := self.contacts.get(contact_id)) is None:
            return
        person = display_name(contact, self.contacts.get(contact.merged_into or contact_id))
        opening = Opening(CHANNEL, contact_id, message_id, self.now)
        opening = replace(opening, name=person.name, phone=person.phone)
        opening = replace(opening, person_id=person.main_id, person_name=person.main_name)
        filled = SentTemplate(name="aviso", language="pt_BR", body=f"aviso {variant}")
        if self._happens(thread, lambda: write_first(known, TEMPLATE, filled, opening, by, variant != 3)):
            self.sent.append((thread, message_id, self.threads[thread].ticket))

    def _uses(self, which: int, variant: int) -> list[QuickReplyUse]:
        """None, or some of the approved quick replies, in any version; perhaps one of them twice."""
        known = [(id, reply.version) for id, reply in self.replies.items() if reply.version]
        return [
            QuickReplyUse(id=id, version=1 + variant % version)
            for id, version in (known[(which + place) % len(known)] for place in range(which % 4) if known)
        ]

    def _reply(self, id: UUID, decide: Callable[[QuickReply], Decision]) -> None:
        with suppress(DomainError):
            for fact in decide(self.replies.get(id, QuickReply())):
                self.replies[id] = quick_replies.evolve(self.replies.get(id), fact)
                self.told.tell(fact, stream=id, conversation=None, contact=None)

    def _known_reply(self, which: int, decide: Callable[[QuickReply], Decision]) -> None:
        if self.replies:
            self._reply(list(self.replies)[which % len(self.replies)], decide)

    def _adds_reply(self, which: int, variant: int) -> None:
        self._reply(self._id(), lambda _: add(_content(variant), TEAMS[: which % 2], ANA))

    def _suggests(self, which: int, variant: int) -> None:
        """A new one, or a change of one."""
        about = _content(variant), THREADS[0], UUID(int=which), ANA if variant % 2 else BRUNO
        if which > 2:
            self._known_reply(which, lambda reply: suggest(reply, *about))
        else:
            self._reply(self._id(), lambda _: suggest(None, *about))

    def _decides(self, which: int, variant: int) -> None:
        by = BRUNO if variant % 2 else CLARA

        def decide(reply: QuickReply) -> Decision:
            if variant > 4:
                return reject(reply, f"motivo {variant}", by, reply.revision)
            return approve(reply, _content(variant), TEAMS[: which % 2], by, reply.revision - variant // 4)

        self._known_reply(which, decide)

    def _withdraws(self, which: int, variant: int) -> None:
        self._known_reply(which, lambda reply: withdraw(reply, ANA if variant % 2 else BRUNO))

    def _edits_reply(self, which: int, variant: int) -> None:
        def decide(reply: QuickReply) -> Decision:
            content = reply.content if variant > 4 and reply.content else _content(variant)
            return edit(reply, content, TEAMS[: variant % 2], CLARA, reply.revision)

        self._known_reply(which, decide)

    def _archives(self, which: int, variant: int) -> None:
        if variant > 3:
            self._known_reply(which, lambda reply: archive(reply, CLARA))

    def _echoes(self, which: int, variant: int) -> None:
        """The business writes from its WhatsApp app, or did so some seconds ago."""
        thread, message_id = THREADS[which % len(THREADS)], self._id()
        if (known := self.threads.get(thread)) is None:
            return
        message = incoming(self._ids, self._earlier(variant), from_app=True)
        place = replace(arrival(at=self.now), message_id=message_id)
        facts = self._happens(thread, lambda: echo(known, message, place))
        begun = deliveries.sent_from_app(thread, known.ticket, message.wamid, message.sent_at)
        for fact in begun:
            self.deliveries[message_id] = deliveries.evolve(self.deliveries.get(message_id), fact)
        self.told.tell(*begun, stream=message_id, conversation=thread, contact=PEOPLE[thread])
        self.sent.append((thread, message_id, known.ticket))
        self.received += [(thread, fact.message_id) for fact in facts if isinstance(fact, MessageEchoed)]

    def _bot(self, which: int, texts: int, variant: int, action: bot.Action | None) -> None:
        """The bot answers its newest turn, or an older one, in its epoch or the one before."""
        messages = tuple((self._id(), f"robô {n}") for n in range(texts))

        def decide(c: Conversation) -> tuple[Event, ...]:
            asked = None if c.bot is None or variant == 1 else c.bot.turn_id
            turn = asked or UUID(int=1)
            said = bot.BotReply("r", turn, c.control - (variant == 2), messages, action)
            return bot.reply(c, said, self.now)

        facts = self._asked(which, decide)
        thread = THREADS[which % len(THREADS)]
        for fact in facts:
            if isinstance(fact, MessageSent):
                self.sent.append((thread, fact.message_id, fact.ticket))

    def _bot_says(self, which: int, variant: int) -> None:
        self._bot(which, 1 + variant, variant, None)

    def _bot_acts(self, which: int, variant: int) -> None:
        off = bot.HandOffAction("time-7", "ajuda", {"name": "Marina"}, {"pedido": variant})
        actions: list[bot.Action] = [off, bot.EndAction(), bot.WaitAction(), bot.CloseAction("resolvido")]
        self._bot(which, variant % 2, variant, actions[(which + variant) % 4])

    def _bot_gets(self, which: int, variant: int) -> None:
        until: BotUntil = ("flow_end", "hours", "agent")[variant % 3]
        back_at = self.now + timedelta(hours=1) if until == "hours" else None
        turn_id = self._id()
        self._asked(
            which,
            lambda c: bot.reactivate(c, until, back_at, which == 7, turn_id, True, ANA, self.now, c.control),
        )

    def _takes(self, which: int, variant: int) -> None:
        to = ANA if variant % 2 else BRUNO
        self._asked(which, lambda c: assign(c, to, to, c.control))

    def _rule_gives(self, which: int, variant: int) -> None:
        self._asked(which, lambda c: give(c, ANA if variant % 2 else BRUNO, c.control - (variant == 4)))

    def _gives_back(self, which: int, variant: int) -> None:
        self._asked(which, lambda c: unassign(c, ANA, c.control))

    def _marks(self, which: int, variant: int) -> None:
        self._asked(
            which, lambda c: mark_answered(c, ANA) if variant % 2 else mark_unanswered(c, ANA, self.now)
        )

    def _snoozes(self, which: int, variant: int) -> None:
        until = self.now + timedelta(hours=24 if variant > 4 else 0, minutes=1 + variant)
        request = SnoozeRequest(until, "America/Bahia", stays_on_reply=variant % 3 == 0)
        self._asked(which, lambda c: snooze(c, request, ANA, self.now, c.control, which < 6))

    def _wakes(self, which: int, variant: int) -> None:
        self._asked(which, lambda c: wake(c, BRUNO, self.now, c.control, RETURNS))

    def _hour_comes(self, which: int, variant: int) -> None:
        def decide(c: Conversation) -> tuple[Event, ...]:
            if c.holder.return_at is not None:
                return timers.fire_due(c, c.holder.return_at, RETURNS, variant % 2 == 0)
            if c.snooze is None:
                return ()
            due_at = c.snooze.warn_at if variant % 2 else None
            return timers.fire_due(c, due_at or c.snooze.until, RETURNS, False)

        self._asked(which, decide)

    def _schedules(self, which: int, variant: int) -> None:
        id, due_at = self._id(), self.now + timedelta(minutes=1 + variant)
        request = schedule.ScheduleRequest(f"mais tarde {variant}", due_at, "America/Bahia")
        facts = self._asked(which, lambda c: schedule.schedule(c, request, id, ANA, self.now, which < 6))
        for fact in facts:
            if isinstance(fact, MessageScheduled):
                self.scheduled.append((THREADS[which % len(THREADS)], fact))

    def _message_due(self, which: int, variant: int) -> None:
        if self.scheduled:
            thread, written = self.scheduled[-1 - which % min(3, len(self.scheduled))]
            hour = written.due_at + timedelta(hours=25 if variant == 7 else 0)
            state, message_id = self.threads[thread], self._id()
            facts = self._happens(
                thread, lambda: schedule.send_due(state, written, message_id, hour, variant % 2 == 0)
            )
            if any(isinstance(fact, MessageSent) for fact in facts):
                self.sent.append((thread, message_id, state.ticket))

    def _cancels(self, which: int, variant: int) -> None:
        if self.scheduled:
            thread, written = self.scheduled[-1 - which % min(3, len(self.scheduled))]
            self._happens(thread, lambda: schedule.cancel(self.threads[thread], written.scheduled_id, BRUNO))

    def _closes(self, which: int, variant: int) -> None:
        self._asked(which, lambda c: close(c, CloseRequest(), ANA, self.now, c.control))

    def _transfers(self, which: int, variant: int) -> None:
        to, queue = [(ANA, None), (BRUNO, TEAM), (None, TEAM), (None, DEFAULT_QUEUE)][variant % 4]
        by, note = (BRUNO if which > 3 else ANA), (None if variant > 3 else "veja isto")
        facts = self._asked(which, lambda c: transfer(c, queue, to, note, by, self.now, c.control))
        if facts and note is not None:
            self.internal.append(self.told.events[-1].event_id)

    def _takes_back(self, which: int, variant: int) -> None:
        def decide(c: Conversation) -> tuple[Event, ...]:
            by = c.undoable.by if c.undoable and variant else BRUNO
            return undo(c, self._id(), by, self.now, c.control, variant == 5, variant == 6)

        self._asked(which, decide)

    def _owner_leaves(self, which: int, variant: int) -> None:
        self._asked(which, owner_left)

    def _thinks_again(self, which: int, variant: int) -> None:
        [self._closes, self._snoozes, self._transfers][variant % 3](which, variant)
        self._takes_back(which, 1)

    def _comes_back(self, which: int, variant: int) -> None:
        self._closes(which, variant)
        self._writes(which, variant)

    def _notes(self, which: int, variant: int) -> None:
        note_id = self._id()
        if self._asked(which, lambda c: add_note(c, f"nota {variant}", [BRUNO], note_id, ANA, self.now)):
            self.internal.append(note_id)

    def _tags(self, which: int, variant: int) -> None:
        names = [name for bit, name in enumerate(["VIP", "Entrega", "🚚"]) if variant >> bit & 1]
        self._asked(which, lambda c: retag(c, names, ANA))

    def _changed(self, variant: int, decide: Callable[[Conversation, UUID], tuple[Event, ...]]) -> None:
        if self.received:
            thread, message_id = self.received[-1 - variant % min(4, len(self.received))]
            self._happens(thread, lambda: decide(self.threads[thread], message_id))

    def _earlier(self, variant: int) -> datetime:
        """When something was done that arrives now, perhaps late."""
        return (self.now - timedelta(seconds=variant % 3 * 5)).replace(microsecond=0)

    def _reacts(self, which: int, variant: int) -> None:
        emoji = None if which % 3 == 0 else "👍❤😀"[which % 3]
        said = IncomingReaction("w", CUSTOMER, "t", emoji, self._earlier(variant))
        self._changed(variant, lambda c, target: changed(c, said, target))

    def _edits(self, which: int, variant: int) -> None:
        said = IncomingEdit("w", CUSTOMER, "t", f"corrigido {which}", self._earlier(variant))
        self._changed(variant, lambda c, target: changed(c, said, target))

    def _revokes(self, which: int, variant: int) -> None:
        said = IncomingRevoke("w", CUSTOMER, "t", self.now)
        self._changed(variant, lambda c, target: changed(c, said, target))

    def _delivered(
        self, which: int, decide: Callable[[Delivery | None, UUID, int], tuple[Event, ...]]
    ) -> None:
        if not self.sent:
            return
        thread, message_id, ticket = self.sent[-1 - which % min(3, len(self.sent))]
        try:
            facts = decide(self.deliveries.get(message_id), thread, ticket)
        except DomainError:
            return
        for fact in facts:
            known = self.deliveries.get(message_id)
            self.deliveries[message_id] = deliveries.evolve(known, fact)
        self.told.tell(*facts, stream=message_id, conversation=thread, contact=PEOPLE[thread])
        if facts:
            delivery = self.deliveries[message_id]
            self._happens(thread, lambda: answer_outcome(self.threads[thread], message_id, delivery))

    def _known(self, which: int, decide: Callable[[Delivery], tuple[Event, ...]]) -> None:
        self._delivered(which, lambda known, _, __: () if known is None else decide(known))

    def _claims(self, which: int, variant: int) -> None:
        deadline = self.now + timedelta(seconds=20)
        self._delivered(
            which,
            lambda known, thread, ticket: claim(
                known, thread, ticket, 1 if known is None else known.attempt, deadline
            ),
        )

    def _accepted(self, which: int, variant: int) -> None:
        name = f"wamid.out.{self._id()}"
        self._known(which, lambda d: d.accepted(name, self.now) if d.phase == "started" else ())

    def _refused(self, which: int, variant: int) -> None:
        again = self.now + timedelta(seconds=30) if variant % 2 else None
        code = "131047" if variant == 4 else "131026"
        self._known(which, lambda d: d.refused(code, "refused", self.now, again, d.attempt))

    def _lost(self, which: int, variant: int) -> None:
        self._known(which, lambda d: d.unconfirmed("timeout", d.attempt))

    def _status(self, which: int, variant: int) -> None:
        word = WORDS[variant % len(WORDS)]
        errors = (StatusError(131000, "later"),) if word == "failed" else ()
        self._known(
            which, lambda d: d.status(IncomingStatus(d.wamid or "wamid.x", word, self.now, errors=errors))
        )

    def _retries(self, which: int, variant: int) -> None:
        self._known(
            which, lambda d: d.retry(ANA) if variant % 2 or d.retry_at is None else d.retry_now(d.retry_at)
        )
