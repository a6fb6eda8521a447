"""The databases that tests get: whatever a test leaves behind, the next one does not see it."""

import psycopg
import pytest

from tests.support.databases import Emptied


@pytest.mark.parametrize("fresh_database_url", ["empty"], indirect=True)
def test_a_test_starts_from_what_the_migrations_made(fresh_database_url: str) -> None:
    with psycopg.connect(fresh_database_url) as connection:
        connection.execute("create table log (n bigint generated always as identity primary key, word text)")
        connection.execute("create table reading (n bigint references log)")
        connection.execute("insert into log (word) values ('of the migration')")
    database = Emptied(fresh_database_url)
    with psycopg.connect(fresh_database_url) as connection:
        connection.execute("update log set word = 'changed'")
        connection.execute("insert into log (word) values ('of a test')")
        connection.execute("insert into reading values (2)")
        connection.execute("create table log_2 as table log")
    database.empty()
    with psycopg.connect(fresh_database_url) as connection:
        assert connection.execute("select * from log").fetchall() == [(1, "of the migration")]
        assert connection.execute("select count(*) from reading").fetchone() == (0,)
        assert connection.execute("select to_regclass('log_2')").fetchone() == (None,)
        added = connection.execute("insert into log (word) values ('next') returning n").fetchone()
        assert added == (2,)
