"""Several tickets are chosen in the list, and the same is asked of them all."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.actions import log_in, named, new_customer_writes, open_phone, open_queue, send_message
from tests.system.installation import Installation


def box(desk: Page, customer: str) -> Locator:
    return desk.get_by_role("checkbox", name=f"Selecionar {customer}")


def bar(desk: Page) -> Locator:
    return desk.get_by_role("toolbar", name="Ações em vários atendimentos")


def test_several_tickets_are_taken_and_closed_together_and_come_back_together(
    context: BrowserContext, running: Installation
) -> None:
    # given two customers who wait in the queue
    customers = ("Otávio Reis", "Odete Reis")
    for customer in customers:
        new_customer_writes(running, customer, "Quero trocar a cor")
    desk = log_in(context, running)
    open_queue(desk)

    # when one is chosen by its box, from the keyboard, and the other by a click with Ctrl
    box(desk, customers[0]).press("Space")
    desk.get_by_role("link", name=named(customers[1])).click(modifiers=["Control"])
    expect(bar(desk)).to_contain_text("2 selecionados")
    bar(desk).get_by_role("button", name="Assumir").click()

    # then both are hers
    expect(desk.get_by_text("2 atendimentos são seus.")).to_be_visible()
    expect(bar(desk)).to_be_hidden()
    desk.get_by_role("link", name="Meus").click()
    for customer in customers:
        expect(desk.get_by_role("link", name=named(customer))).to_be_visible()

    # when they are ended together
    for customer in customers:
        box(desk, customer).check()
    bar(desk).get_by_role("button", name="Encerrar").click()
    sheet = desk.get_by_role("alertdialog", name="Encerrar 2 atendimentos?")
    expect(sheet).to_contain_text("Eles saem da sua lista")
    sheet.get_by_role("button", name="Resolvido").click()
    sheet.get_by_role("button", name="Encerrar atendimentos", exact=True).click()

    # then both have left the list, and come back within the minute
    for customer in customers:
        expect(desk.get_by_role("link", name=named(customer))).to_be_hidden()
    desk.get_by_role("button", name="Desfazer").click()
    for customer in customers:
        expect(desk.get_by_role("link", name=named(customer))).to_be_visible()


def test_what_is_refused_is_told_by_name_and_stays_chosen(
    context: BrowserContext, running: Installation
) -> None:
    # given one who waits for people, and one whom the bot serves
    new_customer_writes(running, "Plínio Sá", "Podem me ligar?")
    new_customer_writes(running, "Pilar Sá", "Oi", to_the_bot=True)
    desk = log_in(context, running)
    desk.get_by_role("link", name="Todos").click()

    # when both are snoozed together
    for customer in ("Plínio Sá", "Pilar Sá"):
        box(desk, customer).check()
    bar(desk).get_by_role("button", name="Adiar").click()
    sheet = desk.get_by_role("dialog", name="Adiar 2 conversas")
    sheet.get_by_role("button", name="Em 1 hora").click()
    sheet.get_by_role("button", name=re.compile("^Adiar até")).click()

    # then one is, and the other says why not and can be tried again
    expect(desk.get_by_text("1 conversa adiada.")).to_be_visible()
    told = desk.get_by_role("alert").filter(has_text="1 não mudou")
    expect(told).to_contain_text("Pilar Sá")
    expect(told).to_contain_text("o bot está com este atendimento")
    expect(box(desk, "Pilar Sá")).to_be_checked()
    expect(box(desk, "Plínio Sá")).not_to_be_checked()

    # and Escape leaves the choosing
    desk.keyboard.press("Escape")
    expect(bar(desk)).to_be_hidden()


def test_the_offer_to_undo_goes_when_every_ticket_has_moved_on(
    context: BrowserContext, running: Installation
) -> None:
    # given two tickets
    customers = ("Otília Reis", "Osmar Reis")
    for customer in customers:
        new_customer_writes(running, customer, "Já resolvi, obrigado")
    desk = log_in(context, running)
    open_queue(desk)
    for customer in customers:
        box(desk, customer).check()

    # (the bot is offered for several, in the plural)
    bar(desk).get_by_role("button", name="Mais ações").click()
    desk.get_by_role("menuitem", name="Ativar bot").click()
    expect(desk.get_by_role("dialog").get_by_role("group", name="Estes atendimentos")).to_contain_text(
        "são encerrados, sem volta"
    )
    desk.keyboard.press("Escape")

    # when they are closed together
    bar(desk).get_by_role("button", name="Encerrar").click()
    desk.get_by_role("alertdialog").get_by_role("button", name="Encerrar atendimentos").click()
    undo = desk.get_by_role("button", name="Desfazer")
    expect(undo).to_be_visible()

    # and one customer writes again, then the other one's ticket can still be opened again
    for customer, offered in zip(customers, (True, False), strict=True):
        phone = open_phone(context, running, customer)
        send_message(phone, "Mais uma pergunta")
        desk.bring_to_front()
        expect(desk.get_by_role("link", name=named(customer))).to_be_visible()
        expect(undo).to_be_visible(visible=offered)
