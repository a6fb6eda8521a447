-- A reply that came before its original keeps the original's wamid; readers look for it in the thread.
do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^timeline_[0-9]+$'
    loop
        execute format('alter table %I add column quoted_wamid text collate "C"', kept);
        execute format('create index on %I using hash (wamid)', kept);
        execute format('create index on %I using hash (quoted_wamid)', kept);
    end loop;
    select 'timeline_' || generation into kept from positions where name = 'timeline';
    execute format('create or replace view timeline as select * from %I', kept);
end
$$;
