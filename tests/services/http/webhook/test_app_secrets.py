"""An app secret that is bound to numbers speaks for no other: what it signs for those changes nothing."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from domain.conversation.message_events import MessageReceived
from services.commands.installation import InstallationCommands
from services.http.webhook.webhook import webhook_routes
from services.inbound.decisions import FOREIGN_NUMBER
from services.workers.ingest.quarantine_replay import QuarantineReplay
from tests.support import traffic
from tests.support.cell import Cell
from tests.support.traffic import NUMBER, signature

OTHER_NUMBER = "200000000000002"
OURS, THEIRS, ANYBODY = "secret-of-aurora", "secret-of-boreal", "secret-of-the-cell"
BOUND = (f"{OURS}@{NUMBER}", f"{THEIRS}@{OTHER_NUMBER}+300000000000003", ANYBODY)


@pytest.fixture
def both(cell: Cell) -> Cell:
    """Two tenants, each with a number."""
    installation = InstallationCommands(cell.log)
    tenant_id = installation.add_tenant("Boreal")
    installation.add_channel(tenant_id, OTHER_NUMBER, "Boreal", OTHER_NUMBER, False)
    return cell


def sent(cell: Cell, raw: bytes, secret: str, secrets: Sequence[str] = BOUND) -> int:
    """Post a body that `secret` signed, and ingest it; the status."""
    app = FastAPI()
    app.include_router(webhook_routes(cell.topics, secrets, "verify-me", lambda: datetime.now(UTC)))
    headers = {"X-Hub-Signature-256": signature(raw, secret)}
    status = TestClient(app).post("/webhooks/whatsapp", content=raw, headers=headers).status_code
    cell.ingest()
    return status


def together(*bodies: bytes) -> bytes:
    """One body with the entries of all."""
    entries = [entry for raw in bodies for entry in json.loads(raw)["entry"]]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def texts(cell: Cell) -> list[str]:
    return sorted(str(fact.text) for fact in cell.facts(MessageReceived))


def foreign(cell: Cell) -> int:
    return len(cell.log.quarantined(OTHER_NUMBER, 10_000, FOREIGN_NUMBER))


def test_a_bound_secret_speaks_for_its_numbers_alone(both: Cell) -> None:
    ours = traffic.body([traffic.text("w1", "nossa")])
    theirs = traffic.body([traffic.text("w2", "alheia")], number=OTHER_NUMBER)
    before = REGISTRY.get_sample_value("balcao_webhook_foreign_items_total") or 0
    assert sent(both, together(theirs, ours), OURS) == 200
    assert texts(both) == ["nossa"]
    assert foreign(both) == 1
    assert REGISTRY.get_sample_value("balcao_webhook_foreign_items_total") == before + 1
    assert sent(both, theirs, THEIRS) == 200
    assert texts(both) == ["alheia", "nossa"], "what was kept has not taken the message's id"
    assert sent(both, traffic.body([traffic.text("w3", "de todos")], number=OTHER_NUMBER), ANYBODY) == 200
    assert texts(both) == ["alheia", "de todos", "nossa"]
    assert sent(both, ours, "another secret") == 401


@pytest.mark.parametrize(
    "told",
    [
        traffic.body(statuses=[traffic.status("w2", "failed")], number=OTHER_NUMBER),
        traffic.body([traffic.edit("e1", "w2", "trocada", "5520911110001")], number=OTHER_NUMBER),
        traffic.body([traffic.reaction("r1", "w2", "👍", "5520911110001")], number=OTHER_NUMBER),
        traffic.change(
            "user_id_update",
            {
                "metadata": {"phone_number_id": OTHER_NUMBER},
                "user_id_update": [
                    {"wa_id": "5520911110001", "user_id": {"previous": "BR.1", "current": "BR.2"}}
                ],
            },
        ),
        traffic.body([traffic.text("big", "x" * 900_000)], number=OTHER_NUMBER),
    ],
    ids=["status", "edit", "reaction", "identity", "large"],
)
def test_nothing_of_another_tenants_is_touched_however_often(both: Cell, told: bytes) -> None:
    sent(both, traffic.body([traffic.text("w2", "original")], number=OTHER_NUMBER), THEIRS)
    head = both.log.head()
    for _ in range(3):
        assert sent(both, told, OURS) == 200
    assert both.log.head() == head
    assert (foreign(both), both.rows("select count(*) from orphans")) == (1, [(0,)])


def test_what_was_kept_is_processed_once_the_secret_is_bound_to_its_number(both: Cell) -> None:
    bodies = [
        traffic.body([traffic.text(f"w{n}", str(n), f"55209111{n:05d}")], number=OTHER_NUMBER)
        for n in range(102)
    ]
    sent(both, together(*bodies), OURS)
    assert (texts(both), foreign(both)) == ([], 102)
    replay = QuarantineReplay(both.log, both.topics)
    assert (replay.run_once(), replay.number(OTHER_NUMBER)) == (0, 0), "not by itself, as with a new channel"
    assert replay.number(OTHER_NUMBER, FOREIGN_NUMBER) == 102
    both.ingest()
    assert (len(texts(both)), foreign(both)) == (102, 0)
