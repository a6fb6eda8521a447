-- Who is logged in, which services may read, and how often a login failed. Tokens stand here as hashes only.

create table sessions (
    token_hash bytea primary key,
    tenant_id uuid not null,
    agent_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create index sessions_agent on sessions (tenant_id, agent_id);
create index sessions_expiry on sessions (expires_at);

create table service_tokens (
    token_hash bytea primary key,
    tenant_id uuid not null,
    name text not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz
);
create index service_tokens_tenant on service_tokens (tenant_id, created_at);

-- One row per failed or running attempt; `subject` is a hash of account and address.
create table login_attempts (
    subject bytea not null,
    attempted_at timestamptz not null default clock_timestamp()
);
create index login_attempts_subject on login_attempts (subject, attempted_at);
create index login_attempts_age on login_attempts (attempted_at);

-- An agent's own closed tickets, newest first.
create index on workspace_1 (tenant_id, owner, last_at desc, last_position desc) where state = 'closed';

-- Processes that follow topics or the clock have no position in the log; here they say that they live.
create table heartbeats (
    name text collate "C" primary key,
    beat_at timestamptz not null
) with (fillfactor = 50);
