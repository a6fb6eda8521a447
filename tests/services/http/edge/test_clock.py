"""A machine whose clock is wrong: what customers wrote stays in its order, and readiness names it."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.runtime.clock import utc_now
from tests.support.office import SECRET, opened_office
from tests.support.traffic import body, signature, text
from tests.support.waiting import until


@pytest.mark.parametrize("wrong", [timedelta(minutes=-2), timedelta(minutes=2), timedelta(minutes=-20)])
def test_a_wrong_clock_changes_no_order_and_is_told(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    monkeypatch.setattr(utc_now, "local", lambda: datetime.now(UTC) + wrong)
    monkeypatch.setattr(utc_now, "correction", timedelta())
    with opened_office(database_url, tmp_path) as office:
        until("the database's clock", lambda: abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=1), 5)
        told = office.client().get("/v1/session/options").headers["balcao-time"]
        assert abs(datetime.fromisoformat(told) - datetime.now(UTC)) < timedelta(seconds=3)
        warnings = office.client().get("/readyz").json()["warnings"]
        side = "behind" if wrong < timedelta() else "ahead of"
        seconds = abs(wrong) // timedelta(seconds=1)
        assert f"api: its clock is {seconds} s {side} the database's" in warnings
        began = int(time.time()) - 100
        for n in (3, 0, 2, 4, 1):  # webhooks come in any order
            raw = body([text(f"wamid.clock.{n}", str(n), at=began + n * 25)])
            signed = {"X-Hub-Signature-256": signature(raw, SECRET)}
            assert office.client().post("/webhooks/whatsapp", content=raw, headers=signed).status_code == 200
        office.cell.ingest()
        office.settle()
        shown = office.cell.rows("select text, time_flagged from timeline order by sent_at, position")
        assert shown == [(str(n), False) for n in range(5)]
