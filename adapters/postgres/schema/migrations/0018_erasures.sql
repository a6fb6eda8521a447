-- Erasing a person: one append writes the facts and deletes what is kept of them beside their events.

create index threads_contact on threads (contact_id);

-- What was erased, without a word of theirs. One row per contact; `removed` stands in the row of the person that
-- was asked for. `finished_at` is when no follower of the log could have a word of theirs any more.
create table erasures (
    contact_id uuid primary key,
    tenant_id uuid not null,
    person_id uuid not null,
    conversations uuid[] not null,
    erased_at timestamptz not null,
    position bigint not null,
    removed jsonb,
    finished_at timestamptz
);
create index erasures_unfinished on erasures (position) where finished_at is null;
create index erasures_recent on erasures (erased_at);

-- What a record of a topic is replaced with. The offset stays: a gap would stop its readers.
create function blank_topic_records(records jsonb) returns jsonb language plpgsql as $$
declare
    counts jsonb;
begin
    with blanked as (
        update topic_records r set
            key = case when n.keeps_key then r.key else '' end,
            value = decode(n.value, 'base64'),
            headers = case when n.value = '' then convert_to('{"erased":"contact"}', 'UTF8') else r.headers end
        from jsonb_to_recordset(records)
            n(topic text, partition integer, record_offset bigint, value text, keeps_key boolean)
        where r.topic = n.topic and r.partition = n.partition and r.record_offset = n.record_offset
        returning r.topic
    )
    select jsonb_object_agg(b.topic, b.records) into counts
        from (select topic, count(*) as records from blanked group by topic) b;
    return coalesce(counts, '{}');
end
$$;

-- Deletes what stands beside the events of these contacts; `head` is the position of the last event of the append.
-- Their keys first: whoever stores something about them holds a lock on the key.
create function erase_contacts(part jsonb, head bigint) returns void language plpgsql as $$
declare
    contacts uuid[] := array(select jsonb_array_elements_text(part -> 'contacts')::uuid);
    threads_of uuid[] := array(select jsonb_array_elements_text(part -> 'conversations')::uuid);
    removed jsonb := coalesce(part -> 'counted', '{}');
    topics_of jsonb;
    n bigint;
begin
    delete from contact_keys where contact_id = any(contacts);
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('contact_keys', n);
    delete from identities where contact_id = any(contacts);
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('identities', n);
    delete from threads where contact_id = any(contacts);
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('threads', n);
    delete from drafts where tenant_id = (part ->> 'tenant_id')::uuid and contact_id = any(contacts);
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('drafts', n);
    delete from bot_sessions where contact_id = any(contacts);
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('bot_sessions', n);
    delete from snapshots where originator_id = any(threads_of || contacts);
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('snapshots', n);
    delete from idempotency i using jsonb_to_recordset(part -> 'responses') r(tenant_id uuid, actor text, key text)
        where i.tenant_id = r.tenant_id and i.actor = r.actor and i.key = r.key;
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('idempotency', n);
    delete from orphans o using jsonb_to_recordset(part -> 'orphans') w(hash uuid, digest text)
        where o.hash = w.hash and o.digest = decode(w.digest, 'hex');
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('orphans', n);
    delete from quarantine q using jsonb_array_elements_text(part -> 'quarantined') w(id) where q.id = w.id::uuid;
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('quarantine', n);
    delete from notices k using jsonb_array_elements_text(part -> 'notices') w(digest)
        where k.digest = decode(w.digest, 'hex');
    get diagnostics n = row_count;
    removed := removed || jsonb_build_object('notices', n);

    -- What was taken in between the search and the lock; what was not taken in becomes a new contact's.
    topics_of := blank_topic_records(coalesce(part -> 'records', '[]') || coalesce((
        select jsonb_agg(jsonb_build_object('topic', r.topic, 'partition', r.partition,
                                            'record_offset', r.record_offset, 'value', '', 'keeps_key', false))
            from jsonb_to_recordset(part -> 'inbound')
                k(topic text, source text, partition integer, key text, after bigint)
            join tracking t on t.application_name = k.source
            join topic_records r on r.topic = k.topic and r.partition = k.partition
                and r.record_offset >= k.after and r.record_offset < t.notification_id
            where r.key = decode(k.key, 'base64')), '[]'));
    removed := removed || jsonb_build_object('topics', topics_of);

    insert into erasures (contact_id, tenant_id, person_id, conversations, erased_at, position, removed)
        select c.id, (part ->> 'tenant_id')::uuid, (part ->> 'person_id')::uuid, threads_of,
               (part ->> 'erased_at')::timestamptz, head,
               case when c.id = (part ->> 'person_id')::uuid then removed end
            from unnest(contacts) c(id);
end
$$;

alter function write_rest(jsonb, bigint) rename to write_claims;

create function write_rest(rest jsonb, head bigint) returns void language plpgsql as $$
begin
    perform write_claims(rest, head);
    if rest ? 'erasure' then
        perform erase_contacts(rest -> 'erasure', head);
    end if;
end
$$;

alter function lost_of_rest(jsonb) rename to lost_of_arrivals;

-- As before, and whether an erased contact has got a conversation that the append does not name: it is told as a
-- move of the contact's stream.
create function lost_of_rest(rest jsonb) returns jsonb language plpgsql as $$
declare
    lost jsonb := lost_of_arrivals(rest);
    moved jsonb;
begin
    if rest ? 'erasure' then
        select jsonb_object_agg(t.contact_id, (select max(originator_version) from events
                                               where originator_id = t.contact_id)) into moved
            from jsonb_array_elements_text(rest #> '{erasure,contacts}') c(id)
            join threads t on t.contact_id = c.id::uuid
            where not (rest #> '{erasure,conversations}') ? t.conversation_id::text;
        if moved is not null then
            lost := lost || jsonb_build_object('streams', coalesce(lost -> 'streams', '{}') || moved);
        end if;
    end if;
    return lost;
end
$$;
