-- Teams: the directory is made anew from the log with what agents and channels are set to; who is present;
-- whose turn it is to give tickets.

do $$
declare
    stale text;
begin
    drop view directory;
    for stale in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^directory_[0-9]+$'
    loop
        execute format('drop table %I', stale);
    end loop;
end
$$;
delete from positions where building and name ~ '^directory_[0-9]+$';
delete from parked_events where name ~ '^directory';
update positions set generation = 1, version = 2, position = 0 where name = 'directory';

-- Tenants, teams, channels and agents by `kind`; fields that a kind does not have are null. An archived team is
-- not active; `teams` are those of an agent; `team_id` is where the new tickets of a channel go.
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
    teams json,
    open_limit integer,
    team_id uuid,
    reopen_within_s integer,
    sends_read boolean,
    sends_typing boolean,
    auto_assign boolean,
    position bigint not null,
    primary key (tenant_id, kind, id)
);
create index on directory_1 (position);
create view directory as select * from directory_1;

-- Who takes tickets now: `available` is the switch, `seen_at` when an open stream of theirs was last seen;
-- `given_at` when the rule last gave them a ticket. No event, no history.
create table presence (
    tenant_id uuid not null,
    agent_id uuid not null,
    available boolean not null default true,
    seen_at timestamptz not null default clock_timestamp(),
    given_at timestamptz,
    primary key (tenant_id, agent_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Whoever locks the row gives the next tickets.
create table assigning (single boolean primary key default true check (single));
insert into assigning default values;
