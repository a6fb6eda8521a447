"""Who reads a conversation, and how far: asked for through every route, in bulk, and on the stream."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from services.commands.installation import InstallationCommands
from services.commands.organisation import ChannelChange
from services.write.actor import Administrator
from tests.services.http.actions import contact_of, customers_in, get_json, post_action, send, take, ticket_of
from tests.services.http.asker import CONTRACT, Asker
from tests.support.office import Office, Watcher
from tests.support.waiting import until

OF_CONVERSATION = "/v1/conversations/{conversation_id}"
OF_CONTACT = "/v1/contacts/{contact_id}"

Answers = tuple[int, int]
READ: Answers = (200, 200)
OWN: Answers = (204, 204)
COMMAND: Answers = (403, 404)
ENTRIES: Mapping[str, Answers] = {
    f"get {OF_CONVERSATION}": READ,
    f"get {OF_CONVERSATION}/messages": READ,
    f"get {OF_CONVERSATION}/events": READ,
    f"get {OF_CONVERSATION}/scheduled": READ,
    f"get {OF_CONVERSATION}/variables": READ,
    f"get {OF_CONVERSATION}/draft": READ,
    f"put {OF_CONVERSATION}/draft": READ,
    f"delete {OF_CONVERSATION}/draft": OWN,
    f"put {OF_CONVERSATION}/read": OWN,
    f"put {OF_CONVERSATION}/pin": OWN,
    f"delete {OF_CONVERSATION}/pin": OWN,
    f"put {OF_CONVERSATION}/viewing": (204, 404),
    f"post {OF_CONVERSATION}/notes": (201, 404),
    f"post {OF_CONVERSATION}/messages": COMMAND,
    f"put {OF_CONVERSATION}/answered": COMMAND,
    f"put {OF_CONVERSATION}/assignee": COMMAND,
    f"delete {OF_CONVERSATION}/assignee": COMMAND,
    f"put {OF_CONVERSATION}/snooze": COMMAND,
    f"delete {OF_CONVERSATION}/snooze": COMMAND,
    f"post {OF_CONVERSATION}/transfer": COMMAND,
    f"post {OF_CONVERSATION}/close": COMMAND,
    f"post {OF_CONVERSATION}/undo": COMMAND,
    f"put {OF_CONVERSATION}/tags": COMMAND,
    f"post {OF_CONVERSATION}/scheduled": COMMAND,
    f"delete {OF_CONVERSATION}/scheduled/{{scheduled_id}}": COMMAND,
    f"post {OF_CONVERSATION}/bot": COMMAND,
    f"get {OF_CONTACT}": READ,
    f"get {OF_CONTACT}/tickets": READ,
    f"get {OF_CONTACT}/events": READ,
    f"put {OF_CONTACT}": (403, 403),
    f"post {OF_CONTACT}/merge": (403, 403),
    f"delete {OF_CONTACT}/merge": (403, 403),
    f"post {OF_CONTACT}/erasure": (403, 403),
}
"""What is answered to who takes part in the open ticket, and to who took part in an earlier one alone."""

ABOUT_OTHER_THINGS = {
    *(
        "get /v1/session/options",
        "post /v1/session",
        "delete /v1/session",
        "put /v1/me/password",
        "get /v1/me",
    ),
    *("post /v1/variables", "put /v1/variables/{variable_id}", "delete /v1/variables/{variable_id}"),
    *("get /v1/me/presence", "put /v1/me/presence", "get /v1/me/preferences", "put /v1/me/preferences"),
    *("post /v1/teams", "put /v1/teams/{team_id}", "delete /v1/teams/{team_id}", "put /v1/agents/{agent_id}"),
    *(
        "put /v1/channels/{channel_id}",
        "get /healthz",
        "get /readyz",
        "get /metrics",
        "get /v1/schemas/conversation.events.v1.json",
        "post /v1/templates/sync",
    ),
    *("post /v1/quick-replies", "get /v1/quick-replies/{quick_reply_id}"),
    *("put /v1/quick-replies/{quick_reply_id}", "delete /v1/quick-replies/{quick_reply_id}"),
    "put /v1/quick-replies/{quick_reply_id}/approval",
    "delete /v1/quick-replies/{quick_reply_id}/suggestion",
}
LISTING = {
    "get /v1/templates",
    *("get /v1/tickets", "get /v1/tickets/counts", "get /v1/contacts", "get /v1/events"),
    *("get /v1/teams", "get /v1/agents", "get /v1/channels", "get /v1/variables"),
    *("get /v1/quick-replies", "get /v1/quick-replies/counts"),
}
BESIDE = {"post /v1/tickets/bulk", "get /v1/stream", "post /v1/conversations"}
"""Asked for below, in their own way; active messages in `test_templates.py`."""

ABOUT_A_MESSAGE = {"post /v1/quick-replies/suggestions", "post /v1/quick-replies/check"}
"""They name a message in their body: asked in `test_quick_replies.py`."""

FIRST, SECOND, THIRD = "primeiro assunto", "segundo assunto", "terceiro assunto"
LATE_NOTE, CALL, MARK = "fechado demais", "ajuda aqui?", "marco final"


def test_every_operation_has_an_entry() -> None:
    operations = {f"{method} {path}" for path, found in CONTRACT["paths"].items() for method in found}
    assert operations == ENTRIES.keys() | ABOUT_OTHER_THINGS | LISTING | BESIDE | ABOUT_A_MESSAGE


class Company:
    """Sales: erica, ana, fabio, gil, clara (supervises). Support: bruno, hugo and eva. zoe: elsewhere."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.hire("zoe", "admin", InstallationCommands(office.cell.log).add_tenant("Outra"))
        for name in ("erica", "fabio", "gil", "hugo"):
            office.hire(name, "agent")
        office.hire("eva", "supervisor")
        self.sales = office.team("Vendas", "erica", "ana", "fabio", "gil", "clara", channel=True)
        self.support = office.team("Suporte", "bruno", "hugo", "eva")
        self.clients = {name: office.login(name) for name in office.people}
        until("the teams", lambda: self.clients["gil"].get("/v1/me").json()["teams"], 5)

    def ask(self, name: str, conversation: UUID, path: str = "", **params: Any) -> httpx2.Response:
        return self.clients[name].get(f"/v1/conversations/{conversation}{path}", params=params)

    def texts(self, name: str, conversation: UUID, **params: Any) -> list[str]:
        answer = self.ask(name, conversation, "/messages", **params)
        return [item["text"] for item in answer.json()["items"]] if answer.status_code == 200 else []

    def note(self, name: str, conversation: UUID, text: str, *calls: str) -> httpx2.Response:
        body = {"text": text, "mentions": [str(self.office.people[call]) for call in calls]}
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self.clients[name].post(
            f"/v1/conversations/{conversation}/notes", json=body, headers=headers
        )
        self.office.settle()
        return answer

    def moves(self, name: str, conversation: UUID, action: str, **body: Any) -> None:
        control = ticket_of(self.clients["davi"], conversation)["control"]
        if action == "take":
            done = take(self.clients[name], conversation, self.office.people[body["to"]], f'"{control}"')
        else:
            done = post_action(self.clients[name], conversation, action, f'"{control}"', **body)
        assert done.status_code == 200, done.text
        self.office.settle()

    def served_twice(self) -> UUID:
        """A first ticket of erica's that has ended; a second one that fabio gave to ana, who calls bruno."""
        conversation = self.office.customer_writes(FIRST)
        self.moves("erica", conversation, "take", to="erica")
        self.moves("erica", conversation, "close")
        assert self.office.customer_writes(SECOND) == conversation
        self.moves("fabio", conversation, "take", to="fabio")
        self.moves("fabio", conversation, "take", to="ana")
        assert self.note("ana", conversation, CALL, "bruno").status_code == 201
        return conversation


def access(company: Company, name: str, conversation: UUID) -> str | None:
    answer = company.ask(name, conversation)
    return answer.json()["access"] if answer.status_code == 200 else None


def test_sight_goes_by_ticket_through_every_route(office: Office) -> None:
    company = Company(office)
    conversation = company.served_twice()
    open_ = {
        "ana": "full",
        "fabio": "notes",
        "bruno": "notes",
        "erica": "read",
        "clara": "full",
        "davi": "full",
    }
    outside = ("gil", "hugo", "eva", "zoe")

    assert {name: access(company, name, conversation) for name in company.clients} == {
        **open_,
        **dict.fromkeys(outside),
    }
    (first, *_) = company.ask("davi", conversation, "/messages").json()["items"]
    contact, nothing = UUID(contact_of(company.clients["davi"], conversation)), uuid4()
    for name, client in company.clients.items():
        asker = Asker(client, office.people[name], UUID(first["id"]))
        column = {"notes": 0, "read": 1}.get(open_.get(name, ""))
        if name in open_ and column is None:
            continue  # who acts is asked in `test_visibility.py`
        for entry, answers in ENTRIES.items():
            method, path = entry.split(" ")
            about = contact if path.startswith(OF_CONTACT) else conversation
            answer = asker.ask(method, path, about, 8)
            if column is None:
                missing = asker.ask(method, path, nothing, 8)
                assert (answer.status_code, answer.text) == (missing.status_code, missing.text), (name, entry)
                assert answer.status_code in (403, 404)
                assert "etag" not in answer.headers
            elif name == "erica" and about == contact:
                continue  # her own ticket stands in her list: with its customer she does as before
            else:
                assert answer.status_code == answers[column], (name, entry, answer.text)
            if name not in ("fabio", "bruno"):
                assert SECOND not in answer.text, (name, entry)
                assert CALL not in answer.text, (name, entry)
        told = _in_bulk(client, conversation)
        assert told == ((403, "takes_part") if column == 0 else (404, "not_found")), name
        for entry in LISTING:
            listed = client.get(entry.split(" ")[1]).text
            assert name in ("fabio", "bruno") or SECOND not in listed, (name, entry)
        for view in ("all", "mine", "queue", "closed"):
            assert customers_in(client, view) == (["1"] if (name, view) in _LISTS_OF_ERICA else [])
        assert _finds(client) == (name in open_), name


_LISTS_OF_ERICA = {("erica", "all"), ("erica", "closed")}


def _in_bulk(client: httpx2.Client, conversation: UUID) -> tuple[int, str]:
    body = {"action": "close", "items": [{"conversation_id": str(conversation), "control": 8}]}
    (result,) = client.post("/v1/tickets/bulk", json=body).json()["items"]
    return result["status"], result["code"]


def _finds(client: httpx2.Client) -> bool:
    return [item["name"] for item in get_json(client, "/v1/contacts", q="cliente")["items"]] == ["Cliente 1"]


def test_after_its_end_who_took_part_reads_up_to_it(office: Office) -> None:
    company = Company(office)
    conversation = company.served_twice()
    both = [FIRST, SECOND, CALL]
    assert company.texts("fabio", conversation) == company.texts("bruno", conversation) == both
    assert company.texts("erica", conversation) == [FIRST]
    watchers = {name: Watcher(client) for name, client in company.clients.items()}
    company.moves("ana", conversation, "close")

    ended = {name: access(company, name, conversation) for name in company.clients}
    assert ended == {
        **{"ana": "full", "fabio": "read", "bruno": "read", "erica": "read", "clara": "full", "davi": "full"},
        **dict.fromkeys(("gil", "hugo", "eva", "zoe")),
    }
    assert company.note("bruno", conversation, "ainda dá?").json()["code"] == "takes_part"
    assert company.note("clara", conversation, LATE_NOTE).status_code == 201
    assert company.texts("bruno", conversation) == [*both, LATE_NOTE], (
        "a note to a ticket that has ended is its own"
    )
    assert company.texts("erica", conversation) == [FIRST]

    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(office.cell.channel_id, ChannelChange(team_id=company.support), by)
    assert office.customer_writes(THIRD) == conversation
    company.moves("davi", conversation, "take", to="hugo")

    whole = [*both, LATE_NOTE, THIRD]
    third = {"hugo": whole, "eva": whole, "davi": whole, "zoe": [], "gil": [], "erica": [FIRST]}
    third |= dict.fromkeys(("ana", "fabio", "bruno", "clara"), whole[:-1])
    assert {name: company.texts(name, conversation) for name in company.clients} == third
    for name, texts in third.items():
        if not texts:
            continue
        page = company.ask(name, conversation, "/messages", limit=1).json()
        assert page["items"][0]["text"] == texts[-1], name
        history = company.ask(name, conversation, "/events", limit=1000)
        assert (THIRD in history.text) == (THIRD in texts), name
        for moment in (f"{office.cell.log.log_id()}.{office.cell.log.head()}", "2099-01-01T00:00:00Z"):
            past = company.ask(name, conversation, "/events", as_of=moment).json()["as_of"]
            assert [message["text"] for message in past["messages"]] == texts, (name, moment)
        (newest,) = [one["id"] for one in _whole(company, conversation) if one["text"] == THIRD]
        around = company.ask(name, conversation, "/messages", around=newest)
        read = company.clients[name].put(
            f"/v1/conversations/{conversation}/read", json={"message_id": newest}
        )
        sees = THIRD in texts
        assert (around.status_code, read.status_code) == ((200, 204) if sees else (404, 404)), name
    for name in ("ana", "fabio", "erica"):
        for action in ("close", "undo"):
            for version in range(1, 20):
                stale = post_action(company.clients[name], conversation, action, f'"{version}"')
                assert (stale.status_code, stale.json()["code"]) == (404, "not_found"), (name, version)
                assert "Hugo" not in stale.text
    office.organisation().configure(office.cell.channel_id, ChannelChange(team_id=None), by)
    office.customer_writes(MARK, customer=2)
    heard: dict[str, set[str]] = {
        **{name: {LATE_NOTE} for name in ("ana", "fabio", "clara")},
        **{name: {LATE_NOTE, THIRD} for name in ("bruno", "davi")},  # it waited in the queue of bruno's team
        **{name: {THIRD} for name in ("hugo", "eva")},
        **{name: set() for name in ("gil", "erica")},
    }
    for name, due in heard.items():
        until(f"the mark to reach {name}", partial(_has_heard, watchers[name], MARK))
        told = json.dumps([event.data for event in watchers[name].events])
        assert {text for text in (FIRST, CALL, LATE_NOTE, THIRD) if text in told} == due, name


def _whole(company: Company, conversation: UUID) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = company.ask("davi", conversation, "/messages").json()["items"]
    return items


def _has_heard(watcher: Watcher, text: str) -> bool:
    return text in _heard(watcher)


def _heard(watcher: Watcher) -> set[str]:
    return {message["text"] for message in watcher.messages}


def test_who_is_called_hears_of_it_at_once_and_may_answer(office: Office) -> None:
    company = Company(office)
    conversation = office.customer_writes(FIRST)
    company.moves("ana", conversation, "take", to="ana")
    bruno, ana, eva = (Watcher(company.clients[name]) for name in ("bruno", "ana", "eva"))
    assert company.ask("bruno", conversation).status_code == 404

    assert company.note("ana", conversation, CALL, "bruno").status_code == 201

    until("bruno to hear of it", lambda: bruno.participating and CALL in _heard(bruno))
    assert [row["conversation_id"] for row in bruno.participating] == [str(conversation)]
    assert bruno.tickets == eva.participating == eva.messages == [], "it is in none of his lists"
    assert company.texts("bruno", conversation) == [FIRST, CALL]
    assert company.note("bruno", conversation, "já vejo").status_code == 201
    until("ana to read it", lambda: "já vejo" in _heard(ana))
    refused = send(company.clients["bruno"], conversation, "oi")
    assert (refused.status_code, refused.json()["code"]) == (403, "takes_part")

    company.moves("ana", conversation, "take", to="fabio")
    until("ana's list to lose it", lambda: ana.gone)
    until("ana to go on reading it", lambda: ana.participating)
    office.customer_writes(SECOND)
    until("ana and bruno to read on", lambda: SECOND in _heard(ana) and SECOND in _heard(bruno))


@pytest.mark.parametrize("who", ["fabio", "bruno", "gil", "erica"])
def test_presence_is_of_those_who_read_the_present(office: Office, who: str) -> None:
    company = Company(office)
    conversation = company.served_twice()
    watcher, of_clara = Watcher(company.clients[who]), Watcher(company.clients["clara"])
    path = f"/v1/conversations/{conversation}/viewing"
    reads = who in ("fabio", "bruno")

    seen = company.clients[who].put(path, json={"typing": False})
    assert company.clients["ana"].put(path, json={"typing": False}).status_code == 204

    assert seen.status_code == (204 if reads else 404)
    until("clara to see ana", lambda: _viewers(of_clara) >= {str(office.people["ana"])})
    if reads:
        until("them to see ana", lambda: _viewers(watcher) == {str(office.people["ana"])})
        until("clara to see both", lambda: str(office.people[who]) in _viewers(of_clara))
    assert bool(_viewers(watcher)) == reads


def _viewers(watcher: Watcher) -> set[str]:
    told = [event.data["viewers"] for event in watcher.events if event.name == "presence"]
    return {viewer["id"] for viewers in told for viewer in viewers}


def test_a_colleague_called_on_a_ticket_that_has_ended_reads_that_note_and_no_further(office: Office) -> None:
    company = Company(office)
    conversation = office.customer_writes(FIRST)
    company.moves("ana", conversation, "take", to="ana")
    company.moves("ana", conversation, "close")
    assert company.note("ana", conversation, CALL, "hugo", "bruno").status_code == 201
    assert company.texts("hugo", conversation) == [FIRST, CALL]
    assert access(company, "hugo", conversation) == "read"
    office.customer_writes(SECOND)
    assert company.texts("hugo", conversation) == company.texts("bruno", conversation) == [FIRST, CALL]
    assert company.texts("ana", conversation) == [FIRST, CALL, SECOND], "it waits in the queue of her team"
