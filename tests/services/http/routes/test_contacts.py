"""Contacts through HTTP on the real store: found, written down with its history, merged and parted again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from domain.contact.state import IdentityConflictNoted
from services.commands.installation import InstallationCommands
from tests.services.http.actions import contact_of, get_json, take, write_card
from tests.support.bots import BOT_NUMBER, answers, reply, turns
from tests.support.office import Office, Watcher
from tests.support.traffic import body, person, text
from tests.support.waiting import until

Answer = dict[str, Any]
OTHER_NUMBER = "200000000000009"


def written(office: Office, client: httpx2.Client, contact: str, **card: Any) -> Answer:
    """The card as it is shown once it was written."""
    answer = write_card(client, contact, **card)
    assert answer.status_code == 200, answer.text
    return get_json(client, f"/v1/contacts/{contact}", min_position=answer.json()["position"])


def merged(office: Office, client: httpx2.Client, alias: str, into: str) -> None:
    answer = client.post(f"/v1/contacts/{alias}/merge", json={"into": into})
    assert (answer.status_code, answer.json()["id"]) == (200, into), answer.text
    office.settle()


def closes(office: Office, client: httpx2.Client, conversation: UUID) -> None:
    """Ana takes the ticket and ends it."""
    seen = client.get(f"/v1/conversations/{conversation}").headers["etag"]
    control = take(client, conversation, office.people["ana"], seen).json()["control"]
    path = f"/v1/conversations/{conversation}/close"
    assert client.post(path, headers={"If-Match": f'"{control}"'}).status_code == 200
    office.settle()


def names(client: httpx2.Client, q: str = "", **params: Any) -> list[str]:
    return [item["name"] for item in get_json(client, "/v1/contacts", q=q, **params)["items"]]


def test_what_the_bot_learned_is_on_the_card_beside_the_conversation(office: Office) -> None:
    cell = office.cell
    InstallationCommands(cell.log).add_channel(cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True)
    conversation = office.customer_writes("oi", number=BOT_NUMBER)
    card = {"name": "Marina Prado", "email": "marina@example.com", "attributes": {"pedido": "10482"}}
    off = {"type": "hand_off", "reason": "segunda via", "card": card, "variables": {"cpf": "123"}}
    answers(cell, reply(turns(cell)[0], "Vou chamar alguém.", action=off))
    office.settle()
    ana = office.login("ana")

    shown = get_json(ana, f"/v1/conversations/{conversation}")

    assert {name: shown["contact_card"][name] for name in ("name", "phone", "email", "attributes")} == {
        **card,
        "phone": "5520990000001",
    }
    assert (shown["contact_card"]["hand_off_reason"], shown["contact_card"]["variables"]) == (
        "segunda via",
        {"cpf": "123"},
    )
    assert (shown["ticket"]["contact"]["name"], shown["ticket"]["contact"]["initials"]) == (
        "Marina Prado",
        "MP",
    )
    page = get_json(ana, f"/v1/contacts/{shown['contact']['id']}")
    assert (page["named_by"], page["bot_variables"]) == ("hand_off", {"cpf": "123"})


def test_what_a_person_wrote_stands_on_every_ticket_and_no_profile_name_replaces_it(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact, watcher = contact_of(ana, conversation), Watcher(ana)

    card = {"name": "Marina  Prado", "email": "m@example.com", "attributes": {"vip": "sim"}}
    page = written(office, ana, contact, **card)

    assert (page["name"], page["named_by"], page["initials"]) == ("Marina Prado", "person", "MP")
    assert (page["email"], page["attributes"]) == ("m@example.com", {"vip": "sim"})
    until("the ticket on the stream", lambda: watcher.tickets)
    assert watcher.tickets[-1]["contact"]["name"] == "Marina Prado"
    assert watcher.tickets[-1] == get_json(ana, "/v1/tickets")["items"][0]
    closes(office, ana, conversation)
    office.customer_writes("de novo")
    assert {t["contact"]["name"] for t in get_json(ana, "/v1/tickets")["items"]} == {"Marina Prado"}
    # What is left out stays, null empties.
    page = written(office, ana, contact, email=None)
    assert (page["name"], page["email"], page["attributes"]) == ("Marina Prado", None, {"vip": "sim"})


@pytest.mark.parametrize("ended", [False, True])
def test_a_new_profile_name_is_shown_at_once_while_nobody_wrote_one(office: Office, ended: bool) -> None:
    """On the open ticket, too (F5), and on those that have ended."""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact = contact_of(ana, conversation)
    if ended:
        closes(office, ana, conversation)
    now = int(datetime.now(UTC).timestamp())
    sender = "5520990000001"
    office.cell.receive(body([text("w.renamed", "oi", sender, now)], contacts=[person(sender, "Rê")]))
    office.cell.ingest()
    office.settle()
    assert get_json(ana, f"/v1/contacts/{contact}")["name"] == "Rê"
    tickets = get_json(ana, "/v1/tickets")["items"]
    assert [ticket["contact"]["name"] for ticket in tickets] == ["Rê"] * (1 + ended)
    assert names(ana, "rê") == ["Rê"]
    (event,) = get_json(ana, f"/v1/contacts/{contact}/events")["items"][2:]
    assert (event["type"], event["who"]["kind"]) == ("contact.profile_named", "contact")
    assert event["changes"] == [{"field": "name", "key": None, "before": "Cliente 1", "after": "Rê"}]


def test_the_history_says_who_changed_what_and_when(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact, clara = contact_of(ana, conversation), office.login("clara")
    written(office, ana, contact, name="Marina", attributes={"vip": "sim"})
    written(office, clara, contact, email="m@example.com", attributes={"cidade": "Recife"})

    history = get_json(ana, f"/v1/contacts/{contact}/events")

    told = [(e["type"], e["who"]["name"], e["from_where"]["kind"]) for e in history["items"]]
    assert told == [
        ("contact.registered", "Marina", "topic"),
        ("contact.identity_attached", "Marina", "topic"),
        ("contact.details_changed", "Ana", "http"),
        ("contact.details_changed", "Clara", "http"),
    ]
    assert history["items"][-1]["changes"] == [
        {"field": "email", "key": None, "before": None, "after": "m@example.com"},
        {"field": "attribute", "key": "vip", "before": "sim", "after": None},
        {"field": "attribute", "key": "cidade", "before": None, "after": "Recife"},
    ]
    paged, after = [], None
    while True:
        page = get_json(ana, f"/v1/contacts/{contact}/events", limit=1, **({"after": after} if after else {}))
        paged += page["items"]
        if (after := page["next"]) is None:
            break
    assert paged == history["items"]


def test_a_long_history_is_told_to_its_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.queries.history.PAGE", 3)
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact = contact_of(ana, conversation)
    for n in range(10):
        written(office, ana, contact, name=f"Marina {n}")
    events = f"/v1/contacts/{contact}/events"

    told = [event["changes"][-1] for event in get_json(ana, events)["items"][2:]]

    assert [(change["before"], change["after"]) for change in told[1:]] == [
        (f"Marina {n}", f"Marina {n + 1}") for n in range(9)
    ]
    page = get_json(ana, events, limit=11)
    assert [event["changes"][-1] for event in get_json(ana, events, after=page["next"])["items"]] == told[-1:]
    then = get_json(ana, f"/v1/conversations/{conversation}/events", as_of=page["position"])
    assert then["as_of"]["ticket"]["contact"]["name"] == "Marina 8"


def test_whoever_saw_an_older_card_gets_the_present_one_and_nothing_is_lost(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact = contact_of(ana, conversation)
    seen = ana.get(f"/v1/contacts/{contact}").headers["etag"]
    first = write_card(ana, contact, seen, name="Marina", attributes={"vip": "sim"})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')

    second = write_card(ana, contact, seen, name="Outra")

    assert (second.status_code, second.json()["code"], second.json()["version"]) == (409, "contact_moved", 2)
    assert second.json()["present"] == {"name": "Marina", "email": None, "attributes": {"vip": "sim"}}
    assert second.headers["etag"] == '"2"'
    assert write_card(ana, contact, seen, name="Marina").status_code == 200, "it is so already"
    wrong = write_card(ana, contact, '"x"', name="Outra").json()
    assert wrong["code"] == "invalid_version"
    assert wrong["title"] == 'If-Match must be the version of the card, like "3"'


def test_two_merged_contacts_are_one_in_lists_and_on_their_page_and_undone_all_is_as_before(
    office: Office,
) -> None:
    InstallationCommands(office.cell.log).add_channel(office.cell.tenant_id, OTHER_NUMBER, "Vendas", "outro")
    ana, clara = office.login("ana"), office.login("clara")
    conversations = [
        office.customer_writes("oi", customer=1),
        office.customer_writes("oi", customer=2, number=OTHER_NUMBER),
        office.customer_writes("oi", customer=3),
    ]
    main, alias, _ = contacts = [contact_of(clara, each) for each in conversations]
    written(office, ana, main, name="Marina Prado", attributes={"vip": "sim"})
    written(office, ana, alias, email="mari@example.com")

    def everything() -> list[Answer]:
        paths = ["/v1/tickets", "/v1/tickets/counts", "/v1/contacts"]
        paths += [f"/v1/contacts/{contact}{part}" for contact in contacts for part in ("", "/tickets")]
        paths += [f"/v1/conversations/{each}{part}" for each in conversations for part in ("", "/messages")]
        answers = [get_json(client, path) for path in paths for client in (ana, clara)]
        return answers + [get_json(ana, "/v1/contacts", q=q) for q in ("marina", "cliente", "mari@", "0002")]

    before, watcher = everything(), Watcher(clara)
    merged(office, clara, alias, main)

    assert names(ana) == ["Cliente 3", "Marina Prado"]
    for q in ("marina", "Cliente 2", "mari@", "0001", "0002"):
        found = get_json(ana, "/v1/contacts", q=q)["items"]
        assert [item["id"] for item in found] == [main], q
    page = get_json(ana, f"/v1/contacts/{alias}")
    assert page == get_json(ana, f"/v1/contacts/{main}")
    assert [one["id"] for one in page["aliases"]] == [alias]
    assert {one["value"] for one in page["identities"]} == {"5520990000001", "5520990000002"}
    assert [ticket["conversation_id"] for ticket in page["tickets"]] == [
        str(conversations[1]),
        str(conversations[0]),
    ]
    shown = get_json(ana, f"/v1/conversations/{conversations[1]}")
    assert (shown["contact"]["id"], shown["contact"]["name"]) == (main, "Marina Prado")
    assert shown["contact_card"]["attributes"] == {"vip": "sim"}
    assert (
        shown["window"]
        == next(a for a in before if a.get("ticket", {}).get("contact", {}).get("id") == alias)["window"]
    ), "the windows stay apart"
    until("the ticket of the alias", lambda: watcher.tickets)
    assert watcher.tickets[-1]["contact"]["name"] == "Marina Prado"
    # The history of both, in which the merge stands once.
    told = [event["type"] for event in get_json(ana, f"/v1/contacts/{main}/events")["items"]]
    assert told.count("contact.merged") == 1
    assert "contact.alias_added" not in told
    assert told.count("contact.registered") == 2
    # What is written down for one is on the tickets of both; a new ticket of the alias shows it, too.
    written(office, ana, alias, name="Marina P.")
    assert {t["contact"]["name"] for t in get_json(ana, "/v1/tickets")["items"]} == {"Marina P.", "Cliente 3"}
    written(office, ana, main, name="Marina Prado")

    undone = clara.delete(f"/v1/contacts/{alias}/merge")
    assert undone.status_code == 200, undone.text
    office.settle()

    after = everything()
    assert [_without_version(answer) for answer in after] == [_without_version(answer) for answer in before]
    assert clara.delete(f"/v1/contacts/{alias}/merge").status_code == 200, "twice is once"


def _without_version(answer: Answer) -> Answer:
    """The main contact was renamed twice meanwhile: that is counted, and stays counted."""
    kept = {name: value for name, value in answer.items() if name not in ("version", "contact_card")}
    return kept | {"card": {**answer.get("contact_card", {}), "version": None}}


def test_a_ticket_that_opens_while_merged_shows_the_main_contact_and_its_own_name_afterwards(
    office: Office,
) -> None:
    ana = office.login("ana")
    threads = [office.customer_writes("oi", customer=n) for n in (1, 2)]
    main, alias = (contact_of(ana, each) for each in threads)
    written(office, ana, main, name="Marina Prado")
    merged(office, ana, alias, main)
    closes(office, ana, threads[1])

    office.customer_writes("voltei", customer=2)

    def shown() -> list[tuple[str, str]]:
        mine = [t for t in get_json(ana, "/v1/tickets")["items"] if t["conversation_id"] == str(threads[1])]
        return [(t["contact"]["id"], t["contact"]["name"]) for t in mine]

    assert set(shown()) == {(main, "Marina Prado")}
    ana.delete(f"/v1/contacts/{alias}/merge")
    office.settle()
    assert set(shown()) == {(alias, "Cliente 2")}


def test_merges_that_cannot_be_are_refused_and_twice_is_once(office: Office) -> None:
    administration = InstallationCommands(office.cell.log)
    tenant = administration.add_tenant("Outra")
    administration.add_channel(tenant, "200000000000002", "Outro número", "other")
    office.hire("zoe", "admin", tenant)
    ana, zoe = office.login("ana"), office.login("zoe")
    a, b, c = (contact_of(ana, office.customer_writes("oi", customer=n)) for n in (1, 2, 3))
    theirs = contact_of(zoe, office.customer_writes("oi", customer=4, number="200000000000002"))

    def merge(alias: str, into: Any, client: httpx2.Client = ana) -> tuple[int, str]:
        answer = client.post(f"/v1/contacts/{alias}/merge", json={"into": into})
        return answer.status_code, answer.json().get("code", "")

    assert merge(a, a) == (409, "merge_itself")
    assert merge(a, theirs) == (404, "not_found")
    assert merge(theirs, a) == (404, "not_found")
    assert merge(a, str(uuid4())) == (404, "not_found")
    assert merge(a, {"$ne": None}) == (422, "invalid")
    assert merge(a, b) == (200, "")
    head = office.cell.log.head()
    assert merge(a, b) == (200, "")
    assert office.cell.log.head() == head
    assert merge(b, a) == (409, "merge_itself"), "a stands for b"
    assert merge(a, c) == (409, "merged_already")
    assert merge(b, c) == (409, "has_aliases")
    assert merge(c, a) == (200, ""), "into the contact that a is merged into"
    office.settle()
    page = get_json(ana, f"/v1/contacts/{c}")
    assert (page["id"], len(page["aliases"])) == (b, 2)


def test_two_who_merge_each_into_the_other_at_once_make_one_of_them_once(office: Office) -> None:
    ana, clara = office.login("ana"), office.login("clara")
    a, b = (contact_of(ana, office.customer_writes("oi", customer=n)) for n in (1, 2))
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            asked = [
                pool.submit(client.post, f"/v1/contacts/{alias}/merge", json={"into": into})
                for client, alias, into in ((ana, a, b), (clara, b, a))
            ]
        answers = sorted((one.result().status_code, one.result().json().get("code")) for one in asked)
        assert answers == [(200, None), (409, "merge_itself")]
        office.settle()
        assert get_json(ana, f"/v1/contacts/{a}") == get_json(ana, f"/v1/contacts/{b}")
        for contact in (a, b):
            assert ana.delete(f"/v1/contacts/{contact}/merge").status_code == 200
        office.settle()
        assert len(names(ana)) == 2


def test_of_many_who_write_at_once_one_is_first_and_the_others_are_told_what_stands(office: Office) -> None:
    ana = office.login("ana")
    contact = contact_of(ana, office.customer_writes("oi"))
    clients = [office.login("ana") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(write_card, client, contact, '"1"', name=f"Nome {n}")
            for n, client in enumerate(clients)
        ]
    answers = [one.result() for one in asked]
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    office.settle()
    stands = get_json(ana, f"/v1/contacts/{contact}")
    assert answers[int(stands["name"].removeprefix("Nome "))].status_code == 200
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] in ("contact_moved", "concurrent_change")


def test_another_contact_with_the_same_address_is_shown_as_a_conflict_until_they_are_merged(
    office: Office,
) -> None:
    ana = office.login("ana")
    now = int(datetime.now(UTC).timestamp())
    phone = "5520990000007"
    for n, bsuid in enumerate(("BR.first00001", "BR.second0002")):
        said = text(f"w.conflict.{n}", "oi", phone, now, from_user_id=bsuid)
        office.cell.receive(body([said], contacts=[person(phone, f"Pessoa {n}", bsuid)]))
        office.cell.ingest()
    office.settle()
    assert office.cell.facts(IdentityConflictNoted)
    holder, newcomer = (item["id"] for item in get_json(ana, "/v1/contacts", q="pessoa")["items"])

    (conflict,) = get_json(ana, f"/v1/contacts/{newcomer}")["conflicts"]

    assert (conflict["kind"], conflict["value"], conflict["contact"]["id"]) == ("phone", phone, holder)
    bsuids = [
        one for one in get_json(ana, f"/v1/contacts/{newcomer}")["identities"] if one["kind"] == "bsuid"
    ]
    assert [one["value"] for one in bsuids] == ["…nd0002"]
    merged(office, ana, newcomer, holder)
    assert get_json(ana, f"/v1/contacts/{newcomer}")["conflicts"] == []


ASKED = {
    "joão": True,
    "JOAO DA": True,
    "silva": True,
    "silva jo": True,
    "da sil": True,
    "ilva": False,
    "silva ana": False,
    "5511987654321": True,
    "+55 (11) 98765-4321": True,
    "551187654321": True,
    "11 98765-4321": True,
    "1187654321": True,
    "119876": True,
    "98765": True,
    "876543": True,
    "98765432": True,
    "987654329": False,
    "silva 98765": True,
    "silva 98766": False,
    "'silva": True,
    "silva:*": True,
    "silva | ana": False,
    "4321": True,
    "21": False,
    "9999": False,
    "joao@": True,
    "JOAO@EXAMPLE": True,
    "%": False,
    "_": False,
    "\u0301": False,
    "\u0301 \u0301": False,
    "a\x00b": False,
}


def test_a_contact_is_found_by_name_phone_or_address(office: Office) -> None:
    ana, now = office.login("ana"), int(datetime.now(UTC).timestamp())
    phone = "551187654321"  # as WhatsApp writes it, without the ninth digit
    who = [person(phone, "João da Silva")]
    office.cell.receive(body([text("w.joao", "oi", phone, now)], contacts=who))
    office.cell.ingest()
    office.customer_writes("oi", customer=2)
    (contact,) = (item["id"] for item in get_json(ana, "/v1/contacts", q="joao")["items"])
    written(office, ana, contact, email="joao@example.com")
    for q, finds in ASKED.items():
        assert names(ana, q) == (["João da Silva"] if finds else []), q


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("🌸 Ana Clara 🌸", ["ana", "clara", "ana clara", "🌸 Ana", "CLARA ANA"]),  # F20
        ("Carla Prates", ["prates", "carla p", "prates carla"]),  # F20
        ("Érica d'Ávila-Reis", ["avila", "reis", "d'avila", "erica reis"]),
    ],
)
def test_every_word_of_a_name_is_found_and_the_name_sorts_from_its_first_letter_on(
    office: Office, name: str, asked: list[str]
) -> None:
    ana = office.login("ana")
    contact = contact_of(ana, office.customer_writes("oi", customer=1))
    others = [contact_of(ana, office.customer_writes("oi", customer=n)) for n in (2, 3)]
    for other, called in zip(others, ("Aaron Zé", "Zuleica Aaron"), strict=True):
        written(office, ana, other, name=called)
    written(office, ana, contact, name=name)
    for q in asked:
        assert names(ana, q) == [name], q
    assert names(ana) == ["Aaron Zé", name, "Zuleica Aaron"]
    assert names(ana, "aaron") == ["Aaron Zé", "Zuleica Aaron"], "who begins so comes first"


def test_what_stands_on_the_card_of_an_alias_is_shown_with_whose_it_is(office: Office) -> None:
    """F19: the alias has an e-mail and attributes, the main contact has none."""
    ana = office.login("ana")
    threads = [office.customer_writes("oi", customer=n) for n in (1, 2, 3)]
    main, alias, third = (contact_of(ana, each) for each in threads)
    written(office, ana, alias, email="mari@example.com", attributes={"plano": "Ouro", "cpf": "123"})
    written(office, ana, third, email="mari@example.com", attributes={"Plano": "Prata"})
    merged(office, ana, alias, main)
    lines = [
        {"field": "email", "key": None, "value": "mari@example.com", "contact_id": alias},
        {"field": "attribute", "key": "plano", "value": "Ouro", "contact_id": alias},
        {"field": "attribute", "key": "cpf", "value": "123", "contact_id": alias},
    ]
    page = get_json(ana, f"/v1/contacts/{main}")
    assert (page["lines"], page["email"], page["attributes"]) == (lines, None, {})
    for conversation in threads[:2]:
        assert get_json(ana, f"/v1/conversations/{conversation}")["contact_card"]["lines"] == lines

    merged(office, ana, third, main)
    written(office, ana, main, attributes={"plano": "Diamante"})
    page = get_json(ana, f"/v1/contacts/{alias}")
    first = min(alias, third, key=lambda id: UUID(id).int)
    told = [(line["key"], line["value"], line["contact_id"]) for line in page["lines"]]
    assert told[0] == (None, "mari@example.com", first), "the same line stands once"
    assert told[1] == ("plano", "Diamante", main), "the main contact's word goes first"
    assert sorted(told[2:]) == sorted(
        [("plano", "Ouro", alias), ("cpf", "123", alias), ("Plano", "Prata", third)]
    )
    assert ana.delete(f"/v1/contacts/{alias}/merge").status_code == 200
    office.settle()
    assert get_json(ana, f"/v1/contacts/{main}")["lines"] != page["lines"]
    assert get_json(ana, f"/v1/contacts/{alias}")["lines"] == lines


def test_the_addresses_of_a_contact_say_which_ones_are_present(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    old, new, now = "5520990000001", "5511987654321", int(datetime.now(UTC).timestamp())
    told = {"body": "mudou", "type": "user_changed_number", "wa_id": new}
    notice = {"from": old, "id": "w.notice", "timestamp": str(now), "type": "system", "system": told}
    office.cell.receive(body([notice]))
    office.cell.ingest()
    office.settle()
    page = get_json(ana, f"/v1/contacts/{contact_of(ana, conversation)}")
    assert page["phone"] == get_json(ana, "/v1/tickets")["items"][0]["contact"]["phone"] == new
    assert [(one["value"], one["present"]) for one in page["identities"]] == [(new, True), (old, False)]
    history = [event["type"] for event in get_json(ana, f"/v1/contacts/{page['id']}/events")["items"]]
    assert history[-2:] == ["contact.identity_attached", "contact.identity_replaced"]


def test_the_list_is_paged_by_name_and_every_person_stands_in_it_once(office: Office) -> None:
    ana = office.login("ana")
    for n in range(1, 8):
        office.customer_writes("oi", customer=n)
    whole = get_json(ana, "/v1/contacts")["items"]
    assert [item["name"] for item in whole] == [f"Cliente {n}" for n in range(1, 8)]
    for q in ("", "cliente", "2099000", "(20) 9900", "e 552"):
        paged: list[Answer] = []
        cursor = None
        while True:
            page = get_json(ana, "/v1/contacts", q=q, limit=3, **({"cursor": cursor} if cursor else {}))
            paged += page["items"]
            if (cursor := page["next"]) is None:
                break
        ids = [item["id"] for item in paged]
        assert len(ids) == len(set(ids)), q
        assert set(ids) == (set() if q == "e 552" else {item["id"] for item in whole}), q
    first = get_json(ana, "/v1/contacts", limit=3)["next"]
    other = ana.get("/v1/contacts", params={"cursor": first, "q": "cliente"})
    assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("change", [{"email": None}, {"email": "z@example.com"}])
def test_the_list_goes_on_where_it_was_though_its_last_row_is_written_anew(
    office: Office, change: Answer
) -> None:
    ana = office.login("ana")
    for n in range(1, 5):
        contact = contact_of(ana, office.customer_writes("oi", customer=n))
        written(office, ana, contact, email=f"a{n}@example.com")
    first = get_json(ana, "/v1/contacts", q="a", limit=2)

    written(office, ana, first["items"][-1]["id"], **change)

    rest = get_json(ana, "/v1/contacts", q="a", limit=2, cursor=first["next"])
    assert [item["email"] for item in rest["items"]] == ["a3@example.com", "a4@example.com"]


def test_a_list_continues_after_the_longest_of_names(office: Office) -> None:
    ana = office.login("ana")
    for n, name in enumerate(["\U0001f600" * 200, "\ufdfa" * 200], 1):
        contact = contact_of(ana, office.customer_writes("oi", customer=n))
        written(office, ana, contact, name=name)
    first = get_json(ana, "/v1/contacts", limit=1)
    rest = get_json(ana, "/v1/contacts", limit=1, cursor=first["next"])
    assert [item["id"] for item in (*first["items"], *rest["items"])] == [
        item["id"] for item in get_json(ana, "/v1/contacts")["items"]
    ]


def test_a_contact_is_seen_by_those_who_see_a_ticket_of_it(office: Office) -> None:
    administration = InstallationCommands(office.cell.log)
    tenant = administration.add_tenant("Outra")
    administration.add_channel(tenant, "200000000000002", "Outro número", "other")
    office.hire("zoe", "admin", tenant)
    ana, bruno, clara, zoe = (office.login(name) for name in ("ana", "bruno", "clara", "zoe"))
    conversation = office.customer_writes("oi")
    contact = contact_of(ana, conversation)
    take(bruno, conversation, office.people["bruno"])
    office.settle()

    for client in (ana, zoe):
        for answer in (
            client.get(f"/v1/contacts/{contact}"),
            client.get(f"/v1/contacts/{contact}/events"),
            client.get(f"/v1/contacts/{contact}/tickets"),
            write_card(client, contact, name="Minha"),
            client.post(f"/v1/contacts/{contact}/merge", json={"into": contact}),
            client.delete(f"/v1/contacts/{contact}/merge"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert names(client) == names(client, "cliente") == []
    for client in (bruno, clara):
        assert names(client) == ["Cliente 1"]
        assert get_json(client, f"/v1/contacts/{contact}")["id"] == contact


BAD: dict[str, tuple[Any, int, str]] = {
    "no object": ([], 422, "invalid"),
    "a list for a name": ({"name": ["x"]}, 422, "invalid"),
    "an object for a name": ({"name": {"$ne": None}}, 422, "invalid"),
    "a number for a name": ({"name": 1}, 422, "invalid"),
    "a name of 201": ({"name": "x" * 201}, 422, "contact_name"),
    "a name that nobody can see": ({"name": "\u202e\u200b"}, 422, "contact_name"),
    "NUL": ({"name": "a\x00b"}, 422, "invalid"),
    "NUL in a key": ({"attributes": {"a\x00b": "x"}}, 422, "invalid"),
    "no address": ({"email": "marina"}, 422, "contact_email"),
    "an address of two lines": ({"email": "a@b.co\nBcc: x@y.co"}, 422, "contact_email"),
    "a list of attributes": ({"attributes": [["a", "b"]]}, 422, "invalid"),
    "an attribute that is no text": ({"attributes": {"a": 1}}, 422, "invalid"),
    "attributes of attributes": ({"attributes": {"a": {"b": "c"}}}, 422, "invalid"),
    "null for the attributes": ({"attributes": None}, 422, "invalid"),
    "a key without letters": ({"attributes": {"": "x"}}, 422, "contact_attributes"),
    "a key of 10 kB": ({"attributes": {"k" * 10_000: "x"}}, 422, "contact_attributes"),
    "a value of 1,001": ({"attributes": {"k": "x" * 1001}}, 422, "contact_attributes"),
    "51 attributes": ({"attributes": {f"k{n}": "x" for n in range(51)}}, 422, "contact_attributes"),
    "one key in two widths": ({"attributes": {"vip": "x", "ＶＩＰ": "y"}}, 422, "contact_attributes"),
    "a field of its own": ({"role": "admin"}, 422, "invalid"),
    "an id": ({"id": str(uuid4())}, 422, "invalid"),
}


@pytest.fixture
def marina(office: Office) -> tuple[Office, httpx2.Client, str]:
    ana = office.login("ana")
    return office, ana, contact_of(ana, office.customer_writes("oi"))


def test_what_cannot_be_written_is_refused_by_name_and_nothing_changes(
    marina: tuple[Office, httpx2.Client, str],
) -> None:
    office, ana, contact = marina
    before, head = get_json(ana, f"/v1/contacts/{contact}"), office.cell.log.head()
    for name, (asked, status, code) in BAD.items():
        answer = ana.put(f"/v1/contacts/{contact}", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (status, code), name
    half = '{"name": "\\ud800"}'
    kind = {"content-type": "application/json"}
    assert ana.put(f"/v1/contacts/{contact}", content=half, headers=kind).json()["code"] == "malformed"
    twice = '{"attributes": {"a": "1", "a": "2"}}'
    assert ana.put(f"/v1/contacts/{contact}", content=twice, headers=kind).json()["code"] == "malformed"
    assert (get_json(ana, f"/v1/contacts/{contact}"), office.cell.log.head()) == (before, head)
    for path in ("x", str(uuid4()), "__proto__"):
        assert ana.get(f"/v1/contacts/{path}").status_code in (404, 422), path


def test_odd_names_are_data_and_nothing_turns_the_text_around_them(
    marina: tuple[Office, httpx2.Client, str],
) -> None:
    office, ana, contact = marina
    odd = {"__proto__": "1", "constructor": "2", "toString": "3", "__class__": "4", "..": "5", "🙂": "6"}
    page = written(office, ana, contact, name="\u202eMa\u2066rina\x07\n Prado", attributes=odd)
    assert (page["name"], page["attributes"]) == ("Marina Prado", odd)


def test_the_card_of_an_erased_person_reads_empty_and_a_rebuild_shows_nothing(
    marina: tuple[Office, httpx2.Client, str],
) -> None:
    office, ana, contact = marina
    written(office, ana, contact, name="Marina", email="m@example.com", attributes={"vip": "sim"})
    with psycopg.connect(office.cell.url) as db:
        db.execute("delete from contact_keys where contact_id = %s", [contact])
    history = get_json(ana, f"/v1/contacts/{contact}/events")["items"]
    assert [change for event in history for change in event["changes"]] == []
    refused = write_card(ana, contact, name="Outra")
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_erased")


def test_a_page_that_lacks_what_could_not_be_folded_says_so(
    marina: tuple[Office, httpx2.Client, str],
) -> None:
    office, ana, contact = marina
    assert get_json(ana, f"/v1/contacts/{contact}")["stale"] is False
    with psycopg.connect(office.cell.url) as db:
        parked = "insert into parked_events (name, position, conversation_id, reason) values (%s, 1, %s, %s)"
        db.execute(parked, ["contacts", contact, "a test"])
    assert get_json(ana, f"/v1/contacts/{contact}")["stale"] is True


def test_as_of_a_moment_the_customer_has_the_name_of_then(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact, then = contact_of(ana, conversation), office.head()
    written(office, ana, contact, name="Marina Prado")
    path = f"/v1/conversations/{conversation}/events"
    assert get_json(ana, path, as_of=then)["as_of"]["contact"]["name"] == "Cliente 1"
    assert get_json(ana, path, as_of=office.head())["as_of"]["contact"]["name"] == "Marina Prado"
