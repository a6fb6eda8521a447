"""Whoever works is seen to, and whoever hangs is missed."""

import threading
import time

import psycopg
import pytest

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.heartbeats import PostgresHeartbeats
from services.runtime import heartbeat
from services.runtime.heartbeat import beating


def test_a_loop_that_asks_whether_to_stop_is_alive(database_url: str) -> None:
    stop = threading.Event()
    with QueryPool(database_url, 1, "asked") as pool, beating(database_url, "send", stop) as turns:
        heartbeats = PostgresHeartbeats(pool)
        assert heartbeats.ages_s() == {}
        assert not turns.is_set()
        assert not turns.wait(0.01)
        first = heartbeats.ages_s()["send"]
        time.sleep(0.3)
        assert heartbeats.ages_s()["send"] >= first + 0.3
        stop.set()
        assert turns.is_set()
        assert turns.wait(5)


def test_a_lost_connection_does_not_stop_a_loop(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.0)
    stop = threading.Event()
    with beating(database_url, "send", stop) as turns:
        assert not turns.is_set()
        with psycopg.connect(database_url, autocommit=True) as db:
            for _ in range(3):
                db.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
                assert not turns.is_set()
        assert not turns.is_set()
