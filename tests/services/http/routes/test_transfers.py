"""Handing over, ending and taking back, through HTTP on the real store."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.administration import AgentDeactivated, ChannelConfigured
from domain.conversation.ticket_events import Closed, MoveUndone, Reopened, Tagged, Transferred
from services.commands.installation import InstallationCommands
from tests.services.http.actions import (
    etag,
    from_now,
    list_tickets,
    post_action,
    send,
    snooze,
    take,
    ticket_of,
)
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def test_a_ticket_goes_to_a_colleague_with_words_that_the_customer_never_sees(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    mine = etag(take(ana, conversation, office.people["ana"]))
    office.settle()
    watcher = Watcher(ana)

    done = post_action(
        ana, conversation, "transfer", mine, agent_id=str(office.people["bruno"]), note="quer o boleto"
    )

    assert etag(done) == '"4"'
    position = done.json()["position"]
    assert [t["owner"]["name"] for t in list_tickets(bruno, "mine", position)] == ["Bruno"]
    assert ana.get(f"/v1/conversations/{conversation}").json()["access"] == "notes", "she goes on reading it"
    assert list_tickets(ana, "all", position) == []
    until("it to be gone from Ana's lists", lambda: watcher.gone)
    watcher.leave()
    thread = bruno.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    assert [(m["direction"], m["type"], m["text"], m["author"]["name"]) for m in thread[1:]] == [
        ("internal", "note", "quer o boleto", "Ana")
    ]
    (fact,) = office.cell.facts(Transferred)
    assert (fact.by, fact.agent_id, fact.note) == (
        *(office.people["ana"], office.people["bruno"]),
        "quer o boleto",
    )


def test_a_ticket_goes_to_a_team_or_to_somebody_within_it(office: Office) -> None:
    billing = office.team("Cobrança", "bruno")
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    mine = etag(take(ana, conversation, office.people["ana"]))

    stranger = post_action(
        ana, conversation, "transfer", mine, team_id=str(billing), agent_id=str(office.people["ana"])
    )
    queued = post_action(ana, conversation, "transfer", mine, team_id=str(billing))

    assert (stranger.status_code, stranger.json()["code"]) == (422, "not_in_team")
    (ticket,) = list_tickets(bruno, "queue", queued.json()["position"])
    assert (ticket["team"], ticket["owner"]) == ({"id": str(billing), "name": "Cobrança"}, None)
    assert list_tickets(ana, "queue", queued.json()["position"]) == []
    back = post_action(ana, conversation, "undo", etag(queued))
    (ticket,) = list_tickets(ana, "mine", back.json()["position"])
    assert ticket["team"] is None
    there = post_action(
        ana, conversation, "transfer", etag(back), team_id=str(billing), agent_id=str(office.people["bruno"])
    )
    (ticket,) = list_tickets(bruno, "mine", there.json()["position"])
    assert ticket["team"]["name"] == "Cobrança"


def test_whoever_transferred_a_ticket_can_undo_it_without_seeing_it(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    mine = etag(take(ana, conversation, office.people["ana"]))
    done = post_action(ana, conversation, "transfer", mine, agent_id=str(office.people["bruno"]))
    left = datetime.fromisoformat(done.json()["undo_until"]) - datetime.now(UTC)
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)

    refused = post_action(bruno, conversation, "undo", etag(done))
    back = post_action(ana, conversation, "undo", etag(done))

    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_undo")
    assert [t["state"] for t in list_tickets(ana, "mine", back.json()["position"])] == ["open"]
    assert post_action(ana, conversation, "undo", etag(back)).json()["code"] == "nothing_to_undo"
    assert len(office.cell.facts(MoveUndone)) == 1


def test_a_transfer_is_not_undone_once_the_new_owner_answered(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    mine = etag(take(ana, conversation, office.people["ana"]))
    done = post_action(ana, conversation, "transfer", mine, agent_id=str(office.people["bruno"]))
    assert send(bruno, conversation, "Oi, sou o Bruno").status_code == 202

    late = post_action(ana, conversation, "undo", etag(done))

    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_undo")
    assert [t["state"] for t in list_tickets(bruno, "mine", office.head())] == ["open"]


def test_whoever_transferred_a_ticket_learns_that_it_moved_on_out_of_their_sight(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    snoozed = etag(snooze(ana, conversation, from_now(hours=1)))
    done = post_action(ana, conversation, "transfer", snoozed, agent_id=str(office.people["bruno"]))
    office.customer_writes("alguém?")

    late = post_action(ana, conversation, "undo", etag(done))

    assert (late.status_code, late.json()["code"]) == (409, "control_moved")
    assert late.json()["owner"]["name"] == "Bruno"


def test_a_snooze_from_the_queue_undone_leaves_the_ticket_at_its_old_place(office: Office) -> None:
    ana = office.login("ana")
    first, second = (office.customer_writes("oi", customer=n) for n in (1, 2))

    snoozed = snooze(ana, first, from_now(hours=1))
    assert [t["conversation_id"] for t in list_tickets(ana, "queue", snoozed.json()["position"])] == [
        str(second)
    ]
    back = post_action(ana, first, "undo", etag(snoozed))

    waiting = list_tickets(ana, "queue", back.json()["position"])
    assert {(t["conversation_id"], t["owner"]) for t in waiting} == {(str(first), None), (str(second), None)}
    queued = dict(office.cell.rows("select conversation_id, queued_at from workspace"))
    assert queued[first] < queued[second]


def test_a_close_has_a_reason_and_tags_and_can_be_undone(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi", "alguém?")
    mine = etag(take(ana, conversation, office.people["ana"]))

    done = post_action(ana, conversation, "close", mine, reason="resolvido", tags=["Entrega", "entrega"])

    assert list_tickets(ana, "mine", done.json()["position"]) == []
    (fact,) = office.cell.facts(Closed)
    assert (fact.by, fact.reason) == (office.people["ana"], "resolvido")
    assert [fact.tag for fact in office.cell.facts(Tagged)] == ["Entrega"]

    back = post_action(ana, conversation, "undo", etag(done))
    (ticket,) = list_tickets(ana, "mine", back.json()["position"])
    assert (ticket["number"], ticket["state"], ticket["unread"], ticket["unanswered"]) == (1, "open", 2, True)


def test_an_undone_snooze_restores_the_due_time_before_it(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    first = snooze(ana, conversation, from_now(hours=1))
    second = snooze(ana, conversation, from_now(hours=2), seen=etag(first))
    assert second.json()["undo_until"]

    back = post_action(ana, conversation, "undo", etag(second))

    (ticket,) = list_tickets(ana, "snoozed", back.json()["position"])
    assert ticket["snoozed_until"] == first.json()["snoozed_until"]


def test_after_the_customer_wrote_there_is_nothing_to_undo(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    snoozed = etag(snooze(ana, conversation, from_now(hours=1)))
    office.customer_writes("alguém?")
    stale = post_action(ana, conversation, "undo", snoozed)
    assert (stale.status_code, stale.json()["code"]) == (409, "control_moved")
    now = post_action(ana, conversation, "undo", stale.headers["etag"])
    assert (now.status_code, now.json()["code"]) == (409, "nothing_to_undo")


def test_agents_transfer_only_their_own_tickets(office: Office) -> None:
    ana, clara, conversation = office.login("ana"), office.login("clara"), office.customer_writes("oi")
    bruno = str(office.people["bruno"])
    assert post_action(ana, conversation, "transfer", agent_id=bruno).status_code == 403
    assert post_action(clara, conversation, "transfer", agent_id=bruno).status_code == 200
    hidden = post_action(ana, conversation, "transfer", '"3"', agent_id=bruno)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    stale = post_action(ana, conversation, "transfer", agent_id=bruno)
    assert (stale.status_code, stale.json()["owner"]["name"]) == (409, "Bruno")


def test_a_ticket_is_transferred_only_to_somebody_who_works_here(office: Office) -> None:
    elsewhere = InstallationCommands(office.cell.log).add_tenant("Boreal")
    stranger = office.hire("eva", "agent", elsewhere)
    clara, conversation = office.login("clara"), office.customer_writes("oi")
    for nobody in (uuid4(), stranger, conversation):
        refused = post_action(clara, conversation, "transfer", agent_id=str(nobody))
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_agent")
        refused = post_action(clara, conversation, "transfer", team_id=str(nobody))
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_team")
    assert office.cell.facts(Transferred) == []


def test_a_transfer_to_its_owner_and_a_second_close_change_nothing(office: Office) -> None:
    clara, conversation = office.login("clara"), office.customer_writes("oi")
    bruno = str(office.people["bruno"])
    once = post_action(clara, conversation, "transfer", agent_id=bruno)
    again = post_action(clara, conversation, "transfer", etag(once), agent_id=bruno)
    assert etag(again) == etag(once)
    ended = post_action(clara, conversation, "close", etag(again), reason="fim")
    for seen in (etag(again), etag(ended)):
        assert etag(post_action(clara, conversation, "close", seen, reason="outro")) == etag(ended)
    for seen in ('"1"', '"99"'):
        stale = post_action(clara, conversation, "close", seen, reason="outro")
        assert (stale.status_code, stale.json()["code"]) == (409, "control_moved")
    assert (len(office.cell.facts(Transferred)), len(office.cell.facts(Closed))) == (1, 1)


def test_a_note_with_a_transfer_to_its_own_team_is_kept_and_costs_no_place(
    office: Office,
) -> None:
    davi, billing = office.login("davi"), str(office.team("billing", "ana"))
    first, second = office.customer_writes("oi"), office.customer_writes("olá", customer=2)
    seen = {each: etag(post_action(davi, each, "transfer", team_id=billing)) for each in (first, second)}

    said = post_action(davi, first, "transfer", seen[first], team_id=billing, note="ligar antes das 18h")

    assert etag(said) != seen[first], "asked again as it was seen, it is not said twice"
    office.settle()
    listed = davi.get("/v1/tickets", params={"view": "queue", "sort": "queued"}).json()["items"]
    assert [item["conversation_id"] for item in listed] == [str(first), str(second)]
    messages = davi.get(f"/v1/conversations/{first}/messages").text
    assert messages.count("ligar antes das 18h") == 1


def test_a_message_soon_after_the_close_reopens_the_same_ticket_for_the_same_agent(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    rule = ChannelConfigured(
        team_id=None,
        has_bot=False,
        reopen_within_s=600,
        sends_read=False,
        sends_typing=False,
        auto_assign=False,
    )
    office.happens(office.cell.channel_id, rule)
    mine = etag(take(ana, conversation, office.people["ana"]))
    ended = etag(post_action(ana, conversation, "close", mine, reason="resolvido"))

    assert office.customer_writes("só mais uma coisa") == conversation

    (ticket,) = list_tickets(ana, "mine", office.head())
    assert (ticket["number"], ticket["unread"], ticket["state"]) == (1, 1, "open")
    assert f'"{ticket["control"]}"' > ended

    etag(post_action(ana, conversation, "close", f'"{ticket["control"]}"'))
    office.happens(office.people["ana"], AgentDeactivated())
    office.customer_writes("e outra")
    clara = office.login("clara")
    (ticket,) = list_tickets(clara, "queue", office.head())
    assert (ticket["number"], ticket["owner"]) == (1, None)
    assert [fact.owner for fact in office.cell.facts(Reopened)] == [office.people["ana"], None]


BODIES: list[tuple[str, dict[str, Any], int, str]] = [
    ("transfer", {"note": "a"}, 422, "invalid"),
    ("transfer", {"agent_id": None, "team_id": None}, 422, "invalid"),
    ("transfer", {"agent_id": {"$ne": None}}, 422, "invalid"),
    ("transfer", {"agent_id": 1}, 422, "invalid"),
    ("transfer", {"agent_id": "1"}, 422, "invalid"),
    ("transfer", {"agent_id": str(uuid4()), "by": "me"}, 422, "invalid"),
    ("transfer", {"agent_id": str(uuid4()), "note": "x" * 4097}, 422, "invalid"),
    ("transfer", {"agent_id": str(uuid4()), "note": "a\x00"}, 422, "invalid"),
    ("close", {"reason": "x" * 501}, 422, "invalid"),
    ("close", {"reason": ["a"]}, 422, "invalid"),
    ("close", {"tags": "VIP"}, 422, "invalid"),
    ("close", {"tags": [1]}, 422, "invalid"),
    ("close", {"tags": [""]}, 422, "tag_name"),
    ("close", {"tags": ["x" * 51]}, 422, "tag_name"),
    ("close", {"tags": [f"{n}" for n in range(21)]}, 422, "too_many_tags"),
    ("close", {"tags": ["a"] * 10_001}, 400, "malformed"),
]


def test_b062_b064_an_invalid_body_changes_nothing(office: Office) -> None:
    clara, conversation = office.login("clara"), office.customer_writes("oi")
    head = office.cell.log.head()
    for what, body, status, code in BODIES:
        refused = post_action(clara, conversation, what, **body)
        assert (refused.status_code, refused.json()["code"]) == (status, code), body
    assert office.cell.log.head() == head


def test_b056_what_moves_a_ticket_needs_the_version_that_was_seen(office: Office) -> None:
    clara, conversation = office.login("clara"), office.customer_writes("oi")
    head = office.cell.log.head()
    for what in ("transfer", "close", "undo"):
        body = {"agent_id": str(office.people["bruno"])} if what == "transfer" else {}
        for seen, status in ((None, 428), ('"1"', 409), ('"99"', 409), ('"abc"', 400), (f'"{2**63}"', 400)):
            assert post_action(clara, conversation, what, seen, **body).status_code == status
        assert post_action(clara, uuid4(), what, **body).status_code == 404
    assert office.cell.log.head() == head
    assert ticket_of(clara, conversation)["state"] == "queue"
