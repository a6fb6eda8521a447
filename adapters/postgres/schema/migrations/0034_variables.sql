-- Variables in the directory. What is stored stays as it is: no event of before says anything of them.
do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^directory_[0-9]+$'
    loop
        execute format('alter table %I add column taken_from text, add column field text, add column value text', kept);
    end loop;
    for kept in select name || '_' || generation from positions where name = 'directory' loop
        execute format('create or replace view directory as select * from %I', kept);
    end loop;
end
$$;
