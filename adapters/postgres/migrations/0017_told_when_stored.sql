-- Records are stored first, and whoever waits for them is told by a transaction of its own: one that notifies
-- holds up every other that does until it is on the disk, and so commands stood behind webhooks.

-- Append records in the order of the arrays; false (and nothing stored) when a partition does not exist.
create or replace function topic_append(
    names text[], partitions integer[], keys bytea[], contents bytea[], header_sets bytea[]
) returns boolean
language plpgsql
set lock_timeout = '1900ms'
as $$
declare
    wanted integer;
    locked integer;
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
    return true;
end
$$;
