-- Tickets in every order that agents choose; what agents chose, and what they pinned.

-- The table of the tickets, and one that is being made beside it, if there is one.
do $migration$
declare
    kept text;
    replaced text;
    columns text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^workspace_[0-9]+$'
    loop
        -- Whether it waits for an answer, and its queue ('' for that of no team), as indices read them.
        execute format($add$
            alter table %I
                add column unanswered boolean not null
                    generated always as (unanswered_since is not null and state <> 'closed') stored,
                add column queue text collate "C" not null
                    generated always as (left(coalesce(team, ''), 64)) stored
        $add$, kept);
        for replaced in
            select indexrelid::regclass from pg_index
            where indrelid = kept::regclass and not indisprimary
            and pg_get_indexdef(indexrelid) like '%last_at%'
        loop
            execute format('drop index %s', replaced);
        end loop;
        -- Every message writes an entry into each index that has its ticket, so there is one for each order:
        -- what is not closed, by state, then with and without mark, then in its order. Whose it is and of
        -- which queue stands behind, to be compared in the index. An agent's own in the usual order have an
        -- index of their own. What is closed is written once, and there is a hundred times more of it: by
        -- whose it was, newest first and by name.
        foreach columns in array array[
            $$(tenant_id, state, unanswered, last_at desc, last_position desc, queue, owner)
                where state <> 'closed'$$,
            $$(tenant_id, owner, state, unanswered, last_at desc, last_position desc)
                where owner is not null and state <> 'closed'$$,
            $$(tenant_id, state, unanswered_since, opened_position, queue, owner) where unanswered$$,
            $$(tenant_id, state, unanswered,
                coalesce(window_ends_at, timestamptz '0001-01-01 00:00+00'), opened_position, queue, owner)
                where state <> 'closed'$$,
            $$(tenant_id, state, unanswered, queued_at, opened_position, queue, owner)
                where state <> 'closed'$$,
            $$(tenant_id, state, unanswered, left(name_key, 64), opened_position, queue, owner)
                where state <> 'closed'$$,
            $$(tenant_id, last_at desc, last_position desc) where state = 'closed'$$,
            $$(tenant_id, owner, last_at desc, last_position desc) where state = 'closed'$$,
            $$(tenant_id, queue, last_at desc, last_position desc) where state = 'closed'$$,
            $$(tenant_id, left(name_key, 64), opened_position) where state = 'closed'$$,
            $$(tenant_id, owner, left(name_key, 64), opened_position) where state = 'closed'$$,
            $$(tenant_id, queue, left(name_key, 64), opened_position) where state = 'closed'$$
        ] loop
            execute format('create index on %I ', kept) || columns;
        end loop;
    end loop;
    select 'workspace_' || generation into kept from positions where name = 'workspace';
    execute format('create or replace view workspace as select * from %I', kept);
end
$migration$;

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
