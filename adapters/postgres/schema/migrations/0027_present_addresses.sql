-- What rows show of a person follows every event of theirs; contacts are found by each word of the name and by
-- parts of a number.
do $$
declare
    kept text;
begin
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^contacts_[0-9]+$'
    loop
        -- `bsuid` is the present business-scoped id; `search_words` are the words of the name and pieces of
        -- the numbers (marked with #), between single spaces.
        execute format('alter table %I add column bsuid text collate "C"', kept);
        execute format('alter table %I add column search_words text not null default %L', kept, '');
        execute format(
            'alter table %I add column search tsvector not null generated always as'
            ' (array_to_tsvector(string_to_array(search_words, %L))) stored', kept, ' ');
        execute format('create index on %I using gin (search)', kept);
    end loop;
    select 'contacts_' || generation into kept from positions where name = 'contacts';
    execute format('create or replace view contacts as select * from %I', kept);

    -- `main_name` is the name of the contact that an alias is merged into.
    for kept in
        select relname from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^workspace_[0-9]+$'
    loop
        execute format('alter table %I add column main_name text', kept);
    end loop;
    select 'workspace_' || generation into kept from positions where name = 'workspace';
    execute format('create or replace view workspace as select * from %I', kept);

    -- Where something was folded already, it is rebuilt beside what is served.
    update positions set version = greatest(version, 2) where name = 'contacts' and position = 0;
    update positions set version = greatest(version, 5) where name = 'workspace' and position = 0;
end
$$;
