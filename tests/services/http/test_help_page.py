"""What the help page promises an agent, sentence by sentence, through HTTP on the real store.

`docs/help-page.md` maps each sentence to its test. Lines 1 to 5 stand here, the search apart, and
what is built of lines 7 and 8.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest

from adapters.whatsapp.templates import read_template
from domain import streams
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.ticket_events import HandedOff
from domain.log.append import Appended
from domain.template.state import stream_of
from domain.variables import resolve
from schemas.topics import BOT_REPLIES, Outgoing
from services.commands.installation import InstallationCommands
from services.commands.organisation import ChannelChange
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.workers.ingest.bot_replies import BotReplies
from services.workers.scheduler import Scheduler
from services.write.actor import Administrator
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin
from tests.services.http.actions import get_json, send, take
from tests.support.office import Office
from tests.support.waiting import until

BOT_NUMBER = "100000000000002"
ZONE = "America/Sao_Paulo"


@pytest.fixture
def bot_office(office: Office) -> Office:
    """An office with a second number, which a bot answers."""
    cell = office.cell
    InstallationCommands(cell.log).add_channel(cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True)
    return office


def listed(client: httpx2.Client, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/tickets", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def opened(client: httpx2.Client, conversation: UUID | str) -> dict[str, Any]:
    """What a click on a square brings."""
    answer = client.get(f"/v1/conversations/{conversation}")
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


def ask(client: httpx2.Client, method: str, conversation: UUID, place: str, **body: Any) -> dict[str, Any]:
    """A command on the ticket as the agent sees it."""
    seen = f'"{opened(client, conversation)["ticket"]["control"]}"'
    path = f"/v1/conversations/{conversation}{place}"
    answer = client.request(method, path, json=body or None, headers={"If-Match": seen})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def the_bot_answers(office: Office, *texts: str, **action: Any) -> None:
    """To the newest turn that it was given."""
    turns = [e for e in office.cell.history() if isinstance(e.fact, MessageReceived) and e.fact.epoch]
    event, fact = turns[-1], turns[-1].fact
    assert isinstance(fact, MessageReceived)
    reply = {
        "tenant_id": str(event.tenant_id),
        "conversation_id": str(event.conversation_id),
        "epoch": fact.epoch,
        "turn_id": str(fact.message_id),
        "reply_id": f"to-{fact.message_id}",
        "messages": [{"type": "text", "text": text} for text in texts],
        "action": action or None,
    }
    office.cell.topics.produce(
        [Outgoing(BOT_REPLIES, str(event.conversation_id).encode(), orjson.dumps(reply))]
    )
    replies = BotReplies(office.cell.log, office.cell.topics, ChannelLookup(office.cell.log), utc_now)
    until("the reply to be taken", lambda: replies.step(0.3))
    replies.close()
    office.settle()


def test_1_the_workspace_opens_the_tickets_that_are_mine(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    mine, theirs = office.customer_writes("oi", customer=1), office.customer_writes("oi", customer=2)
    assert take(ana, mine, office.people["ana"]).status_code == 200
    assert take(bruno, theirs, office.people["bruno"]).status_code == 200
    office.settle()
    assert [ticket["conversation_id"] for ticket in listed(ana, view="mine")] == [str(mine)]
    assert [ticket["conversation_id"] for ticket in listed(bruno, view="mine")] == [str(theirs)]


def test_2_each_ticket_is_a_square_with_initials_and_a_click_switches_to_it(office: Office) -> None:
    ana = office.login("ana")
    conversations = [office.customer_writes(f"sou o {n}", customer=n) for n in (1, 2)]
    squares = listed(ana, view="queue")
    assert [square["contact"]["initials"] for square in squares] == ["C2", "C1"]
    for square, conversation, n in zip(squares, reversed(conversations), (2, 1), strict=True):
        assert square["conversation_id"] == str(conversation)
        assert opened(ana, square["conversation_id"])["contact"]["name"] == f"Cliente {n}"
        path = f"/v1/conversations/{square['conversation_id']}/messages"
        assert [message["text"] for message in ana.get(path).json()["items"]] == [f"sou o {n}"]


def test_3_the_dots_above_the_squares_choose_the_order(office: Office) -> None:
    ana = office.login("ana")
    first = office.customer_writes("oi", customer=1, ago=timedelta(minutes=2))
    second = office.customer_writes("oi", customer=2, ago=timedelta(minutes=1))
    office.customer_writes("ainda?", customer=1)
    third = office.customer_writes("oi", customer=3, ago=timedelta(hours=20))
    orders = {
        "newest": [first, second, third],
        "waiting": [third, first, second],
        "queued": [first, second, third],
        "name": [first, second, third],
        "window": [third, second, first],
    }
    shown = {sort: [UUID(t["conversation_id"]) for t in listed(ana, sort=sort)] for sort in orders}
    assert shown == orders
    ana.put(f"/v1/conversations/{first}/answered", json={"answered": True})
    office.settle()
    unanswered = listed(ana, sort="newest", unanswered_first=True)
    assert [UUID(t["conversation_id"]) for t in unanswered] == [second, third, first]


def test_4_the_contact_stands_in_the_centre_as_the_hand_off_told_it(bot_office: Office) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    card = {"name": "Marina Prado", "email": "marina@example.com", "attributes": {"pedido": "4711"}}
    the_bot_answers(bot_office, "Vou chamar alguém.", type="hand_off", reason="segunda via", card=card)

    read = opened(ana, conversation)

    assert (read["ticket"]["state"], read["ticket"]["hand_off_reason"]) == ("queue", "segunda via")
    assert (read["contact"]["name"], read["contact"]["initials"]) == ("Marina Prado", "MP")
    shown = read["contact_card"]
    assert (shown["email"], shown["attributes"]) == ("marina@example.com", {"pedido": "4711"})


def test_5_a_new_message_puts_the_red_dot(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi", "alguém?")
    (square,) = listed(ana)
    assert (square["unanswered"], square["unread"]) == (True, 2)
    assert square["unanswered_since"] is not None
    for path in ("", "/messages"):
        assert ana.get(f"/v1/conversations/{conversation}{path}").status_code == 200
    assert listed(ana)[0]["unanswered"], "looking at it changes nothing"


def test_5_marking_takes_the_red_dot_away_and_puts_it_back(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/answered"
    assert ana.put(path, json={"answered": True}).status_code == 200
    office.settle()
    assert [(t["unanswered"], t["unread"]) for t in listed(ana)] == [(False, 0)]
    assert ana.put(path, json={"answered": False}).status_code == 200
    office.settle()
    assert listed(ana)[0]["unanswered"]
    assert send(ana, conversation, "Bom dia!").status_code == 202
    office.settle()
    assert not listed(ana)[0]["unanswered"], "an answer answers"


def test_5_the_bot_never_takes_the_red_dot_away(bot_office: Office) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    the_bot_answers(bot_office, "Olá! Em que posso ajudar?")
    thread = ana.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    assert [message["author"]["kind"] for message in thread] == ["contact", "bot"]
    (square,) = listed(ana, view="bot")
    assert (square["unanswered"], square["unread"]) == (True, 1)


def test_5_activating_the_bot_gives_the_conversation_back_to_its_flow(bot_office: Office) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    the_bot_answers(bot_office, type="hand_off", reason="quer uma pessoa")
    ask(ana, "PUT", conversation, "/assignee", assignee_id=str(bot_office.people["ana"]))
    bot_office.settle()

    ask(ana, "POST", conversation, "/bot", until="flow_end")

    bot_office.settle()
    given = opened(ana, conversation)["ticket"]
    assert (given["state"], given["owner"], given["bot"]["until"]) == ("bot", None, "flow_end")
    assert listed(ana, view="mine") == []
    bot_office.customer_writes("e o meu pedido?", number=BOT_NUMBER)
    the_bot_answers(bot_office, "Está a caminho.", type="end")
    back = opened(ana, conversation)["ticket"]
    assert (back["state"], back["hand_off_reason"]) == ("queue", "flow_ended")
    assert len(bot_office.cell.facts(HandedOff)) == 2


def test_5_a_conversation_is_snoozed_until_a_day_and_hour_and_moves_to_the_snoozed_list(
    office: Office,
) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("me ligue na sexta")
    ask(ana, "PUT", conversation, "/assignee", assignee_id=str(office.people["ana"]))
    office.settle()
    hour = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)

    ask(ana, "PUT", conversation, "/snooze", until=hour.isoformat(), zone=ZONE, reason="ligar de novo")

    office.settle()
    assert listed(ana, view="mine") == []
    (snoozed,) = listed(ana, view="snoozed")
    assert snoozed["conversation_id"] == str(conversation)
    assert datetime.fromisoformat(snoozed["snoozed_until"]) == hour
    counts = ana.get("/v1/tickets/counts").json()
    assert (counts["mine"]["count"], counts["snoozed"]["count"]) == (0, 1)


def test_5_a_snoozed_conversation_comes_back_when_due_and_when_the_customer_writes(office: Office) -> None:
    ana = office.login("ana")
    soon, written = office.customer_writes("oi", customer=1), office.customer_writes("oi", customer=2)
    for conversation, seconds in ((soon, 0.5), (written, 3_600)):
        hour = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
        ask(ana, "PUT", conversation, "/snooze", until=hour, zone=ZONE)
    office.settle()
    assert len(listed(ana, view="snoozed")) == 2
    office.customer_writes("já pode?", customer=2)
    until("the hour to come", lambda: Scheduler(office.cell.log).step())
    office.settle()
    assert listed(ana, view="snoozed") == []
    assert {t["conversation_id"] for t in listed(ana, view="mine")} == {str(soon), str(written)}


def test_5_whoever_snoozes_is_told_when_the_24_hour_window_closes_first(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi", ago=timedelta(hours=23, minutes=59))
    ends_at = datetime.fromisoformat(opened(ana, conversation)["window"]["ends_at"])
    hour = (datetime.now(UTC) + timedelta(days=2)).isoformat()

    done = ask(ana, "PUT", conversation, "/snooze", until=hour, zone=ZONE)

    assert done["window_closes_first"]
    assert datetime.fromisoformat(done["window_ends_at"]) == ends_at
    assert done["last_safe_until"] is None, "there is no quarter of an hour left to answer"
    office.settle()
    until("the warning", lambda: Scheduler(office.cell.log).step())
    office.settle()
    (warned,) = listed(ana, view="snoozed")
    assert (warned["window"], warned["window_warned"]) == ("closing", True)
    assert [t["conversation_id"] for t in listed(ana, view="closing")] == [str(conversation)]


def test_7_the_bell_shows_all_templates_and_one_goes_out_when_the_window_has_closed(office: Office) -> None:
    for id, status in (("1", "APPROVED"), ("2", "PAUSED")):
        _meta_has(office, {**TEMPLATE, "id": id, "name": f"retomar_{id}", "status": status})
    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(office.cell.channel_id, ChannelChange(account=ACCOUNT), by)
    conversation = office.customer_writes("até amanhã", ago=timedelta(hours=30))
    ana = office.login("ana")
    assert send(ana, conversation, "oi").json()["code"] == "window_closed"

    shown = get_json(ana, "/v1/templates", channel_id=str(office.cell.channel_id))["items"]
    assert [(each["sendable"], each["why_not"]) for each in shown] == [(True, None), (False, "paused")]
    path, headers = f"/v1/conversations/{conversation}/messages", {"Idempotency-Key": "t"}
    body = {"type": "template", "template_id": shown[0]["id"], "parameters": {"body.1": "Rosa"}}
    assert ana.post(path, json=body, headers=headers).status_code == 202
    office.settle()
    newest = ana.get(path).json()["items"][-1]
    assert (newest["type"], newest["text"]) == ("template", "Oi, Rosa! Podemos continuar?")


ACCOUNT = "500000000000001"
TEMPLATE = {
    "language": "pt_BR",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Oi, {{1}}! Podemos continuar?",
            "example": {"body_text": [["Ana"]]},
        }
    ],
}


def _meta_has(office: Office, told: dict[str, Any]) -> None:
    """A template of the account, as it was read from Meta."""
    read = read_template(ACCOUNT, told)
    assert read is not None
    unit = CommandRunner(office.cell.log).unit(office.cell.tenant_id)
    template_id = stream_of(office.cell.tenant_id, ACCOUNT, read.meta_id)
    unit.record(template_id, [read], streams.template, Origin(office.cell.tenant_id, "system:test"))
    assert isinstance(unit.commit(), Appended)
    office.settle()


def test_7_the_balloon_finds_quick_replies_whose_text_is_sent_with_its_values(office: Office) -> None:
    """As the page does: find, put the values in, send, and tell which version it was."""
    ana = office.login("ana")
    office.hire("eva", "admin")
    admin = office.login("eva")
    text = "Olá, $primeiro_nome! Sou $analista. Custa R$ 50."
    body = {"name": "Saudação com nome", "shortcut": "ola", "text": text}
    added = admin.post("/v1/quick-replies", json=body, headers={"Idempotency-Key": "ola"})
    assert added.status_code == 201, added.text
    conversation = office.customer_writes("oi", customer=1)

    for typed in ("saudacao", "OLA", "custa"):
        params = {"q": typed, "min_position": office.head()}
        found = ana.get("/v1/quick-replies", params=params).json()["items"]
        assert [item["name"] for item in found] == ["Saudação com nome"]
    (reply,) = found
    assert (reply["text"], reply["version"]) == (text, 1)
    now = ana.get(f"/v1/conversations/{conversation}/variables").json()["items"]
    resolved = resolve(reply["text"], {item["name"]: item["value"] for item in now})
    assert (resolved.text, resolved.missing) == ("Olá, Cliente! Sou Ana. Custa R$ 50.", ())

    use = {"id": reply["id"], "version": 1}
    answer = ana.post(
        f"/v1/conversations/{conversation}/messages",
        json={"type": "text", "text": resolved.text, "quick_replies": [use]},
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 202, answer.text
    (sent,) = [e.fact for e in office.cell.history() if isinstance(e.fact, MessageSent)]
    assert sent.text == resolved.text
    assert [(str(one.id), one.version) for one in sent.quick_replies] == [(reply["id"], 1)]
    listed = ana.get("/v1/quick-replies", params={"min_position": office.head()}).json()["items"]
    assert listed[0]["own_uses"] == 1


def test_7_emojis_are_sent_as_they_were_chosen(office: Office) -> None:
    ana = office.login("ana")
    conversation = office.customer_writes("oi", customer=1)
    text = "Chegou 📦👍🏽 ❤️ 👩‍💻 🇧🇷"
    assert send(ana, conversation, text).status_code == 202
    office.settle()
    path = f"/v1/conversations/{conversation}/messages"
    assert [m["text"] for m in ana.get(path).json()["items"] if m["direction"] == "out"] == [text]


def test_8_a_message_becomes_a_quick_reply_with_variables_once_an_administrator_approves(
    office: Office,
) -> None:
    """The example: "Olá, sou a Renata e vou seguir com o seu atendimento.", whose name becomes a variable."""
    office.hire("renata", "agent")
    office.hire("eva", "admin")
    renata, admin = office.login("renata"), office.login("eva")
    conversation = office.customer_writes("oi")
    said = "Olá, sou a Renata e vou seguir com o seu atendimento."
    message_id = send(renata, conversation, said).json()["message_id"]
    office.settle()
    about = {"conversation_id": str(conversation), "message_id": message_id, "text": said}
    (finding,) = renata.post("/v1/quick-replies/check", json=about).json()["findings"]
    assert (finding["kind"], finding["variable"]) == ("author", "analista")
    text = f"{said[: finding['start']]}${finding['variable']}{said[finding['end'] :]}"
    body = {**about, "name": "Sigo com você", "text": text}
    headers = {"Idempotency-Key": "suggested"}
    id = renata.post("/v1/quick-replies/suggestions", json=body, headers=headers).json()["id"]

    def usable() -> list[str]:
        found = renata.get("/v1/quick-replies", params={"min_position": office.head()}).json()["items"]
        return [item["text"] for item in found]

    assert usable() == [], "one waits"
    path, seen = f"/v1/quick-replies/{id}/approval", {"If-Match": '"1"'}
    assert admin.put(path, json={"approved": True}, headers=seen).status_code == 200
    assert usable() == ["Olá, sou a $analista e vou seguir com o seu atendimento."]
