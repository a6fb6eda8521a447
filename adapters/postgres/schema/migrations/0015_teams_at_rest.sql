-- A team ends only while nothing comes to it: an append may ask that no fact behind a position brought something
-- into a queue. Who brings a ticket to a team names the tenant's stream in its turn, which must not have moved.

alter function lost_of_rest(jsonb) rename to lost_of_unmoved;

-- As before, and whether something came to the queue: it is told as a move of the tenant's stream.
create function lost_of_rest(rest jsonb) returns jsonb language plpgsql as $$
declare
    lost jsonb := lost_of_unmoved(rest);
    quiet jsonb := rest -> 'no_arrivals';
    tenant uuid := (quiet ->> 'tenant_id')::uuid;
begin
    if quiet is not null and exists (
        select from events e cross join lateral (select convert_from(e.state, 'UTF8')::jsonb) s(fact)
        where e.tenant_id = tenant and e.notification_id > (quiet ->> 'after')::bigint
            and quiet ->> 'queue' in (s.fact ->> 'queue', s.fact ->> 'team_id')
    ) then
        lost := lost || jsonb_build_object('streams', coalesce(lost -> 'streams', '{}') || jsonb_build_object(
            tenant, (select max(originator_version) from events where originator_id = tenant)));
    end if;
    return lost;
end
$$;
