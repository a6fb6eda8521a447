"""A ticket goes from hand to hand in the workspace: to a colleague, to the bot, until an hour, to its end."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.actions import (
    bubble,
    choose_action,
    log_in,
    named,
    open_conversation,
    open_phone,
    send_message,
)
from tests.system.installation import Installation

JOAQUIM, LUZIA, TERESA = "Joaquim Prado", "Luzia Fontes", "Teresa Nogueira"
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
