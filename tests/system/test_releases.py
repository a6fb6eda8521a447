"""What earlier releases left behind starts under this version, without a command for it."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from rich.console import Console

from adapters.postgres.follow.follower import follower_pool
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema.migrate import HERE, migrate
from adapters.postgres.server.binaries import ServerUser, find_binaries
from adapters.postgres.server.embedded import EmbeddedPostgres
from domain import administration, delivery
from domain.contact import state as contact
from domain.conversation import state as conversation
from domain.registry import FACTS
from services.app.demo import PASSWORD
from services.runtime.settings import Settings
from services.workers.project.project import rebuild, rebuild_outdated, status
from services.workers.project.projectors import PROJECTIONS, Projectors, outdated
from tests.adapters.postgres.actions import ask
from tests.support.serve_process import Serving, clean_environment
from tests.support.waiting import free_port, until

RELEASES = sorted(dump.parent for dump in (Path(__file__).parents[1] / "releases").glob("*/database.dump"))
DAY = " 00000000-0000-0000-0000-"
"""Whatever the day of the domain has: it was appended without addresses and ids of WhatsApp."""

EVOLVES: dict[str, Callable[[Any, Any], Any]] = {
    "conversation.started": conversation.evolve,
    "contact.registered": contact.evolve,
    "delivery.attempt_started": delivery.evolve,
    "agent.added": administration.evolve,
}

pytestmark = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)


@pytest.mark.parametrize("fresh_database_url", ["empty"], indirect=True)
def test_a_dump_of_an_earlier_release_is_brought_up_by_migrate(
    release: Path, fresh_database_url: str
) -> None:
    url, key = fresh_database_url, master_key(release)
    restore(release, url)
    kinds = {row[0] for row in ask(url, "select distinct topic from events")}

    migrate(url, restored=True)

    settings = Settings(_env_file=None, database_url=url, master_key=key, data=release)
    with PostgresLog(url, key) as log, follower_pool(url, name="tests") as pool:
        rebuild_outdated(settings, threading.Event())
        projectors = Projectors(pool, log)
        while projectors.round():
            pass
        assert outdated(pool) == []
        recorded = log.read(0, 100_000)
        assert len(recorded) == ask(url, "select count(*) from events")[0][0]
        for began, evolve in EVOLVES.items():
            streams = [event.stream_id for event in recorded if began == event.fact.TOPIC]
            assert streams, began
            assert all(loaded.state is not None for loaded in log.load(streams, evolve).values())
    assert kinds <= {fact.TOPIC for fact in FACTS}
    quiet = Console(file=StringIO())
    for name in PROJECTIONS:
        compared = rebuild(settings, name, console=quiet)
        assert compared.equal, (name, compared.examples)
    assert {state.name: state.parked for state in status(settings) if state.parked} == {}


def test_a_data_folder_of_an_earlier_release_starts_under_make_run(release: Path, data_folder: Path) -> None:
    data = data_folder / "data"
    placed(release, data)
    serving = Serving(data, free_port())
    try:
        url = serving.ready()["address"]
        with httpx2.Client(base_url=url, timeout=20) as client:
            until("readiness without a word", lambda: is_well(client), 60.0, 0.2)
            person = {"email": "ana@demo.balcao", "password": PASSWORD}
            assert client.post("/v1/session", json=person).status_code == 200
            # What no process of that release had read is taken in by this one.
            found = until("the unread messages", lambda: tickets_with(client, "não lida 2"), 20.0)
            ticket = found[0]["conversation_id"]
            texts = [m["text"] for m in client.get(f"/v1/conversations/{ticket}/messages").json()["items"]]
            assert {"Bom dia 🌞", "não lida 0", "não lida 1", "não lida 2"} <= set(texts)
            values = client.get(f"/v1/conversations/{ticket}/variables").json()["items"]
            assert {each["name"] for each in values} >= {"primeiro_nome", "protocolo", "saudacao"}
            taken = client.post(
                f"/v1/conversations/{ticket}/messages",
                json={"type": "text", "text": "Estamos de volta"},
                headers={"Idempotency-Key": "after-the-upgrade"},
            )
            assert taken.status_code == 202, taken.text
            phone = "/simulator/v1/phones/5520987650001/messages"
            until("the answer on the phone", lambda: "Estamos de volta" in client.get(phone).text, 20.0)
        examined = subprocess.run(
            [sys.executable, "-m", "services.cli", "doctor", "--deep"],
            env={**clean_environment(), "BALCAO_DATA": str(data), "BALCAO_PORT": str(serving.port)},
            cwd=data_folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "schema and log" in examined.stdout, examined.stderr
        wrong = [line for line in examined.stdout.splitlines() if line.startswith("✗") and DAY not in line]
        assert wrong == []
    finally:
        assert serving.end() == 0


def is_well(client: httpx2.Client) -> bool:
    """Whether everything runs, and no read model of the earlier version serves any more."""
    told = client.get("/readyz").json()
    return bool(told["ready"]) and not any("rebuilt" in word or "behind" in word for word in told["warnings"])


def tickets_with(client: httpx2.Client, text: str) -> list[dict[str, str]]:
    items = client.get("/v1/tickets", params={"view": "all", "limit": 100}).json().get("items", [])
    return [item for item in items if (item["last_message"] or {}).get("text") == text]


def master_key(release: Path) -> str:
    return str(json.loads((release / "secrets.json").read_text())["master_key"])


def placed(release: Path, data: Path) -> None:
    """The data folder as it was; its database is made again from the dump, and takes itself for the same."""
    data.mkdir()
    for file in ("secrets.json", "erased.jsonl"):
        shutil.copy(release / file, data / file)
        (data / file).chmod(0o600)
    shutil.copytree(release / "simulator", data / "simulator")
    server = EmbeddedPostgres(durable=False)
    url = server.start(data / "postgres")
    try:
        restore(release, url)
        with psycopg.connect(url) as db:
            db.execute(
                "update log set system_identifier = here.system_identifier, timeline_id = here.timeline_id,"
                f" database_oid = here.database_oid, table_oid = here.table_oid from ({HERE}) here"
            )
    finally:
        server.stop()


def restore(release: Path, url: str) -> None:
    program = find_binaries(ServerUser.choose(Path.cwd()))["pg_restore"]
    command = [program, "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", url]
    subprocess.run([*command, release / "database.dump"], check=True)
