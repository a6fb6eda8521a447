"""A ticket goes from hand to hand in the workspace: to a colleague, to the bot, until an hour, to its end."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.actions import (
    bubble,
    choose_action,
    log_in,
    named,
    new_customer_writes,
    open_conversation,
    open_phone,
    open_queue,
    send_message,
)
from tests.support.traffic import body, person, text
from tests.support.waiting import until
from tests.system.installation import NUMBER, Installation

JOAQUIM, LUZIA, TERESA = "Joaquim Prado", "Luzia Fontes", "Teresa Nogueira"
NAIR, OTILIA = "Nair Falcão", "Otília Barros"
COMES_BACK_MS = 15_000


def written_by(context: BrowserContext, running: Installation, customer: str, text: str) -> Page:
    """The customer's phone, on which they have just written."""
    page = open_phone(context, running, customer)
    send_message(page, text)
    return page


def taken(desk: Page, customer: str) -> None:
    open_conversation(desk, customer)
    take = desk.get_by_role("button", name="Assumir")
    if take.is_visible():
        take.click()
    expect(take).to_be_hidden()


def test_a_ticket_is_handed_to_a_colleague_with_a_note_and_taken_back(
    context: BrowserContext, running: Installation
) -> None:
    # given a ticket of Ana's
    desk = log_in(context, running)
    written_by(context, running, JOAQUIM, "Meu pedido não chegou")
    taken(desk, JOAQUIM)

    # when she hands it to Bruno with a note
    choose_action(desk, "Transferir")
    sheet = desk.get_by_role("dialog", name=re.compile("^Transferir"))
    expect(sheet.get_by_role("button", name="Transferir")).to_be_disabled()
    bruno = sheet.get_by_label("Analista").get_by_role("option", name=re.compile("^Bruno"))
    sheet.get_by_label("Analista").select_option(bruno.get_attribute("value"))
    sheet.get_by_label("Nota para quem recebe").fill("Extravio confirmado")
    sheet.get_by_role("button", name="Transferir").click()

    # then it is Bruno's, and she sees it no more
    expect(desk.get_by_text(re.compile("^Conversa transferida para Bruno"))).to_be_visible()
    expect(desk.get_by_role("link", name=named(JOAQUIM))).to_be_hidden()

    # when she takes that back, within the minute
    desk.get_by_role("button", name="Desfazer").click()

    # then it is hers as before, and what she wrote to him stays among colleagues
    expect(desk.get_by_role("link", name=named(JOAQUIM))).to_be_visible()
    note = desk.get_by_role("article", name=re.compile("^Nota interna de Ana"))
    expect(note).to_contain_text("Extravio confirmado")


def test_a_note_calls_a_colleague_and_the_customer_never_sees_it(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    customer = written_by(context, running, JOAQUIM, "Alguma novidade?")
    taken(desk, JOAQUIM)

    # when Ana calls Bruno by the first letters of his name
    desk.get_by_role("button", name="Nota interna").click()
    field = desk.get_by_role("textbox", name="Nota interna")
    field.press_sequentially("Confere isto, @bru")
    desk.get_by_role("option", name=re.compile("Bruno")).click()
    field.press_sequentially("por favor")
    field.press("Enter")

    # then the note stands in the thread with his name, and not on the phone
    note = desk.get_by_role("article", name=re.compile("^Nota interna")).filter(has_text="Confere isto")
    expect(note).to_contain_text(re.compile("@Bruno .*por favor"))
    expect(field).to_have_value("")
    desk.get_by_role("button", name="Mensagem", exact=True).click()
    send_message(desk, "Já vou ver, Joaquim")
    expect(customer.get_by_text("Já vou ver, Joaquim")).to_be_visible()
    expect(customer.get_by_text("Confere isto")).to_be_hidden()


def test_a_message_waits_for_its_hour_until_somebody_stops_it(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    written_by(context, running, LUZIA, "Pode me avisar mais tarde?")
    taken(desk, LUZIA)

    # an hour behind the window is not offered
    desk.get_by_role("button", name="Agendar envio").click()
    sheet = desk.get_by_role("dialog", name=re.compile("^Agendar envio"))
    sheet.get_by_label("Texto").fill("Chegou o seu pedido")
    sheet.get_by_label("Dia e hora").fill("2031-01-10T09:00")
    expect(sheet.get_by_role("status")).to_contain_text("fecha antes")
    expect(sheet.get_by_role("button", name=re.compile("^Agendar"))).to_be_disabled()

    # one inside of it is kept above the field, and can be stopped
    sheet.get_by_role("button", name="Em 1 hora").click()
    sheet.get_by_role("button", name=re.compile("^Agendar")).click()
    waiting = desk.get_by_role("list", name="Envios agendados")
    expect(waiting).to_contain_text("Chegou o seu pedido")
    waiting.get_by_role("button", name=re.compile("^Cancelar o envio")).click()
    expect(waiting).to_be_hidden()


def test_the_chosen_order_and_a_draft_are_there_on_another_machine_until_it_is_sent(
    browser: Browser, context: BrowserContext, running: Installation
) -> None:
    # given Ana, who sorts by name and begins to write
    desk = log_in(context, running)
    written_by(context, running, LUZIA, "Tem na cor azul?")
    taken(desk, LUZIA)
    desk.get_by_role("button", name="Ordenar atendimentos").click()
    desk.get_by_role("menuitemradio", name="Nome").click()
    desk.keyboard.press("Escape")
    with desk.expect_response(lambda answer: answer.url.endswith("/draft") and answer.ok):
        desk.get_by_role("textbox", name="Mensagem").fill("Na cor azul temos")

    # when she sits down elsewhere
    elsewhere = browser.new_context(locale="pt-BR", viewport={"width": 1440, "height": 900})
    other = log_in(elsewhere, running)
    open_conversation(other, LUZIA)

    # then her order and her words are there
    expect(other.get_by_role("textbox", name="Mensagem")).to_have_value("Na cor azul temos")
    other.get_by_role("button", name="Ordenar atendimentos").click()
    expect(other.get_by_role("menuitemradio", name="Nome")).to_be_checked()
    other.keyboard.press("Escape")

    # when she sends them at the first, then they are not ready to be sent again at the other
    desk.get_by_role("textbox", name="Mensagem").press("Enter")
    expect(bubble(other, "Na cor azul temos")).to_be_visible()
    expect(other.get_by_role("textbox", name="Mensagem")).to_have_value("")

    # and the tests after this one find who wrote last at the top again
    other.get_by_role("button", name="Ordenar atendimentos").click()
    with other.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
        other.get_by_role("menuitemradio", name="Última mensagem").click()
    elsewhere.close()


def test_a_ticket_is_closed_with_its_reason_and_opened_again_within_the_minute(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    written_by(context, running, LUZIA, "Era só isso, obrigada")
    taken(desk, LUZIA)

    desk.get_by_role("button", name="Encerrar", exact=True).click()
    sheet = desk.get_by_role("alertdialog")
    sheet.get_by_role("button", name="Resolvido").click()
    sheet.get_by_role("textbox", name="Nova etiqueta").fill("entrega")
    sheet.get_by_role("button", name="Encerrar atendimento").click()
    expect(desk.get_by_text("Este atendimento foi encerrado")).to_be_visible()
    expect(desk.get_by_role("complementary", name="Contato")).to_contain_text("Resolvido")

    desk.get_by_role("button", name="Desfazer").click()
    expect(desk.get_by_text("Este atendimento foi encerrado")).to_be_hidden()
    expect(desk.get_by_role("textbox", name="Mensagem")).to_be_visible()


def test_a_closed_ticket_is_not_offered_to_be_reopened_once_the_customer_has_written(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    customer = written_by(context, running, LUZIA, "Obrigada, tudo certo")
    taken(desk, LUZIA)
    desk.get_by_role("button", name="Encerrar", exact=True).click()
    desk.get_by_role("alertdialog").get_by_role("button", name="Encerrar atendimento").click()
    undo = desk.get_by_role("button", name="Desfazer")
    expect(undo).to_be_visible()

    customer.bring_to_front()
    send_message(customer, "Ah, mais uma coisa")
    desk.bring_to_front()
    expect(undo).to_be_hidden()


def test_the_bot_gets_a_conversation_during_the_service_and_an_agents_words_take_it_back(
    context: BrowserContext, running: Installation
) -> None:
    # given a customer of the number with the bot, whom Ana took over
    desk = log_in(context, running)
    customer = written_by(context, running, TERESA, "Oi")
    expect(customer.get_by_text("Como posso ajudar?")).to_be_visible(timeout=COMES_BACK_MS)
    taken(desk, TERESA)
    expect(bubble(desk, "Como posso ajudar?").first).to_have_accessible_name(re.compile("^Assistente"))

    # when she gives the conversation to the bot
    choose_action(desk, "Ativar bot")
    sheet = desk.get_by_role("dialog", name=re.compile("^Ativar bot"))
    sheet.get_by_label("até alguém da equipe escrever").check()
    sheet.get_by_role("button", name="Ativar bot").click()

    # then it stands with the bot, which speaks to the customer again
    expect(desk.get_by_text("Com o bot até a equipe escrever").first).to_be_visible()
    expect(customer.get_by_text("Como posso ajudar?")).to_have_count(2, timeout=COMES_BACK_MS)

    # when she writes
    send_message(desk, "Teresa, eu continuo daqui")

    # then it is hers
    expect(desk.get_by_text("Com você").first).to_be_visible()
    expect(customer.get_by_text("Teresa, eu continuo daqui")).to_be_visible()


def test_an_answer_that_fails_is_marked_in_the_list_and_in_the_head_until_somebody_marks_it(
    context: BrowserContext, running: Installation
) -> None:
    # given a customer whose window WhatsApp counts from a time that we do not believe
    who = person("5520988880001", NAIR)
    said = text("wamid.nair.1", "Ainda tem?", "5520988880001", at=7)
    webhook = httpx2.post(
        f"{running.url}/simulator/v1/webhooks",
        json={"body": json.loads(body([said], contacts=[who], number=NUMBER))},
        timeout=15.0,
    )
    webhook.raise_for_status()
    desk = log_in(context, running)
    taken(desk, NAIR)

    # when Ana answers
    send_message(desk, "Tem sim, Nair")

    # then the square and the head say that it did not go out, and that she still waits
    head = desk.get_by_role("heading", name=NAIR, level=1).locator("..")
    expect(head).to_contain_text("Resposta não enviada")
    square = desk.get_by_role("link", name=named(NAIR))
    expect(square).to_have_accessible_name(re.compile("resposta não enviada, não respondida"))

    # and the history tells why
    choose_action(desk, "Histórico")
    history = desk.get_by_role("dialog", name=re.compile("^Histórico"))
    expect(history.get_by_text("A resposta não chegou")).to_be_visible()
    history.get_by_role("button", name="Fechar").first.click()

    # when she marks it as answered, she has called by telephone
    choose_action(desk, "Marcar como respondida")
    expect(square).not_to_have_accessible_name(re.compile("resposta não enviada"))
    expect(desk.get_by_text("Resposta não enviada")).to_be_hidden()


def test_a_ticket_that_comes_back_to_somebody_who_is_not_there_waits_in_the_queue_with_their_name(
    context: BrowserContext, running: Installation
) -> None:
    # given a ticket of Bruno's, who has snoozed it and takes no tickets now
    new_customer_writes(running, OTILIA, "Oi")
    with running.agent("bruno@demo.balcao") as bruno, running.agent("admin@demo.balcao") as admin:
        me = bruno.get("/v1/me").json()["id"]
        conversation = until("her ticket", lambda: _ticket_of(bruno, OTILIA))["conversation_id"]
        path = f"/v1/conversations/{conversation}"
        seen = bruno.get(path).headers["etag"]
        seen = bruno.put(f"{path}/assignee", json={"assignee_id": me}, headers={"If-Match": seen}).headers[
            "etag"
        ]
        later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        snoozed = {"until": later, "zone": "America/Sao_Paulo"}
        seen = bruno.put(f"{path}/snooze", json=snoozed, headers={"If-Match": seen}).headers["etag"]
        bruno.put("/v1/me/presence", json={"available": False}).raise_for_status()
        channel = next(c for c in admin.get("/v1/channels").json()["items"] if c["phone_number_id"] == NUMBER)
        admin.put(f"/v1/channels/{channel['id']}", json={"return_after_s": 0}).raise_for_status()

        # when it is woken
        admin.delete(f"{path}/snooze", headers={"If-Match": seen}).raise_for_status()

        # then it waits in the queue, and whoever looks there sees whom it left
        desk = log_in(context, running)
        open_queue(desk)
        link = desk.get_by_role("link", name=named(OTILIA))
        expect(link).to_have_accessible_name(re.compile("antes com Bruno"))
        link.click()
        expect(desk.get_by_text("Na fila, antes com Bruno Sá").first).to_be_visible()

        admin.put(f"/v1/channels/{channel['id']}", json={"return_after_s": 900}).raise_for_status()
        bruno.put("/v1/me/presence", json={"available": True}).raise_for_status()


def _ticket_of(client: httpx2.Client, customer: str) -> dict[str, Any] | None:
    items = client.get("/v1/tickets", params={"view": "queue"}).json()["items"]
    return next((item for item in items if item["contact"]["name"] == customer), None)
