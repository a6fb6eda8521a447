-- What waits in the quarantine waits once, however often it is sent.
delete from quarantine q using quarantine earlier
    where earlier.digest = q.digest and earlier.id < q.id;
create unique index quarantine_digest on quarantine (digest);
