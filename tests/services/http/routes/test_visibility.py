"""What somebody may not see is asked for through every route and the stream: it does not exist."""

from uuid import UUID, uuid4

import pytest

from domain.conversation.ticket_events import Transferred
from services.commands.installation import InstallationCommands
from tests.services.http.actions import customers_in, send, take
from tests.services.http.asker import CONTRACT, OF_A_CONTACT, OF_A_CONVERSATION, Asker, others_in
from tests.support.office import Office, Watcher
from tests.support.waiting import until


@pytest.mark.parametrize("who", ["bruno", "eva", "zoe"])
def test_every_route_answers_as_if_it_did_not_exist(office: Office, who: str) -> None:
    tenant = InstallationCommands(office.cell.log).add_tenant("Outra")
    office.hire("zoe", "admin", tenant)
    office.hire("eva", "supervisor")
    office.team("Vendas", "ana", channel=True)
    office.team("Suporte", "bruno", "eva")
    waiting, taken = office.customer_writes("segredo"), office.customer_writes("segredo", customer=2)
    ana = office.login("ana")
    until("ana to see them", lambda: len(customers_in(ana, "queue")) == 2, 5)
    assert take(ana, taken, office.people["ana"]).status_code == 200
    office.settle()
    client, nothing = office.login(who), uuid4()
    (message,) = ana.get(f"/v1/conversations/{taken}/messages").json()["items"]
    asker = Asker(client, office.people[who], UUID(message["id"]))
    before = office.cell.log.head()

    contact = UUID(ana.get(f"/v1/conversations/{taken}").json()["contact"]["id"])
    assert (len(OF_A_CONVERSATION), len(OF_A_CONTACT)) >= (20, 5)
    for method, path in OF_A_CONVERSATION + OF_A_CONTACT:
        missing = asker.ask(method, path, nothing, 2)
        refused = 403 if path.endswith("/erasure") and who != "zoe" else 404  # of admins alone
        assert missing.status_code == refused, (method, path, missing.text)
        for hidden in (waiting, taken) if (method, path) in OF_A_CONVERSATION else (contact,):
            for control in (1, 2, 3, 7):
                answer = asker.ask(method, path, hidden, control)
                assert (answer.status_code, answer.text) == (refused, missing.text), (method, path, control)
                assert "etag" not in answer.headers
    assert office.cell.log.head() == before

    for path, operations in CONTRACT["paths"].items():
        if "get" in operations and "{" not in path and path.startswith("/v1") and path != "/v1/stream":
            told = client.get(path).text
            assert "segredo" not in told, path
            assert str(waiting) not in told, path
            assert str(taken) not in told, path
            assert "Cliente" not in told, path
    counts = client.get("/v1/tickets/counts").json()
    assert {view["count"] for view in counts.values() if isinstance(view, dict)} == {0}


def test_whoever_sees_it_is_answered(office: Office) -> None:
    """The counterpart: the walk above is refused for its visibility, not for its shape."""
    office.team("Vendas", "ana", channel=True)
    conversation = office.customer_writes("oi")
    davi = office.login("davi")
    (message,) = davi.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    asker = Asker(davi, office.people["davi"], UUID(message["id"]))
    for method, path in OF_A_CONVERSATION:
        if others_in(path):
            continue
        control = davi.get(f"/v1/conversations/{conversation}").json()["ticket"]["control"]
        answer = asker.ask(method, path, conversation, control)
        assert answer.status_code not in (400, 404, 405, 428, 500), (method, path, answer.text)
        office.settle()


def test_a_supervisor_sees_their_teams_and_what_has_none(office: Office) -> None:
    office.hire("eva", "supervisor")
    nobodys = office.customer_writes("oi", customer=1)
    office.team("Vendas", "ana", "clara", channel=True)
    sales = office.customer_writes("oi", customer=2)
    ana, bruno = office.login("ana"), office.login("bruno")
    clara, eva, davi = office.login("clara"), office.login("eva"), office.login("davi")
    until("ana to see it", lambda: sorted(customers_in(ana)) == ["1", "2"], 5)
    take(ana, sales, office.people["ana"])
    office.settle()
    assert sorted(customers_in(ana)) == ["1", "2"]
    assert sorted(customers_in(clara)) == sorted(customers_in(davi)) == ["1", "2"]
    assert customers_in(eva) == customers_in(bruno) == ["1"]
    assert eva.get(f"/v1/conversations/{sales}").status_code == 404
    assert eva.get(f"/v1/conversations/{nobodys}").status_code == 200
    handed = take(davi, sales, office.people["eva"], '"3"')
    assert handed.status_code == 200
    office.settle()
    assert sorted(customers_in(eva)) == ["1", "2"], "what is theirs they see"
    assert send(eva, sales, "oi").status_code == 202


def test_a_ticket_that_goes_to_another_team_is_gone_for_those_who_saw_it(office: Office) -> None:
    office.team("Vendas", "ana", channel=True)
    support = office.team("Suporte", "bruno")
    ana, bruno, davi = office.login("ana"), office.login("bruno"), office.login("davi")
    until("ana to be of the team", lambda: ana.get("/v1/me").json()["teams"], 5)
    conversation = office.customer_writes("oi")
    until("ana to see it", lambda: customers_in(ana) == ["1"], 5)
    of_ana, of_bruno = Watcher(ana), Watcher(bruno)
    path = f"/v1/conversations/{conversation}/transfer"

    moved = davi.post(path, json={"team_id": str(support)}, headers={"If-Match": '"2"'})

    assert moved.status_code == 200, moved.text
    gone = {"conversation_id": str(conversation), "number": 1}
    until("it to be gone for ana", lambda: of_ana.gone == [gone])
    until("bruno to get it", lambda: [t["team"]["name"] for t in of_bruno.tickets] == ["Suporte"])
    assert of_bruno.gone == []
    office.customer_writes("e agora?")
    until("bruno to read it", lambda: [m["text"] for m in of_bruno.messages] == ["e agora?"])
    assert "e agora?" not in str(of_ana.events)
    assert len(office.cell.facts(Transferred)) == 1


@pytest.mark.parametrize("how", ["teams", "role"])
def test_a_stream_resyncs_within_five_seconds_of_a_change_of_visibility(office: Office, how: str) -> None:
    team = office.team("Vendas", "ana", "clara", channel=True)
    who = {"teams": "ana", "role": "clara"}[how]
    client, other = office.login(who), Watcher(office.login("bruno"))
    until("the team", lambda: client.get("/v1/me").json()["teams"], 5)
    office.customer_writes("oi")
    until("the ticket", lambda: customers_in(client) == ["1"], 5)
    watcher = Watcher(client)
    last = watcher.events[-1].id
    assert team

    office.changed(
        who, **({"teams": frozenset()} if how == "teams" else {"role": "agent", "teams": frozenset()})
    )

    assert watcher.closed.wait(5)
    if how == "role":  # whoever gets another role logs in again
        until("the end of the session", lambda: client.get("/v1/me").status_code == 401, 5)
        client = office.login(who)
    else:
        assert watcher.events[-1].name == "resync"
    assert customers_in(client) == []
    again = Watcher(client, after=last)
    assert again.events[0].name == "resync", "whoever was away meanwhile loads again, too"
    assert not other.closed.is_set()


def test_whoever_loses_a_role_or_a_team_is_refused_within_five_seconds(office: Office) -> None:
    office.team("Vendas", "ana", channel=True)
    office.hire("eva", "admin")
    ana, eva = office.login("ana"), office.login("eva")
    until("the team", lambda: ana.get("/v1/me").json()["teams"], 5)
    conversation = office.customer_writes("oi")
    assert eva.post("/v1/teams", json={"name": "A"}, headers={"Idempotency-Key": "a"}).status_code == 201
    office.changed("ana", teams=frozenset())
    office.changed("eva", role="agent")

    def refused() -> bool:
        added = eva.post("/v1/teams", json={"name": uuid4().hex}, headers={"Idempotency-Key": uuid4().hex})
        answered = ana.put(f"/v1/conversations/{conversation}/answered", json={"answered": False})
        return (added.status_code, answered.status_code) == (401, 404)

    until("both to be refused", refused, 5)
    added = office.login("eva").post("/v1/teams", json={"name": "B"}, headers={"Idempotency-Key": "b"})
    assert added.status_code == 403
