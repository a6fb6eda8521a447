-- What hangs on an hour, and on one agent alone.

-- Messages that were written for later: `state` is waiting, sent or cancelled, `cause` why it ended.
create table scheduled_1 (
    tenant_id uuid not null,
    scheduled_id uuid not null,
    conversation_id uuid not null,
    ticket integer not null,
    text text,
    due_at timestamptz not null,
    zone text collate "C" not null,
    author_id uuid not null,
    state text collate "C" not null,
    cause text collate "C",
    message_id uuid,
    ended_by uuid,
    erased boolean not null,
    position bigint not null,
    primary key (tenant_id, scheduled_id)
);
create index on scheduled_1 (tenant_id, conversation_id, due_at, scheduled_id);
create view scheduled as select * from scheduled_1;
insert into positions (name) values ('scheduled');

-- How far an agent has read in a thread: the second and position of a message of it. It goes forward alone.
create table read_pointers (
    tenant_id uuid not null,
    agent_id uuid not null,
    conversation_id uuid not null,
    message_id uuid not null,
    sent_at timestamptz not null,
    position bigint not null,
    primary key (tenant_id, conversation_id, agent_id)
) with (fillfactor = 50);

-- What an agent has begun to write; gone when they send it, and with the contact.
create table drafts (
    tenant_id uuid not null,
    agent_id uuid not null,
    conversation_id uuid not null,
    contact_id uuid not null,
    text text not null,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, conversation_id, agent_id)
) with (fillfactor = 50);
create index drafts_contact on drafts (tenant_id, contact_id);
