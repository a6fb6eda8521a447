"""What the API answers where an event of the log is damaged: all the rest, and a clear 503 for its thread."""

import pytest

from tests.services.http.actions import send
from tests.support.office import Office, Watcher
from tests.support.waiting import until

DAMAGE = {
    "broken JSON": "state = '{\"ticket\":'",
    "JSON of another shape": 'state = \'{"ticket": "x", "message_id": [7]}\'',
    "metadata of another shape": "metadata = '[]'",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_event_is_passed_by_and_told(office: Office, kind: str) -> None:
    davi, head = office.login("davi"), office.head()
    damaged = office.customer_writes("um", customer=1)
    well = office.customer_writes("dois", customer=2)
    changed = office.cell.rows(
        f"update events set {DAMAGE[kind]} where conversation_id = %s and topic in"
        " ('conversation.message_received', 'conversation.handed_off') returning 1",
        damaged,
    )
    assert len(changed) == 2
    office.cell.publish()

    resumed = Watcher(office.login("clara"), after=head)
    until("the stream to pass it", lambda: "dois" in [message["text"] for message in resumed.messages])
    answer = davi.get("/v1/events", params={"after": head, "limit": 1000})
    assert answer.status_code == 200
    subjects = {event["subject"] for event in answer.json()["items"]}
    assert any(str(well) in subject for subject in subjects)
    assert answer.json()["next"] is None

    history = office.login("clara").get(f"/v1/conversations/{damaged}/events")
    assert (history.status_code, history.json()["code"]) == (503, "unreadable")
    assert "damaged" in history.json()["title"]
    assert office.login("clara").get(f"/v1/conversations/{well}/events").status_code == 200
    assert send(office.login("ana"), well, "três").status_code == 202
    warnings = davi.get("/readyz").json()["warnings"]
    assert "log: 2 events cannot be read; see `balcao doctor --deep`" in warnings
    assert "balcao_unreadable_events 2.0" in davi.get("/metrics").text
