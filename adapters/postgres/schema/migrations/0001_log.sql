-- The event log of a cell, and what is written together with it.

-- The columns of the library, then ours. `state` holds UTF-8 JSON: convert_from(state, 'UTF8')::jsonb.
-- Positions have no gaps: append_events numbers them under its lock, in commit order.
create table events (
    originator_id uuid not null,
    originator_version bigint not null,
    topic text collate "C" not null,
    state bytea not null,
    notification_id bigint not null,
    tenant_id uuid not null,
    conversation_id uuid,
    contact_id uuid,
    event_id uuid not null,
    recorded_at timestamptz not null,
    metadata json not null,
    primary key (originator_id, originator_version)
) with (autovacuum_analyze_scale_factor = 0.02);

-- Sealed bytes do not compress; do not try.
alter table events alter column state set storage external;

create unique index events_position on events (notification_id);
create index events_tenant on events (tenant_id, notification_id);
create index events_conversation on events (conversation_id, notification_id)
    where conversation_id is not null;
create index events_recorded on events using brin (recorded_at);

create table snapshots (
    originator_id uuid not null,
    originator_version bigint not null,
    topic text collate "C" not null,
    state bytea not null,
    primary key (originator_id, originator_version)
);

-- The library's names; for a topic's partition the number is the next offset to read.
create table tracking (
    application_name text collate "C" primary key,
    notification_id bigint not null
) with (fillfactor = 50);

create table contact_keys (
    contact_id uuid primary key,
    wrapped bytea not null
);

-- `hash` is 16 bytes over channel and wamid; kept for ever, only the newest week's part of the index is hot.
create table wamids (
    week integer not null,
    hash uuid not null,
    message_id uuid not null,
    conversation_id uuid not null,
    primary key (week, hash)
);

create table wamid_weeks (
    week integer primary key
);

create table orphans (
    hash uuid not null,
    digest bytea not null,
    tenant_id uuid not null,
    channel_id uuid not null,
    sealed bytea not null,
    received_at timestamptz not null,
    primary key (hash, digest)
);

create table identities (
    tenant_id uuid not null,
    portfolio text collate "C" not null,
    kind text collate "C" not null,
    value text collate "C" not null,
    contact_id uuid not null,
    primary key (tenant_id, portfolio, kind, value)
);
create index identities_contact on identities (contact_id);

create table threads (
    tenant_id uuid not null,
    channel_id uuid not null,
    contact_id uuid not null,
    conversation_id uuid not null,
    primary key (tenant_id, channel_id, contact_id)
);

create table names (
    kind text collate "C" not null,
    value text collate "C" not null,
    tenant_id uuid not null,
    owner_id uuid not null,
    primary key (kind, value)
);

create table quarantine (
    id uuid primary key,
    code text collate "C" not null,
    reason text not null,
    sealed bytea not null,
    digest bytea not null,
    phone_number_id text collate "C",
    received_at timestamptz not null
);
create index quarantine_number on quarantine (phone_number_id, id);

create table notices (
    digest bytea primary key,
    tenant_id uuid,
    channel_id uuid,
    field text collate "C" not null,
    sealed bytea not null,
    received_at timestamptz not null
);
create index notices_tenant on notices (tenant_id, received_at);

create table idempotency (
    tenant_id uuid not null,
    actor text collate "C" not null,
    key text collate "C" not null,
    body_hash bytea not null,
    status integer not null,
    answer jsonb not null,
    position bigint not null,
    answered_at timestamptz not null,
    primary key (tenant_id, actor, key)
);
create index idempotency_age on idempotency (answered_at);

create table secrets (
    kind text collate "C" not null,
    owner_id uuid not null,
    sealed bytea not null,
    primary key (kind, owner_id)
);

-- Which log this is, and in which database cluster it was last known to live.
create table log (
    one boolean primary key default true check (one),
    log_id text not null,
    system_identifier text not null,
    timeline_id integer not null,
    canary bytea
);

-- Writes everything or nothing, and says which. The lock comes first, so nothing deadlocks and each check
-- sees committed rows; a lost key is reported, never raised. Versions and wamids are not looked up but
-- tried: only a violated key asks who holds them. Plans are pinned to the indices: the first ones are made
-- on empty tables and live as long as their session. `unnest` in a select list runs in step and stores no rows between.
create function append_events(
    new_stream uuid[], new_version bigint[], new_topic text[], new_state bytea[], new_tenant uuid[],
    new_conversation uuid[], new_contact uuid[], new_event uuid[], new_metadata json[],
    stream_id uuid[], stream_at bigint[],
    sealed_for uuid[],
    source_name text[], source_at bigint[], source_next bigint[],
    wamid_week integer[], wamid_hash uuid[], wamid_message uuid[], wamid_conversation uuid[],
    rest jsonb
) returns jsonb language plpgsql
    set lock_timeout = '3s'
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    lost jsonb := '{}';
    part jsonb;
    head bigint;
    newest timestamptz;
    count_new integer := cardinality(new_stream);
    first bigint;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'append_events sees only committed rows in READ COMMITTED';
    end if;
    perform pg_advisory_xact_lock(7165031407);
    select e.notification_id, e.recorded_at into head, newest
        from events e order by e.notification_id desc limit 1;
    head := coalesce(head, 0);

    if rest ? 'idempotent' then
        select jsonb_build_object('body_hash', encode(i.body_hash, 'hex'), 'status', i.status,
                                  'answer', i.answer, 'position', i.position) into part
            from idempotency i
            where i.tenant_id = (rest #>> '{idempotent,tenant_id}')::uuid
            and i.actor = rest #>> '{idempotent,actor}' and i.key = rest #>> '{idempotent,key}';
        if part is not null then
            first := first_if_written(new_stream, new_version, new_event);
            if first is not null then
                return jsonb_build_object('first', first, 'head', head);
            end if;
            return jsonb_build_object('repeated', part);
        end if;
    end if;

    -- Without an expected offset the library's rule holds: forwards only.
    if cardinality(source_name) > 0 then
        select jsonb_object_agg(s.name, coalesce(t.notification_id, 0)) into part
            from unnest(source_name, source_at, source_next) s(name, at, next)
            left join tracking t on t.application_name = s.name
            where coalesce(t.notification_id, 0) <> s.at
            or s.at is null and t.notification_id >= s.next;
        if part is not null then
            lost := lost || jsonb_build_object('sources', part);
        end if;
    end if;
    if cardinality(sealed_for) > 0 then
        select jsonb_agg(c.id) into part from unnest(sealed_for) c(id)
            where not exists (select from contact_keys k where k.contact_id = c.id);
        if part is not null then
            lost := lost || jsonb_build_object('contacts', part);
        end if;
    end if;
    if cardinality(wamid_hash) > 0 then
        select jsonb_agg(jsonb_build_array(n.ord, o.tenant_id, o.channel_id, encode(o.digest, 'hex'),
                                           encode(o.sealed, 'base64'), o.received_at)
                         order by o.received_at) into part
            from unnest(wamid_hash) with ordinality n(hash, ord)
            join orphans o on o.hash = n.hash
            where not exists (select from jsonb_to_recordset(rest -> 'adopted') a(hash uuid, digest text)
                              where a.hash = o.hash and decode(a.digest, 'hex') = o.digest);
        if part is not null then
            lost := lost || jsonb_build_object('orphans', part);
        end if;
    end if;
    if rest is not null then
        lost := lost || lost_of_rest(rest);
    end if;

    -- A version may only follow the one before it; that it is free itself shows when it is written.
    if lost = '{}' and not exists (
        select from unnest(stream_id, stream_at) s(id, at) where s.at > 0 and not exists (
            select from events e where e.originator_id = s.id and e.originator_version = s.at)
    ) then
        begin
            if count_new > 0 then
                newest := greatest(clock_timestamp(), newest);
                insert into events (originator_id, originator_version, topic, state, notification_id,
                                    tenant_id, conversation_id, contact_id, event_id, recorded_at, metadata)
                    select unnest(new_stream), unnest(new_version), unnest(new_topic), unnest(new_state),
                           head + generate_series(1, count_new), unnest(new_tenant),
                           unnest(new_conversation), unnest(new_contact), unnest(new_event), newest,
                           unnest(new_metadata);
            end if;
            if cardinality(wamid_hash) > 0 then
                insert into wamids
                    select unnest(wamid_week), unnest(wamid_hash), unnest(wamid_message),
                           unnest(wamid_conversation);
                insert into wamid_weeks
                    select w.week from (select distinct unnest(wamid_week)) w(week)
                    where not exists (select from wamid_weeks k where k.week = w.week);
            end if;
            if cardinality(source_name) > 0 then
                insert into tracking
                    select s.name, s.next from unnest(source_name, source_next) s(name, next)
                    on conflict (application_name) do update set notification_id = excluded.notification_id;
            end if;
            if rest is not null then
                perform write_rest(rest, head + count_new);
            end if;
            if count_new > 0 then
                perform pg_notify('balcao_events', (head + count_new)::text);
            end if;
            return jsonb_build_object('first', head + 1, 'head', head + count_new);
        exception when unique_violation then
            lost := lost_of_keys(stream_id, stream_at, wamid_week, wamid_hash);
            if lost = '{}' then
                raise;
            end if;
        end;
    else
        lost := lost || lost_of_keys(stream_id, stream_at, wamid_week, wamid_hash);
    end if;

    -- The answer to an earlier COMMIT may have been lost: then these very events stand there already.
    first := first_if_written(new_stream, new_version, new_event);
    if first is not null then
        return jsonb_build_object('first', first, 'head', head);
    end if;
    return jsonb_build_object('lost', lost);
end
$$;

-- The position of the first of these events, if all of them are in the log.
create function first_if_written(new_stream uuid[], new_version bigint[], new_event uuid[])
    returns bigint language sql stable as $$
    select min(e.notification_id)
        from unnest(new_stream, new_version, new_event) n(stream, version, event)
        join events e on e.originator_id = n.stream and e.originator_version = n.version
        where e.event_id = n.event
        having count(*) = cardinality(new_stream) and count(*) > 0
$$;

-- Which streams stand elsewhere and which wamids are taken; numbers are places in the given lists.
create function lost_of_keys(stream_id uuid[], stream_at bigint[], wamid_week integer[], wamid_hash uuid[])
    returns jsonb language sql stable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'streams', (
            select jsonb_object_agg(s.id, coalesce(e.at, 0)) from unnest(stream_id, stream_at) s(id, at)
                left join lateral (select v.originator_version from events v where v.originator_id = s.id
                                   order by v.originator_version desc limit 1) e(at) on true
                where coalesce(e.at, 0) <> s.at),
        'wamids', (
            select jsonb_agg(jsonb_build_array(n.ord, w.message_id, w.conversation_id))
                from unnest(wamid_week, wamid_hash) with ordinality n(week, hash, ord)
                join wamids w on w.week = n.week and w.hash = n.hash)))
$$;

-- Which keys of the less frequent parts are held by somebody else; numbers are places in the given lists.
create function lost_of_rest(rest jsonb) returns jsonb language plpgsql as $$
declare
    lost jsonb := '{}';
    part jsonb;
begin
    if rest ? 'identities' then
        select jsonb_agg(jsonb_build_array(n.ord, i.contact_id)) into part
            from jsonb_array_elements(rest -> 'identities') with ordinality n(x, ord)
            join identities i on i.tenant_id = (n.x ->> 'tenant_id')::uuid
                and i.portfolio = n.x ->> 'portfolio' and i.kind = n.x ->> 'kind' and i.value = n.x ->> 'value'
            where i.contact_id <> (n.x ->> 'contact_id')::uuid;
        if part is not null then
            lost := lost || jsonb_build_object('identities', part);
        end if;
    end if;
    if rest ? 'threads' then
        select jsonb_agg(jsonb_build_array(n.ord, t.conversation_id)) into part
            from jsonb_array_elements(rest -> 'threads') with ordinality n(x, ord)
            join threads t on t.tenant_id = (n.x ->> 'tenant_id')::uuid
                and t.channel_id = (n.x ->> 'channel_id')::uuid and t.contact_id = (n.x ->> 'contact_id')::uuid
            where t.conversation_id <> (n.x ->> 'conversation_id')::uuid;
        if part is not null then
            lost := lost || jsonb_build_object('threads', part);
        end if;
    end if;
    if rest ? 'names' then
        select jsonb_agg(jsonb_build_array(n.ord, h.owner_id)) into part
            from jsonb_array_elements(rest -> 'names') with ordinality n(x, ord)
            join names h on h.kind = n.x ->> 'kind' and h.value = n.x ->> 'value'
            where h.owner_id <> (n.x ->> 'owner_id')::uuid;
        if part is not null then
            lost := lost || jsonb_build_object('names', part);
        end if;
    end if;
    -- An orphan whose wamid has become known meanwhile would wait for ever.
    if rest ? 'orphans' then
        select jsonb_agg(jsonb_build_array(n.ord, w.message_id, w.conversation_id)) into part
            from jsonb_array_elements(rest -> 'orphans') with ordinality n(x, ord)
            cross join lateral find_wamid((n.x ->> 'hash')::uuid, (n.x ->> 'week')::integer) w;
        if part is not null then
            lost := lost || jsonb_build_object('known', part);
        end if;
    end if;
    return lost;
end
$$;

create function write_rest(rest jsonb, head bigint) returns void language plpgsql as $$
begin
    if rest ? 'contact_keys' then
        insert into contact_keys
            select k.contact_id, decode(k.wrapped, 'base64')
            from jsonb_to_recordset(rest -> 'contact_keys') k(contact_id uuid, wrapped text);
    end if;
    if rest ? 'identities' then
        insert into identities
            select x.* from jsonb_to_recordset(rest -> 'identities')
                x(tenant_id uuid, portfolio text, kind text, value text, contact_id uuid)
            on conflict do nothing;
    end if;
    if rest ? 'threads' then
        insert into threads
            select x.* from jsonb_to_recordset(rest -> 'threads')
                x(tenant_id uuid, channel_id uuid, contact_id uuid, conversation_id uuid)
            on conflict do nothing;
    end if;
    if rest ? 'names' then
        insert into names
            select x.* from jsonb_to_recordset(rest -> 'names')
                x(kind text, value text, tenant_id uuid, owner_id uuid)
            on conflict do nothing;
    end if;
    if rest ? 'orphans' then
        insert into orphans (hash, digest, tenant_id, channel_id, sealed, received_at)
            select x.hash, decode(x.digest, 'hex'), x.tenant_id, x.channel_id, decode(x.sealed, 'base64'),
                   x.received_at
            from jsonb_to_recordset(rest -> 'orphans')
                x(hash uuid, digest text, tenant_id uuid, channel_id uuid, sealed text, received_at timestamptz)
            on conflict do nothing;
    end if;
    if rest ? 'adopted' then
        delete from orphans o using jsonb_to_recordset(rest -> 'adopted') a(hash uuid, digest text)
            where o.hash = a.hash and o.digest = decode(a.digest, 'hex');
    end if;
    if rest ? 'quarantined' then
        insert into quarantine (id, code, reason, sealed, digest, phone_number_id, received_at)
            select x.id, x.code, x.reason, decode(x.sealed, 'base64'), decode(x.digest, 'hex'),
                   x.phone_number_id, x.received_at
            from jsonb_to_recordset(rest -> 'quarantined')
                x(id uuid, code text, reason text, sealed text, digest text, phone_number_id text,
                  received_at timestamptz)
            on conflict do nothing;
    end if;
    if rest ? 'released' then
        delete from quarantine q using jsonb_array_elements_text(rest -> 'released') r(id)
            where q.id = r.id::uuid;
    end if;
    if rest ? 'notices' then
        insert into notices (digest, tenant_id, channel_id, field, sealed, received_at)
            select decode(x.digest, 'hex'), x.tenant_id, x.channel_id, x.field, decode(x.sealed, 'base64'),
                   x.received_at
            from jsonb_to_recordset(rest -> 'notices')
                x(digest text, tenant_id uuid, channel_id uuid, field text, sealed text,
                  received_at timestamptz)
            on conflict do nothing;
    end if;
    if rest ? 'idempotent' then
        insert into idempotency (tenant_id, actor, key, body_hash, status, answer, position, answered_at)
            select x.tenant_id, x.actor, x.key, decode(x.body_hash, 'hex'), x.status, x.answer, head,
                   clock_timestamp()
            from jsonb_to_record(rest -> 'idempotent')
                x(tenant_id uuid, actor text, key text, body_hash text, status integer, answer jsonb);
    end if;
end
$$;

-- A wamid whose week is not known for sure: the likely weeks first, then every week there is.
create function find_wamid(wanted uuid, near_week integer)
    returns table (message_id uuid, conversation_id uuid) language sql stable as $$
    (select w.message_id, w.conversation_id from wamids w where w.week = near_week and w.hash = wanted)
    union all
    (select w.message_id, w.conversation_id from wamids w
        where w.week in (near_week - 1, near_week + 1, 0) and w.hash = wanted)
    union all
    (select w.message_id, w.conversation_id from wamid_weeks k
        cross join lateral (select * from wamids v where v.week = k.week and v.hash = wanted) w)
    limit 1
$$;
