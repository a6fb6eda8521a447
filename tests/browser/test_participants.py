"""A colleague who is called to a ticket, or had it before, reads it and leaves notes; the page says so."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.actions import choose_action, enter, log_in, new_customer_writes, open_conversation
from tests.system.installation import Installation

BRUNO = "bruno@demo.balcao"


def at_the_same_place(browser: Browser, running: Installation, desk: Page, email: str) -> Page:
    """Somebody else, elsewhere, opens the link of the conversation."""
    page = browser.new_context(locale="pt-BR").new_page()
    page.goto(running.url + desk.url.removeprefix(running.url))
    enter(page, email)
    return page


def take(desk: Page) -> None:
    desk.get_by_role("button", name="Assumir").click()
    expect(desk.get_by_role("button", name="Assumir")).to_be_hidden()


def offers_notes_alone(page: Page) -> None:
    expect(page.get_by_role("textbox", name="Nota interna")).to_be_visible()
    expect(page.get_by_role("textbox", name="Mensagem", exact=True)).to_be_hidden()
    for action in ("Assumir", "Encerrar"):
        expect(page.get_by_role("button", name=action, exact=True)).to_be_hidden()


def test_a_colleague_who_is_called_reads_by_the_link_and_leaves_a_note(
    context: BrowserContext, browser: Browser, running: Installation
) -> None:
    new_customer_writes(running, "Páola Sena", "Quero trocar a data")
    desk = log_in(context, running)
    open_conversation(desk, "Páola Sena")
    take(desk)

    # given Bruno, who is not let in
    bruno = at_the_same_place(browser, running, desk, BRUNO)
    expect(bruno.get_by_text("Este atendimento não está com você")).to_be_visible()

    # when Ana calls him in a note
    desk.get_by_role("button", name="Nota interna").click()
    field = desk.get_by_role("textbox", name="Nota interna")
    field.press_sequentially("Pode trocar? @bru")
    desk.get_by_role("option", name=re.compile("Bruno")).click()
    field.press("Enter")
    expect(desk.get_by_role("article", name=re.compile("^Nota interna de Ana"))).to_be_visible()

    # then he reads it, and answers in a note
    bruno.reload()
    expect(bruno.get_by_role("log")).to_contain_text("Quero trocar a data")
    expect(bruno.get_by_text("O atendimento está com Ana Lima; você participa com notas")).to_be_visible()
    offers_notes_alone(bruno)
    note = bruno.get_by_role("textbox", name="Nota interna")
    note.fill("Pode, sem custo")
    note.press("Enter")
    expect(desk.get_by_role("log")).to_contain_text("Pode, sem custo")

    # and it is in none of his lists
    bruno.get_by_role("link", name="Todos").click()
    expect(bruno.get_by_role("link", name=re.compile("^Páola Sena"))).to_be_hidden()

    # when it ends, he reads it up to there
    bruno.go_back()
    choose_action(desk, "Encerrar atendimento")
    desk.get_by_role("alertdialog").get_by_role("button", name="Encerrar atendimento").click()
    expect(bruno.get_by_text("Você vê esta conversa até o fim deste atendimento")).to_be_visible()
    expect(bruno.get_by_role("log")).to_contain_text("Pode, sem custo")
    bruno.context.close()


def test_whoever_hands_a_ticket_on_goes_on_reading_and_finds_the_draft(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Plínio Sena", "E o boleto?")
    desk = log_in(context, running)
    open_conversation(desk, "Plínio Sena")
    take(desk)
    desk.get_by_role("textbox", name="Mensagem").fill("Vou ver com o financeiro")

    choose_action(desk, "Transferir")
    sheet = desk.get_by_role("dialog", name=re.compile("^Transferir"))
    bruno = sheet.get_by_label("Analista").get_by_role("option", name=re.compile("^Bruno"))
    sheet.get_by_label("Analista").select_option(bruno.get_attribute("value"))
    sheet.get_by_role("button", name="Transferir").click()

    expect(desk.get_by_text("O atendimento está com Bruno Sá; você participa com notas")).to_be_visible()
    expect(desk.get_by_role("log")).to_contain_text("E o boleto?")
    expect(desk.get_by_text("Seu rascunho está guardado: “Vou ver com o financeiro”")).to_be_visible()
    offers_notes_alone(desk)
    expect(desk.get_by_role("link", name=re.compile("^Plínio Sena"))).to_be_hidden()


def test_a_text_too_long_to_send_is_kept_and_said_to_be(
    context: BrowserContext, browser: Browser, running: Installation
) -> None:
    new_customer_writes(running, "Petra Sena", "Manda o contrato?")
    desk = log_in(context, running)
    open_conversation(desk, "Petra Sena")
    field = desk.get_by_role("textbox", name="Mensagem")
    with desk.expect_response(lambda answer: answer.url.endswith("/draft") and answer.status == 200):
        field.fill("Cláusula. " * 500)
    told = desk.get_by_role("alert").filter(has_text="Longo demais para enviar, 904 caracteres a mais")
    expect(told).to_contain_text("o rascunho está guardado")
    expect(desk.get_by_role("button", name="Enviar", exact=True)).to_have_attribute("aria-disabled", "true")

    elsewhere = at_the_same_place(browser, running, desk, "ana@demo.balcao")
    expect(elsewhere.get_by_role("textbox", name="Mensagem")).to_have_value("Cláusula. " * 500)
    elsewhere.context.close()

    field.fill("a" * 16_001)
    expect(desk.get_by_role("alert").filter(has_text="guardado só neste navegador")).to_be_visible()
    field.fill("")


def test_a_page_of_the_former_person_starts_over_when_it_hears_of_the_other_one_from_the_server(
    context: BrowserContext, running: Installation
) -> None:
    """Before the browser tells its tabs of a login, each request already names for whom it is meant."""
    new_customer_writes(running, "Ptolomeu Sena", "Tem para hoje?")
    desk = log_in(context, running)
    open_conversation(desk, "Ptolomeu Sena")
    desk.get_by_role("textbox", name="Mensagem").fill("Resposta de Ana")
    login = {"email": BRUNO, "password": "balcao"}
    assert context.request.post(f"{running.url}/v1/session", data=login).ok

    desk.keyboard.press("Enter")

    expect(desk.get_by_role("button", name="Minha conta: Bruno Sá")).to_be_visible()
    open_conversation(desk, "Ptolomeu Sena")
    expect(desk.get_by_role("log")).not_to_contain_text("Resposta de Ana")
