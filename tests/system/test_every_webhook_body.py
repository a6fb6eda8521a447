"""Every sample body of the field: answered 200, and every item of it is found again."""

from pathlib import Path

import httpx2
import pytest

from tests.support.waiting import until
from tests.system.bodies import TABLE, page, what_became
from tests.system.faults import installation
from tests.system.installation import all_pages, thread_of

QUARANTINED: dict[str, str] = {}
"""Files that may end in the quarantine, with the reason."""


@pytest.mark.parametrize(
    "kafka", [False, pytest.param(True, marks=pytest.mark.kafka)], ids=["postgres", "kafka"]
)
def test_every_item_of_every_body_is_a_row_a_change_or_kept(data_folder: Path, kafka: bool) -> None:
    with installation(data_folder, kafka=kafka) as running:
        running.start("api", "work")
        became = dict(what_became(running))
        print(page(became))  # noqa: T201 (the table of the issue)
        assert len(became) == 187
        words = [word for items in became.values() for word in items]
        messages = [word for word in words if word.startswith(("row", "change"))]
        kept = words.count("kept for a message not seen yet")
        statuses = words.count("status applied")
        assert len(messages) + statuses + kept == 97 + 24
        assert {name for name, items in became.items() if "quarantine" in items} == set(QUARANTINED)
        assert page(became) == TABLE.read_text(), (
            "docs/webhook-bodies.md is old: python -m tests.system.bodies"
        )
        with running.agent("admin@demo.balcao") as client:
            rows = sum(word.startswith("row") for word in words)
            until("every row of the timeline", lambda: _rows(client) == rows, 30.0)


def _rows(client: httpx2.Client) -> int:
    tickets = all_pages(client, "/v1/tickets", view="all")
    conversations = {ticket["conversation_id"] for ticket in tickets}
    return sum(len(thread_of(client, conversation)) for conversation in conversations)
