"""A second opinion: one conversation kept with pencil and paper, in plain words and numbers.

Each rule of whose turn it is stands here once more, and no line is the program's: facts are taken by their
stored names. A fact that breaks a rule is an `AssertionError` with that rule in words.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.event import Recorded
from tests.laws.people import Cards, Participants

DAY = timedelta(hours=24)
UNDO_S = 60.0
RANK = ("pending", "unconfirmed", "sent", "failed", "delivered", "read")
MOVES = (
    *("ticket_opened", "handed_off", "assigned", "unassigned", "transferred", "snoozed", "woken"),
    *("bot_reactivated", "closed", "reopened", "move_undone"),
)
REMEMBERED = 10
RETURNS = timedelta(minutes=15)
UNDONE = {"closed": "close", "snoozed": "snooze", "transferred": "transfer"}


class Ledger:
    """The page of one conversation; facts are told in their order, with the moment of their decision.

    Where only the moment is known at which they were written down, that may be `late` by so much. Where a
    rule `gives` tickets, what goes on leaves at once who is not there.
    """

    def __init__(self, late: timedelta = timedelta(), gives: bool = False) -> None:
        self._late, self._gives = late, gives
        self.number = self.control = 0
        self.open = self.bot = self.keep = self.warned = False
        self.owner: UUID | None = None
        self.queue = "default"
        self.last_owner: UUID | None = None
        self.said: dict[int, list[tuple[str, Any]]] = {}
        self.failed: dict[int, bool] = {}
        self.lost: set[UUID] = set()
        self._untold: set[UUID] = set()
        self._answered: dict[UUID, int] = {}
        self._perhaps_lost: UUID | None = None
        self.window: datetime | None = None
        self.shown_window: datetime | None = None
        self.newest: datetime | None = None
        self.hours: dict[str, datetime | None] = dict.fromkeys(("back", "warn", "answer", "people", "leaves"))
        self.tags: set[str] = set()
        self.scheduled: dict[UUID, datetime] = {}
        self.messages: dict[UUID, dict[str, Any]] = {}
        self.movable: tuple[str, UUID, datetime, dict[str, Any]] | None = None
        self.ended: datetime | None = None
        self.bot_said = 0
        self.participants = Participants()
        self.cards = Cards()
        self._wamids: set[str] = set()
        self._attempts: set[tuple[UUID, int]] = set()
        self._must_end: set[UUID] = set()

    @property
    def state(self) -> str:
        if not self.open:
            return "closed"
        if self.bot:
            return "bot"
        if self.hours["back"] is not None:
            return "snoozed"
        return "queue" if self.owner is None else "open"

    @property
    def waits(self) -> tuple[datetime | None, int]:
        """Since when the customer waits for an answer, and for how many messages; also of what has ended."""
        hours, unread = [], 0
        for what, said in reversed(self.said.get(self.number, [])):
            if what == "answer" and said not in self.lost:
                break
            if what != "answer":
                hours.append(said)
            unread += what == "wrote"
        return min(hours, default=None), unread

    @property
    def since(self) -> datetime | None:
        return self.waits[0] if self.open else None

    @property
    def unread(self) -> int:
        return self.waits[1] if self.open else 0

    @property
    def next_hour(self) -> datetime | None:
        """When something is to happen to the ticket by itself."""
        return min((hour for hour in self.hours.values() if hour is not None), default=None)

    @property
    def sent(self) -> list[UUID]:
        """The messages that went out, or are to."""
        return [id for id, row in self.messages.items() if row["direction"] == "out"]

    def reads(self, who: UUID, role: str, teams: Collection[str]) -> int | str | None:
        """How far somebody reads: `everything`, `with_notes` alone, up to a position, or nothing."""
        if role == "admin":
            return "everything"
        own = self.queue == "default" or self.queue in teams
        waits = self.state in ("bot", "queue") or (self.state == "snoozed" and self.owner is None)
        if self.owner == who or (own and (waits or role == "supervisor")):
            return "everything"
        if self.open and who in self.participants.of(self.number):
            return "with_notes"
        return self.participants.reads(who, {"default", *teams} if role == "supervisor" else set())

    def goes_on(self, at: datetime, soon: timedelta, with_bot: bool) -> bool:
        """Whether what the customer writes `at` goes on with the ticket that has ended."""
        rather_the_bot = with_bot and self.owner is None
        return not self.open and self.ended is not None and at <= self.ended + soon and not rather_the_bot

    def ticket(self) -> dict[str, Any]:
        """The newest ticket, as a list of tickets must show it."""
        return {
            "number": self.number,
            "state": self.state,
            "owner": self.owner,
            "control": self.control,
            "unread": self.unread,
            "unanswered_since": self.since,
            "snoozed_until": self.hours["back"],
            "window_ends_at": self.shown_window,
            "tags": sorted(self.tags),
            "team": None if self.queue == "default" else self.queue,
            "window_warned": self.warned,
            "failed": self.failed[self.number],
            "last_owner": self.last_owner,
        }

    def tell(self, event: Recorded, at: datetime) -> None:
        """The next event, decided `at`. The stream of a delivery is its message, of a card its person."""
        fact: Any = event.fact
        kind, _, name = fact.TOPIC.partition(".")
        if kind == "contact":
            self.cards.tell(name, fact, event.stream_id)
            return
        if kind == "delivery":
            if name == "retry_due":
                self._perhaps_lost = None
            self._decide_lost()
            self._on_its_way(name, fact, event.stream_id)
            return
        self._decide_lost()
        before, movable = self._stands(), self.movable
        leaves = self.hours["leaves"]
        if name in MOVES:
            self.control += 1
            self.movable = None
            self.ended = None
            self.hours |= {"answer": None, "people": None, "leaves": None}
        if name == "unassigned" and fact.absent is not None:
            assert leaves is not None, "a ticket leaves an owner without having come back"
            assert leaves <= at, "a ticket leaves its owner before it is due"
        if name == "move_undone":
            self._move_undone(fact, at, movable)
            self._takes_part(fact, event.position)
            return
        getattr(self, f"_{name}")(fact, at)
        self._takes_part(fact, event.position)
        if name == "transferred" and fact.note is not None:
            self._written(event.event_id, "internal", fact.note, None)
        if (move := UNDONE.get(name)) and fact.by is not None and fact.moved_at is not None:
            if name == "snoozed" and fact.took:
                assert self.owner == fact.by, "a ticket is snoozed by somebody who took it, and has another"
                before["owner"] = None
            self.movable = (move, fact.by, fact.moved_at, before)

    def _takes_part(self, fact: Any, position: int) -> None:
        if self.number:
            self.participants.tell(fact, position, self.number, self.owner, self.queue, self.open)

    def settled(self) -> None:
        """Nothing of one decision is left to come."""
        self._decide_lost()
        assert not self._must_end, "a scheduled message outlives what the customer writes, or the end"
        assert not self._untold, "what becomes of an answer is not told"

    def _stands(self) -> dict[str, Any]:
        return {
            "with_bot": self.open and self.bot,
            "owner": self.owner,
            "queue": self.queue,
            "snoozed_until": self.hours["back"],
            "keeps": self.keep,
        }

    def _started(self, fact: Any, at: datetime) -> None:
        assert (self.number, self.messages) == (0, {}), "a conversation begins twice"

    def _ticket_opened(self, fact: Any, at: datetime) -> None:
        assert not self.open, "two tickets are open at once"
        assert fact.ticket == self.number + 1, "a ticket has another number than the next"
        assert fact.control == self.control, "a new ticket does not go on from the control version before"
        self.number, self.open, self.bot, self.owner = fact.ticket, True, fact.with_bot, None
        self.queue, self.tags = fact.queue, set()
        self.shown_window = fact.window_ends_at
        self.said[self.number], self.failed[self.number], self.last_owner = [], False, None
        self._awake()

    def _handed_off(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        self.bot, self.owner, self.queue = False, None, fact.queue

    def _assigned(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert fact.by is not None or self.state == "queue", "the rule gives what does not wait"
        self._owned(fact.agent_id)

    def _unassigned(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert {fact.left, fact.absent} <= {None, self.owner}, "a ticket is taken from another than who left"
        self.bot, self.owner, self.last_owner = False, None, fact.absent

    def _transferred(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        self.queue = fact.queue
        self._owned(fact.agent_id)

    def _owned(self, owner: UUID | None) -> None:
        self.bot, self.owner = False, owner
        self.last_owner = None if owner is not None else self.last_owner

    def _comes_back(self, fact: Any, at: datetime, after: timedelta) -> None:
        assert (fact.return_at is None) == (self.owner is None), "a ticket comes back to nobody"
        if fact.return_at is not None:
            assert abs(fact.return_at - at - after) <= self._late, "a ticket waits otherwise for its owner"
        self.hours["leaves"] = fact.return_at

    def _owner_present(self, fact: Any, at: datetime) -> None:
        leaves, self.hours["leaves"] = self.hours["leaves"], None
        assert leaves is not None, "an owner is looked for who is not waited for"
        assert leaves <= at, "an owner is looked for before it is due"

    def _snoozed(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert not self.bot, "a ticket of the bot is snoozed"
        assert fact.until > at - self._late, "a ticket is snoozed into the past"
        self.hours |= {"back": fact.until, "warn": None}
        self.keep, self.warned = fact.keep, False

    def _woken(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        hour = self.hours["back"]
        assert hour is not None, "a ticket that is not snoozed is woken"
        assert fact.cause != "time" or hour <= at, "a ticket wakes before it is due"
        assert fact.cause != "customer" or not self.keep, "the customer brings back what is kept"
        self._awake()
        self._comes_back(fact, at, RETURNS)

    def _bot_reactivated(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert fact.epoch == self.control, "the bot's epoch is not the control version"
        self.bot, self.owner, self.last_owner = True, None, None
        self._awake()
        self.hours |= {"answer": fact.answer_by, "people": fact.back_at}

    def _closed(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert not self.scheduled, "a ticket ends with messages that are still to go out"
        self.open, self.ended = False, fact.moved_at
        self._awake()

    def _reopened(self, fact: Any, at: datetime) -> None:
        assert not self.open, "what is open is opened again"
        assert fact.ticket == self.number, "an older ticket is opened again"
        assert fact.owner in (None, self.owner), "a ticket goes on in other hands"
        assert fact.queue == self.queue, "a ticket goes on in another queue"
        self.open = True
        self._owned(fact.owner)
        self.said[self.number] = self._answers()
        self._comes_back(fact, at, timedelta() if self._gives else RETURNS)

    def _move_undone(self, fact: Any, at: datetime, movable: Any) -> None:
        assert movable is not None, "what others moved since is undone"
        move, by, moved_at, before = movable
        assert (fact.move, fact.by) == (move, by), "somebody undoes what another moved"
        assert (at - self._late - moved_at).total_seconds() <= UNDO_S, "a move is undone too late"
        if fact.left is not None:
            assert fact.left == before["owner"], "somebody else has left than whoever had it"
            before = before | {"owner": None}
        kept = ("with_bot", "owner", "queue", "snoozed_until", "keeps")
        assert {name: getattr(fact, name) for name in kept} == {name: before[name] for name in kept}, (
            "a ticket does not stand as before the move that was undone"
        )
        assert (fact.unanswered_since, fact.unread) == self.waits, "a move that is undone answers somebody"
        self.open, self.queue = True, fact.queue
        self._owned(fact.owner)
        self.bot = fact.with_bot
        self.last_owner = None if self.bot else self.last_owner
        self.hours |= {"back": fact.snoozed_until, "warn": None}
        self.keep, self.warned = fact.keeps, False

    def _tagged(self, fact: Any, at: datetime) -> None:
        self.tags.add(fact.tag)

    def _untagged(self, fact: Any, at: datetime) -> None:
        self.tags.remove(fact.tag)

    def _window_watched(self, fact: Any, at: datetime) -> None:
        assert self.hours["back"] is not None, "the window of a ticket is watched that is not snoozed"
        self.hours["warn"] = fact.warn_at

    def _window_closing(self, fact: Any, at: datetime) -> None:
        due = self.hours["warn"]
        assert due is not None, "people are warned twice"
        assert due <= at, "people are warned before it is due"
        self.hours["warn"], self.warned = None, True

    def _message_scheduled(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert fact.due_at > at - self._late, "a message is scheduled into the past"
        assert fact.scheduled_id not in self.scheduled
        self.scheduled[fact.scheduled_id] = fact.due_at

    def _schedule_ended(self, fact: Any, at: datetime) -> None:
        due_at = self.scheduled.pop(fact.scheduled_id)
        self._must_end.discard(fact.scheduled_id)
        assert (fact.cause == "sent") == (fact.message_id in self.messages)
        assert fact.cause != "sent" or due_at <= at, "a scheduled message is sent before it is due"

    def _marked_answered(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        said = self.said[self.number]
        stood = [place for place, (what, id) in enumerate(said) if what == "answer" and id not in self.lost]
        last = stood[-1] + 1 if stood else 0
        said[last:] = [line for line in said[last:] if line[0] == "answer"]
        self.failed[self.number], self.hours["leaves"] = False, None

    def _marked_unanswered(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        self.said[self.number].append(("mark", fact.marked_at))
        self.failed[self.number] = False

    def _answer_failed(self, fact: Any, at: datetime) -> None:
        assert fact.message_id in self.lost, "an answer that may still arrive is told to have failed"
        self._told(fact)

    def _answer_restored(self, fact: Any, at: datetime) -> None:
        assert fact.message_id not in self.lost, "an answer that has failed is told to count"
        self._told(fact)

    def _told(self, fact: Any) -> None:
        assert fact.message_id in self._untold, "what became of an answer is told twice"
        assert fact.ticket == self._answered[fact.message_id], "what became of an answer is told elsewhere"
        self._untold.discard(fact.message_id)
        waits = self.waits if self.open and fact.ticket == self.number else (None, 0)
        assert (fact.unanswered_since, fact.unread) == waits, "who waits again is told wrongly"

    def _decide_lost(self) -> None:
        """It failed, and no other try was set down with that."""
        if self._perhaps_lost is not None:
            message_id, self._perhaps_lost = self._perhaps_lost, None
            self._lost_or_found(message_id, lost=True)

    def _lost_or_found(self, message_id: UUID, lost: bool) -> None:
        """An answer is none once it has failed for good; what comes before or after it may be answers."""
        if (message_id in self.lost) == lost or message_id not in list(self._answered)[-REMEMBERED:]:
            return
        ticket = self._answered[message_id]
        self.lost ^= {message_id}
        self._untold ^= {message_id}
        answers = [id for _, id in self._answers(ticket)]
        if lost and not [id for id in answers[answers.index(message_id) :] if id not in self.lost]:
            self.failed[ticket] = True
        if answers[-1] not in self.lost:
            self.failed[ticket] = False

    def _answers(self, ticket: int | None = None) -> list[tuple[str, Any]]:
        said = self.said[self.number if ticket is None else ticket]
        return [line for line in said if line[0] == "answer"]

    def _message_received(self, fact: Any, at: datetime) -> None:
        self.bot_said = 0
        self._of_open(fact)
        assert fact.wamid not in self._wamids, "a message that came again is taken again"
        self._wamids.add(fact.wamid)
        assert self.hours["back"] is None or self.keep, "the customer does not bring a ticket back"
        written = fact.received_at if fact.time_flagged else fact.sent_at
        self.window = written + DAY if self.window is None else max(self.window, written + DAY)
        assert fact.window_ends_at == self.window, "the window is not that of the customer's newest message"
        assert fact.epoch == (self.control if self.bot else None), "whose turn it is, is told wrongly"
        if fact.window_ends_at != self.shown_window:
            self.shown_window, self.warned = fact.window_ends_at, False
        self.said[self.number].append(("wrote", written))
        if self.bot:
            self.hours["answer"] = fact.answer_by
        self._must_end |= self.scheduled.keys()
        self._written(fact.message_id, "in", fact.text, fact)

    def _message_sent(self, fact: Any, at: datetime) -> None:
        self._of_open(fact)
        assert at - self._late < (self.window or at), "something is said outside the window"
        assert self.bot == (fact.author == "bot"), "bot and people talk at once"
        assert self.newest is None or fact.sent_at >= self.newest, "an answer stands before what it answers"
        if fact.author == "agent":
            self._answers_with(fact)
            if self.movable is not None and self.movable[1] != fact.agent_id == self.owner:
                self.movable = None
        else:
            self.bot_said += 1
            assert self.bot_said <= 10, "the bot talks on and on"
            self.hours["answer"] = fact.answer_by
        self._written(fact.message_id, "out", fact.text, fact)
        self.messages[fact.message_id]["status"] = "pending"

    def _message_echoed(self, fact: Any, at: datetime) -> None:
        assert not (self.open and self.bot), "bot and people talk at once"
        assert fact.ticket == (self.number if self.open else None)
        assert fact.answers == (self.newest is None or fact.sent_at >= self.newest), "a late echo answers"
        if fact.ticket is not None and fact.answers:
            self._answers_with(fact)
        self._written(fact.message_id, "out", fact.text, fact)
        self.messages[fact.message_id]["status"] = "pending"

    def _answers_with(self, fact: Any) -> None:
        self.said[self.number].append(("answer", fact.message_id))
        self._answered[fact.message_id] = fact.ticket
        self.failed[self.number], self.hours["leaves"] = False, None

    def _bot_waits(self, fact: Any, at: datetime) -> None:
        assert self.bot
        self.hours["answer"] = None

    def _bot_reply_refused(self, fact: Any, at: datetime) -> None:
        assert fact.reason

    def _message_imported(self, fact: Any, at: datetime) -> None:
        self._written(fact.message_id, "in", fact.text, None)

    def _notice_received(self, fact: Any, at: datetime) -> None:
        self._written(fact.message_id, "in", fact.text, None)

    def _note_added(self, fact: Any, at: datetime) -> None:
        self._written(fact.note_id, "internal", fact.text, None)

    def _reaction_changed(self, fact: Any, at: datetime) -> None:
        assert fact.message_id in self.messages, "a reaction to nothing"

    def _message_edited(self, fact: Any, at: datetime) -> None:
        message = self.messages[fact.message_id]
        if not message.get("revoked") and message.get("edited", fact.edited_at) <= fact.edited_at:
            message |= {"text": fact.text, "edited": fact.edited_at}

    def _message_revoked(self, fact: Any, at: datetime) -> None:
        self.messages[fact.message_id] |= {"text": None, "revoked": True}

    def _on_its_way(self, name: str, fact: Any, message_id: UUID) -> None:
        row = self.messages[message_id]
        arrived = row["status"] in ("delivered", "read") or name in ("delivered", "read")
        if name == "failed":
            self._perhaps_lost = None if arrived else message_id
        elif name not in ("unconfirmed", "accepted") or (name == "accepted" and fact.after_refusal):
            self._lost_or_found(message_id, lost=False)
        if name == "attempt_started":
            assert (message_id, fact.attempt) not in self._attempts, "one attempt is made twice"
            self._attempts.add((message_id, fact.attempt))
        if name in ("attempt_started", "retry_requested"):
            row["status"] = row["status"] if row["status"] in ("delivered", "read") else "pending"
            return
        if name == "failed" and fact.code == "131047" and fact.ticket == self.number:
            self.shown_window = min(self.shown_window or fact.failed_at, fact.failed_at)
        if name == "accepted" and fact.after_refusal and row["status"] not in ("delivered", "read"):
            row["status"] = "sent"
            return
        reached = "sent" if name == "accepted" else name
        if reached in RANK:
            row["status"] = max(row["status"], reached, key=RANK.index)

    def _of_open(self, fact: Any) -> None:
        assert self.open, "something happens to a ticket that has ended"
        assert fact.ticket == self.number, "something happens to an older ticket"

    def _awake(self) -> None:
        self.hours |= {"back": None, "warn": None}
        self.keep = self.warned = False

    def _written(self, message_id: UUID, direction: str, text: str | None, fact: Any) -> None:
        assert message_id not in self.messages, "a message stands in the thread twice"
        self.messages[message_id] = {"direction": direction, "text": text, "status": None}
        if fact is not None:
            self.newest = fact.sent_at if self.newest is None else max(self.newest, fact.sent_at)
