-- The log's database and table are part of its identity: a restore into another database of the same cluster, or
-- into the same one, is a copy, too. Null until `balcao migrate` fills them in, right after this file.
alter table log add column database_oid bigint, add column table_oid bigint;

-- By how much the database's clock is ahead of that of the worker that sent the heartbeat.
alter table heartbeats add column clock_skew_s real;
