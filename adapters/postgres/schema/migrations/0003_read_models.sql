-- How far each follower of the log has come, and the read models.

-- Whoever locks the row handles the next page. A read model's rows are in the table <name>_<generation>;
-- `version` is that of the fold that made them. A rebuild has a row of its own (`building`) until the switch.
create table positions (
    name text collate "C" primary key,
    generation integer not null default 1,
    version integer not null default 1,
    position bigint not null default 0,
    building boolean not null default false,
    heartbeat_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Events that a follower could not handle, and the later ones of the same conversation (of the same stream,
-- where there is no conversation), which wait behind them: what is shown of that conversation is stale.
create table parked_events (
    name text collate "C" not null,
    position bigint not null,
    conversation_id uuid not null,
    reason text not null,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (name, position)
);
create index parked_events_conversation on parked_events (name, conversation_id, position);

-- One row per ticket. `last_*` is the newest message by (second, position); `position` the last event that
-- changed the row; `name_key` is the name as it sorts.
create table workspace_1 (
    tenant_id uuid not null,
    conversation_id uuid not null,
    number integer not null,
    channel_id uuid not null,
    contact_id uuid not null,
    opened_position bigint not null,
    protocol text collate "C" not null,
    state text collate "C" not null,
    owner uuid,
    team text collate "C",
    control integer not null,
    name text,
    name_key text collate "C" not null,
    initials text not null,
    phone text collate "C",
    unanswered_since timestamptz,
    unread integer not null,
    last_message_id uuid,
    last_text text,
    last_type text collate "C",
    last_at timestamptz not null,
    last_direction text collate "C",
    last_position bigint not null,
    window_ends_at timestamptz,
    snoozed_until timestamptz,
    opened_at timestamptz not null,
    closed_at timestamptz,
    erased boolean not null,
    position bigint not null,
    primary key (tenant_id, conversation_id, number)
) with (fillfactor = 80);
create index on workspace_1 (tenant_id, last_at desc, last_position desc);
create index on workspace_1 (tenant_id, state, last_at desc, last_position desc);
create index on workspace_1 (tenant_id, owner, state, last_at desc, last_position desc) where owner is not null;
create index on workspace_1 (tenant_id, contact_id);

-- One row per message. The thread is sorted by (sent_at, position); `changed_position` is that of the last
-- event that changed the row. `reactions` is {"contact": "<emoji>"}.
create table timeline_1 (
    tenant_id uuid not null,
    message_id uuid not null,
    conversation_id uuid not null,
    ticket integer,
    direction text collate "C" not null,
    type text collate "C" not null,
    text text,
    author_kind text collate "C" not null,
    author_id uuid,
    author_name text,
    wamid text collate "C",
    sent_at timestamptz not null,
    position bigint not null,
    status text collate "C",
    error_code text collate "C",
    error_title text,
    quoted_id uuid,
    raw json,
    reactions json,
    edited boolean not null,
    revoked boolean not null,
    truncated boolean not null,
    time_flagged boolean not null,
    erased boolean not null,
    changed_position bigint not null,
    primary key (tenant_id, message_id)
) with (fillfactor = 85);
create index on timeline_1 (tenant_id, conversation_id, sent_at, position);

-- What is due at an hour: `attempt` (a claim without outcome, due at its deadline) and `retry` of a message,
-- `snooze` of a conversation.
create table timers_1 (
    tenant_id uuid not null,
    kind text collate "C" not null,
    stream_id uuid not null,
    conversation_id uuid not null,
    ticket integer not null,
    due_at timestamptz not null,
    position bigint not null,
    primary key (tenant_id, kind, stream_id)
) with (autovacuum_vacuum_scale_factor = 0.02);
create index on timers_1 (kind, due_at);

-- Tenants, channels and agents by `kind`; fields that a kind does not have are null.
create table directory_1 (
    tenant_id uuid not null,
    kind text collate "C" not null,
    id uuid not null,
    name text not null,
    email text collate "C",
    role text collate "C",
    active boolean not null,
    phone_number_id text collate "C",
    portfolio text collate "C",
    has_bot boolean,
    position bigint not null,
    primary key (tenant_id, kind, id)
);
create index on directory_1 (position);

create view workspace as select * from workspace_1;
create view timeline as select * from timeline_1;
create view timers as select * from timers_1;
create view directory as select * from directory_1;

insert into positions (name) values ('workspace'), ('timeline'), ('timers'), ('directory');
