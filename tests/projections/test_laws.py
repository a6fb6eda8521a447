"""Laws of every read model, over any day at the counter."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from adapters.postgres.log.event_codec import EventType
from domain import delivery as deliveries
from domain.contact.card import Details
from domain.contact.merge import main_of
from domain.conversation.message_events import (
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    ReactionChanged,
)
from domain.conversation.protocol import protocol_of
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import (
    AnswerFailed,
    AnswerRestored,
    Assigned,
    BotReactivated,
    Closed,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    MoveUndone,
    Reopened,
    Snoozed,
    TicketOpened,
    Transferred,
    Unassigned,
    Woken,
    team_of,
)
from domain.event import ERASED, Event, Recorded
from domain.quick_reply.state import Content
from projections import names
from projections.contacts import ContactsProjection
from projections.participants import ParticipantsProjection
from projections.projection import Projection
from projections.quick_replies import QuickRepliesProjection, QuickReplyUsesProjection
from projections.scheduled_messages import ScheduledProjection
from projections.timeline import TimelineProjection
from projections.timers import TimersProjection
from projections.workspace import WorkspaceProjection
from tests.domain import given as facts_of
from tests.domain.given import NOON, received, waiting
from tests.projections.told import TENANT, Told, folded
from tests.projections.traffic import PEOPLE, THREADS, Action, Day, days

PROJECTIONS: list[Projection[Any]] = [
    WorkspaceProjection(),
    TimelineProjection(),
    TimersProjection(),
    ScheduledProjection(),
    ContactsProjection(),
    ParticipantsProjection(),
    QuickRepliesProjection(),
    QuickReplyUsesProjection(),
]

WITHOUT_WORDS = ("timers", "participants", "quick_replies", "quick_reply_uses")
"""Read models that have no word of any customer."""

ABOUT_PEOPLE = [
    *[
        "writes",
        "writes",
        "reacts",
        "reacts",
        "edits",
        "revokes",
        "echoes",
        "answers",
        "writes_first",
        "notes",
        "transfers",
        "schedules",
    ],
    *["reflects", "describes", "merges", "unmerges", "changes_address", "snoozes", "closes"],
    *["comes_back", "takes_back"],
    *["bot_says", "bot_acts", "bot_gets", "claims", "accepted", "refused", "status"],
]
"""Actions whose facts have personal fields, and some that change what is shown of them."""

ABOUT_WHO = [
    *["writes", "writes", "writes", "writes_first", "changes_address", "changes_address", "reflects"],
    *["describes"],
    *["describes", "merges", "merges", "unmerges", "closes"],
]
"""Actions that change who is shown as the customer, and some that open tickets."""

ABOUT_REPLIES = [
    *["writes", "answers", "answers", "adds_reply", "suggests", "suggests", "decides", "decides"],
    *["withdraws", "edits_reply", "edits_reply", "archives"],
]
"""Actions that change quick replies, and messages that are written with them."""

TURNS = HandedOff | Assigned | Unassigned | Transferred | BotReactivated | MoveUndone | Reopened
MOVES = TURNS | Snoozed | Woken | Closed


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
@any_of(actions=days, batch_size=st.integers(1, 12))
def test_pages_of_any_size_give_the_same_rows(
    projection: Projection[Any], actions: list[Action], batch_size: int
) -> None:
    events = Day().live(actions).told.events
    assert folded(projection, events, batch_size) == folded(projection, events)


@any_of(days)
def test_the_newest_tickets_row_says_what_the_rules_go_by(actions: list[Action]) -> None:
    day = Day().live(actions)
    rows = folded(WorkspaceProjection(), day.told.events)
    for thread, state in day.threads.items():
        if state.ticket:
            row = next(row for key, row in rows.items() if key[1:] == (thread, state.ticket))
            assert (row.state, row.owner, row.control) == (state.state, state.owner, state.control)
            assert (row.unread, row.unanswered_since) == (state.unread, state.unanswered_since)
            assert row.failed == state.failed
            assert not row.window_warned or (state.snooze is not None and state.snooze.warn_at is None)
            assert (row.team, row.tags) == (state.team, sorted(state.tags))
            assert (row.closed_at is None) == state.is_open


@any_of(days)
def test_aggregate_list_and_timers_agree_on_who_holds_the_ticket(actions: list[Action]) -> None:
    day = Day().live(actions)
    tickets = folded(WorkspaceProjection(), day.told.events)
    timers = {
        row.stream_id: row
        for row in folded(TimersProjection(), day.told.events).values()
        if row.kind == "ticket"
    }
    for thread, conversation in day.threads.items():
        if not conversation.ticket:
            continue
        row, holder = tickets[TENANT, thread, conversation.ticket], conversation.holder
        assert (row.control, row.state, row.owner) == (holder.control, holder.state, holder.owner)
        assert row.team == team_of(holder.queue)
        assert row.snoozed_until == (holder.snooze and holder.snooze.until)
        assert (row.bot_until, row.back_at) == (holder.bot[3:] if holder.bot else (None, None))
        timer = timers.get(thread)
        stored = (
            (timer.snoozed_until, timer.warn_at, timer.bot_due, timer.back_at, timer.return_at)
            if timer
            else (None,) * 5
        )
        assert stored == times_of(conversation)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
@any_of(
    actions=st.lists(
        st.tuples(st.sampled_from(ABOUT_PEOPLE), st.integers(0, 7), st.integers(0, 7)),
        min_size=25,
        max_size=60,
    ),
    later=days,
    who=st.sampled_from(sorted(set(PEOPLE.values()))),
    batch_size=st.integers(1, 40),
)
def test_folding_an_erasure_over_rows_gives_what_folding_erased_events_gives(
    projection: Projection[Any], actions: list[Action], later: list[Action], who: UUID, batch_size: int
) -> None:
    everybody = [("writes", which, 0) for which in range(len(THREADS))]
    day = Day().live([*everybody, *actions])
    gone = day.erased(who)
    day.live([action for action in later if _of_others(action, gone)])
    kept = folded(projection, day.told.events, batch_size)
    rebuilt = folded(projection, [without_words(event, gone) for event in day.told.events])
    assert rebuilt == kept
    if projection.name not in WITHOUT_WORDS:
        left = [row for row in kept.values() if _belongs(row, gone)]
        assert all(row.erased for row in left)
        said = said_by(day.told.events, gone) - {"bot"}  # a reason to close, and also a kind of author
        assert not (said & {text for row in left for text in texts_of(row)})


def _of_others(action: Action, gone: set[UUID]) -> bool:
    """Whether it happens on a thread of somebody who was not erased; what names no thread is left out."""
    name, which, _ = action
    threads = {"writes", "answers", "takes", "closes", "snoozes", "notes", "bot_says", "transfers"}
    return name in threads and PEOPLE[THREADS[which % len(THREADS)]] not in gone


def _belongs(row: Any, gone: set[UUID]) -> bool:
    contact_id = row.contact_id if hasattr(row, "contact_id") else PEOPLE[row.conversation_id]
    return contact_id in gone


def without_words(event: Recorded, gone: set[UUID]) -> Recorded:
    """The event as it reads once the keys of these contacts are gone."""
    kind = EventType.of(type(event.fact))
    if event.contact_id not in gone or not kind.seals(vars(event.fact)):
        return event
    erased = event.fact.model_copy(update=dict.fromkeys(kind.personal, ERASED))
    return event._replace(fact=erased)


def said_by(events: Sequence[Recorded], gone: set[UUID]) -> set[str]:
    """Every text in a personal field of these contacts."""
    return {
        text
        for event in events
        if event.contact_id in gone
        for name in EventType.of(type(event.fact)).personal
        for text in texts_of(getattr(event.fact, name))
    }


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a value, that of at least two letters."""
    if isinstance(value, str):
        yield from [value] if len(value) > 1 else []
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (*texts_of(key), *texts_of(inner))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from texts_of(inner)


def times_of(conversation: Conversation) -> tuple[datetime | None, ...]:
    """Everything that a time is set for: waking, warning, the bot's answer and end, an absent owner's end."""
    snooze, bot = conversation.snooze, conversation.bot
    of_snooze = (None, None) if snooze is None else (snooze.until, snooze.warn_at)
    of_bot = (None, None) if bot is None else (bot.due_at, bot.back_at)
    return (*of_snooze, *of_bot, conversation.holder.return_at)


@any_of(days)
def test_a_contacts_row_says_what_the_rules_go_by(actions: list[Action]) -> None:
    day = Day().live(actions)
    rows = {row.contact_id: row for row in folded(ContactsProjection(), day.told.events).values()}
    assert rows.keys() == day.contacts.keys()
    for contact_id, contact in day.contacts.items():
        row, card = rows[contact_id], contact.card
        assert (row.name, row.named_by, row.email) == (card.name, card.named_by, card.email)
        assert (row.attributes, row.version, row.keeps_email) == (
            dict(card.attributes),
            card.version,
            card.keeps_email,
        )
        assert frozenset(row.kept_attributes) == card.kept_attributes
        assert row.person_id == main_of(contact_id, contact)
        assert (row.phone, row.bsuid, row.username) == (contact.phone, contact.bsuid, contact.username)
        present = contact.present("phone")
        assert row.wa_id == (present and present.wa_id)
        addresses = {(each.kind, each.value) for each in contact.addresses}
        assert {("phone", value) for value in row.phones} | {("bsuid", b) for b in row.bsuids} == addresses


@any_of(
    st.lists(
        st.tuples(st.sampled_from(ABOUT_REPLIES), st.integers(0, 7), st.integers(0, 7)),
        min_size=5,
        max_size=60,
    )
)
def test_a_quick_replys_row_says_what_the_rules_go_by(actions: list[Action]) -> None:
    day = Day().live(actions)
    rows = {row.quick_reply_id: row for row in folded(QuickRepliesProjection(), day.told.events).values()}
    assert rows.keys() == day.replies.keys()
    for id, reply in day.replies.items():
        row = rows[id]
        assert (row.state, row.version, row.revision) == (reply.state, reply.version, reply.revision)
        assert (frozenset(row.teams), row.archived) == (reply.teams, reply.archived)
        assert [Content(v["name"], v["shortcut"], v["text"]) for v in row.versions] == list(reply.versions)
        assert [v["version"] for v in row.versions] == list(range(1, reply.version + 1))
        suggestion = reply.suggestion
        shown = reply.content or (suggestion and suggestion.content)
        assert Content(row.name, row.shortcut, row.text) == shown
        assert row.search.split("\n")[1] == ("" if row.shortcut is None else f"/{row.shortcut}")
        assert (row.suggestion is None) == (suggestion is None)
        if suggestion is not None and row.suggestion is not None:
            assert (row.suggestion_state, row.suggested_by) == (suggestion.state, suggestion.by)
            assert row.suggestion["on_version"] == suggestion.on_version
            assert row.suggestion["reason"] == suggestion.reason
            assert suggestion.by in row.suggesters


@any_of(
    st.lists(
        st.tuples(
            st.sampled_from(["answers", "answers", "answers", "edits_reply", "archives", "writes"]),
            st.integers(0, 7),
            st.integers(0, 7),
        ),
        min_size=5,
        max_size=40,
    )
)
def test_a_message_counts_once_for_each_quick_reply_of_its_author(actions: list[Action]) -> None:
    known = [("writes", 1, 0), ("writes", 2, 0), ("adds_reply", 0, 0), ("adds_reply", 0, 1)]
    actions = [*known, *actions]
    events = Day().live(actions).told.events
    counted = Counter(
        (id, event.fact.agent_id)
        for event in events
        if isinstance(event.fact, MessageSent)
        for id in {use.id for use in event.fact.quick_replies}
    )
    rows = folded(QuickReplyUsesProjection(), events).values()
    assert {(row.quick_reply_id, row.agent_id): row.uses for row in rows} == counted


@any_of(
    st.lists(
        st.tuples(st.sampled_from(ABOUT_WHO), st.integers(0, 7), st.integers(0, 7)), min_size=5, max_size=40
    )
    | days
)
def test_ticket_row_contact_row_and_card_say_the_same_of_a_person(actions: list[Action]) -> None:
    """D4, over every event of a contact, merges and their undo, in any order."""
    day = Day().live(actions)
    people = {row.contact_id: row for row in folded(ContactsProjection(), day.told.events).values()}
    for row in folded(WorkspaceProjection(), day.told.events).values():
        own = day.contacts[row.contact_id]
        main_id = main_of(row.contact_id, own)
        main = day.contacts[main_id]
        assert row.person_id == main_id == people[row.contact_id].person_id
        assert row.name == (people[main_id].name or people[row.contact_id].name) == (main.name or own.name)
        assert row.own_name == own.name
        assert row.phone == people[row.contact_id].phone == own.phone
        assert (row.name_key, row.initials) == (names.folded(row.name), names.initials(row.name, row.phone))


@any_of(actions=days, renamed=st.booleans())
def test_a_merge_that_is_undone_leaves_every_row_as_it_was(actions: list[Action], renamed: bool) -> None:
    day = Day().live(actions)
    for alias_id, into_id in permutations(day.contacts, 2):
        stood = _shown(day)
        if not day.merged(alias_id, into_id):
            continue
        joined = {row.person_id for row in folded(ContactsProjection(), day.told.events).values()}
        assert alias_id not in joined
        if renamed:
            day.written_down(into_id, Details("Outra Pessoa", None, {}))
        day.parted(alias_id)
        left = {key: row for key, row in _shown(day).items() if not renamed or row.person_id != into_id}
        assert left == {key: row for key, row in stood.items() if key in left}
        assert len(left) > 0


def _shown(day: Day) -> dict[Any, Any]:
    """Rows of tickets and contacts, but for the place of their last change."""
    tickets = folded(WorkspaceProjection(), day.told.events)
    people = folded(ContactsProjection(), day.told.events)
    return {
        **{("ticket", *key): row._replace(position=0) for key, row in tickets.items()},
        **{("contact", *key): row._replace(position=0) for key, row in people.items()},
    }


@any_of(days)
def test_the_list_of_tickets_equals_a_second_opinion(actions: list[Action]) -> None:
    events = Day().live(actions).told.events
    seen = {
        (row.conversation_id, row.number): (
            *(row.state, row.owner, row.control, row.unread, row.unanswered_since, row.failed),
            *(row.last_text, row.last_at, row.last_direction, row.window_ends_at, row.protocol),
        )
        for row in folded(WorkspaceProjection(), events).values()
    }
    assert seen == second_opinion(events)


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("edits"), st.just(""), st.sampled_from(["v1", "v2", "v3"])),
        st.tuples(
            st.just("reacts"), st.sampled_from(["contact", "app"]), st.sampled_from(["👍", "😡", None, None])
        ),
        st.tuples(st.just("revokes"), st.just(""), st.none()),
    ),
    min_size=1,
    max_size=8,
)


@any_of(
    changes=CHANGES,
    seconds=st.permutations(range(1, 10)),
    orders=st.tuples(st.randoms(), st.randoms()),
    times=st.integers(1, 3),
    revokes=st.booleans(),
    other_s=st.sampled_from([-5, 35]),
)
def test_changes_of_a_message_in_any_order_and_any_number_give_the_same_rows(
    changes: list[tuple[str, Any, Any]],
    seconds: list[int],
    orders: Any,
    times: int,
    revokes: bool,
    other_s: int,
) -> None:
    """Of two messages one is changed, each time in a second of its own; the other comes in between."""
    facts: list[Event] = [received(2, NOON + timedelta(seconds=other_s))]
    for (kind, by, what), second in zip(changes, seconds, strict=False):
        at, names = NOON + timedelta(seconds=10 * second), {"ticket": 1, "message_id": facts_of.message_id(1)}
        if kind == "edits":
            facts += [MessageEdited(**names, text=what, raw=None, edited_at=at)] * times
        elif kind == "reacts":
            facts += [ReactionChanged(**names, emoji=what, reacted_at=at, by=by)] * times
        elif revokes:
            facts += [MessageRevoked(**names, revoked_at=at)] * times
    one, other = (_in_order(facts, order) for order in orders)
    assert one == other


def _in_order(facts: list[Event], order: Any) -> list[Any]:
    """The rows of timeline and workspace after the facts in this order, but for positions in the log."""
    shuffled = list(facts)
    order.shuffle(shuffled)
    events = Told().tell(*waiting(), *shuffled).events
    messages = folded(TimelineProjection(), events).values()
    tickets = folded(WorkspaceProjection(), events).values()
    return sorted(
        (row.message_id, row._replace(position=0, changed_position=0, text=row.text)) for row in messages
    ) + [row._replace(position=0, last_position=0, last_memory=None) for row in tickets]


@any_of(days)
def test_a_message_shows_the_status_that_its_delivery_stands_at(actions: list[Action]) -> None:
    day = Day().live(actions)
    rows = {row.message_id: row for row in folded(TimelineProjection(), day.told.events).values()}
    for message_id, delivery in day.deliveries.items():
        assert rows[message_id].status == delivery.shown
        assert (rows[message_id].error_code is not None) == (delivery.shown == "failed")


@any_of(days)
def test_there_is_a_timer_exactly_while_something_has_a_due_time(actions: list[Action]) -> None:
    day = Day().live(actions)
    timers = {
        (row.kind, row.stream_id): row.due_at for row in folded(TimersProjection(), day.told.events).values()
    }
    expected: dict[tuple[str, UUID], datetime | None] = {}
    for message_id, delivery in day.deliveries.items():
        if delivery.phase == "started":
            expected["attempt", message_id] = delivery.deadline_at
        if delivery.phase == "retry_due" and not delivery.delivered:
            expected["retry", message_id] = delivery.retry_at
    for thread, conversation in day.threads.items():
        times = [time for time in times_of(conversation) if time is not None]
        if times:
            expected["ticket", thread] = min(times)
        expected |= {("scheduled", s.id): s.due_at for s in conversation.scheduled}
    assert timers == expected


@any_of(days)
def test_the_scheduled_rows_are_what_the_rules_say_is_scheduled(actions: list[Action]) -> None:
    day = Day().live(actions)
    rows = folded(ScheduledProjection(), day.told.events).values()
    assert {row.scheduled_id for row in rows} == {fact.scheduled_id for _, fact in day.scheduled}
    waiting = {row.scheduled_id for row in rows if row.state == "waiting"}
    assert waiting == {each.id for thread in day.threads.values() for each in thread.scheduled}
    sent = [row.message_id for row in rows if row.state == "sent"]
    assert set(sent) <= {id for _, id, _ in day.sent}
    assert len(set(sent)) == len(sent)


@any_of(days)
def test_every_message_is_one_row_and_none_is_twice(actions: list[Action]) -> None:
    day = Day().live(actions)
    rows = folded(TimelineProjection(), day.told.events).values()
    said = {id for _, id in day.received} | {id for _, id, _ in day.sent}
    assert {row.message_id for row in rows} == said | set(day.internal)
    assert {row.message_id for row in rows if row.direction == "internal"} == set(day.internal)
    assert len({(row.sent_at, row.position) for row in rows}) == len(rows)


def second_opinion(events: Sequence[Recorded]) -> dict[tuple[UUID, int], tuple[Any, ...]]:
    """The list of tickets once more: each column by itself, from plain lists; no line is the fold's."""
    opened = {(e.conversation_id, e.fact.ticket): e for e in events if isinstance(e.fact, TicketOpened)}
    tickets = {}
    for (thread, number), opening in opened.items():
        assert thread is not None
        of_thread = [e for e in events if e.conversation_id == thread and e.position >= opening.position]
        own = [e for e in of_thread if getattr(e.fact, "ticket", None) == number]
        facts = [e.fact for e in own]
        moves = [f for f in facts if isinstance(f, MOVES)]
        tickets[thread, number] = (
            *_state(opening.fact, moves),
            opening.fact.control + len(moves),  # type: ignore[attr-defined]
            *_unanswered(facts),
            _failed(facts),
            *_last(own, of_thread, opening),
            _window(opening.fact, facts),
            _protocol(opening.fact, facts),
        )
    return tickets


def _protocol(opening: Any, facts: list[Any]) -> str:
    first = next(fact.message_id for fact in facts if hasattr(fact, "message_id"))
    return protocol_of(opening.opened_at, first)


def _state(opening: Any, moves: list[Any]) -> tuple[str, UUID | None]:
    turns = [move for move in moves if isinstance(move, TURNS)]
    turn = turns[-1] if turns else None
    owner = turn.owner if isinstance(turn, MoveUndone | Reopened) else getattr(turn, "agent_id", None)
    last_snooze = [
        move.snoozed_until is not None if isinstance(move, MoveUndone) else isinstance(move, Snoozed)
        for move in moves
        if isinstance(move, Snoozed | Woken | BotReactivated | MoveUndone | Closed)
    ]
    if moves and isinstance(moves[-1], Closed):
        return "closed", owner
    if last_snooze and last_snooze[-1]:
        return "snoozed", owner
    if turn is None:
        with_bot = opening.with_bot
    else:
        with_bot = isinstance(turn, BotReactivated) or (isinstance(turn, MoveUndone) and turn.with_bot)
    if with_bot:
        return "bot", None
    return "open" if owner else "queue", owner


def _unanswered(facts: list[Any]) -> tuple[int, datetime | None]:
    """How many messages, and since when, no answer has followed that has not failed for good."""
    lines: list[UUID | tuple[datetime, int]] = []  # an answer, or what waits for one
    failed: set[UUID] = set()
    ended = False
    for fact in facts:
        match fact:
            case MessageReceived():
                lines.append((fact.received_at if fact.time_flagged else fact.sent_at, 1))
            case MarkedUnanswered():
                lines.append((fact.marked_at, 0))
            case MessageSent(author="agent"):
                lines.append(fact.message_id)
            case MessageEchoed(answers=True):
                lines.append(fact.message_id)
            case AnswerFailed():
                failed.add(fact.message_id)
            case AnswerRestored():
                failed.remove(fact.message_id)
            case MarkedAnswered():
                end = _answered_until(lines, failed)
                lines = lines[:end] + [line for line in lines[end:] if isinstance(line, UUID)]
            case Reopened():
                lines = [line for line in lines if isinstance(line, UUID)]
            case _:
                pass
        ended = isinstance(fact, Closed) or (ended and not isinstance(fact, Reopened | MoveUndone))
    left = [] if ended else lines[_answered_until(lines, failed) :]
    waits = [line for line in left if not isinstance(line, UUID)]
    return sum(count for _, count in waits), min((at for at, _ in waits), default=None)


def _answered_until(lines: list[UUID | tuple[datetime, int]], failed: set[UUID]) -> int:
    stood = [place for place, line in enumerate(lines) if isinstance(line, UUID) and line not in failed]
    return stood[-1] + 1 if stood else 0


def _failed(facts: list[Any]) -> bool:
    """Whether the newest answer failed, and nobody has answered or marked the ticket since that was told."""
    told = [
        fact.failed if isinstance(fact, AnswerFailed | AnswerRestored) else False
        for fact in facts
        if (isinstance(fact, AnswerFailed) and fact.failed)
        or (isinstance(fact, AnswerRestored) and not fact.failed)
        or (isinstance(fact, MessageSent) and fact.author == "agent")
        or (isinstance(fact, MessageEchoed) and fact.answers)
        or isinstance(fact, MarkedAnswered | MarkedUnanswered)
    ]
    return bool(told) and told[-1]


def _last(own: list[Any], of_thread: list[Any], opening: Any) -> tuple[Any, datetime, str | None]:
    """The newest of what was said and of the reactions that stand, each as it stands by its own second."""
    said = {
        e.fact.message_id: e for e in own if isinstance(e.fact, MessageReceived | MessageSent | MessageEchoed)
    }
    lines = [(e.fact.sent_at, e.position, _text(e, of_thread), _direction(e.fact)) for e in said.values()]
    number = opening.fact.ticket
    changes = [
        e for e in of_thread if isinstance(e.fact, ReactionChanged) and e.fact.ticket in (number, None)
    ]
    revoked = {e.fact.message_id for e in of_thread if isinstance(e.fact, MessageRevoked)}
    for id in {e.fact.message_id for e in changes} - revoked:
        later = [e for e in of_thread if isinstance(e.fact, ReactionChanged) and e.fact.message_id == id]
        newest = max(later, key=lambda e: (e.fact.reacted_at, e.position))
        if newest.fact.emoji is not None and newest.fact.ticket == number:
            lines.append((newest.fact.reacted_at, newest.position, newest.fact.emoji, "in"))
    if not lines:
        return None, opening.fact.opened_at.replace(microsecond=0), None
    at, _, text, direction = max(lines, key=lambda line: line[:2])
    return text, at, direction


def _direction(fact: Any) -> str:
    return "in" if isinstance(fact, MessageReceived) else "out"


def _text(said: Any, of_thread: list[Any]) -> str | None:
    own = [e for e in of_thread if getattr(e.fact, "message_id", None) == said.fact.message_id]
    if any(isinstance(e.fact, MessageRevoked) for e in own):
        return None
    edits: list[Any] = [
        (e.fact.edited_at, e.position, e.fact.text) for e in own if isinstance(e.fact, MessageEdited)
    ]
    text: str | None = max(edits, key=lambda edit: edit[:2])[2] if edits else said.fact.text
    return text


def _window(opening: Any, facts: list[Any]) -> datetime | None:
    window: datetime | None = opening.window_ends_at
    for fact in facts:
        if isinstance(fact, MessageReceived):
            window = fact.window_ends_at
        if isinstance(fact, deliveries.Failed) and fact.code == "131047" and window is not None:
            window = min(window, fact.failed_at)
    return window
