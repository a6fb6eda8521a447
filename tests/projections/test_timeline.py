"""The timeline: what a message's row shows after what happened to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.conversation.message_events import (
    MessageEdited,
    MessageImported,
    MessageRevoked,
    NoticeReceived,
    ReactionChanged,
)
from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    Failed,
    Read,
    RetryRequested,
    Unconfirmed,
)
from domain.event import ERASED, Event
from projections.timeline import MessageRow, TimelineProjection
from tests.domain.given import ANA, HOUR, MARINA, NOON, THREAD, message_id, received, sent, started
from tests.projections.told import TENANT, Told, folded, only

SENT = message_id(50)


def row_after(*facts: Event, delivery: Sequence[Event] = ()) -> MessageRow:
    told = Told().tell(*facts).tell(*delivery, stream=SENT)
    return only(folded(TimelineProjection(), told.events).values())


def begun(attempt: int = 1) -> AttemptStarted:
    deadline = NOON + timedelta(seconds=20)
    return AttemptStarted(ticket=1, conversation_id=THREAD, attempt=attempt, deadline_at=deadline)


def accepted(attempt: int = 1) -> Accepted:
    return Accepted(ticket=1, attempt=attempt, wamid=f"wamid.out.{attempt}", accepted_at=NOON)


def failed(attempt: int = 1) -> Failed:
    return Failed(
        ticket=1, attempt=attempt, code="131026", title="Undeliverable", retryable=False, failed_at=NOON
    )


DELIVERED, READ = Delivered(ticket=1, delivered_at=NOON), Read(ticket=1, read_at=NOON)


def test_what_a_customer_wrote_is_a_row_with_the_name_that_came_with_it() -> None:
    row = row_after(started(), received(1, raw={"type": "image"}, type="image", time_flagged=True))
    assert (row.tenant_id, row.message_id, row.conversation_id) == (TENANT, message_id(1), THREAD)
    assert (row.direction, row.type, row.text, row.raw) == ("in", "image", "olá 1", {"type": "image"})
    assert (row.author_kind, row.author_id, row.author_name) == ("contact", MARINA, "Marina")
    assert (row.sent_at, row.position, row.changed_position, row.status) == (NOON, 2, 2, None)
    assert row.time_flagged


def test_what_an_agent_said_is_pending_until_something_is_heard_of_it() -> None:
    row = row_after(sent())
    assert (row.direction, row.author_kind, row.author_id, row.status) == ("out", "agent", ANA, "pending")


@pytest.mark.parametrize(
    ("delivery", "status"),
    [
        ([begun()], "pending"),
        ([begun(), accepted()], "sent"),
        ([begun(), accepted(), DELIVERED], "delivered"),
        ([begun(), accepted(), READ], "read"),
        ([begun(), accepted(), READ, DELIVERED], "read"),
        ([begun(), failed()], "failed"),
        ([begun(), Unconfirmed(ticket=1, attempt=1, reason="timeout")], "unconfirmed"),
        ([begun(), Unconfirmed(ticket=1, attempt=1, reason="timeout"), accepted(), READ], "read"),
        ([begun(), failed(), RetryRequested(ticket=1, attempt=2, by=ANA)], "pending"),
        ([begun(), failed(), RetryRequested(ticket=1, attempt=2, by=ANA), begun(2), accepted(2)], "sent"),
        ([begun(), accepted(), DELIVERED, failed()], "delivered"),
    ],
)
def test_the_ticks_only_rise_within_an_attempt(delivery: list[Event], status: str) -> None:
    assert row_after(sent(), delivery=delivery).status == status


def test_a_failure_says_why_until_another_attempt_begins() -> None:
    row = row_after(sent(), delivery=[begun(), failed()])
    assert (row.error_code, row.error_title) == ("131026", "Undeliverable")
    again = row_after(
        sent(), delivery=[begun(), failed(), RetryRequested(ticket=1, attempt=2, by=ANA), begun(2)]
    )
    assert (again.error_code, again.error_title) == (None, None)


def test_the_name_that_whatsapp_gave_is_that_of_the_newest_accepted_attempt() -> None:
    asked = RetryRequested(ticket=1, attempt=2, by=ANA)
    row = row_after(sent(), delivery=[begun(), accepted(), failed(), asked, begun(2), accepted(2)])
    assert (row.wamid, row.changed_position) == ("wamid.out.2", 7)


def test_a_reaction_is_shown_on_the_message_until_it_is_removed() -> None:
    def reacts(emoji: str | None) -> ReactionChanged:
        return ReactionChanged(ticket=None, message_id=message_id(1), emoji=emoji, reacted_at=NOON)

    assert row_after(received(1), reacts("👍")).reactions == {"contact": "👍"}
    assert row_after(received(1), reacts("👍"), reacts("❤️")).reactions == {"contact": "❤️"}
    assert row_after(received(1), reacts("👍"), reacts(None)).reactions is None


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def test_reactions_count_by_their_own_second_whichever_comes_first() -> None:
    def reacts(second: int, emoji: str | None, by: Any = "contact") -> ReactionChanged:
        return ReactionChanged(
            ticket=None, message_id=message_id(1), emoji=emoji, reacted_at=at(second), by=by
        )

    def shown(*reactions: ReactionChanged) -> dict[str, str] | None:
        return row_after(received(1), *reactions).reactions

    assert shown(reacts(90, "❤️"), reacts(80, "👍")) == {"contact": "❤️"}
    assert shown(reacts(95, None), reacts(85, "😡")) is None
    assert shown(reacts(95, None), reacts(95, "😡")) == {"contact": "😡"}  # of one second, the last one
    assert shown(reacts(90, "👍"), reacts(10, "🙏", by="app")) == {"app": "🙏", "contact": "👍"}
    assert shown(reacts(90, "👍"), reacts(10, "🙏", by="app"), reacts(91, None)) == {"app": "🙏"}


def test_edits_count_by_their_own_second_whichever_comes_first() -> None:
    third, second = edited(text="v3", edited_at=at(30)), edited(text="v2", edited_at=at(10))
    assert row_after(received(1), third, second).text == "v3"
    assert row_after(received(1), second, third).text == "v3"
    assert row_after(received(1), third, edited(text="v4", edited_at=at(30))).text == "v4"


def test_a_revocation_ends_reactions_and_edits_too() -> None:
    reaction = ReactionChanged(ticket=1, message_id=message_id(1), emoji="👍", reacted_at=at(50))
    for facts in (
        [reaction, edited(), REVOKED],
        [REVOKED, reaction, edited()],
        [edited(), REVOKED, reaction],
    ):
        row = row_after(received(1), *facts)
        assert (row.text, row.reactions, row.edited, row.revoked) == (None, None, False, True)


def edited(**changes: Any) -> MessageEdited:
    return MessageEdited(
        **{
            "ticket": 1,
            "message_id": message_id(1),
            "text": "oi!",
            "raw": None,
            "edited_at": NOON,
            **changes,
        }
    )


REVOKED = MessageRevoked(ticket=1, message_id=message_id(1), revoked_at=NOON)


def test_an_edit_shows_the_new_text_and_that_it_was_edited() -> None:
    row = row_after(received(1), edited())
    assert (row.text, row.edited, row.position, row.changed_position) == ("oi!", True, 1, 2)


@pytest.mark.parametrize("facts", [[REVOKED], [edited(), REVOKED], [REVOKED, edited()]])
def test_what_was_revoked_hides_its_body_whatever_came_before_or_after(facts: list[Event]) -> None:
    row = row_after(received(1, raw={"a": 1}), *facts)
    assert (row.text, row.raw, row.revoked) == (None, None, True)


def test_what_came_with_an_old_chat_is_shown_without_a_ticket() -> None:
    imported = MessageImported(
        message_id=message_id(1),
        type="text",
        text="antes",
        sender_name="Marina",
        wamid="wamid.old",
        raw=None,
        sent_at=NOON - HOUR,
    )
    row = row_after(imported)
    assert (row.ticket, row.direction, row.text, row.sent_at) == (None, "in", "antes", NOON - HOUR)


def test_a_notice_of_whatsapp_is_a_line_of_the_system() -> None:
    notice = NoticeReceived(
        ticket=None,
        message_id=message_id(1),
        kind="user_changed_number",
        text="mudou de número",
        wamid="wamid.n",
        raw={"wa_id": "5511"},
        sent_at=NOON,
    )
    row = row_after(notice)
    assert (row.type, row.author_kind, row.text) == ("system", "system", "mudou de número")


def test_an_erased_message_has_no_words_and_says_so() -> None:
    gone = received(1, text=ERASED, sender_name=ERASED, wamid=ERASED, raw=ERASED)
    row = row_after(gone)
    assert (row.text, row.author_name, row.wamid, row.raw, row.erased) == (None, None, None, None, True)


def test_what_names_no_message_of_ours_is_no_row() -> None:
    told = Told().tell(edited(), REVOKED).tell(begun(), accepted(), stream=SENT)
    assert folded(TimelineProjection(), told.events) == {}
