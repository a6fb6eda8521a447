"""Variables through HTTP on the real store: who may change them, what they stand for in a conversation."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.tenant_variables import USUAL
from services.commands.installation import InstallationCommands
from tests.services.http.actions import contact_of, get_json, send, take, ticket_of, write_card
from tests.support.bots import BOT_NUMBER, answers, reply, turns
from tests.support.office import Office, Watcher
from tests.support.waiting import until

HOURS = {"name": "horario", "kind": "fixed", "value": "das 9h às 18h"}


def define(client: httpx2.Client, key: str | None = None, **body: Any) -> httpx2.Response:
    return client.post("/v1/variables", json=body, headers={"Idempotency-Key": key or uuid4().hex})


def listed(client: httpx2.Client, office: Office, **params: Any) -> dict[str, dict[str, Any]]:
    """The variables by name, at the head of the log."""
    page = get_json(client, "/v1/variables", min_position=office.head(), **params)
    assert page["stale"] is False
    assert [each["name"] for each in page["items"]] == sorted(each["name"] for each in page["items"])
    return {each["name"]: each for each in page["items"]}


def values(client: httpx2.Client, conversation: UUID, office: Office, **params: Any) -> dict[str, Any]:
    path = f"/v1/conversations/{conversation}/variables"
    page = get_json(client, path, min_position=office.head(), **params)
    assert page["stale"] is False
    return {each["name"]: each["value"] for each in page["items"]}


def test_an_admin_defines_changes_and_archives_variables(office: Office) -> None:
    davi, ana = office.login("davi"), office.login("ana")
    watching = Watcher(ana)
    assert listed(ana, office).keys() == {variable.name for variable in USUAL}
    hours = define(davi, **HOURS | {"name": " Horário "})
    assert hours.status_code == 201, hours.text
    path = f"/v1/variables/{hours.json()['id']}"
    assert listed(ana, office)["horario"] == {
        **{"id": hours.json()["id"], "name": "horario", "kind": "fixed", "field": None},
        **{"value": "das 9h às 18h", "archived": False},
    }
    assert davi.put(path, json={"kind": "contact", "field": "attribute:cidade"}).status_code == 200
    changed = listed(ana, office)["horario"]
    assert (changed["kind"], changed["field"], changed["value"]) == ("contact", "attribute:cidade", None)
    until("the page to be told", lambda: {each["kind"] for each in watching.directory} == {"variable"})
    assert davi.delete(path).status_code == 200
    assert "horario" not in listed(ana, office)
    assert listed(ana, office, archived=True)["horario"]["archived"] is True
    assert davi.delete(path).status_code == 200, "a second time changes nothing"
    assert davi.put(path, json={"kind": "fixed", "value": "x"}).status_code == 404
    assert define(davi, **HOURS).status_code == 201, "the name of an archived one is free"
    assert listed(ana, office)["horario"]["id"] != hours.json()["id"]


def test_a_usual_variable_is_changed_archived_and_defined_again(office: Office) -> None:
    davi = office.login("davi")
    usual = listed(davi, office)
    name, team = (f"/v1/variables/{usual[each]['id']}" for each in ("nome", "equipe"))
    head = office.cell.log.head()
    assert davi.put(name, json={"kind": "contact", "field": "name"}).status_code == 200
    assert office.cell.log.head() == head, "it is so already"
    assert davi.put(name, json={"kind": "contact", "field": "first_name"}).status_code == 200
    assert davi.delete(team).status_code == 200
    now = listed(davi, office)
    assert now["nome"] == {**usual["nome"], "field": "first_name"}
    assert now.keys() == usual.keys() - {"equipe"}
    assert listed(davi, office, archived=True)["equipe"] == {**usual["equipe"], "archived": True}
    assert define(davi, name="equipe", kind="fixed", value="Vendas").status_code == 201
    assert listed(davi, office)["equipe"]["value"] == "Vendas"
    InstallationCommands(office.cell.log).add_tenant("Outra")
    office.hire("zoe", "admin", InstallationCommands(office.cell.log).tenant_named("Outra"))
    zoe = office.login("zoe")
    others = listed(zoe, office)
    assert others["nome"]["field"] == "name", "another company has its own"
    assert not {each["id"] for each in others.values()} & {each["id"] for each in usual.values()}
    for path in (name, team):
        assert zoe.put(path, json={"kind": "fixed", "value": "x"}).status_code == 404
        assert zoe.delete(path).status_code == 404


def test_a_repeated_request_defines_one_variable(office: Office) -> None:
    davi = office.login("davi")
    first, again = define(davi, "k", **HOURS), define(davi, "k", **HOURS)
    assert (again.status_code, again.json()) == (201, first.json())
    other = define(davi, "k", **HOURS | {"value": "outro"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert davi.post("/v1/variables", json=HOURS).status_code == 400


def test_of_many_who_define_one_name_at_once_one_does(office: Office) -> None:
    davi = office.login("davi")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: define(davi, **HOURS | {"value": f"das {n}h"}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} <= {None, "name_taken", "concurrent_change"}
    defined = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert listed(davi, office)["horario"]["id"] == defined


@pytest.mark.parametrize("written", ["horario", "HORÁRIO", " Horario ", "ｈｏｒａｒｉｏ", "hora\u0301rio"])
def test_b068_a_name_is_taken_whatever_its_case_width_and_accents(office: Office, written: str) -> None:
    davi = office.login("davi")
    assert define(davi, **HOURS).status_code == 201
    taken = define(davi, **HOURS | {"name": written})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize("name", ["constructor", "toString", "valueOf", "hasOwnProperty"])
def test_b068_a_strange_name_is_a_name(office: Office, name: str) -> None:
    davi, conversation = office.login("davi"), office.customer_writes("oi")
    assert define(davi, name=name, kind="fixed", value="x").status_code == 201
    assert values(davi, conversation, office)[name.lower()] == "x"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        *(
            ({"name": name}, "variable_name")
            for name in ("", " ", "..", "__proto__", "__class__", "a_", "😀")
        ),
        *(({"name": name}, "variable_name") for name in ("$nome", "dois nomes", "1a", "a" * 41)),
        *(({"name": name}, "invalid") for name in ("x" * 10_000, "a\x00b", 1, None)),
        *(({"value": value}, "variable_source") for value in ("", " ", "x" * 1001, None)),
        *(
            ({"kind": "contact", **more}, "variable_source")
            for more in ({}, {"value": None}, {"field": "name"})
        ),
        *(
            ({"kind": kind, "value": None, "field": "__class__"}, "variable_source")
            for kind in ("agent", "ticket")
        ),
        *(({"kind": kind}, "invalid") for kind in ("other", "", None)),
        ({"more": 1}, "invalid"),
    ],
)
def test_b068_what_cannot_be_a_variable_is_refused_and_changes_nothing(
    office: Office, changed: dict[str, Any], code: str
) -> None:
    davi, head = office.login("davi"), office.cell.log.head()
    refused = define(davi, **HOURS | changed)
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    assert office.cell.log.head() == head


def test_only_admins_change_variables(office: Office) -> None:
    davi = office.login("davi")
    usual = listed(davi, office)["nome"]["id"]
    head = office.cell.log.head()
    for name in ("ana", "clara"):
        client = office.login(name)
        assert listed(client, office).keys() == {variable.name for variable in USUAL}
        for refused in (
            define(client, **HOURS),
            client.put(f"/v1/variables/{usual}", json={"kind": "fixed", "value": "x"}),
            client.delete(f"/v1/variables/{usual}"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert office.cell.log.head() == head


def test_the_values_are_those_of_now_for_who_asks(office: Office) -> None:
    team = office.team("Vendas", "ana", channel=True)
    davi, ana = office.login("davi"), office.login("ana")
    conversation = office.customer_writes("oi")
    for name, field in (("cidade", "attribute:Cidade"), ("pedido", "bot:pedido"), ("email", "email")):
        assert define(davi, name=name, kind="contact", field=field).status_code == 201
    assert define(davi, **HOURS).status_code == 201
    protocol = ticket_of(davi, conversation)["protocol"]
    of_all = {
        **{"primeiro_nome": "Cliente", "nome": "Cliente 1", "telefone": "+55 20 99000-0001"},
        **{"protocolo": protocol, "equipe": "Vendas", "horario": "das 9h às 18h"},
        **{"cidade": None, "pedido": None, "email": None},
    }
    shown = values(ana, conversation, office)
    assert shown.pop("saudacao") in ("Bom dia", "Boa tarde", "Boa noite")
    assert shown == {**of_all, "analista": "Ana"}
    assert values(davi, conversation, office)["analista"] == "Davi"
    greeted = {
        values(ana, conversation, office, utc_offset_min=hour * 60)["saudacao"] for hour in range(-12, 13)
    }
    assert greeted == {"Bom dia", "Boa tarde", "Boa noite"}, "somewhere it is each"
    contact = contact_of(ana, conversation)
    card: dict[str, Any] = {
        "name": "$email {{7*7}}",
        "email": "m@example.com",
        "attributes": {"cidade": "São Paulo"},
    }
    assert write_card(ana, contact, None, **card).status_code == 200
    shown = values(ana, conversation, office)
    assert (shown["nome"], shown["email"], shown["cidade"]) == (
        "$email {{7*7}}",
        "m@example.com",
        "São Paulo",
    )
    other = contact_of(ana, office.customer_writes("oi", customer=2))
    assert write_card(ana, other, None, attributes={"CIDADE": "Recife", "plano": "Ouro"}).status_code == 200
    assert define(davi, name="plano", kind="contact", field="attribute:plano").status_code == 201
    office.settle()
    assert values(ana, conversation, office)["plano"] is None
    assert ana.post(f"/v1/contacts/{other}/merge", json={"into": contact}).status_code == 200
    shown = values(ana, conversation, office)
    assert (shown["plano"], shown["cidade"]) == ("Ouro", "São Paulo"), (
        "of both; the main contact's word first"
    )
    davi.put(f"/v1/teams/{team}", json={"name": "Comercial"})
    assert values(ana, conversation, office)["equipe"] == "Comercial"


def test_b107_a_value_that_looks_like_a_variable_is_only_text(office: Office) -> None:
    """What is inserted is what the customer gets; what the bot handed over is data, too."""
    cell = office.cell
    InstallationCommands(cell.log).add_channel(cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True)
    conversation = office.customer_writes("oi", number=BOT_NUMBER)
    odd = "$nome ${nome} {{agent.email}} {% x %} $$"
    off = {"type": "hand_off", "reason": "x", "variables": {"pedido": odd, "itens": [1], "n": 12}}
    answers(cell, reply(turns(cell)[0], "Vou chamar alguém.", action=off))
    office.settle()
    davi = office.login("davi")
    for name in ("pedido", "itens", "n", "__class__"):
        define(davi, name=name.strip("_"), kind="contact", field=f"bot:{name}")
    shown = values(davi, conversation, office)
    assert (shown["pedido"], shown["itens"], shown["n"], shown["class"]) == (odd, None, "12", None)
    assert send(davi, conversation, shown["pedido"]).status_code == 202
    office.settle()
    messages = get_json(davi, f"/v1/conversations/{conversation}/messages")["items"]
    assert messages[-1]["text"] == odd


def test_nothing_is_known_of_an_erased_customer(office: Office) -> None:
    davi, conversation = office.login("davi"), office.customer_writes("oi")
    contact = contact_of(davi, conversation)
    write_card(davi, contact, name="Rita Segredo", email="rita@segredo.example", attributes={"cpf": "1"})
    define(davi, name="cpf", kind="contact", field="attribute:cpf")
    assert values(davi, conversation, office)["cpf"] == "1"
    assert davi.post(f"/v1/contacts/{contact}/erasure", json={}).status_code == 200
    shown = values(davi, conversation, office)
    assert {name: shown[name] for name in ("primeiro_nome", "nome", "telefone", "cpf")} == dict.fromkeys(
        ("primeiro_nome", "nome", "telefone", "cpf")
    )
    assert shown["analista"] == "Davi"


def test_the_values_of_a_ticket_are_those_of_one_that_the_caller_may_read(office: Office) -> None:
    """D7: who served the first ticket is told nothing of the second, and others nothing at all."""
    office.team("Vendas", "ana", channel=True)
    davi, ana, bruno = (office.login(name) for name in ("davi", "ana", "bruno"))
    conversation = office.customer_writes("oi")
    control = take(ana, conversation, office.people["ana"]).json()["control"]
    first = ticket_of(ana, conversation)["protocol"]
    ana.post(f"/v1/conversations/{conversation}/close", headers={"If-Match": f'"{control}"'})
    office.settle()
    assert office.customer_writes("de novo") == conversation
    take(davi, conversation, office.people["davi"], f'"{ticket_of(davi, conversation)["control"]}"')
    second = ticket_of(davi, conversation)["protocol"]
    assert first != second
    assert values(davi, conversation, office)["protocolo"] == second
    assert values(ana, conversation, office)["protocolo"] == first
    path = "/v1/conversations/{}/variables"
    hidden, missing = bruno.get(path.format(conversation)), bruno.get(path.format(uuid4()))
    assert (hidden.status_code, hidden.text) == (missing.status_code, missing.text) == (404, missing.text)


@pytest.mark.parametrize("offset", ["x", "", "1.5", "841", "-841", "99999999999999999999"])
def test_what_is_no_time_zone_is_refused(office: Office, offset: str) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/variables"
    refused = ana.get(path, params={"utc_offset_min": offset})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
