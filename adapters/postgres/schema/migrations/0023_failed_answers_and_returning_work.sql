-- Tickets whose newest answer failed, and whom a ticket left because they were not there when it came back; when
-- a ticket that came back goes to its queue; after which time, as its channel is set.
--
-- What is stored is served as it stands until the program has rebuilt it by its new folds; what is empty is of the
-- new version at once.
do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^workspace_[0-9]+$'
    loop
        execute format('alter table %I add column failed boolean not null default false', kept);
        execute format('alter table %I add column last_owner uuid', kept);
    end loop;
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^timers_[0-9]+$'
    loop
        execute format('alter table %I add column return_at timestamptz', kept);
    end loop;
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^directory_[0-9]+$'
    loop
        execute format('alter table %I add column return_after_s integer', kept);
    end loop;
    for kept in select name || '_' || generation from positions where name in ('workspace', 'timers', 'directory')
    loop
        execute format(
            'create or replace view %I as select * from %I', regexp_replace(kept, '_[0-9]+$', ''), kept);
    end loop;
    update positions set version = greatest(version, 6) where name = 'workspace' and position = 0;
    update positions set version = greatest(version, 3) where name in ('timers', 'directory') and position = 0;
end
$$;
