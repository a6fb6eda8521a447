-- An append may name streams that must not have moved since they were read, though it writes nothing to them:
-- a ticket is given to an agent only while that agent works here.

alter function lost_of_rest(jsonb) rename to lost_of_claims;

-- Which keys of the less frequent parts are held by somebody else, and which named streams have moved.
create function lost_of_rest(rest jsonb) returns jsonb language plpgsql as $$
declare
    lost jsonb := lost_of_claims(rest);
    moved jsonb;
begin
    if rest ? 'unmoved' then
        select jsonb_object_agg(s.id, coalesce(e.at, 0)) into moved
            from jsonb_to_recordset(rest -> 'unmoved') s(id uuid, at bigint)
            left join lateral (select v.originator_version from events v where v.originator_id = s.id
                               order by v.originator_version desc limit 1) e(at) on true
            where coalesce(e.at, 0) <> s.at;
        if moved is not null then
            lost := lost || jsonb_build_object('streams', moved);
        end if;
    end if;
    return lost;
end
$$;
