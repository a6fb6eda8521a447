"""The live stream: everything once, only what the viewer may see, and no longer than they may."""

import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from uuid_utils.compat import uuid7

from domain.conversation.ticket_events import MarkedAnswered, MarkedUnanswered
from domain.log.append import Append, Appended, NewEvent
from services.commands.installation import InstallationCommands
from services.http.live import stream_hub
from tests.services.http.actions import send, take
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def texts(watcher: Watcher) -> list[str]:
    return [message["text"] for message in watcher.messages]


def test_what_happens_is_shown_in_the_shapes_of_the_queries(office: Office) -> None:
    ana = office.login("ana")
    watcher = Watcher(ana)

    conversation = office.customer_writes("oi")

    until("the message", lambda: watcher.messages)
    until("the ticket", lambda: watcher.tickets)
    thread = ana.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    assert watcher.messages[-1] == thread[-1]
    assert watcher.tickets[-1] == ana.get("/v1/tickets").json()["items"][0]
    assert watcher.events[-1].id == f"{office.cell.log.log_id()}.{office.cell.log.head()}"


def test_a_viewer_sees_what_their_queries_answer_and_what_they_lost(office: Office) -> None:
    administration = InstallationCommands(office.cell.log)
    tenant = administration.add_tenant("Outra")
    administration.add_channel(tenant, "200000000000002", "Outro número", "other")
    office.hire("zoe", "admin", tenant)
    ana, bruno, clara, zoe = (Watcher(office.login(n)) for n in ("ana", "bruno", "clara", "zoe"))
    waiting = office.customer_writes("na fila")
    taken = {"conversation_id": str(waiting), "number": 1}
    by_bruno = office.login("bruno")

    take(by_bruno, waiting, office.people["bruno"])
    send(by_bruno, waiting, "só para quem vê")
    office.customer_writes("outra empresa", number="200000000000002")
    until("all to have seen it", lambda: texts(zoe) and "só para quem vê" in texts(clara) + texts(bruno))
    until("bruno", lambda: "só para quem vê" in texts(bruno))
    until("ana to lose it", lambda: ana.gone)

    assert ana.gone == [taken]
    assert "só para quem vê" not in str(ana.events)
    assert bruno.gone == clara.gone == []
    assert texts(zoe) == ["outra empresa"]
    assert str(waiting) not in str(zoe.events)
    assert "outra empresa" not in str([ana.events, bruno.events, clara.events])

    take(office.login("clara"), waiting, office.people["clara"], '"3"')
    until("bruno to lose it", lambda: bruno.gone == [taken])
    time.sleep(0.3)
    assert ana.gone == [taken], "nobody is told of what they did not see before"


def test_a_ticket_that_closes_in_the_queue_is_gone_for_agents(office: Office) -> None:
    conversation = office.customer_writes("oi")
    ana, clara = Watcher(office.login("ana")), Watcher(office.login("clara"))
    office.login("clara").post(f"/v1/conversations/{conversation}/close", headers={"If-Match": '"2"'})
    until("ana", lambda: ana.gone == [{"conversation_id": str(conversation), "number": 1}])
    until("clara", lambda: [ticket["state"] for ticket in clara.tickets] == ["closed"])
    assert clara.gone == []


def test_whoever_comes_back_misses_nothing(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("m0")
    first = Watcher(ana)
    office.customer_writes("m1")
    until("m1", lambda: "m1" in texts(first))
    last = first.events[-1].id
    first.leave()

    office.customer_writes("m2", "m3")
    by_query, by_header = Watcher(ana, after=last), Watcher(ana, **{"Last-Event-ID": last})
    office.customer_writes("m4")

    for watcher in (by_query, by_header):
        until("m4", lambda watcher=watcher: "m4" in texts(watcher))  # type: ignore[misc]
        assert texts(watcher) == ["m2", "m3", "m4"]
        assert "resync" not in [event.name for event in watcher.events]
    header_wins = Watcher(ana, after="another.1", **{"Last-Event-ID": by_query.events[-1].id})
    assert [event.name for event in header_wins.events] == ["change"]
    assert conversation


def test_a_position_too_old_too_new_or_of_another_log_means_resync(office: Office) -> None:
    office.customer_writes("oi")
    ana, log, head = office.login("ana"), office.cell.log.log_id(), office.cell.log.head()
    for after in (f"another.{head}", f"{log}.{head + 1}"):
        assert Watcher(ana, after=after).events[0].name == "resync"
    assert ana.get("/v1/stream", params={"after": "nonsense"}).status_code == 422

    conversation = office.customer_writes("oi")
    _lengthen(office, conversation, stream_hub.OLDEST_RESUMED + 100)
    watcher = Watcher(ana, after=f"{log}.{head}")
    assert watcher.events[0].name == "resync"
    office.customer_writes("depois")
    until("the rest", lambda: "depois" in texts(watcher))


def test_nobody_comes_in_without_a_session_of_their_own(office: Office) -> None:
    nobody, ana = office.client(), office.login("ana")
    assert nobody.get("/v1/stream").status_code == 401
    assert nobody.get("/v1/stream", params={"token": ana.cookies["balcao_session"]}).status_code == 401
    refused = ana.get("/v1/stream", headers={"Origin": "https://evil.example"})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("how", ["logout", "deactivated"])
def test_a_stream_ends_within_five_seconds_of_its_session(office: Office, how: str) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    watcher, other = Watcher(ana), Watcher(bruno)
    if how == "logout":
        assert ana.delete("/v1/session").status_code == 204
    else:
        office.changed("ana", active=False)
    assert watcher.closed.wait(5)
    assert not other.closed.is_set()


def test_a_text_cannot_break_the_framing(office: Office) -> None:
    watcher = Watcher(office.login("ana"))
    evil = "a\n\nevent: change\ndata: {}\n\nid: x\r\n\u2028b"
    office.customer_writes(evil)
    until("the message", lambda: watcher.messages)
    assert texts(watcher)[0] == evil.replace("\r", "").replace("\u2028", "\n")
    assert {event.name for event in watcher.events} == {"change"}


def test_an_idle_stream_lives_and_moves_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_hub, "HEARTBEAT_S", 0.2)
    ana = Watcher(office.login("ana"))
    until("signs of life", lambda: len(ana.signs_of_life) > 3)
    for sign in ana.signs_of_life:
        assert abs(datetime.now(UTC) - datetime.fromisoformat(sign.data["at"])) < timedelta(seconds=8)
        assert sign.id == "", "it moves no position"
    InstallationCommands(office.cell.log).add_tenant("Nobody's business")
    head = f"{office.cell.log.log_id()}.{office.cell.log.head()}"
    until("the position to move", lambda: ana.changes[-1].id == head)
    assert not any(ana.changes[-1].data.values())


def test_who_is_renamed_or_begins_to_work_is_told_to_every_open_stream_of_the_company(office: Office) -> None:
    """F24: a team that was renamed kept its old name until the page was loaded anew."""
    administration = InstallationCommands(office.cell.log)
    tenant = administration.add_tenant("Outra")
    office.hire("zoe", "admin", tenant)
    team = office.team("Loja", "ana", channel=True)
    conversation = office.customer_writes("oi")
    ana, davi = office.login("ana"), office.login("davi")
    watchers = [Watcher(ana), Watcher(davi)]
    stranger = Watcher(office.login("zoe"))

    assert davi.put(f"/v1/teams/{team}", json={"name": "Vendas"}).status_code == 200
    renamed = {"kind": "team", "id": str(team), "name": "Vendas"}
    until("the new name", lambda: all(each.directory == [renamed] for each in watchers))
    take(ana, conversation, office.people["ana"])
    until("the ticket", lambda: all(each.tickets for each in watchers))
    assert {each.tickets[-1]["team"]["name"] for each in watchers} == {"Vendas"}, "never the old one again"

    eva = office.hire("eva", "agent")
    office.changed("bruno", limit=3)
    settings = {"has_bot": True, "team_id": None}
    assert davi.put(f"/v1/channels/{office.cell.channel_id}", json=settings).status_code == 200
    more = [
        {"kind": "agent", "id": str(eva), "name": "Eva"},
        {"kind": "agent", "id": str(office.people["bruno"]), "name": "Bruno"},
        {"kind": "channel", "id": str(office.cell.channel_id), "name": "Atendimento"},
    ]
    until("the rest", lambda: all(each.directory[1:] == more for each in watchers))
    assert stranger.directory == []
    later = Watcher(ana, after=watchers[0].changes[0].id)
    until("what came meanwhile", lambda: later.directory == [renamed, *more])


def test_a_viewer_who_reads_nothing_is_cut_off_and_bothers_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_hub, "QUEUED", 3)
    monkeypatch.setattr("services.http.edge.lasting.SEND_WITHIN_S", 1.0)
    ana, clara = office.login("ana"), Watcher(office.login("clara"))
    place = urlsplit(office.url)
    with socket.create_connection((place.hostname or "", place.port or 0)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        cookie = f"balcao_session={ana.cookies['balcao_session']}"
        slow.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
        until("two streams", lambda: _streams(office) == 2)
        deadline = time.monotonic() + 120
        while _streams(office) == 2:
            assert time.monotonic() < deadline, "the slow one stays"
            office.customer_writes(*["x" * 4000] * 40)
        assert _streams(office) == 1
        assert not clara.closed.is_set()


def _streams(office: Office) -> float:
    lines = office.client().get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("balcao_live_streams ")))


def _lengthen(office: Office, conversation: Any, events: int) -> None:
    """Many facts of one ticket, as if it had been marked all day."""
    version = office.cell.rows(
        "select max(originator_version) from events where originator_id = %s", conversation
    )
    who, at = office.people["ana"], office.cell.history()[-1].recorded_at
    facts = [MarkedAnswered(ticket=1, by=who), MarkedUnanswered(ticket=1, by=who, marked_at=at)]
    tenant = office.cell.tenant_id
    new = [
        NewEvent(
            facts[n % 2], conversation, version[0][0] + 1 + n, uuid7(), tenant, conversation, None, "agent:x"
        )
        for n in range(events)
    ]
    assert isinstance(office.cell.log.append(Append(events=new)), Appended)
    office.settle()
