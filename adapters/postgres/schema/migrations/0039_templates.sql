-- Templates of the WhatsApp accounts, filled from the log by their projector; when each account was last read from Meta;
-- and to which account a number belongs.
create table templates_1 (
    tenant_id uuid not null,
    template_id uuid not null,
    account text collate "C" not null,
    meta_id text collate "C" not null,
    name text collate "C" not null,
    language text collate "C" not null,
    category text not null,
    status text not null,
    quality text not null,
    reason text,
    why_not text,
    content jsonb not null,
    search text not null,
    position bigint not null,
    primary key (tenant_id, template_id)
);
create index on templates_1 (tenant_id, account);
create view templates as select * from templates_1;
insert into positions (name) values ('templates');

-- One row per account. It is to be read again when `requested_at` is not before `started_at`, or an hour after that.
create table template_accounts (
    tenant_id uuid not null,
    account text collate "C" not null,
    requested_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    synced_at timestamptz,
    error text,
    primary key (tenant_id, account)
);
create index on template_accounts (account);

do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^directory_[0-9]+$'
    loop
        execute format('alter table %I add column account text', kept);
        execute format('alter table %I add column active_message_return_s integer', kept);
    end loop;
    for kept in select name || '_' || generation from positions where name = 'directory'
    loop
        execute format(
            'create or replace view %I as select * from %I', regexp_replace(kept, '_[0-9]+$', ''), kept);
    end loop;
    update positions set version = greatest(version, 4) where name = 'directory' and position = 0;
end
$$;
