-- Rotation of the master key. What is sealed begins with the mark of its key, 8 bytes; so does `canary`, the
-- mark of the key that seals now. While something may still be under the key before, `former_canary` is set.
-- `retired_keys` are the marks of all keys that were rotated away.
alter table log add column former_canary bytea;
alter table log add column retired_keys bytea[] not null default '{}';

-- Nothing is sealed with a key that was rotated away, also by a process that has not heard of it yet: it is
-- told so by this state, and seals again. A canary without a mark is from before there were marks.
create function refuse_former_key() returns trigger language plpgsql as $$
declare
    sealed bytea;
    now_seals bytea;
begin
    if tg_argv[0] = 'wrapped' then
        sealed := new.wrapped;
    else
        sealed := new.sealed;
    end if;
    select substring(canary for 8) into now_seals from log;
    if substring(now_seals for 4) = '\x0042434b' and substring(sealed for 8) <> now_seals then
        raise exception using errcode = '55BK1', message = 'sealed with a master key that was rotated away';
    end if;
    return new;
end
$$;

create trigger refuse_former_key before insert or update of wrapped on contact_keys
    for each row execute function refuse_former_key('wrapped');
create trigger refuse_former_key before insert or update of sealed on secrets
    for each row execute function refuse_former_key('sealed');
create trigger refuse_former_key before insert or update of sealed on orphans
    for each row execute function refuse_former_key('sealed');
create trigger refuse_former_key before insert or update of sealed on quarantine
    for each row execute function refuse_former_key('sealed');
create trigger refuse_former_key before insert or update of sealed on notices
    for each row execute function refuse_former_key('sealed');
create trigger refuse_former_key before insert or update of sealed on bot_sessions
    for each row execute function refuse_former_key('sealed');
