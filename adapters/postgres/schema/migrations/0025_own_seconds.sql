-- Edits and reactions count by their own second, in whichever order they arrive: the rows keep that second, and a
-- ticket's row what its last line depends on beside what it shows.
do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^timeline_[0-9]+$'
    loop
        execute format('alter table %I add column edited_at timestamptz', kept);
        execute format('alter table %I add column reacted_at json', kept);
    end loop;
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^workspace_[0-9]+$'
    loop
        execute format('alter table %I add column last_memory json', kept);
    end loop;
    -- Where something was folded already, it is rebuilt beside what is served.
    update positions set version = greatest(version, 3) where name = 'timeline' and position = 0;
    update positions set version = greatest(version, 4) where name = 'workspace' and position = 0;
    select 'timeline_' || generation into kept from positions where name = 'timeline';
    execute format('create or replace view timeline as select * from %I', kept);
    select 'workspace_' || generation into kept from positions where name = 'workspace';
    execute format('create or replace view workspace as select * from %I', kept);
end
$$;
