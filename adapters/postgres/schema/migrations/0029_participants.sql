-- Who takes part in a ticket: its owners so far, and whom its notes mention; and up to where they read once it has
-- ended. Filled from the log by its projector.
create table participants_1 (
    tenant_id uuid not null,
    conversation_id uuid not null,
    number integer not null,
    people uuid[] not null,
    ended_position bigint,
    position bigint not null,
    primary key (tenant_id, conversation_id, number)
) with (fillfactor = 80);
-- The tickets that somebody takes part in, to find the contacts that they see.
create index on participants_1 using gin (people) where people <> '{}';

create view participants as select * from participants_1;
insert into positions (name) values ('participants');
