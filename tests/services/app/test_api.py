"""The API as a process: it starts, says so, and ends in order whatever is open."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from services.http.edge.middleware import CONTENT_SECURITY_POLICY
from tests.support.office import Office, Watcher, settings_for

ALONE = "from services.app.api import run; from services.runtime.settings import load; run(load(None))"


def test_it_ends_with_0_and_closes_its_streams(office: Office, tmp_path: Path) -> None:
    settings = settings_for(office.cell.url, tmp_path)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("BALCAO_")}
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        env={**clean, **settings.environment()},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"] is True
        elsewhere = Office(office.cell, settings.address, office.people)
        watcher = Watcher(elsewhere.login("ana"))
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - begun < 4
        assert watcher.closed.wait(2)
        elsewhere.close()
    finally:
        process.kill()
        process.wait()


def test_the_page_may_load_nothing_from_elsewhere() -> None:
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
