-- Contacts: who the customers are, and under which name their tickets are shown.

-- One row per contact. `person_id` is the contact that it is shown as (another one while it is an alias);
-- `name_key` is the name as it sorts, `phone_reversed` finds a number by its end. `attributes` is
-- {"<name>": "<value>"}, `conflicts` a list of {"kind", "value", "held_by"}.
create table contacts_1 (
    tenant_id uuid not null,
    contact_id uuid not null,
    person_id uuid not null,
    name text,
    named_by text collate "C" not null,
    name_key text collate "C" not null,
    initials text not null,
    email text,
    email_key text collate "C",
    keeps_email boolean not null,
    attributes json not null,
    kept_attributes json not null,
    version integer not null,
    username text,
    phone text collate "C",
    phone_reversed text collate "C",
    phones json not null,
    wa_id text collate "C",
    bsuids json not null,
    conflicts json not null,
    created_at timestamptz not null,
    erased boolean not null,
    position bigint not null,
    primary key (tenant_id, contact_id)
) with (fillfactor = 80);
create index on contacts_1 (tenant_id, name_key, contact_id);
create index on contacts_1 (tenant_id, email_key, contact_id) where email_key is not null;
create index on contacts_1 (tenant_id, phone, contact_id) where phone is not null;
create index on contacts_1 (tenant_id, phone_reversed, contact_id) where phone_reversed is not null;
create index on contacts_1 (tenant_id, person_id) where person_id <> contact_id;

create view contacts as select * from contacts_1;
insert into positions (name) values ('contacts');

-- A ticket keeps the name that it would show if its contact were not merged into another one. Until now
-- nothing changed the name of a ticket, so the rows are as a rebuild would make them.
do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^workspace_[0-9]+$'
    loop
        execute format('alter table %I add column own_name text', kept);
        execute format('update %I set own_name = name', kept);
        execute format('create index on %I (tenant_id, person_id, opened_position desc)', kept);
    end loop;
    select 'workspace_' || generation into kept from positions where name = 'workspace';
    execute format('create or replace view workspace as select * from %I', kept);
end
$$;
