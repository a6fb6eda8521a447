-- What a bot engine of ours keeps: how far it is in the topic of the turns, and where its customers stand.
-- Both are written in one transaction. `turns` are the last that were answered; `sealed` (under the
-- installation's key) is where the flow stands: nothing behind its end.

create table bot_places (
    topic text collate "C" not null,
    partition integer not null,
    next bigint not null,
    primary key (topic, partition)
) with (fillfactor = 50);

create table bot_sessions (
    conversation_id uuid primary key,
    contact_id uuid not null,
    epoch integer not null,
    turns uuid[] not null,
    sealed bytea not null,
    changed_at timestamptz not null
);
create index on bot_sessions (contact_id);
create index on bot_sessions (changed_at);
