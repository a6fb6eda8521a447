-- Read models with whose turn it is: they are made anew from the log, by the next version of their folds.

do $$
declare
    stale text;
begin
    drop view workspace, timeline, timers;
    for stale in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace
        and relname ~ '^(workspace|timeline|timers)_[0-9]+$'
    loop
        execute format('drop table %I', stale);
    end loop;
end
$$;
delete from positions where building and name ~ '^(workspace|timeline|timers)_[0-9]+$';
delete from parked_events where name ~ '^(workspace|timeline|timers)';
update positions set generation = 1, version = 2, position = 0 where name in ('workspace', 'timeline', 'timers');

-- One row per ticket. `last_*` is the newest message by (second, position); `position` the last event that
-- changed the row; `name_key` is the name as it sorts; `team` its queue, null for that of no team;
-- `person_id` the contact whom it is shown with (another one where two were merged).
create table workspace_1 (
    tenant_id uuid not null,
    conversation_id uuid not null,
    number integer not null,
    channel_id uuid not null,
    contact_id uuid not null,
    person_id uuid not null,
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
    queued_at timestamptz not null,
    closed_at timestamptz,
    close_reason text,
    hand_off_reason text,
    bot_variables json,
    bot_until text collate "C",
    back_at timestamptz,
    window_warned boolean not null,
    tags json not null,
    erased boolean not null,
    position bigint not null,
    primary key (tenant_id, conversation_id, number)
) with (fillfactor = 80);
create index on workspace_1 (tenant_id, last_at desc, last_position desc);
create index on workspace_1 (tenant_id, state, last_at desc, last_position desc);
create index on workspace_1 (tenant_id, owner, state, last_at desc, last_position desc) where owner is not null;
create index on workspace_1 (tenant_id, contact_id);

-- One row per message or note. The thread is sorted by (sent_at, position); `changed_position` is that of the
-- last event that changed the row. `reactions` is {"contact": "<emoji>"}, `mentions` a list of agents.
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
    mentions json,
    erased boolean not null,
    changed_position bigint not null,
    primary key (tenant_id, message_id)
) with (fillfactor = 85);
create index on timeline_1 (tenant_id, conversation_id, sent_at, position);

-- What is due at an hour: `attempt` (a claim without outcome, due at its deadline) and `retry` of a message,
-- `ticket` (the first of its hours, by conversation), `scheduled` (a message to be sent).
create table timers_1 (
    tenant_id uuid not null,
    kind text collate "C" not null,
    stream_id uuid not null,
    conversation_id uuid not null,
    ticket integer not null,
    due_at timestamptz not null,
    position bigint not null,
    snoozed_until timestamptz,
    warn_at timestamptz,
    bot_due timestamptz,
    back_at timestamptz,
    primary key (tenant_id, kind, stream_id)
) with (autovacuum_vacuum_scale_factor = 0.02);
create index on timers_1 (kind, due_at);

create view workspace as select * from workspace_1;
create view timeline as select * from timeline_1;
create view timers as select * from timers_1;
