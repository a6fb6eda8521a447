"""What happened in a conversation is read in the page: who, what, when, from where, and how it stood then."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import (
    bubble,
    choose_action,
    log_in,
    new_customer_writes,
    open_conversation,
    send_message,
)
from tests.system.installation import Installation


def test_the_history_tells_who_did_what_and_shows_the_conversation_as_it_was(
    context: BrowserContext, running: Installation
) -> None:
    # given a conversation that Ana took, and answered
    new_customer_writes(running, "Benedita Luz", "Cadê o meu pedido?")
    desk = log_in(context, running)
    open_conversation(desk, "Benedita Luz")
    desk.get_by_role("button", name="Assumir").click()
    expect(desk.get_by_text("Com você").first).to_be_visible()
    send_message(desk, "Saiu ontem")
    expect(bubble(desk, "Saiu ontem")).to_have_accessible_name(re.compile("Entregue|Lida"))

    # when she opens its history
    choose_action(desk, "Histórico")
    sheet = desk.get_by_role("dialog", name=re.compile("^Histórico da conversa"))
    told = sheet.get_by_role("list", name="Histórico da conversa").get_by_role("listitem")

    # then each fact says what, who and from where
    taken = told.filter(has_text="Atribuído a Ana Lima")
    expect(taken).to_contain_text("Ana Lima, pelo balcão")
    expect(told.filter(has_text="Cadê o meu pedido?")).to_contain_text("pelo tópico")
    expect(told.filter(has_text="Mensagem entregue")).to_have_count(0)
    sheet.get_by_label("Mostrar também entregas e passos internos").check()
    expect(told.filter(has_text="Mensagem entregue")).to_have_count(1)

    # and the conversation stands as it did then, before the answer
    taken.get_by_role("button", name=re.compile("^Como estava")).click()
    then = sheet.get_by_role("region", name="Como estava")
    expect(then).to_contain_text("não respondida")
    expect(then).to_contain_text("Cadê o meu pedido?")
    expect(then).not_to_contain_text("Saiu ontem")
    sheet.get_by_label("Como estava em").fill("2020-01-01T09:00")
    sheet.get_by_role("button", name="Ver", exact=True).click()
    expect(then.get_by_role("alert")).to_contain_text("ainda não tinha começado")
