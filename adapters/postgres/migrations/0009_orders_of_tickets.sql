-- Tickets in every order that agents choose; what agents chose, and what they pinned.

-- Whether it waits for an answer, and its queue ('' for that of no team), as indices read them.
alter table workspace_1
    add column unanswered boolean not null
        generated always as (unanswered_since is not null and state <> 'closed') stored,
    add column queue text collate "C" not null generated always as (left(coalesce(team, ''), 64)) stored;
create or replace view workspace as select * from workspace_1;

do $$
declare
    replaced text;
begin
    for replaced in
        select indexrelid::regclass from pg_index
        where indrelid = 'workspace_1'::regclass and not indisprimary
        and pg_get_indexdef(indexrelid) like '%last_at%'
    loop
        execute format('drop index %s', replaced);
    end loop;
end
$$;

-- Every message writes an entry into each index that has its ticket, so there is one for each order: what is
-- not closed, by state, then with and without mark, then in its order. Whose it is and of which queue stands
-- behind, to be compared in the index. An agent's own in the usual order have an index of their own.
create index on workspace_1
    (tenant_id, state, unanswered, last_at desc, last_position desc, queue, owner) where state <> 'closed';
create index on workspace_1
    (tenant_id, owner, state, unanswered, last_at desc, last_position desc)
    where owner is not null and state <> 'closed';
create index on workspace_1
    (tenant_id, state, unanswered_since, opened_position, queue, owner) where unanswered;
create index on workspace_1
    (
        tenant_id, state, unanswered,
        coalesce(window_ends_at, timestamptz '0001-01-01 00:00+00'), opened_position, queue, owner
    )
    where state <> 'closed';
create index on workspace_1
    (tenant_id, state, unanswered, queued_at, opened_position, queue, owner) where state <> 'closed';
create index on workspace_1
    (tenant_id, state, unanswered, left(name_key, 64), opened_position, queue, owner) where state <> 'closed';

-- What is closed is written once, and there is a hundred times more of it: by whose it was, newest first and
-- by name.
create index on workspace_1 (tenant_id, last_at desc, last_position desc) where state = 'closed';
create index on workspace_1 (tenant_id, owner, last_at desc, last_position desc) where state = 'closed';
create index on workspace_1 (tenant_id, queue, last_at desc, last_position desc) where state = 'closed';
create index on workspace_1 (tenant_id, left(name_key, 64), opened_position) where state = 'closed';
create index on workspace_1 (tenant_id, owner, left(name_key, 64), opened_position) where state = 'closed';
create index on workspace_1 (tenant_id, queue, left(name_key, 64), opened_position) where state = 'closed';

-- How an agent wants lists sorted; without a row, newest first.
create table list_preferences (
    tenant_id uuid not null,
    agent_id uuid not null,
    sort text collate "C" not null,
    unanswered_first boolean not null,
    primary key (tenant_id, agent_id)
);

-- What an agent keeps at hand.
create table pins (
    tenant_id uuid not null,
    agent_id uuid not null,
    conversation_id uuid not null,
    pinned_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, conversation_id, agent_id)
);
