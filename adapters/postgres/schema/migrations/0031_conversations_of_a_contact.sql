-- The conversations of a contact, also after an erasure: `GET /v1/events?contact=` reads their events.
-- One row per conversation, so appends pay next to nothing.

create index events_started on events (contact_id) where topic = 'conversation.started';
