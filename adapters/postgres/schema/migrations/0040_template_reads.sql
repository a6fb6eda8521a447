-- An account is read by one worker at a time, until `claimed_until` at the latest, and again at `again_at`.
alter table template_accounts add column claimed_until timestamptz;
alter table template_accounts add column again_at timestamptz;
