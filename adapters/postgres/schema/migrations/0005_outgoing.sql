-- What waits to be sent, or was asked of the sender and has no outcome yet; kept by the publisher, in the
-- transaction of its position. One conversation is sent in order: one of its rows is `asked` at a time.
-- `position` is that of the MessageSent, where the text is read from when its turn has come.
create table outgoing (
    tenant_id uuid not null,
    conversation_id uuid not null,
    message_id uuid not null,
    position bigint not null,
    attempt integer not null,
    asked boolean not null,
    caused_by uuid not null,
    primary key (tenant_id, conversation_id, message_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
