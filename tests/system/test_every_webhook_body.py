"""Every sample body of the field: answered 200, and every item of it is found again."""

from pathlib import Path

import httpx2
import pytest

from tests.support.waiting import until
from tests.system.bodies import TABLE, page, what_became
from tests.system.installation import installation, thread_of

QUARANTINED: dict[str, str] = {}
"""Files that may end in the quarantine, with the reason."""


@pytest.mark.parametrize(
    "topics", ["postgres", pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)
def test_every_item_of_every_body_is_a_row_a_change_or_kept(
    data_folder: Path, fresh_database_url: str, topics: str
) -> None:
    with installation(data_folder, fresh_database_url, kafka=topics) as running:
        running.start("api", "work")
        became = dict(what_became(running))
        print(page(became))  # noqa: T201 (what became of each body)
        assert len(became) == 187
        words = [word for items in became.values() for word in items]
        messages = [word for word in words if word.startswith(("row", "change"))]
        kept = words.count("kept for a message not seen yet")
        statuses = words.count("status applied")
        assert len(messages) + statuses + kept == 97 + 3 + 24  # messages, echoes, statuses
        assert {name for name, items in became.items() if "quarantine" in items} == set(QUARANTINED)
        assert page(became) == TABLE.read_text(), (
            "docs/webhook-bodies.md is old: python -m tests.system.bodies"
        )
        with running.agent("admin@demo.balcao") as client:
            rows = sum(word.startswith("row") for word in words)
            until("every row of the timeline", lambda: _rows(client) == rows, 30.0)


def _rows(client: httpx2.Client) -> int:
    """Messages of all threads; imported history has a thread and no ticket, so the history names them."""
    after: dict[str, str] = {}
    conversations: set[str] = set()
    while True:
        page = client.get("/v1/events", params=after).json()
        conversations |= {event["conversationid"] for event in page["items"] if "conversationid" in event}
        if page["next"] is None:
            return sum(len(thread_of(client, conversation)) for conversation in conversations)
        after = {"after": page["next"]}
