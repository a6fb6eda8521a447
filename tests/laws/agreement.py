"""What state, read models and ledger must say alike after every fact."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from adapters.postgres.queries.visibility import FULL, NOTES, Visibility
from domain.conversation.state import Conversation
from domain.delivery import Delivery
from tests.domain.given import ANA, BRUNO, CLARA, MARINA, THREAD
from tests.laws.ledger import Ledger
from tests.projections.told import TENANT

TEAM = str(UUID(int=71))
DORA, EVA = UUID(int=14), UUID(int=15)
READERS = [
    *(Visibility.of(TENANT, agent, "agent", [UUID(TEAM)]) for agent in (ANA, BRUNO, CLARA)),
    Visibility.of(TENANT, DORA, "agent", []),
    Visibility.of(TENANT, EVA, "supervisor", []),
    Visibility.of(TENANT, DORA, "admin", []),
]
"""Agents at the counter, one of no team who is only called, a supervisor of no team, an admin."""

Rows = Mapping[str, Mapping[Any, Any]]
"""The rows of each read model, by its name."""


def agree(state: Conversation, ledger: Ledger, rows: Rows, deliveries: Mapping[UUID, Delivery]) -> None:
    """Compare state and rows with the ledger."""
    agree_on_customer(rows, ledger)
    agree_on_state(state, ledger)
    agree_on_tickets(rows, ledger)
    agree_on_messages(rows, deliveries, ledger)
    agree_on_who_reads(state, rows, ledger)
    agree_on_timers(rows, ledger)


def agree_on_customer(rows: Rows, ledger: Ledger) -> None:
    who = ledger.cards.person(MARINA)
    assert all((row.person_id, row.name) == who for row in rows["workspace"].values()), (
        "a ticket is shown as somebody else's"
    )


def agree_on_state(state: Conversation, ledger: Ledger) -> None:
    assert (state.ticket, state.control, state.state) == (ledger.number, ledger.control, ledger.state)
    assert state.owner == ledger.owner, "somebody else has the ticket"
    assert (state.unread, state.unanswered_since) == (ledger.unread, ledger.since), "the mark is wrong"
    assert state.failed == ledger.failed[ledger.number], "the mark of a failed answer is wrong"
    assert (state.window_ends_at, state.newest_second) == (ledger.window, ledger.newest)
    snooze = None if state.snooze is None else (state.snooze.until, state.snooze.stays_on_reply)
    assert snooze == (None if ledger.hours["back"] is None else (ledger.hours["back"], ledger.keep))
    assert (state.state == "open") <= (state.owner is not None)
    assert (state.queue, set(state.tags)) == (ledger.queue, ledger.tags)


def agree_on_tickets(rows: Rows, ledger: Ledger) -> None:
    tickets = {row.number: row for row in rows["workspace"].values()}
    assert len(tickets) == ledger.number
    if ledger.number:
        row = tickets.pop(ledger.number)._asdict()
        told = {name: row[name] for name in ledger.ticket()}
        assert told == ledger.ticket(), "the list of tickets shows something else"
    assert all((row.state, row.unread) == ("closed", 0) for row in tickets.values())
    assert {number: row.failed for number, row in tickets.items()} == {
        number: failed for number, failed in ledger.failed.items() if number != ledger.number
    }, "the mark of a failed answer is wrong in what has ended"


def agree_on_messages(rows: Rows, deliveries: Mapping[UUID, Delivery], ledger: Ledger) -> None:
    messages = {id: row for (_, id), row in rows["timeline"].items()}
    assert messages.keys() == ledger.messages.keys(), "a message is missing from the thread, or too many"
    for id, row in messages.items():
        known = ledger.messages[id]
        assert row.direction == known["direction"]
        assert row.text == known["text"], "a message shows other words"
        shown = deliveries[id].shown if id in deliveries else row.status
        assert row.status == known["status"] == shown, "a message shows another status"


def agree_on_who_reads(state: Conversation, rows: Rows, ledger: Ledger) -> None:
    assert state.participants == ledger.participants.of(ledger.number), "somebody else takes part"
    participants = {row.number: row for row in rows["participants"].values()}
    told = {number: (set(row.people), row.ended_position) for number, row in participants.items()}
    assert told == ledger.participants.listed(), "the participants are others than those of the ticket"
    thread = [
        SimpleNamespace(**{**participants[row.number]._asdict(), **row._asdict()})
        for row in rows["workspace"].values()
    ]
    for reader in READERS if thread else ():
        role = "admin" if reader.everything else "supervisor" if reader.supervises else "agent"
        assert reader.me is not None
        limit = reader.read_limit(thread)
        reads = {FULL: "everything", NOTES: "with_notes"}.get(limit or 0, limit)
        assert reads == ledger.reads(reader.me, role, reader.teams), "somebody reads what is not theirs"


def agree_on_timers(rows: Rows, ledger: Ledger) -> None:
    timers = {(row.kind, row.stream_id): row.due_at for row in rows["timers"].values()}
    expected = {("scheduled", id): due for id, due in ledger.scheduled.items()}
    if ledger.next_hour is not None:
        expected["ticket", THREAD] = ledger.next_hour
    ours = {key: due for key, due in timers.items() if key[0] in ("ticket", "scheduled")}
    assert ours == expected, "the timers are not the hours of the ticket"
