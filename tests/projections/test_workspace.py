"""The workspace: what a ticket's row shows after what happened."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.conversation.message_events import MessageEdited, MessageRevoked, ReactionChanged
from domain.conversation.ticket_events import (
    BotWaits,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    MessageScheduled,
    NoteAdded,
    OwnerPresent,
    Reopened,
    ScheduleEnded,
    TicketEvent,
    Transferred,
    Unassigned,
    WindowWatched,
)
from domain.conversation.undo import undo
from domain.delivery import Failed
from domain.event import ERASED, Event
from domain.registry import FACTS
from projections.last_line import MAX_REMEMBERED
from projections.workspace import TicketRow, WorkspaceProjection
from tests.domain.given import (
    ANA,
    DAY,
    HOUR,
    MARINA,
    MINUTE,
    NOON,
    THREAD,
    assigned,
    closed,
    message_id,
    opened,
    received,
    sent,
    started,
    state,
    waiting,
)
from tests.projections.told import TENANT, Told, folded, only


def row_after(*facts: Event) -> TicketRow:
    return only(folded(WorkspaceProjection(), Told().tell(*facts).events).values())


def edited(n: int, text: str | None, **changes: Any) -> MessageEdited:
    return MessageEdited(
        **{"ticket": 1, "message_id": message_id(n), "text": text, "raw": None, "edited_at": NOON, **changes}
    )


def reaction(n: int, emoji: str | None, ticket: int | None = 1, after_s: int = 60) -> ReactionChanged:
    at = NOON + timedelta(seconds=after_s)
    return ReactionChanged(ticket=ticket, message_id=message_id(n), emoji=emoji, reacted_at=at)


def test_a_first_message_waits_in_the_queue() -> None:
    row = row_after(*waiting())
    assert (row.tenant_id, row.conversation_id, row.number) == (TENANT, THREAD, 1)
    assert (row.state, row.owner, row.team, row.control) == ("queue", None, None, 2)
    assert (row.name, row.name_key, row.initials) == ("Marina Prado", "marina prado", "MP")
    assert (row.unread, row.unanswered_since) == (1, NOON)
    assert (row.last_text, row.last_direction, row.last_at, row.last_position) == ("olá 1", "in", NOON, 4)
    assert (row.contact_id, row.window_ends_at, row.position) == (MARINA, NOON + DAY, 4)


def test_a_protocol_that_was_given_stands_and_an_older_ticket_has_its_day_and_position() -> None:
    given = opened()
    assert row_after(started(), given).protocol == given.protocol
    older = given.model_copy(update={"protocol": None})
    assert row_after(started(), older).protocol == "20260303-2"


def test_a_ticket_that_the_bot_has_waits_for_nobody() -> None:
    assert row_after(started(), opened(with_bot=True)).state == "bot"


def test_another_queue_than_the_default_one_is_named() -> None:
    handed = HandedOff(ticket=1, queue="financeiro", reason="bot")
    assert row_after(started(), opened(with_bot=True), handed).team == "financeiro"


def test_taking_and_giving_back_move_owner_and_control() -> None:
    taken = row_after(*waiting(), assigned(ANA))
    assert (taken.state, taken.owner, taken.control) == ("open", ANA, 3)
    given_back = row_after(*waiting(), assigned(ANA), Unassigned(ticket=1, by=ANA))
    assert (given_back.state, given_back.owner, given_back.control) == ("queue", None, 4)


def transferred(queue: str, agent_id: UUID | None = None) -> Transferred:
    return Transferred(ticket=1, queue=queue, agent_id=agent_id, note=None, by=ANA, moved_at=NOON)


def test_an_undone_transfer_leaves_the_ticket_its_place_in_the_queue() -> None:
    for before in (waiting(), (*waiting(), assigned(ANA)), (started(), opened(with_bot=True))):
        thread = state(*before, transferred("time-7"))
        back = undo(thread, UUID(int=9), ANA, NOON, thread.control)
        stood, moved, stands = (
            row_after(*before, *more)
            for more in ((), (transferred("time-7"),), (transferred("time-7"), *back))
        )
        assert moved.queued_at > stood.queued_at
        for name in ("queued_at", "team", "owner", "state", "queued_before"):
            assert getattr(stands, name) == getattr(stood, name), name


def test_an_undone_transfer_whose_owner_left_waits_from_now_on() -> None:
    facts = (*waiting(), assigned(ANA), transferred("time-7"))
    back = undo(state(*facts), UUID(int=9), ANA, NOON, state(*facts).control, owner_left=True)
    stands = row_after(*facts, *back)
    assert (stands.state, stands.team, stands.queued_before) == ("queue", None, None)
    assert stands.queued_at > row_after(*facts).queued_at


def test_another_move_ends_what_a_transfer_could_give_back() -> None:
    moved = row_after(*waiting(), transferred("time-7"), assigned(ANA))
    assert moved.queued_before is None


def test_a_reopened_ticket_is_in_the_queue_that_is_told() -> None:
    ended = (*waiting(), assigned(ANA), closed())
    assert row_after(*ended, Reopened(ticket=1, owner=ANA, queue="time-7")).team == "time-7"
    assert row_after(*ended, Reopened(ticket=1, owner=ANA)).team is None


def test_an_agents_answer_answers_and_a_bots_does_not() -> None:
    answered = row_after(*waiting(), sent())
    assert (answered.unread, answered.unanswered_since, answered.last_direction) == (0, None, "out")
    by_bot = row_after(*waiting(), sent(author="bot", agent_id=None))
    assert (by_bot.unread, by_bot.unanswered_since) == (1, NOON)


def test_a_mark_by_hand_goes_both_ways() -> None:
    answered = row_after(*waiting(), MarkedAnswered(ticket=1, by=ANA))
    assert (answered.unread, answered.unanswered_since) == (0, None)
    marked = row_after(*waiting(), sent(), MarkedUnanswered(ticket=1, by=ANA, marked_at=NOON + HOUR))
    assert marked.unanswered_since == NOON + HOUR


def test_unread_counts_since_the_last_answer() -> None:
    row = row_after(*waiting(), received(2, NOON + MINUTE), sent(), received(3, NOON + HOUR))
    assert (row.unread, row.unanswered_since) == (1, NOON + HOUR)


def test_the_last_message_is_the_newest_by_its_own_second_not_by_arrival() -> None:
    late = row_after(*waiting(), received(2, NOON + HOUR), received(3, NOON + MINUTE))
    assert (late.last_text, late.unread) == ("olá 2", 3)
    same_second = row_after(*waiting(), received(2, NOON))
    assert same_second.last_text == "olá 2"


def test_a_first_message_shows_though_its_clock_is_before_the_opening() -> None:
    old = received(1, NOON - HOUR)
    assert row_after(started(), opened(), old).last_text == "olá 1"


def test_closing_ends_the_marks_and_a_next_ticket_is_a_row_of_its_own() -> None:
    told = Told().tell(*waiting(), closed(), opened(ticket=2, control=4), received(2, ticket=2))
    first, second = folded(WorkspaceProjection(), told.events).values()
    assert (first.state, first.unread, first.unanswered_since, first.control) == ("closed", 0, None, 3)
    assert first.closed_at is not None
    assert (second.number, second.state, second.unread, second.control) == (2, "queue", 1, 4)


def test_a_reaction_is_the_last_message_of_an_open_ticket_until_it_is_removed() -> None:
    shown = row_after(*waiting(), reaction(1, "👍"))
    assert (shown.last_text, shown.last_type, shown.unread) == ("👍", "reaction", 1)
    removed = row_after(*waiting(), reaction(1, "👍"), reaction(1, None))
    assert (removed.last_text, removed.last_type, removed.last_at) == ("olá 1", "text", NOON)
    assert row_after(*waiting(), closed(), reaction(1, "👍", ticket=None)).last_text == "olá 1"


def test_changes_of_the_last_line_count_by_their_own_second() -> None:
    edits = [edited(1, f"v{n}", edited_at=NOON + timedelta(seconds=10 * n)) for n in (3, 2)]
    assert row_after(*waiting(), *edits).last_text == "v3"
    reactions = [reaction(1, "❤️", after_s=90), reaction(1, "👍", after_s=80)]
    assert row_after(*waiting(), *reactions).last_text == "❤️"
    late = row_after(*waiting(), *reactions, reaction(1, None, after_s=95), reaction(1, "😡", after_s=85))
    assert (late.last_text, late.last_type) == ("olá 1", "text")


def test_an_edit_of_a_message_shows_once_the_reaction_to_it_is_removed() -> None:
    hidden = (*waiting(), reaction(1, "👍"), edited(1, "oi!"))
    assert row_after(*hidden).last_text == "👍"
    assert row_after(*hidden, reaction(1, None, after_s=61)).last_text == "oi!"
    revoked = MessageRevoked(ticket=1, message_id=message_id(1), revoked_at=NOON)
    gone = row_after(*hidden, revoked, reaction(1, "😡", after_s=99))
    assert (gone.last_text, gone.last_type) == (None, "revoked")


def test_a_reaction_of_an_earlier_ticket_is_removed_there() -> None:
    told = Told().tell(*waiting(), reaction(1, "👍"), closed(), opened(ticket=2, control=4))
    told.tell(received(2, NOON + HOUR, ticket=2), reaction(1, None, ticket=2, after_s=7200))
    first, second = folded(WorkspaceProjection(), told.events).values()
    assert (first.last_text, second.last_text) == ("olá 1", "olá 2")


def test_what_is_remembered_of_reactions_has_a_limit() -> None:
    many = [reaction(1_000 + n, "👍", after_s=60 + n) for n in range(200)]
    memory = row_after(*waiting(), *many).last_memory or {}
    assert len(memory["reactions"]) == MAX_REMEMBERED
    assert row_after(*waiting(), *many).last_at == many[-1].reacted_at
    assert row_after(*waiting(), *many, received(2, NOON + HOUR)).last_memory is None


def test_an_edit_changes_the_last_message_also_of_a_closed_ticket() -> None:
    told = Told().tell(*waiting(), closed(), edited(1, "oi!", ticket=None))
    assert only(folded(WorkspaceProjection(), told.events).values()).last_text == "oi!"


def test_of_a_last_message_without_end_the_list_has_the_beginning() -> None:
    endless = "olá " * 10_000
    assert row_after(*waiting(), edited(1, endless)).last_text == endless[:500]
    assert row_after(*waiting(), received(2, NOON + MINUTE, text=endless)).last_text == endless[:500]


def test_an_edit_of_an_earlier_message_changes_nothing() -> None:
    before = row_after(*waiting(), received(2, NOON + MINUTE))
    assert row_after(*waiting(), received(2, NOON + MINUTE), edited(1, "oi!")) == before


def test_what_was_revoked_is_not_in_the_list_any_more_even_if_it_is_edited_later() -> None:
    revoked = MessageRevoked(ticket=1, message_id=message_id(1), revoked_at=NOON)
    assert row_after(*waiting(), revoked).last_text is None
    assert row_after(*waiting(), revoked, edited(1, "oi!")).last_text is None


def test_metas_own_word_closes_the_window() -> None:
    failed = Failed(ticket=1, attempt=1, code="131047", title="", retryable=False, failed_at=NOON + HOUR)
    told = Told().tell(*waiting()).tell(failed, stream=message_id(50))
    assert only(folded(WorkspaceProjection(), told.events).values()).window_ends_at == NOON + HOUR


def test_another_tenants_conversation_is_never_touched() -> None:
    other = UUID(int=8)
    told = Told().tell(*waiting()).tell(*waiting(), tenant=other).tell(edited(1, "oi!"), tenant=other)
    rows = folded(WorkspaceProjection(), told.events)
    assert {key[0]: row.last_text for key, row in rows.items()} == {TENANT: "olá 1", other: "oi!"}


def test_erased_names_are_gone_and_said_to_be() -> None:
    gone = opened().model_copy(update={"name": ERASED, "phone": ERASED})
    row = row_after(started(), gone, received(1, text=ERASED, sender_name=ERASED, wamid=ERASED, raw=ERASED))
    assert (row.name, row.phone, row.last_text, row.erased, row.initials) == (None, None, None, True, "?")


def test_what_nobody_opened_is_no_row() -> None:
    assert folded(WorkspaceProjection(), Told().tell(received(1), assigned(), edited(1, "x")).events) == {}


def test_the_second_of_the_opening_sorts_a_ticket_without_messages() -> None:
    at = NOON + timedelta(milliseconds=250)
    assert row_after(started(), opened(at=at)).last_at == NOON


def test_no_fact_of_a_ticket_is_passed_over() -> None:
    unshown = {BotWaits, NoteAdded, MessageScheduled, ScheduleEnded, WindowWatched, OwnerPresent}
    assert {fact for fact in FACTS if issubclass(fact, TicketEvent)} - unshown <= WorkspaceProjection.facts
