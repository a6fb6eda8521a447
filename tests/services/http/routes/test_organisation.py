"""Teams, agents and numbers: who may change them, what is refused, and what follows within seconds."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.commands.installation import InstallationCommands
from tests.services.http.actions import customers_in, take
from tests.support.office import Office
from tests.support.waiting import until


def add(client: httpx2.Client, name: str, key: str | None = None) -> httpx2.Response:
    return client.post("/v1/teams", json={"name": name}, headers={"Idempotency-Key": key or uuid4().hex})


def names(client: httpx2.Client, position: str, what: str = "teams", **params: Any) -> list[str]:
    answer = client.get(f"/v1/{what}", params={"min_position": position, **params})
    assert answer.json()["stale"] is False
    return [item["name"] for item in answer.json()["items"]]


def test_an_admin_adds_renames_and_archives_teams(office: Office) -> None:
    davi, ana = office.login("davi"), office.login("ana")
    sales, support = add(davi, " Vendas "), add(davi, "Suporte")
    assert (sales.status_code, support.status_code) == (201, 201)
    assert names(ana, support.json()["position"]) == ["Suporte", "Vendas"]

    path = f"/v1/teams/{sales.json()['id']}"
    renamed = davi.put(path, json={"name": "Comercial"})
    assert names(ana, renamed.json()["position"]) == ["Comercial", "Suporte"]
    archived = davi.delete(path)
    assert names(ana, archived.json()["position"]) == ["Suporte"]
    assert names(ana, archived.json()["position"], archived=True) == ["Comercial", "Suporte"]
    assert davi.delete(path).status_code == 200, "a second time changes nothing"
    assert davi.put(path, json={"name": "Outra"}).status_code == 404
    assert davi.delete(f"/v1/teams/{uuid4()}").status_code == 404
    assert add(davi, "Comercial").status_code == 201, "the name of an archived team is free"


def test_a_repeated_request_adds_one_team(office: Office) -> None:
    davi = office.login("davi")
    first, again = add(davi, "Vendas", "k"), add(davi, "Vendas", "k")
    assert (again.status_code, again.json()) == (201, first.json())
    other = add(davi, "Suporte", "k")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert davi.post("/v1/teams", json={"name": "Suporte"}).status_code == 400
    assert len(names(davi, first.json()["position"])) == 1


def test_a_name_is_taken_whatever_its_case_and_width(office: Office) -> None:
    davi = office.login("davi")
    assert add(davi, "Suporte Técnico").status_code == 201
    other = add(davi, "Vendas").json()["id"]
    for name in ("suporte técnico", "SUPORTE  TÉCNICO", "Suporte Técnico", "Suporte Te\u0301cnico"):
        taken = add(davi, name)
        assert (taken.status_code, taken.json()["code"]) == (409, "name_taken"), name
    assert davi.put(f"/v1/teams/{other}", json={"name": "SUPORTE TÉCNICO"}).status_code == 409
    assert davi.put(f"/v1/teams/{other}", json={"name": "vendas"}).status_code == 200, "its own is its own"
    InstallationCommands(office.cell.log).add_tenant("Outra")
    zoe_tenant = InstallationCommands(office.cell.log).tenant_named("Outra")
    office.hire("zoe", "admin", zoe_tenant)
    assert add(office.login("zoe"), "Suporte Técnico").status_code == 201, "another company's is no matter"


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "__class__", "..", "🚚 Entregas"])
def test_a_strange_name_is_a_name(office: Office, name: str) -> None:
    davi = office.login("davi")
    assert names(davi, add(davi, name).json()["position"]) == [name]


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 10_000, "a\x00b", 1, None])
def test_what_is_no_name_is_refused(office: Office, name: Any) -> None:
    assert add(office.login("davi"), name).status_code == 422


def test_a_team_in_use_is_not_archived(office: Office) -> None:
    davi, ana = office.login("davi"), office.login("ana")
    team = office.team("Vendas", "ana", channel=True)
    path = f"/v1/teams/{team}"
    refused = davi.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use"), "a number brings it tickets"
    conversation = office.customer_writes("oi")
    davi.put(f"/v1/channels/{office.cell.channel_id}", json={"team_id": None})
    assert davi.delete(path).status_code == 409, "a ticket waits there"
    until("ana to see it", lambda: customers_in(ana, "queue") == ["1"], 3)
    take(ana, conversation, office.people["ana"])
    assert davi.delete(path).status_code == 409, "and would come back there"
    ana.post(f"/v1/conversations/{conversation}/close", headers={"If-Match": '"3"'})
    assert davi.delete(path).status_code == 200


def test_only_admins_change_anything(office: Office) -> None:
    team = office.team("Vendas", "ana", "clara")
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/teams", {"name": "Outra"}),
        ("PUT", f"/v1/teams/{team}", {"name": "Outra"}),
        ("DELETE", f"/v1/teams/{team}", {}),
        ("PUT", f"/v1/agents/{office.people['bruno']}", {"role": "admin"}),
        ("PUT", f"/v1/agents/{office.people['ana']}", {"role": "admin"}),
        ("PUT", f"/v1/agents/{office.people['clara']}", {"team_ids": []}),
        ("PUT", f"/v1/channels/{office.cell.channel_id}", {"auto_assign": True}),
    ]
    before = office.cell.log.head()
    for name in ("ana", "clara"):
        client = office.login(name)
        for method, path, body in changes:
            headers = {"Idempotency-Key": uuid4().hex}
            refused = client.request(method, path, json=body or None, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), (name, method, path)
    assert office.cell.log.head() == before


def test_agents_read_names_and_supervisors_the_rest(office: Office) -> None:
    team = office.team("Vendas", "ana", channel=True)
    office.changed("ana", limit=3)
    head = f"{office.cell.log.log_id()}.{office.cell.log.head()}"
    read = {
        name: {
            what: office.login(name).get(f"/v1/{what}", params={"min_position": head}).json()["items"]
            for what in ("agents", "channels", "teams")
        }
        for name in ("bruno", "clara")
    }
    ana = next(each for each in read["clara"]["agents"] if each["name"] == "Ana")
    assert (ana["limit"], ana["teams"]) == (3, [{"id": str(team), "name": "Vendas"}])
    (number,) = read["clara"]["channels"]
    assert (number["team"]["name"], number["auto_assign"], number["sends_read"]) == ("Vendas", False, True)
    ana = next(each for each in read["bruno"]["agents"] if each["name"] == "Ana")
    assert (ana["limit"], ana["teams"], ana["role"]) == (None, None, "agent")
    (number,) = read["bruno"]["channels"]
    assert {key: value for key, value in number.items() if value is not None} == {
        "id": str(office.cell.channel_id),
        "name": "Atendimento",
    }
    assert [each["name"] for each in read["bruno"]["teams"]] == ["Vendas"]


def test_an_e_mail_tells_agents_of_one_name_apart(office: Office) -> None:
    """F18, F25: of two who have a name, and of nobody else, everybody reads the e-mail."""
    administration = InstallationCommands(office.cell.log)
    emails = ["joao.silva@example.com", "joao@example.com"]
    for name, email in zip(("João Silva", "joão  SILVA"), emails, strict=True):
        administration.add_agent(office.cell.tenant_id, name, email, "agent")
    office.settle()
    for reader in ("bruno", "davi"):
        head = f"{office.cell.log.log_id()}.{office.cell.log.head()}"
        agents = office.login(reader).get("/v1/agents", params={"min_position": head}).json()["items"]
        assert sorted(one["email"] for one in agents if one["email"]) == emails
        assert {one["name"] for one in agents if not one["email"]} == {
            "Ana",
            "Ana Lima",
            "Bruno",
            "Clara",
            "Davi",
        }


def test_an_admin_changes_agents_and_numbers_and_the_rest_stays(office: Office) -> None:
    team, davi = office.team("Vendas"), office.login("davi")
    path = f"/v1/agents/{office.people['ana']}"
    assert davi.put(path, json={"team_ids": [str(team)], "limit": 2}).status_code == 200
    assert davi.put(path, json={"role": "supervisor"}).status_code == 200
    changed = davi.put(
        f"/v1/channels/{office.cell.channel_id}", json={"reopen_within_s": 60, "has_bot": True}
    )
    position = davi.put(f"/v1/channels/{office.cell.channel_id}", json={"auto_assign": True}).json()[
        "position"
    ]
    assert changed.status_code == 200
    agents = davi.get("/v1/agents", params={"min_position": position}).json()["items"]
    ana = next(each for each in agents if each["name"] == "Ana")
    assert (ana["role"], ana["limit"], [t["name"] for t in ana["teams"]]) == ("supervisor", 2, ["Vendas"])
    (number,) = davi.get("/v1/channels", params={"min_position": position}).json()["items"]
    assert (number["reopen_within_s"], number["has_bot"], number["auto_assign"]) == (60, True, True)
    assert number["team"] is None
    gone = davi.put(path, json={"active": False, "limit": None})
    assert "Ana" not in names(davi, gone.json()["position"], "agents")
    assert "Ana" in names(davi, gone.json()["position"], "agents", inactive=True)


def test_nobody_shuts_themselves_out_or_takes_their_own_role(office: Office) -> None:
    davi = office.login("davi")
    path = f"/v1/agents/{office.people['davi']}"
    for body in ({"active": False}, {"role": "agent"}):
        refused = davi.put(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "themselves")
    assert davi.put(path, json={"active": True, "limit": 1}).status_code == 200


def test_what_belongs_to_another_company_is_not_there(office: Office) -> None:
    tenant = InstallationCommands(office.cell.log).add_tenant("Outra")
    office.hire("zoe", "admin", tenant)
    ours, zoe, davi = office.team("Vendas"), office.login("zoe"), office.login("davi")
    theirs = add(zoe, "Deles").json()["id"]
    missing = davi.put(f"/v1/agents/{uuid4()}", json={"limit": 1})
    for path, body in {
        f"/v1/teams/{ours}": {"name": "Nossa"},
        f"/v1/agents/{office.people['ana']}": {"limit": 1},
        f"/v1/agents/{office.cell.channel_id}": {"limit": 1},
        f"/v1/channels/{office.cell.channel_id}": {"auto_assign": True},
        f"/v1/channels/{office.people['zoe']}": {"auto_assign": True},
    }.items():
        answer = zoe.put(path, json=body)
        assert (answer.status_code, answer.text) == (404, missing.text), path
    for path, body in {
        f"/v1/agents/{office.people['ana']}": {"team_ids": [theirs]},
        f"/v1/channels/{office.cell.channel_id}": {"team_id": theirs},
    }.items():
        answer = davi.put(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_team")
    assert "Vendas" not in zoe.get("/v1/teams").text


@pytest.mark.parametrize(
    "body",
    [{"limit": -1}, {"limit": "3"}, {"limit": True}, {"team_ids": "x"}, {"role": "owner"}, {"name": "x"}, []],
)
def test_what_is_no_change_of_an_agent_is_422(office: Office, body: Any) -> None:
    assert office.login("davi").put(f"/v1/agents/{office.people['ana']}", json=body).status_code == 422


def test_a_new_ticket_goes_to_the_team_of_its_number(office: Office) -> None:
    team, davi = office.team("Vendas", "ana", channel=True), office.login("davi")
    office.customer_writes("oi")
    ticket = davi.get("/v1/tickets").json()["items"][0]
    assert ticket["team"] == {"id": str(team), "name": "Vendas"}
    opened = office.cell.rows(
        "select convert_from(state, 'UTF8')::jsonb ->> 'queue' from events"
        " where topic in ('conversation.ticket_opened', 'conversation.handed_off')"
    )
    assert opened == [(str(team),)] * 2


def test_presence_is_a_switch_and_an_open_stream(office: Office) -> None:
    from tests.support.office import Watcher

    ana, clara = office.login("ana"), office.login("clara")

    def present() -> list[str]:
        items = clara.get("/v1/agents").json()["items"]
        return [each["name"] for each in items if each["present"]]

    assert (present(), ana.get("/v1/me/presence").json()) == ([], {"available": True})
    watcher = Watcher(ana)
    until("ana to be there", lambda: present() == ["Ana"], 5)
    assert ana.put("/v1/me/presence", json={"available": False}).json() == {"available": False}
    assert present() == []
    assert ana.put("/v1/me/presence", json={"available": True}).status_code == 200
    assert present() == ["Ana"]
    watcher.leave()
    office.cell.rows("update presence set seen_at = seen_at - interval '16 s' returning 1")
    assert present() == []
