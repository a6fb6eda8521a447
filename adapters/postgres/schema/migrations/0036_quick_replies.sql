-- Quick replies, and how often each agent used which. Filled from the log by their projectors, from here on: no
-- event before this says anything of them.
create table quick_replies_1 (
    tenant_id uuid not null,
    quick_reply_id uuid not null,
    name text not null,
    shortcut text,
    text text not null,
    version integer not null,
    teams uuid[] not null,
    versions json not null,
    suggesters uuid[] not null,
    state text not null,
    revision integer not null,
    name_key text collate "C" not null,
    search text collate "C" not null,
    position bigint not null,
    archived boolean not null,
    suggestion json,
    suggestion_state text,
    suggested_by uuid,
    suggested_position bigint,
    primary key (tenant_id, quick_reply_id)
);
create index on quick_replies_1 (tenant_id, suggested_position) where suggestion_state = 'waiting';
create index on quick_replies_1 (position);

create view quick_replies as select * from quick_replies_1;
insert into positions (name, position) select 'quick_replies', coalesce(max(notification_id), 0) from events;

create table quick_reply_uses_1 (
    tenant_id uuid not null,
    quick_reply_id uuid not null,
    agent_id uuid not null,
    uses integer not null,
    last_used_at timestamptz not null,
    position bigint not null,
    primary key (tenant_id, quick_reply_id, agent_id)
) with (fillfactor = 80);
create index on quick_reply_uses_1 (tenant_id, agent_id);

create view quick_reply_uses as select * from quick_reply_uses_1;
insert into positions (name, position) select 'quick_reply_uses', coalesce(max(notification_id), 0) from events;
