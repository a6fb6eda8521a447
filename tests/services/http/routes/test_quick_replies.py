"""Quick replies: what admins add and decide, what agents suggest, find and send."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.conversation.message_events import MessageSent, QuickReplyUse
from domain.quick_reply.events import QuickReplyApproved, QuickReplySuggested
from domain.variables import resolve
from services.commands.installation import InstallationCommands
from tests.services.http.actions import contact_of, get_json, send, write_card
from tests.support.office import Office, Watcher
from tests.support.waiting import until

PATH = "/v1/quick-replies"
OLA = {"name": "Saudação com nome", "shortcut": "ola", "text": "Olá! Vou seguir com o seu atendimento."}


def add(client: httpx2.Client, key: str | None = None, **content: Any) -> httpx2.Response:
    return client.post(PATH, json={**OLA, **content}, headers={"Idempotency-Key": key or uuid4().hex})


def added(client: httpx2.Client, **content: Any) -> str:
    answer = add(client, **content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def suggest(
    client: httpx2.Client, conversation: UUID, message_id: str, key: str | None = None, **content: Any
) -> httpx2.Response:
    body = {"conversation_id": str(conversation), "message_id": message_id, **OLA, **content}
    return client.post(f"{PATH}/suggestions", json=body, headers={"Idempotency-Key": key or uuid4().hex})


def decide(client: httpx2.Client, id: str, seen: int | None, **body: Any) -> httpx2.Response:
    headers = {} if seen is None else {"If-Match": f'"{seen}"'}
    return client.put(f"{PATH}/{id}/approval", json=body, headers=headers)


def approve(client: httpx2.Client, id: str, seen: int = 1, **changes: Any) -> httpx2.Response:
    return decide(client, id, seen, approved=True, **changes)


def reject(client: httpx2.Client, id: str, seen: int = 1, reason: str = "já temos") -> httpx2.Response:
    return decide(client, id, seen, approved=False, reason=reason)


def edit(client: httpx2.Client, id: str, seen: int, **content: Any) -> httpx2.Response:
    return client.put(f"{PATH}/{id}", json={**OLA, **content}, headers={"If-Match": f'"{seen}"'})


def listed(office: Office, client: httpx2.Client, view: str = "usable", q: str = "", **params: Any) -> Any:
    """The items of a view, not older than the log."""
    page = get_json(client, PATH, view=view, q=q, min_position=office.head(), **params)
    assert not page["stale"]
    return page["items"]


def names(office: Office, client: httpx2.Client, view: str = "usable", q: str = "") -> list[str]:
    return [item["name"] for item in listed(office, client, view, q)]


def details(office: Office, client: httpx2.Client, id: str) -> Any:
    return get_json(client, f"{PATH}/{id}", min_position=office.head())


def written(
    office: Office, client: httpx2.Client, customer: int = 1, text: str = "Bom dia!"
) -> tuple[UUID, str]:
    """A conversation, and a message of the agent in it that is shown."""
    conversation = office.customer_writes("oi", customer=customer)
    answer = send(client, conversation, text, key=uuid4().hex)
    assert answer.status_code == 202, answer.text
    office.settle()
    return conversation, str(answer.json()["message_id"])


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_suggestion_is_approved_as_it_is_and_found_by_everybody(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    text = "Olá!\n  Vou seguir com o seu atendimento.  🙂"
    answer = suggest(ana, conversation, message, text=text)
    assert answer.status_code == 201
    id = str(answer.json()["id"])

    (mine,) = listed(office, ana, "mine")
    assert (mine["state"], mine["version"], mine["suggestion"]["state"]) == ("suggested", 0, "waiting")
    assert (mine["suggestion"]["by"]["name"], mine["suggestion"]["message_id"]) == ("Ana", message)
    (waiting,) = listed(office, davi, "waiting")
    assert (waiting["id"], waiting["text"], waiting["revision"]) == (id, text, 1)
    assert get_json(davi, f"{PATH}/counts")["waiting"] == 1
    assert get_json(ana, f"{PATH}/counts")["waiting"] == 0
    assert listed(office, ana) == [], "nobody uses what waits"

    done = approve(davi, id)
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert (done.json()["version"], done.json()["revision"]) == (1, 2)
    (found,) = listed(office, office.login("bruno"), q="SEGUIR ola")
    assert (found["text"], found["version"], found["shortcut"]) == (text, 1, "ola")
    assert found["suggestion"] is None, "whose it was is for its author and for admins"
    (mine,) = listed(office, ana, "mine")
    assert (mine["state"], mine["suggestion"]["state"]) == ("approved", "approved")
    (fact,) = office.cell.facts(QuickReplyApproved)
    assert (fact.text, fact.suggested_by, fact.by) == (text, office.people["ana"], office.people["davi"])
    (version,) = details(office, davi, id)["versions"]
    assert (version["text"], version["by"]["name"], version["approved_by"]["name"]) == (text, "Ana", "Davi")


def test_a_suggestion_is_edited_on_approval_rejected_with_a_reason_or_withdrawn(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    team = office.team("Entregas", "bruno")
    first, second, third = (suggest(ana, conversation, message).json()["id"] for _ in range(3))
    assert approve(davi, first, text="Bom dia!", shortcut=None, team_ids=[str(team)]).status_code == 200
    assert reject(davi, second, reason="Já temos uma").status_code == 200
    assert ana.delete(f"{PATH}/{third}/suggestion").status_code == 200
    assert ana.delete(f"{PATH}/{third}/suggestion").status_code == 200, "a second time changes nothing"

    states = {item["id"]: item for item in listed(office, ana, "mine")}
    assert list(states) == [third, second, first], "the newest first"
    assert [item["state"] for item in states.values()] == ["withdrawn", "rejected", "approved"]
    assert states[second]["suggestion"]["reason"] == "Já temos uma"
    edited = states[first]
    assert (edited["text"], edited["shortcut"], edited["name"]) == ("Bom dia!", None, OLA["name"])
    assert (edited["suggestion"]["text"], edited["suggestion"]["shortcut"]) == (OLA["text"], "ola")
    named = [{"id": str(team), "name": "Entregas"}]
    until("the name of the team", lambda: details(office, ana, first)["teams"] == named, 3)
    assert names(office, office.login("bruno")) == [OLA["name"]]
    assert names(office, ana) == [], "it is of another team"
    assert names(office, davi) == [OLA["name"]], "admins use those of all teams"


def test_a_change_of_a_quick_reply_waits_beside_the_version_in_use(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id = added(davi)
    office.settle()
    change = suggest(ana, conversation, message, text="Oi!", quick_reply_id=id)
    assert (change.status_code, change.json()["id"]) == (201, id)
    assert code(suggest(ana, conversation, message, quick_reply_id=id)) == (409, "suggestion_waits")
    assert code(davi.delete(f"{PATH}/{id}")) == (409, "suggestion_waits")
    (waiting,) = listed(office, davi, "waiting")
    assert (waiting["text"], waiting["suggestion"]["text"]) == (OLA["text"], "Oi!")
    assert (waiting["suggestion"]["quick_reply_version"], waiting["state"]) == (1, "approved")
    assert [item["text"] for item in listed(office, ana)] == [OLA["text"]]

    assert approve(davi, id, 2).status_code == 200
    versions = details(office, davi, id)["versions"]
    assert [(each["version"], each["text"]) for each in versions] == [(2, "Oi!"), (1, OLA["text"])]
    assert [(each["by"]["name"], each["approved_by"]["name"]) for each in versions] == [
        ("Ana", "Davi"),
        ("Davi", "Davi"),
    ]


def test_b113_of_two_editors_at_once_one_learns_of_the_other(office: Office) -> None:
    davi = office.login("davi")
    id = added(davi)
    office.hire("eva", "admin")
    office.settle()
    eva = office.login("eva")
    with ThreadPoolExecutor(2) as pool:
        answers = [
            answer.result()
            for answer in [
                pool.submit(edit, davi, id, 1, text="de Davi"),
                pool.submit(edit, eva, id, 1, text="de Eva"),
            ]
        ]
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (late,) = (answer for answer in answers if answer.status_code == 409)
    assert (late.json()["code"], late.json()["revision"]) == ("quick_reply_moved", 2)
    assert late.headers["etag"] == '"2"'
    assert [each["version"] for each in details(office, davi, id)["versions"]] == [2, 1]
    assert code(davi.put(f"{PATH}/{id}", json=OLA)) == (428, "version_required")


def test_b113_what_was_edited_meanwhile_is_not_approved_unseen(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id = str(suggest(ana, conversation, message).json()["id"])
    ana.delete(f"{PATH}/{id}/suggestion")
    again = suggest(ana, conversation, message, text="Outra", quick_reply_id=id)
    assert again.status_code == 201, "who withdrew it may try again"
    assert code(approve(davi, id, 1)) == (409, "quick_reply_moved")
    assert approve(davi, id, 3).status_code == 200
    assert details(office, davi, id)["text"] == "Outra"


def test_b113_nobody_approves_what_they_suggested(office: Office) -> None:
    davi = office.login("davi")
    conversation, message = written(office, davi)
    id = str(suggest(davi, conversation, message).json()["id"])
    assert code(approve(davi, id)) == (403, "own_suggestion")
    assert code(reject(davi, id)) == (403, "own_suggestion")
    assert davi.delete(f"{PATH}/{id}/suggestion").status_code == 200


def test_b113_approving_twice_is_once(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id = str(suggest(ana, conversation, message).json()["id"])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: approve(davi, id), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(office.cell.facts(QuickReplyApproved)) == 1
    assert code(approve(davi, id, text="Outra")) == (409, "quick_reply_moved"), "as something else it is not"
    assert code(reject(davi, id)) == (409, "quick_reply_moved")
    assert code(reject(davi, id, 2)) == (409, "no_suggestion")


def test_a_repeated_request_suggests_and_adds_once(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    first, again = (suggest(ana, conversation, message, key="s") for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(office.cell.facts(QuickReplySuggested)) == 1
    assert code(suggest(ana, conversation, message, key="s", text="Outra")) == (409, "idempotency_mismatch")
    assert add(davi, "a").json() == add(davi, "a").json()
    assert code(add(davi, "a", name="Outra")) == (409, "idempotency_mismatch")
    assert davi.post(PATH, json=OLA).status_code == 400


def test_only_admins_add_edit_decide_archive_and_read_what_waits(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id, waiting = added(davi), str(suggest(ana, conversation, message).json()["id"])
    before = office.cell.log.head()
    for name in ("bruno", "clara"):
        client = office.login(name)
        for refused in (
            add(client),
            edit(client, id, 1, text="Outra"),
            client.delete(f"{PATH}/{id}"),
            approve(client, waiting),
            reject(client, waiting),
            *(client.get(PATH, params={"view": view}) for view in ("waiting", "all", "archived")),
        ):
            assert code(refused) == (403, "forbidden"), (name, refused.request.method, refused.request.url)
        for hidden in (client.delete(f"{PATH}/{waiting}/suggestion"), client.get(f"{PATH}/{waiting}")):
            assert code(hidden) == (404, "not_found"), "what waits is its author's and the admins'"
    assert code(davi.delete(f"{PATH}/{waiting}/suggestion")) == (403, "forbidden"), "an admin rejects it"
    assert office.cell.log.head() == before


def test_b049_what_another_company_has_is_not_there(office: Office) -> None:
    """In the URL or in the body, of a quick reply, a message, a team."""
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id, waiting = added(davi), str(suggest(ana, conversation, message).json()["id"])
    team = office.team("Vendas", "ana")
    other = InstallationCommands(office.cell.log).add_tenant("Outra")
    office.hire("zoe", "admin", other)
    office.settle()
    zoe = office.login("zoe")
    before = office.cell.log.head()
    for refused in (
        zoe.get(f"{PATH}/{id}"),
        edit(zoe, id, 1, text="Outra"),
        zoe.delete(f"{PATH}/{id}"),
        approve(zoe, waiting),
        reject(zoe, waiting),
        zoe.delete(f"{PATH}/{waiting}/suggestion"),
        suggest(zoe, conversation, message),
        suggest(office.login("bruno"), conversation, message),
        suggest(ana, conversation, str(uuid4())),
        suggest(ana, uuid4(), message),
        suggest(ana, conversation, message, quick_reply_id=str(uuid4())),
    ):
        assert code(refused) == (404, "not_found"), (refused.request.method, refused.request.url)
    assert code(add(zoe, team_ids=[str(team)])) == (422, "unknown_team")
    assert (listed(office, zoe), listed(office, zoe, "waiting")) == ([], [])
    assert get_json(zoe, f"{PATH}/counts")["waiting"] == 0
    assert office.cell.log.head() == before


def test_what_a_message_cannot_have_been_written_with_is_not_there(office: Office) -> None:
    """Another company's, another team's, what is only suggested, and versions that never were."""
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id, waiting = added(davi), str(suggest(ana, conversation, message).json()["id"])
    theirs = added(davi, team_ids=[str(office.team("Vendas", "bruno"))])
    office.hire("zoe", "admin", InstallationCommands(office.cell.log).add_tenant("Outra"))
    other = added(office.login("zoe"))
    before = office.cell.log.head()

    def sent(client: httpx2.Client, *uses: tuple[str, Any]) -> httpx2.Response:
        replies = [{"id": id, "version": version} for id, version in uses]
        body = {"type": "text", "text": "Oi", "quick_replies": replies}
        path = f"/v1/conversations/{conversation}/messages"
        return client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})

    for use in ((other, 1), (theirs, 1), (waiting, 1), (id, 2), (str(uuid4()), 1), (str(conversation), 1)):
        assert code(sent(ana, (id, 1), use)) == (404, "not_found"), use
    for wrong in ((id, 0), (id, 2**31), (id, "1"), (id, True), (id, 1.5), ("x", 1)):
        assert code(sent(ana, wrong)) == (422, "invalid"), wrong
    assert code(sent(ana, *[(id, 1)] * 11)) == (422, "invalid")
    assert office.cell.log.head() == before
    assert sent(davi, (theirs, 1)).status_code == 202


def test_what_was_sent_with_it_is_counted_and_told_in_the_history(office: Office) -> None:
    ana, bruno, davi = (office.login(name) for name in ("ana", "bruno", "davi"))
    greeting, thanks = added(davi, name="Zum"), added(davi, name="Agradecer", shortcut="fim")
    edit(davi, greeting, 1, name="Zas", text="Outra")
    conversation = office.customer_writes("oi")

    def sent(client: httpx2.Client, *uses: tuple[str, int], key: str | None = None) -> httpx2.Response:
        body = {"type": "text", "text": "Oi", "quick_replies": [{"id": i, "version": v} for i, v in uses]}
        headers = {"Idempotency-Key": key or uuid4().hex}
        return client.post(f"/v1/conversations/{conversation}/messages", json=body, headers=headers)

    assert names(office, ana) == ["Agradecer", "Zas"], "by name, until one is used"
    assert sent(ana, (greeting, 1), (thanks, 1), (greeting, 1), key="once").status_code == 202
    assert sent(ana, (greeting, 1), (thanks, 1), (greeting, 1), key="once").status_code == 202
    assert sent(ana, (greeting, 2)).status_code == 202
    assert sent(davi, (thanks, 1)).status_code == 202
    davi.delete(f"{PATH}/{thanks}")
    assert sent(davi, (thanks, 1)).status_code == 202, "what was begun before may be sent"

    first, *_ = office.cell.facts(MessageSent)
    use = [QuickReplyUse(id=UUID(id), version=1) for id in (greeting, thanks)]
    assert first.quick_replies == use, "each once"
    events = get_json(ana, f"/v1/conversations/{conversation}/events", limit=1000)["items"]
    told = [e["data"]["quick_replies"] for e in events if e["type"] == "conversation.message_sent"]
    assert told[:2] == [
        [{"id": greeting, "version": 1}, {"id": thanks, "version": 1}],
        [{"id": greeting, "version": 2}],
    ]
    named = [[(use["name"], use["version"]) for use in e["quick_replies"]] for e in events]
    assert [each for each in named if each][:2] == [[("Zum", 1), ("Agradecer", 1)], [("Zas", 2)]], (
        "by the names of those versions"
    )
    office.settle()
    (found,) = listed(office, ana)
    assert (found["id"], found["uses"], found["own_uses"]) == (greeting, 2, 2)
    page = details(office, davi, thanks)
    assert [(each["agent"]["name"], each["uses"]) for each in page["uses_by"]] == [("Davi", 2), ("Ana", 1)]
    assert (page["uses"], page["own_uses"]) == (3, 2)
    assert details(office, bruno, greeting)["uses_by"] == [], "others' use is for admins"
    assert [each["uses"] for each in details(office, ana, greeting)["uses_by"]] == [2]


def test_own_use_ranks_and_a_whole_shortcut_is_found_first(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    ids = {
        name: added(davi, name=name, shortcut=shortcut, text=text)
        for name, shortcut, text in (
            ("Prazo de reenvio", "reenvio", "O reenvio chega em 2 dias úteis.\nObrigada pela espera!"),
            ("Pedir endereço", "endereco", "Me manda o endereço com CEP?"),
            ("Endereço da loja", "end", "Rua do Ouvidor, 50"),
            ("Açaí", None, "ÓTIMO — ﬁm"),
        )
    }
    conversation = office.customer_writes("oi")
    for client, name, times in ((ana, "Pedir endereço", 2), (ana, "Prazo de reenvio", 1), (davi, "Açaí", 3)):
        for _ in range(times):
            use = [{"id": ids[name], "version": 1}]
            body = {"type": "text", "text": "Oi", "quick_replies": use}
            path = f"/v1/conversations/{conversation}/messages"
            client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
    most, second, first, last = "Pedir endereço", "Prazo de reenvio", "Açaí", "Endereço da loja"
    assert names(office, ana) == [most, second, first, last]
    assert names(office, davi, "usable")[0] == "Açaí"
    assert names(office, ana, q="enderec") == [most, last]
    assert names(office, ana, q="/end") == [last, most], "the one whose shortcut that is"
    assert names(office, ana, q="END") == [last, most]
    assert names(office, ana, q="ÚTEIS   reenvio dias obrigada") == [second]
    assert names(office, ana, q="acai otimo fim") == [first]
    for nothing in ("xyz", "uteis acai", "%", "_", "\\", "\n \t nada"):
        assert names(office, ana, q=nothing) == [], nothing
    for all_of_them in ("", "   ", "\u0301"):
        assert len(names(office, ana, q=all_of_them)) == 4, repr(all_of_them)
    pages, cursor = [], None
    while True:
        params = {"limit": 1, **({} if cursor is None else {"cursor": cursor})}
        page = get_json(ana, PATH, min_position=office.head(), **params)
        pages += [item["name"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert pages == [most, second, first, last]
    assert code(davi.get(PATH, params={"cursor": "x"})) == (400, "invalid_cursor")
    assert names(office, davi, "all") == sorted(
        ids, key=lambda name: name.replace("ç", "c").replace("A", "0")
    )


CONTENTS: list[dict[str, Any]] = [
    *({"name": name} for name in ("", "  ", "\u200b", "x" * 81, "a\x00", 1, None)),
    *({"text": text} for text in ("", " \n", "\u200b", "x" * 4097, "a\x00", None, ["a"])),
    *({"shortcut": shortcut} for shortcut in ("", "/", "a b", "-a", "x" * 33, "a/b", "😀", 1)),
    *({"team_ids": teams} for teams in (None, "x", ["x"], [str(uuid4())] * 51)),
    {"versions": []},
]


def test_what_is_no_quick_reply_is_refused(office: Office) -> None:
    davi = office.login("davi")
    id = added(davi)
    before = office.cell.log.head()
    for content in CONTENTS:
        for refused in (add(davi, **content), edit(davi, id, 1, **content)):
            assert code(refused) == (422, "invalid"), content
    for body in (
        {},
        {"approved": 1},
        {"approved": False},
        {"approved": False, "reason": " "},
        {"approved": False, "reason": "não", "text": "x"},
        {"approved": True, "reason": "sim"},
        {"approved": True, "text": ""},
    ):
        assert code(decide(davi, id, 1, **body)) == (422, "invalid"), body
    assert code(decide(davi, id, None, approved=True)) == (428, "version_required")
    assert code(approve(davi, id)) == (404, "not_found"), "there is no suggestion"
    assert office.cell.log.head() == before


@pytest.mark.parametrize("written", ["Olá", "/OLA", " ola "])
def test_a_shortcut_is_kept_without_case_and_accents(office: Office, written: str) -> None:
    davi = office.login("davi")
    added(davi, shortcut=written)
    assert [item["shortcut"] for item in listed(office, davi)] == ["ola"]


@pytest.mark.parametrize(
    "text",
    [
        "<form action=https://example.com><input name=senha></form>",
        "**negrito** [x](javascript:alert(1)) <style>*{display:none}</style>",
        "{{7*7}} $(agent) {% raw %} <script>alert(1)</script>",
    ],
)
def test_b112_markup_is_text(office: Office, text: str) -> None:
    davi, ana = office.login("davi"), office.login("ana")
    added(davi, text=text, name=text[:80])
    (found,) = listed(office, ana)
    assert (found["text"], found["name"]) == (text, " ".join(text[:80].split()))


def test_b110_a_value_that_is_missing_blocks_sending_with_its_name(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    id = added(davi, text="Olá, $primeiro_nome! Aqui é $analista. $$nome")
    conversation = office.customer_writes("oi")
    (found,) = listed(office, ana)
    assert found["variables"] == ["primeiro_nome", "analista"]
    before = office.cell.log.head()

    def sent(text: str) -> httpx2.Response:
        body = {"type": "text", "text": text, "quick_replies": [{"id": id, "version": 1}]}
        path = f"/v1/conversations/{conversation}/messages"
        return ana.post(path, json=body, headers={"Idempotency-Key": "b110"})

    refused = sent("Olá, $primeiro_nome! Aqui é Ana. $nome")
    assert (code(refused), refused.json()["name"]) == ((422, "missing_value"), "primeiro_nome")
    assert office.cell.log.head() == before
    assert sent("Olá, Marina! Aqui é Ana. $nome").status_code == 202


def test_b107_a_value_that_looks_like_a_variable_of_the_reply_is_sent_as_it_is(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    id = added(davi, text="Olá, $nome! Fale no $telefone, ou com $analista.")
    conversation = office.customer_writes("oi")
    named = write_card(ana, contact_of(ana, conversation), name="$telefone ${analista} {{7*7}}")
    assert named.status_code == 200, named.text
    (found,) = listed(office, ana)
    now = get_json(ana, f"/v1/conversations/{conversation}/variables", min_position=office.head())["items"]
    values = {item["name"]: item["value"] for item in now}
    assert values["nome"] == "$telefone ${analista} {{7*7}}"

    def sent(text: str) -> httpx2.Response:
        body = {"type": "text", "text": text, "quick_replies": [{"id": id, "version": 1}]}
        path = f"/v1/conversations/{conversation}/messages"
        return ana.post(path, json=body, headers={"Idempotency-Key": "b107"})

    refused = sent(found["text"])
    assert (code(refused), refused.json()["name"]) == ((422, "missing_value"), "nome")
    filled = resolve(found["text"], values).text
    assert filled == f"Olá, $telefone ${{analista}} {{{{7*7}}}}! Fale no {values['telefone']}, ou com Ana."
    assert sent(filled).status_code == 202


def test_a_variable_that_does_not_exist_is_named_with_its_place(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    id, waiting = added(davi), str(suggest(ana, conversation, message).json()["id"])
    text = "🙂 Olá, $primeiro_nome: $pedido"
    before = office.cell.log.head()
    for refused in (
        add(davi, text=text),
        edit(davi, id, 1, text=text),
        suggest(ana, conversation, message, text=text),
        approve(davi, waiting, text=text),
    ):
        assert code(refused) == (422, "unknown_variable")
        assert (refused.json()["name"], refused.json()["position"]) == ("pedido", 23)
    assert office.cell.log.head() == before


def test_its_author_and_admins_learn_of_it_at_once(office: Office) -> None:
    ana, davi = office.login("ana"), office.login("davi")
    conversation, message = written(office, ana)
    watchers = {name: Watcher(office.login(name)) for name in ("ana", "bruno", "davi")}

    def news(name: str) -> list[Any]:
        return [event.data for event in watchers[name].events if event.name == "quick_reply"]

    id = str(suggest(ana, conversation, message).json()["id"])
    until("the suggestion to be told", lambda: news("ana") and news("davi"), 5)
    assert news("davi")[-1] == {
        "id": id,
        "name": OLA["name"],
        "state": "suggested",
        "suggestion": "waiting",
        "suggested_by": str(office.people["ana"]),
        "waiting": 1,
    }
    assert news("ana")[-1]["waiting"] == 0
    reject(davi, id)
    until("the decision to be told", lambda: len(news("ana")) > 1 and len(news("davi")) > 1, 5)
    assert (news("ana")[-1]["state"], news("davi")[-1]["waiting"]) == ("rejected", 0)
    seen = watchers["davi"].events[-1].id
    watchers["davi"].leave()
    added(davi, name="Outra")
    late = Watcher(office.login("davi"), after=seen)
    until("what was missed", lambda: [e for e in late.events if e.name == "quick_reply"], 5)
    assert [e.data["name"] for e in late.events if e.name == "quick_reply"] == ["Outra"]
    office.customer_writes("oi", customer=2)
    until("the ticket", lambda: [t for t in watchers["bruno"].tickets if "2" in t["contact"]["name"]], 5)
    assert news("bruno") == []
    for watcher in (*watchers.values(), late):
        watcher.leave()
