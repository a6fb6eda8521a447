"""Who looks at a conversation, and who writes there: seen by colleagues on the stream, kept nowhere."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from services.http.live import presence
from tests.support.office import Office, Watcher, serving, settings_for
from tests.support.waiting import until


def look(client: httpx2.Client, conversation: UUID, typing: bool = False) -> None:
    path = f"/v1/conversations/{conversation}/viewing"
    assert client.put(path, json={"typing": typing}).status_code == 204


def viewers(watcher: Watcher, conversation: UUID) -> list[tuple[str, bool]] | None:
    """Who is there, as this viewer last heard."""
    told = [e.data for e in watcher.events if e.name == "presence"]
    here = [data["viewers"] for data in told if data["conversation_id"] == str(conversation)]
    return [(viewer["name"], viewer["typing"]) for viewer in here[-1]] if here else None


def test_colleagues_see_who_looks_and_who_writes_and_nobody_sees_themselves(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    hers, his, head = Watcher(ana), Watcher(bruno), office.cell.log.head()

    look(ana, conversation)
    until("Bruno to see her", lambda: viewers(his, conversation) == [("Ana", False)])
    look(ana, conversation, typing=True)
    until("Bruno to see her write", lambda: viewers(his, conversation) == [("Ana", True)])
    look(bruno, conversation)
    until("Ana to see him", lambda: viewers(hers, conversation) == [("Bruno", False)])

    assert viewers(his, conversation) == [("Ana", True)]
    assert not any(event.id for event in his.events if event.name == "presence")
    assert office.cell.log.head() == head
    hers.leave()
    his.leave()


def test_whoever_is_not_heard_of_any_more_has_left(office: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(presence, "STAYS_S", 1.0)
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    his = Watcher(bruno)
    look(ana, conversation)
    until("Bruno to see her", lambda: viewers(his, conversation) == [("Ana", False)])
    until("her to have left", lambda: viewers(his, conversation) == [])
    his.leave()


def test_only_who_sees_the_conversation_hears_of_it(office: Office) -> None:
    ana, bruno, clara = office.login("ana"), office.login("bruno"), office.login("clara")
    hers, free = office.customer_writes("oi", customer=1), office.customer_writes("oi", customer=2)
    taken = ana.put(
        f"/v1/conversations/{hers}/assignee",
        json={"assignee_id": str(office.people["ana"])},
        headers={"If-Match": '"2"'},
    )
    assert taken.status_code == 200
    office.settle()
    his, supervisor = Watcher(bruno), Watcher(clara)

    look(ana, hers)
    look(ana, free)

    until("Bruno to see her in the other one", lambda: viewers(his, free) == [("Ana", False)])
    until("Clara to see her", lambda: viewers(supervisor, hers) == [("Ana", False)])
    assert viewers(his, hers) is None
    his.leave()
    supervisor.leave()


def test_another_process_hears_of_it_too(office: Office, database_url: str, tmp_path: Path) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    with serving(settings_for(database_url, tmp_path / "other")) as url:
        elsewhere = Office(office.cell, url, office.people)
        his = Watcher(elsewhere.login("bruno"))

        def seen() -> bool:
            look(ana, conversation)
            return viewers(his, conversation) == [("Ana", False)]

        until("Bruno to see her from there", seen)
        his.leave()
        elsewhere.close()
