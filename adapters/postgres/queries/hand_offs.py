"""Query for what happened in a conversation since its last hand-off, in the publisher's transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

SINCE = """
with last as (
    select coalesce(max(notification_id), 0) as position from (
        select notification_id from events
        where conversation_id = %(conversation)s and notification_id < %(before)s
            and topic = 'conversation.handed_off'
        order by notification_id desc limit 1
    ) newest
)
select last.position,
    count(e.*) filter (where e.topic = 'conversation.message_received') as received,
    count(e.*) filter (
        where e.topic in ('conversation.message_sent', 'conversation.message_echoed')
    ) as sent
from last left join events e on e.conversation_id = %(conversation)s
    and e.notification_id > last.position and e.notification_id < %(before)s
group by last.position
"""


@dataclass(frozen=True, slots=True)
class SinceHandOff:
    """Position of the newest hand-off (0 if none) and the numbers of messages received and sent since."""

    position: int
    received: int
    sent: int


def since_hand_off(db: Connection[Any], conversation_id: UUID, before: int) -> SinceHandOff:
    """Count messages since the last hand-off, up to the position `before`."""
    with db.cursor(row_factory=class_row(SinceHandOff)) as rows:
        asked = {"conversation": conversation_id, "before": before}
        found = rows.execute(SINCE, asked).fetchone()
    assert found is not None, "an aggregate has one row"
    return found
