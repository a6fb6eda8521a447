"""Notes and tags through HTTP: who may, what is kept, and that no customer ever gets one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx2

from domain.conversation.ticket_events import NoteAdded, Tagged, Untagged
from schemas.topics import OUTBOUND
from services.commands.installation import InstallationCommands
from tests.services.http.actions import etag, post_action, send, take, ticket_of
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def note(
    client: httpx2.Client, conversation: UUID, text: Any, key: str | None = "n", **body: Any
) -> httpx2.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    asked = {"text": text, **body}
    return client.post(f"/v1/conversations/{conversation}/notes", json=asked, headers=headers)


def retag(client: httpx2.Client, conversation: UUID, tags: Any) -> httpx2.Response:
    return client.put(f"/v1/conversations/{conversation}/tags", json={"tags": tags})


def outbound(office: Office) -> int:
    return int(office.cell.rows("select count(*) from topic_records where topic = %s", OUTBOUND)[0][0])


def test_a_note_stands_in_the_thread_for_colleagues_alone(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    before = ticket_of(ana, conversation)
    watcher = Watcher(ana)

    added = note(ana, conversation, "cliente VIP", mentions=[str(office.people["bruno"])])

    assert added.status_code == 201
    position = added.json()["position"]
    page = ana.get(f"/v1/conversations/{conversation}/messages", params={"min_position": position}).json()
    line = page["items"][-1]
    assert (line["id"], line["type"], line["direction"]) == (added.json()["note_id"], "note", "internal")
    assert (line["text"], line["author"], line["status"]) == (
        *("cliente VIP", {"kind": "agent", "name": "Ana"}),
        None,
    )
    assert line["mentions"] == [{"id": str(office.people["bruno"]), "name": "Bruno"}]
    assert ticket_of(ana, conversation) == before, "it answers nobody, moves nothing and is no last message"
    until("the note on the stream", lambda: [m for m in watcher.messages if m["type"] == "note"])
    watcher.leave()


def test_a_note_never_reaches_whatsapp(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert note(ana, conversation, "cliente difícil").status_code == 201
    office.cell.publish()
    assert outbound(office) == 0
    assert send(ana, conversation, "Bom dia!").status_code == 202
    office.cell.publish()
    until("an answer to go out, and a receipt of what it answers", lambda: outbound(office) == 2)


def test_the_same_note_fifty_times_at_once_is_one(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: note(ana, conversation, "uma vez"), range(50)))
    taken = {answer.text for answer in answers if answer.status_code == 201}
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert (len(taken), len(office.cell.facts(NoteAdded))) == (1, 1)
    assert note(ana, conversation, "outra").json()["code"] == "idempotency_mismatch"
    assert send(ana, conversation, "uma vez", "n").json()["code"] == "idempotency_mismatch"


def test_b052_b055_a_note_needs_a_key_that_is_one(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    for key in (None, "", "k" * 201):
        assert note(ana, conversation, "a", key).status_code == 400
    assert office.cell.facts(NoteAdded) == []


TEXTS: list[tuple[Any, str]] = [
    *(("", "text_empty"), ("\u200b\n ", "text_empty"), ("x" * 4097, "text_too_long")),
    *(("a\x00", "invalid"), ({"$ne": None}, "invalid"), (["a"], "invalid"), (1, "invalid")),
]


def test_b058_b062_a_note_that_nobody_can_read_is_refused(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    for text, code in TEXTS:
        refused = note(ana, conversation, text)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert office.cell.facts(NoteAdded) == []


def test_a_note_names_only_people_who_work_here(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    elsewhere = InstallationCommands(office.cell.log).add_tenant("Boreal")
    for nobody in (uuid4(), office.hire("eva", "agent", elsewhere), conversation):
        refused = note(ana, conversation, "a", mentions=[str(office.people["bruno"]), str(nobody)])
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_agent")
    assert (
        note(ana, conversation, "a", mentions=[str(uuid4()) for _ in range(51)]).json()["code"] == "invalid"
    )


def test_whoever_does_not_see_the_ticket_writes_nothing_on_it_until_a_note_mentions_them(
    office: Office,
) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    assert take(ana, conversation, office.people["ana"]).status_code == 200
    office.settle()
    refusals = (
        note(bruno, conversation, "vi"),
        retag(bruno, conversation, ["VIP"]),
        bruno.get(f"/v1/conversations/{conversation}/messages"),
    )
    for refused in refusals:
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert note(ana, conversation, "veja", mentions=[str(office.people["bruno"])]).status_code == 201
    office.settle()
    assert note(bruno, conversation, "vi").status_code == 201
    assert retag(bruno, conversation, ["VIP"]).json()["code"] == "takes_part"
    assert bruno.get(f"/v1/conversations/{conversation}/messages").status_code == 200
    assert len(office.cell.facts(NoteAdded)) == 2


def test_a_closed_ticket_is_still_written_about(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    mine = etag(take(ana, conversation, office.people["ana"]))
    assert post_action(ana, conversation, "close", mine).status_code == 200
    assert note(ana, conversation, "voltou a ligar").status_code == 201
    assert retag(ana, conversation, ["Ligação"]).status_code == 200
    office.settle()
    assert ticket_of(ana, conversation)["state"] == "closed"


def test_tags_are_a_set_that_is_replaced(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    first = retag(ana, conversation, ["Entrega", "VIP", "vip"])
    assert (first.status_code, first.json()["control"]) == (200, 2)
    assert retag(ana, conversation, ["ＶＩＰ", "Troca"]).status_code == 200
    assert [fact.tag for fact in office.cell.facts(Tagged)] == ["Entrega", "VIP", "Troca"]
    assert [fact.tag for fact in office.cell.facts(Untagged)] == ["Entrega"]
    office.settle()
    assert office.cell.rows("select tags from workspace") == [(["Troca", "VIP"],)]


ODD = ["__proto__", "constructor", "toString", "__class__", "..", "🚚", "' or 1=1 --", "a" * 50]


def test_b068_any_name_is_data(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert retag(ana, conversation, ODD).status_code == 200
    office.settle()
    assert office.cell.rows("select tags from workspace") == [(sorted(ODD),)]


SETS: list[tuple[Any, str]] = [
    *(([""], "tag_name"), (["x" * 51], "tag_name"), (["x" * 10_000], "tag_name"), (["\u200b"], "tag_name")),
    *(([f"{n}" for n in range(21)], "too_many_tags"), ("VIP", "invalid"), ([1], "invalid")),
    *(({"a": "b"}, "invalid"), ([None], "invalid"), (None, "invalid"), (["a\x00"], "invalid")),
]


def test_b068_what_is_no_set_of_tags_changes_nothing(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert retag(ana, conversation, ["VIP"]).status_code == 200
    for tags, code in SETS:
        refused = retag(ana, conversation, tags)
        assert (refused.status_code, refused.json()["code"]) == (422, code), tags
    assert office.cell.facts(Untagged) == []


def test_a_tag_stands_on_one_line_without_what_nobody_sees(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    given = ["\ufeffVIP", "V\u200dIP", "troca\nde\u2028peça", "\u202eatirg\u202c", "👩\u200d🔧"]
    assert retag(ana, conversation, given).status_code == 200
    assert [fact.tag for fact in office.cell.facts(Tagged)] == ["VIP", "troca de peça", "atirg", "👩\u200d🔧"]
    assert retag(ana, conversation, ["\ufeff\u202e"]).json()["code"] == "tag_name"
