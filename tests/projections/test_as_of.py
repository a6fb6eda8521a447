"""A conversation as it stood is what the read models make of its events up to there."""

from hypothesis import given as any_of
from hypothesis import strategies as st

from projections.as_of import ConversationAsOf
from projections.timeline import TimelineProjection
from projections.workspace import WorkspaceProjection
from tests.projections.told import folded
from tests.projections.traffic import THREADS, Action, Day, days


@any_of(actions=days, until=st.integers(1, 200), batch_size=st.integers(1, 12), newest=st.integers(1, 9))
def test_at_any_place_and_in_pages_of_any_size_it_is_the_fold_of_the_prefix(
    actions: list[Action], until: int, batch_size: int, newest: int
) -> None:
    day = Day().live(actions)
    events = day.told.events[:until]
    for thread in THREADS:
        own = [e for e in events if e.conversation_id == thread or e.stream_id in day.contacts]
        stood = ConversationAsOf(newest)
        for start in range(0, len(own), batch_size):
            stood.tell(own[start : start + batch_size])
        tickets = [
            row for row in folded(WorkspaceProjection(), events).values() if row.conversation_id == thread
        ]
        messages = [
            row for row in folded(TimelineProjection(), events).values() if row.conversation_id == thread
        ]
        assert stood.ticket(range(1, 100)) == max(tickets, key=lambda row: row.number, default=None)
        in_order = sorted(messages, key=lambda row: (row.sent_at, row.position))
        assert list(stood.messages) == in_order[-newest:]
