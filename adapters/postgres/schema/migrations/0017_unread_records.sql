-- Records that our own groups have not read never expire; what was parked counts as read once it is resolved.

-- The parked records that were replayed or dropped, by partition of `<topic>.parked`, in PostgreSQL or Kafka.
create table parked_resolved (
    topic text collate "C" not null,
    partition integer not null,
    resolved int8multirange not null default '{}',
    primary key (topic, partition)
) with (fillfactor = 50);

-- How far our groups were in the topics when it was measured last: one row, for the health checks.
create table topic_states (
    only_row boolean primary key default true check (only_row),
    measured_at timestamptz not null,
    states jsonb not null
) with (fillfactor = 50);

drop function topic_expire(interval, integer);

-- Delete what is older than `age`, from the front of each partition, at most `most` records of each. In
-- `read_by_us` nothing from the first unread record on; a partition that is not named there is unread.
create function topic_expire(
    age interval, most integer, read_by_us text[], unread_topic text[], unread_partition integer[], unread_from bigint[]
) returns bigint
language plpgsql
as $$
declare
    head record;
    kept_from bigint;
    taken bigint;
    total bigint := 0;
begin
    for head in
        select h.topic, h.partition, h.next_offset,
            case when h.topic = any(read_by_us) then coalesce(u.first, 0) end as unread
        from topic_heads h
        left join unnest(unread_topic, unread_partition, unread_from) as u (topic, partition, first)
            on u.topic = h.topic and u.partition = h.partition
    loop
        select r.record_offset into kept_from from topic_records r
            where r.topic = head.topic and r.partition = head.partition
                and r.produced_at >= clock_timestamp() - age
            order by r.record_offset limit 1;
        delete from topic_records r where r.topic = head.topic and r.partition = head.partition
            and r.record_offset in (
                select o.record_offset from topic_records o
                where o.topic = head.topic and o.partition = head.partition
                    and o.record_offset < least(coalesce(kept_from, head.next_offset), head.unread)
                order by o.record_offset limit most
            );
        get diagnostics taken = row_count;
        total := total + taken;
    end loop;
    return total;
end
$$;
