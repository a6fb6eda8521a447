"""One request for many tickets: each is answered as alone, and no bad one stops the others."""

from typing import Any
from uuid import UUID, uuid4

import httpx2

from domain.conversation.ticket_events import Assigned, BotReactivated, Closed, Snoozed, Tagged, Transferred
from services.commands.installation import InstallationCommands
from tests.services.http.actions import from_now, list_tickets, take
from tests.support.bots import BOT_NUMBER
from tests.support.office import Office


def bulk(client: httpx2.Client, action: str, items: dict[UUID, int] | list[Any], **body: Any) -> Any:
    asked = (
        [{"conversation_id": str(id), "control": n} for id, n in items.items()]
        if isinstance(items, dict)
        else items
    )
    return client.post("/v1/tickets/bulk", json={"action": action, "items": asked, **body})


def results(answer: httpx2.Response) -> list[tuple[int, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(item["status"], item["code"]) for item in answer.json()["items"]]


def test_each_ticket_is_answered_as_alone_and_a_bad_one_stops_no_other(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    mine, free, taken, ended = (office.customer_writes("oi", customer=n) for n in range(1, 5))
    assert take(ana, mine, office.people["ana"]).status_code == 200
    assert take(bruno, taken, office.people["bruno"]).status_code == 200
    closed = ana.post(f"/v1/conversations/{ended}/close", headers={"If-Match": '"2"'})
    nobodys, reason = uuid4(), "fim do turno"

    answer = bulk(ana, "close", {mine: 3, free: 1, taken: 2, ended: 3, nobodys: 1}, reason=reason)

    assert results(answer) == [
        *((200, None), (409, "control_moved"), (409, "control_moved"), (404, "not_found"), (404, "not_found"))
    ]
    assert closed.status_code == 200
    late = answer.json()["items"][2]
    assert (late["control"], late["owner"]["name"]) == (3, "Bruno")
    assert answer.json()["items"][0]["control"] == 4
    assert list_tickets(ana, "mine", answer.json()["position"]) == []
    assert [fact.reason for fact in office.cell.facts(Closed)] == [None, reason]


def test_a_hundred_at_once_are_one_append(office: Office) -> None:
    clara, ana = office.login("clara"), office.people["ana"]
    threads = [office.customer_writes("oi", customer=n) for n in range(1, 9)]

    answer = bulk(clara, "assign", dict.fromkeys(threads, 2), assignee_id=str(ana))

    assert results(answer) == [(200, None)] * 8
    moments = {e.recorded_at for e in office.cell.history() if isinstance(e.fact, Assigned)}
    assert (len(moments), len(office.cell.facts(Assigned))) == (1, 8)
    again = bulk(clara, "assign", dict.fromkeys(threads, 2), assignee_id=str(ana))
    assert results(again) == [(200, None)] * 8, "it is so already"
    assert len(office.cell.facts(Assigned)) == 8


def test_every_action_is_the_one_of_its_single_command(office: Office) -> None:
    clara, bruno = office.login("clara"), str(office.people["bruno"])
    one, two = office.customer_writes("oi", customer=1), office.customer_writes("oi", customer=2)

    def done(action: str, control: int, **body: Any) -> None:
        answer = bulk(clara, action, {one: control, two: control}, **body)
        assert results(answer) == [(200, None)] * 2, (action, answer.text)

    done("tag", 0, tags=["VIP"])
    done("tags", 0, tags=["vip", "Troca"])
    done("answered", 0, answered=True)
    done("snooze", 2, until=from_now(hours=1), zone="America/Sao_Paulo")
    done("wake", 3)
    done("transfer", 4, agent_id=bruno, note="por favor")
    done("unassign", 5)
    done("close", 6, tags=["fim"])
    assert [fact.tag for fact in office.cell.facts(Tagged)] == [
        *("VIP", "VIP", "Troca", "Troca", "fim", "fim"),
    ]
    assert [len(office.cell.facts(kind)) for kind in (Snoozed, Transferred, Closed)] == [2, 2, 2]


def test_many_go_to_the_bot_where_their_number_has_one(office: Office) -> None:
    cell = office.cell
    InstallationCommands(cell.log).add_channel(cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True)
    one, two = (office.customer_writes("oi", customer=n, number=BOT_NUMBER) for n in (1, 2))
    three, clara = office.customer_writes("oi", customer=3), office.login("clara")
    me = str(office.people["clara"])
    assert results(bulk(clara, "assign", {one: 1, two: 1}, assignee_id=me)) == [(200, None)] * 2

    given = bulk(clara, "bot", {one: 2, two: 1, three: 2}, until="hours", hours=2)

    assert results(given) == [(200, None), (409, "control_moved"), (409, "no_bot")]
    (fact,) = cell.facts(BotReactivated)
    assert (fact.until, fact.epoch, given.json()["items"][0]["control"]) == ("hours", 3, 3)
    ended = bulk(clara, "bot", {one: 3, two: 2}, until="flow_end", close=True)
    assert results(ended) == [(200, None)] * 2
    assert [fact.reason for fact in cell.facts(Closed)] == ["bot", "bot"]
    turns = bulk(clara, "bot", {one: 3}, until="hours")
    assert turns.status_code == 422, "hours goes with until hours"


def test_agents_transfer_only_their_own_tickets_and_only_to_colleagues(office: Office) -> None:
    ana = office.login("ana")
    mine, free = office.customer_writes("oi", customer=1), office.customer_writes("oi", customer=2)
    assert take(ana, mine, office.people["ana"]).status_code == 200
    to = str(office.people["bruno"])
    assert results(bulk(ana, "transfer", {free: 2, mine: 3}, agent_id=to)) == [
        *((403, "forbidden"), (200, None)),
    ]
    clara = office.login("clara")
    for action, who in (("assign", "assignee_id"), ("transfer", "agent_id")):
        refused = bulk(clara, action, {free: 2}, **{who: str(uuid4())})
        assert results(refused) == [(422, "unknown_agent")]
    assert results(bulk(ana, "transfer", {free: 2}, team_id=str(uuid4()))) == [(422, "unknown_team")]
    assert results(bulk(ana, "tag", {mine: 9, free: 9}, tags=["VIP"])) == [
        *((403, "takes_part"), (200, None)),
    ]
    assert results(bulk(ana, "tag", {free: 9}, tags=[""])) == [(422, "tag_name")]


def test_b064_nothing_of_what_is_refused_is_sent_back(office: Office) -> None:
    clara, thread = office.login("clara"), office.customer_writes("oi")
    secret, item = "segredo " * 3, {"conversation_id": str(thread), "control": 2}
    wrong = [
        bulk(clara, secret, [item]),
        bulk(clara, "close", [item], **{secret: 1}),
        bulk(clara, "close", [{**item, "conversation_id": secret}]),
        bulk(clara, "close", [{**item, secret: secret}]),
    ]
    for refused in wrong:
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert "`" not in refused.text, "not even a letter of it"
        assert "segredo" not in refused.text
    typed = bulk(clara, "close", [item], tgas=["VIP"]).json()["errors"]
    assert [error["field"] for error in typed] == ["body.tgas"], "a name as ours are helps to find it"


def test_b062_b064_what_is_no_list_of_tickets_changes_nothing(office: Office) -> None:
    clara, thread = office.login("clara"), office.customer_writes("oi")
    item = {"conversation_id": str(thread), "control": 2}
    head = office.cell.log.head()
    bad: list[tuple[str, list[Any], dict[str, Any], int]] = [
        ("close", [], {}, 422),
        ("close", [item, item], {}, 422),
        ("close", [{**item, "conversation_id": str(uuid4())} for _ in range(101)], {}, 422),
        ("close", [item] * 10_001, {}, 413),
        ("close", [{**item, "control": "2"}], {}, 422),
        ("close", [{**item, "control": -1}], {}, 422),
        ("close", [{**item, "control": 2**63}], {}, 422),
        ("close", [{"conversation_id": str(thread)}], {}, 422),
        ("close", [{**item, "conversation_id": {"$ne": None}}], {}, 422),
        ("close", [None], {}, 422),
        ("erase", [item], {}, 422),
        ("assign", [item], {}, 422),
        ("close", [item], {"assignee_id": str(thread)}, 422),
    ]
    for action, items, body, status in bad:
        refused = bulk(clara, action, items, **body)
        assert (refused.status_code, refused.headers["content-type"]) == (
            *(status, "application/problem+json"),
        ), (action, items[:2])
    assert office.cell.log.head() == head
    assert office.client().post("/v1/tickets/bulk", json={}).status_code == 401
