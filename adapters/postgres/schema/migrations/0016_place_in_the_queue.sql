-- A ticket whose transfer is taken back has the place in its queue that it had: tickets are made anew from the
-- log with the moment at which they came to wait there before.
do $$
declare
    kept text;
begin
    delete from positions where building and name ~ '^workspace_[0-9]+$';
    delete from parked_events where name ~ '^workspace';
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^workspace_[0-9]+$'
    loop
        execute format('truncate %I', kept);
        execute format('alter table %I add column queued_before timestamptz', kept);
    end loop;
    update positions set version = 3, position = 0 where name = 'workspace';
    select 'workspace_' || generation into kept from positions where name = 'workspace';
    execute format('create or replace view workspace as select * from %I', kept);
end
$$;
