-- Wrong passwords are counted in one row per subject, so that guessing fills no table. `subject` is a hash of what is
-- counted (an account at an address, an account, an address, a device); `attempted_at` is the first attempt of its window.
truncate login_attempts;
drop index login_attempts_subject;
alter table login_attempts
    add column failures integer not null default 1,
    add primary key (subject);
