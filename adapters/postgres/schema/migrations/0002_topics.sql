-- Topics in tables: the embedded default, behind the same port as Kafka.

create table topics (
    name text primary key,
    partitions integer not null check (partitions > 0)
);

-- The lock of a partition: whoever appends holds its row until commit, so offsets become visible in order.
create table topic_heads (
    topic text not null references topics (name) on delete cascade,
    partition integer not null,
    next_offset bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Without gaps within a partition, but for what `expire` took away at the front.
create table topic_records (
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    key bytea not null,
    value bytea not null,
    headers bytea not null,  -- JSON, each value as Latin-1, so that any byte comes back
    produced_at timestamptz not null,
    primary key (topic, partition, record_offset)
);

create table topic_members (
    topic text not null references topics (name) on delete cascade,
    group_name text not null,
    member uuid not null,
    expires_at timestamptz not null,
    primary key (topic, group_name, member)
);

-- Who reads a partition until when. `epoch` grows with every owner: an owner that slept sees that it was replaced.
create table topic_leases (
    topic text not null references topics (name) on delete cascade,
    group_name text not null,
    partition integer not null,
    member uuid,
    epoch bigint not null default 0,
    expires_at timestamptz not null,
    primary key (topic, group_name, partition)
) with (fillfactor = 50);


-- Append records in the order of the arrays; false (and nothing stored) when a partition does not exist.
create function topic_append(
    names text[], partitions integer[], keys bytea[], contents bytea[], header_sets bytea[]
) returns boolean
language plpgsql
set lock_timeout = '1900ms'
as $$
declare
    wanted integer;
    locked integer;
    name text;
begin
    select count(*) into wanted from (
        select distinct u.topic, u.partition from unnest(names, partitions) as u (topic, partition)
    ) as each_once;
    -- Locked in one order by everybody, so that nobody waits in a circle.
    perform from topic_heads h
        where (h.topic, h.partition) in (select * from unnest(names, partitions))
        order by h.topic, h.partition
        for no key update;
    get diagnostics locked = row_count;
    if locked <> wanted then
        return false;
    end if;
    with incoming as materialized (
        select * from unnest(names, partitions, keys, contents, header_sets)
            with ordinality as u (topic, partition, key, value, headers, place)
    ), taken as (
        update topic_heads h set next_offset = h.next_offset + c.records
        from (select i.topic, i.partition, count(*) as records from incoming i group by 1, 2) as c
        where h.topic = c.topic and h.partition = c.partition
        returning h.topic, h.partition, h.next_offset - c.records as first_offset
    )
    insert into topic_records (topic, partition, record_offset, key, value, headers, produced_at)
    select i.topic, i.partition,
        t.first_offset - 1 + row_number() over (partition by i.topic, i.partition order by i.place),
        i.key, i.value, i.headers, clock_timestamp()
    from incoming i join taken t on t.topic = i.topic and t.partition = i.partition;
    for name in select distinct u from unnest(names) as u loop
        perform pg_notify('topics', name);
    end loop;
    return true;
end
$$;


-- Say that a member lives; give back what it may read now. It gives up what is over its share, and takes what
-- is free: partitions of nobody, and of members that have not been heard of for the time of the lease.
create function topic_heartbeat(asked_topic text, asked_group text, asked_member uuid, lease interval)
returns table (partition integer, epoch bigint)
language plpgsql
set lock_timeout = '1900ms'
as $$
#variable_conflict use_column
declare
    at timestamptz;
    total integer;
    members integer;
    place integer;
    share integer;
    held integer;
    moved integer;
    found_before boolean;
begin
    perform pg_advisory_xact_lock(hashtextextended(asked_topic || ' ' || asked_group, 4101));
    at := clock_timestamp();
    select t.partitions into total from topics t where t.name = asked_topic;
    select exists (
        select from topic_members m
        where m.topic = asked_topic and m.group_name = asked_group and m.member = asked_member
    ) into found_before;
    delete from topic_members m
        where m.topic = asked_topic and m.group_name = asked_group and m.expires_at < at
            and m.member <> asked_member;
    insert into topic_members values (asked_topic, asked_group, asked_member, at + lease)
        on conflict (topic, group_name, member) do update set expires_at = excluded.expires_at;
    select count(*), count(*) filter (where m.member < asked_member) into members, place
        from topic_members m where m.topic = asked_topic and m.group_name = asked_group;
    share := total / members + (place < total % members)::integer;

    insert into topic_leases (topic, group_name, partition, expires_at)
        select asked_topic, asked_group, p, at from generate_series(0, total - 1) as p
        on conflict do nothing;
    update topic_leases l set member = null where (l.topic, l.group_name, l.partition) in (
        select o.topic, o.group_name, o.partition from topic_leases o
        where o.topic = asked_topic and o.group_name = asked_group and o.member = asked_member
        order by o.partition offset share
    );
    get diagnostics moved = row_count;
    update topic_leases l set expires_at = at + lease
        where l.topic = asked_topic and l.group_name = asked_group and l.member = asked_member;
    get diagnostics held = row_count;
    update topic_leases l set member = asked_member, epoch = l.epoch + 1, expires_at = at + lease
    where l.topic = asked_topic and l.group_name = asked_group and l.partition in (
        select o.partition from topic_leases o
        where o.topic = asked_topic and o.group_name = asked_group
            and (o.member is null or o.expires_at < at)
        order by o.partition limit share - held
    );
    if moved > 0 or not found_before then
        perform pg_notify('topics', 'group ' || asked_topic || ' ' || asked_group);
    end if;
    return query select l.partition, l.epoch from topic_leases l
        where l.topic = asked_topic and l.group_name = asked_group and l.member = asked_member;
end
$$;


-- A member leaves in order: others need not wait for its lease to end.
create function topic_leave(asked_topic text, asked_group text, asked_member uuid) returns void
language plpgsql
set lock_timeout = '1900ms'
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended(asked_topic || ' ' || asked_group, 4101));
    delete from topic_members m
        where m.topic = asked_topic and m.group_name = asked_group and m.member = asked_member;
    update topic_leases l set member = null
        where l.topic = asked_topic and l.group_name = asked_group and l.member = asked_member;
    perform pg_notify('topics', 'group ' || asked_topic || ' ' || asked_group);
end
$$;


-- At most `most` records of the partitions in the order asked; one row without a record for a partition that
-- was reached and has none. The lease is compared here too: an owner that slept gets nothing.
create function topic_fetch(
    asked_topic text, asked_group text, asked_member uuid, wanted integer[], positions bigint[], most integer
)
returns table (
    partition integer, next_offset bigint, record_offset bigint, key bytea, value bytea, headers bytea
)
language plpgsql
as $$
#variable_conflict use_column
declare
    asked record;
    head bigint;
    found_here integer;
    missing integer := most;
begin
    for asked in
        select w.partition, w.position from unnest(wanted, positions) with ordinality as w (partition, position, place)
        join topic_leases l on l.topic = asked_topic and l.group_name = asked_group
            and l.partition = w.partition and l.member = asked_member and l.expires_at > clock_timestamp()
        order by w.place
    loop
        -- The head first: what is committed between the two statements is then only found too early, not missed.
        select h.next_offset into head from topic_heads h
            where h.topic = asked_topic and h.partition = asked.partition;
        return query select asked.partition, head, r.record_offset, r.key, r.value, r.headers
            from topic_records r
            where r.topic = asked_topic and r.partition = asked.partition and r.record_offset >= asked.position
            order by r.record_offset limit missing;
        get diagnostics found_here = row_count;
        if found_here = 0 then
            return query select asked.partition, head, null::bigint, null::bytea, null::bytea, null::bytea;
        end if;
        missing := missing - found_here;
        exit when missing = 0;
    end loop;
end
$$;


-- Take away what is older than `age`, from the front of each partition, at most `most` records of each.
create function topic_expire(age interval, most integer) returns bigint
language plpgsql
as $$
declare
    head record;
    kept_from bigint;
    taken bigint;
    total bigint := 0;
begin
    for head in select h.topic, h.partition, h.next_offset from topic_heads h loop
        select r.record_offset into kept_from from topic_records r
            where r.topic = head.topic and r.partition = head.partition
                and r.produced_at >= clock_timestamp() - age
            order by r.record_offset limit 1;
        delete from topic_records r where r.topic = head.topic and r.partition = head.partition
            and r.record_offset in (
                select o.record_offset from topic_records o
                where o.topic = head.topic and o.partition = head.partition
                    and o.record_offset < coalesce(kept_from, head.next_offset)
                order by o.record_offset limit most
            );
        get diagnostics taken = row_count;
        total := total + taken;
    end loop;
    return total;
end
$$;
