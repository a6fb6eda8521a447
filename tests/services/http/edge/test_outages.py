"""After any outage of PostgreSQL everything goes on by itself, and soon, however many asked meanwhile."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from adapters.postgres.schema.migrate import migrate
from adapters.postgres.server.embedded import EmbeddedPostgres
from services.app.work import WORKERS, _supervise
from services.commands.organisation import ChannelChange
from services.write.actor import Administrator
from tests.support.office import SECRET, Office, opened_office, settings_for
from tests.support.traffic import body, signature, text
from tests.support.waiting import until

RECOVERED_WITHIN_S = 60.0
"""It must go on at all, on a busy machine, too; `tests.system.outages` measures how soon."""

SMALL_BYTES = 400_000_000
CROWD = [f"p{n}" for n in range(15)]
"""Agents with some browsers each: one alone gets four requests at a time."""


@dataclass
class Breakable:
    """An office with all of its workers, on a PostgreSQL that the test may stop or freeze."""

    office: Office
    server: EmbeddedPostgres
    folder: Path
    has_small_disk: bool

    def stop(self) -> Callable[[], object]:
        port = self.server.port
        self.server.stop()
        return lambda: self.server.start(self.folder, port)

    def freeze(self) -> Callable[[], object]:
        frozen = [self.server.pid, *_children(self.server.pid)]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)

        def thaw() -> None:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)

        return thaw


@pytest.fixture(scope="module")
def breakable() -> Iterator[Breakable]:
    folder = Path(tempfile.mkdtemp(prefix="balcao-test-"))
    folder.chmod(0o711)  # the server's user must get there
    small = _mount(folder)
    server = EmbeddedPostgres(durable=False)
    try:
        url = server.start(folder / "postgres")
        migrate(url)
        with opened_office(url, folder) as office, _working(office, folder):
            for name in CROWD:
                office.hire(name, "agent")
            until("everybody at work", lambda: office.client().get("/readyz").status_code == 200, 20)
            yield Breakable(office, server, folder / "postgres", small)
    finally:
        server.stop()
        if small:
            subprocess.run(["umount", "--lazy", folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.xdist_group("outage")
@pytest.mark.parametrize(
    ("breaks", "for_s", "browsers", "every_s"),
    [
        (Breakable.stop, 10.0, 10, 0.2),
        (Breakable.stop, 15.0, 60, 0.1),
        (Breakable.freeze, 12.0, 30, 0.1),
    ],
    ids=["stopped", "stopped-with-a-crowd", "frozen"],
)
def test_after_an_outage_everything_goes_on_by_itself(
    breakable: Breakable,
    breaks: Callable[[Breakable], Callable[[], object]],
    for_s: float,
    browsers: int,
    every_s: float,
) -> None:
    office = breakable.office
    bruno = office.login("bruno")
    crowd = [dict(office.login(name).cookies) for name in CROWD]
    conversation = office.customer_writes("oi")
    owner = "select 1 from workspace where conversation_id = %s and owner = %s"
    until("it to be his", lambda: _rows(office, owner, conversation, office.people["bruno"]))
    routes = _routes(f"/v1/conversations/{conversation}")
    end = threading.Event()

    def browse(first: int) -> None:
        turn, cookies = first, crowd[first % len(crowd)]
        with httpx2.Client(base_url=office.url, timeout=60, cookies=cookies) as client:
            while not end.is_set():
                _ask(client, list(routes.values())[turn % len(routes)])
                turn += 1
                end.wait(every_s)

    def watch(path: str, seen: list[int]) -> None:
        with office.client() as client:
            while not end.is_set():
                seen.append(client.get(path).status_code)
                end.wait(0.05)

    ready, metrics = list[int](), list[int]()
    with ThreadPoolExecutor(browsers + 2) as pool:
        asked = [pool.submit(browse, n) for n in range(browsers)]
        asked += [pool.submit(watch, "/readyz", ready), pool.submit(watch, "/metrics", metrics)]
        try:
            mend = breaks(breakable)
            broken_at = time.monotonic()
            until("readiness to tell", lambda: 503 in ready[-3:], RECOVERED_WITHIN_S)
            told, counted = len(ready), len(metrics)
            until("answers that wait for nothing", lambda: len(metrics) > counted + 2, RECOVERED_WITHIN_S)
            time.sleep(max(0.0, for_s - (time.monotonic() - broken_at)))
            assert set(ready[told:]) == {503}, "ready without a database"
            mend()
            back_at = time.monotonic()
            for name, request in routes.items():
                while (status := _ask(bruno, request)) >= 300:
                    assert time.monotonic() - back_at < RECOVERED_WITHIN_S, (name, status)
        finally:
            end.set()
        for each in asked:
            each.result()
    until("readiness", lambda: office.client().get("/readyz").status_code == 200, RECOVERED_WITHIN_S)
    _all_go_on(office, back_at)


@pytest.mark.xdist_group("outage")
def test_a_full_disk_is_told_until_there_is_room_again(breakable: Breakable) -> None:
    if not breakable.has_small_disk:
        pytest.skip("only root may mount a small file system")
    client, filler = breakable.office.client(), breakable.folder.parent / "filler"
    assert any(warning.startswith("disk: ") for warning in client.get("/readyz").json()["warnings"])
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(1_000_000))
    full = until("the full disk to be told", lambda: _unready(client), RECOVERED_WITHIN_S)
    assert full["problems"] == ["log: the disk of the database is full"]
    filler.unlink()
    until("room", lambda: client.get("/readyz").status_code == 200, RECOVERED_WITHIN_S)


def _unready(client: httpx2.Client) -> dict[str, Any] | None:
    answer = client.get("/readyz")
    return answer.json() if answer.status_code == 503 else None


def _all_go_on(office: Office, back_at: float) -> None:
    """A customer's message is taken in, shown, and its ticket assigned."""
    wamid, sender = f"wamid.{time.monotonic()}", f"55209{time.monotonic_ns() % 10**8:08d}"
    raw = body([text(wamid, "ainda aí?", sender, int(time.time()))])
    signed = {"X-Hub-Signature-256": signature(raw, SECRET)}
    while (answer := office.client().post("/webhooks/whatsapp", content=raw, headers=signed)).is_error:
        assert (answer.status_code, time.monotonic() < back_at + RECOVERED_WITHIN_S) == (503, True)
    owner = (
        "select 1 from workspace w join timeline t using (conversation_id) where t.wamid = %s and owner = %s"
    )
    until(
        "the ticket to be assigned",
        lambda: _rows(office, owner, wamid, office.people["bruno"]),
        RECOVERED_WITHIN_S,
    )


def _routes(conversation: str) -> Mapping[str, tuple[str, str, object]]:
    """What browsers ask for: on the event loop, in threads, and through the log."""
    return {
        "list": ("GET", "/v1/tickets", None),
        "counts": ("GET", "/v1/tickets/counts", None),
        "me": ("GET", "/v1/me", None),
        "contacts": ("GET", "/v1/contacts", None),
        "messages": ("GET", f"{conversation}/messages", None),
        "history": ("GET", f"{conversation}/events", None),
        "draft": ("PUT", f"{conversation}/draft", {"text": "já v"}),
        "command": ("PUT", f"{conversation}/answered", {"answered": True}),
    }


def _ask(client: httpx2.Client, request: tuple[str, str, object]) -> int:
    method, path, json = request
    answer = client.request(method, path, json=json)
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    return answer.status_code


def _rows(office: Office, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(office.cell.url, autocommit=True) as db:
        return db.execute(query.encode(), values).fetchall()


@contextmanager
def _working(office: Office, folder: Path) -> Iterator[None]:
    """All workers but the projectors, which the office has; tickets are assigned to Bruno."""
    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(office.cell.channel_id, ChannelChange(auto_assign=True), by)
    there = "insert into presence (tenant_id, agent_id, seen_at) values (%s, %s, 'infinity') returning 1"
    _rows(office, there, office.cell.tenant_id, office.people["bruno"])
    settings, stop = settings_for(office.cell.url, folder), threading.Event()
    threads = [
        threading.Thread(target=_supervise, args=[name, worker, settings, stop, True], daemon=True)
        for name, worker in WORKERS.items()
        if name != "project"
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def _mount(folder: Path) -> bool:
    """Put a small file system at `folder`, if we may."""
    if os.geteuid() != 0:
        return False
    options = f"size={SMALL_BYTES},mode=711"
    return (
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode == 0
    )


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            continue  # it has just ended
    return found
