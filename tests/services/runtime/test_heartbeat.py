"""Whoever works is seen to, and whoever hangs is missed."""

import threading
import time

import psycopg
import pytest

from services.runtime import heartbeat
from services.runtime.heartbeat import beating


def test_a_loop_that_asks_whether_to_stop_is_alive(database_url: str) -> None:
    stop = threading.Event()
    with psycopg.connect(database_url, autocommit=True) as db, beating(database_url, "send", stop) as turns:

        def ages() -> list[tuple[float, float]]:
            asked = "select clock_timestamp() - beat_at, clock_skew_s from heartbeats where name = 'send'"
            return [(age.total_seconds(), skew_s) for age, skew_s in db.execute(asked)]

        assert not turns.is_set()
        assert not turns.wait(0.01)
        ((first, skew_s),) = ages()
        assert abs(skew_s) < 1, "one clock"
        time.sleep(0.3)
        ((later, _),) = ages()
        assert later >= first + 0.3
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
