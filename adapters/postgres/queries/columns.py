"""Columns and joins that several queries share: of tickets, their participants, and messages."""

from psycopg.sql import SQL

TICKET = SQL(
    "w.conversation_id, w.number, w.person_id, w.protocol, w.state, w.owner, w.team, w.control,"
    " w.name, w.initials, w.phone, w.unanswered_since, w.unread, w.last_text, w.last_type, w.last_at,"
    " w.last_direction, w.last_position, w.window_ends_at, w.window_warned, w.snoozed_until, w.queued_at,"
    " w.close_reason, w.hand_off_reason, w.bot_until, w.back_at, w.tags, w.erased, w.opened_position,"
    " w.failed, w.last_owner"
)


STALE_TICKET = SQL(
    "exists (select from parked_events p where p.name = 'workspace'"
    " and p.conversation_id = w.conversation_id) as stale"
)


IS_OF_TICKET = SQL(
    "p.tenant_id = w.tenant_id and p.conversation_id = w.conversation_id and p.number = w.number"
)
"""Condition on a row `p` of `participants` that it belongs to the row `w` of `workspace`."""

PARTICIPANTS = SQL("coalesce(p.people, '{}') as people, p.ended_position")
"""Columns that limit what participants may read; `p` is joined by `WITH_PARTICIPANTS`."""

WITH_PARTICIPANTS = SQL("left join participants p on {}").format(IS_OF_TICKET)


PINNED = SQL(
    "exists (select from pins i where i.tenant_id = w.tenant_id and i.conversation_id = w.conversation_id"
    " and i.agent_id = %(me)s) as pinned"
)


MESSAGE = SQL(
    "m.message_id, m.conversation_id, m.ticket, m.direction, m.type, m.text, m.author_kind,"
    " m.author_id, m.author_name, m.wamid, m.sent_at, m.position, m.status, m.error_code, m.error_title,"
    " coalesce(m.quoted_id, (select q.message_id from timeline q where q.wamid = m.quoted_wamid"
    " and q.tenant_id = m.tenant_id and q.conversation_id = m.conversation_id limit 1)) as quoted_id,"
    " m.quoted_wamid, m.reactions, m.mentions, m.edited, m.revoked, m.truncated, m.erased,"
    " case when m.type = 'template' and m.author_kind = 'agent' then m.raw end as template,"
    " exists (select from parked_events p where p.name = 'timeline'"
    " and p.conversation_id = m.conversation_id) as stale"
)
