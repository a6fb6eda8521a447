"""A session ends while somebody works: the page leads to the login, says why, and keeps what was written."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.actions import (
    bubble,
    enter,
    log_in,
    new_customer_writes,
    open_conversation,
    send_message,
)
from tests.system.installation import Installation

REPORTS_MS = 15_000
"""A page tells every five seconds which conversation is looked at."""


def is_asked_to_log_in_again(page: Page) -> None:
    expect(page.get_by_role("heading", name="Abrir o balcão")).to_be_visible(timeout=REPORTS_MS)
    expect(page.get_by_role("status")).to_have_text("Sua sessão terminou. Entre de novo.")


def test_a_message_sent_after_the_session_ended_goes_out_after_the_next_login(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Olga Sena", "Vocês entregam?")
    desk = log_in(context, running)
    open_conversation(desk, "Olga Sena")

    # given a session that is lost while the stream lives on; its reports would find out before the message
    context.route("**/viewing", lambda route: route.abort())
    context.clear_cookies()

    # when Ana answers
    send_message(desk, "Entregamos, sim")

    # then she is asked to log in, and it goes out once she has
    is_asked_to_log_in_again(desk)
    enter(desk)
    expect(bubble(desk, "Entregamos, sim")).to_have_count(1)
    expect(bubble(desk, "Entregamos, sim")).to_have_accessible_name(re.compile("Entregue|Lida"))


def test_whoever_only_writes_is_told_too_and_finds_their_words_again(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Odila Sena", "Tem desconto?")
    desk = log_in(context, running)
    open_conversation(desk, "Odila Sena")
    desk.get_by_role("textbox", name="Mensagem").fill("Deixe-me ver")

    # when the session is lost, and nothing is asked but what the page reports by itself
    context.clear_cookies()

    is_asked_to_log_in_again(desk)
    enter(desk)
    expect(desk.get_by_role("textbox", name="Mensagem")).to_have_value("Deixe-me ver")


def test_a_reload_after_the_session_ended_says_so_a_logout_and_a_first_visit_do_not(
    context: BrowserContext, running: Installation
) -> None:
    # a first visit
    desk = context.new_page()
    desk.goto(running.url)
    expect(desk.get_by_role("heading", name="Abrir o balcão")).to_be_visible()
    expect(desk.get_by_role("status")).to_be_hidden()

    # a session that ended over night
    enter(desk)
    context.clear_cookies()
    desk.reload()
    is_asked_to_log_in_again(desk)

    # a logout
    enter(desk)
    desk.get_by_role("button", name="Minha conta").click()
    desk.get_by_role("menuitem", name="Sair").click()
    expect(desk.get_by_role("heading", name="Abrir o balcão")).to_be_visible()
    expect(desk.get_by_role("status")).to_be_hidden()


BRUNO = "bruno@demo.balcao"


def asks_to_log_out(desk: Page) -> None:
    desk.get_by_role("button", name="Minha conta").click()
    desk.get_by_role("menuitem", name="Sair").click()


def is_logged_out(desk: Page) -> None:
    expect(desk.get_by_role("heading", name="Abrir o balcão")).to_be_visible()


def kept_here(desk: Page) -> str:
    """All that this browser keeps."""
    return str(desk.evaluate("JSON.stringify({...localStorage})"))


def writes_note(desk: Page, text: str) -> None:
    desk.get_by_role("button", name="Nota interna").click()
    desk.get_by_role("textbox", name="Nota interna").fill(text)


def test_a_logout_asks_before_it_removes_what_is_nowhere_else(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Otília Sena", "Chegou quebrado")
    desk, other_tab = log_in(context, running), context.new_page()
    other_tab.goto(desk.url)
    open_conversation(desk, "Otília Sena")
    desk.get_by_role("textbox", name="Mensagem").fill("Rascunho de Ana")
    writes_note(desk, "Anotação de Ana")
    context.route(
        "**/messages", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )
    desk.get_by_role("button", name="Mensagem").click()
    send_message(desk, "Resposta de Ana")

    # when Ana wants to leave with a message that cannot be sent and a note that is not stored
    asks_to_log_out(desk)

    # then she is asked, and may stay
    asked = desk.get_by_role("alertdialog", name="Sair e apagar o que falta enviar?")
    expect(asked.get_by_role("listitem")).to_have_text(["1 mensagem não enviada", "1 nota não guardada"])
    asked.get_by_role("button", name="Cancelar").click()
    expect(asked).to_be_hidden()
    assert "Anotação de Ana" in kept_here(desk)

    # or leaves, and nothing of hers stays, in no tab
    asks_to_log_out(desk)
    desk.get_by_role("button", name="Sair e apagar").click()
    is_logged_out(desk)
    is_logged_out(other_tab)
    assert "de Ana" not in kept_here(desk)
    context.unroute_all()
    enter(desk)
    open_conversation(desk, "Otília Sena")
    expect(bubble(desk, "Resposta de Ana")).to_have_count(0)
    desk.get_by_role("button", name="Nota interna").click()
    expect(desk.get_by_role("textbox", name="Nota interna")).to_have_value("")


def test_a_draft_that_the_server_has_leaves_the_browser_without_a_question(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Olívia Sena", "Tem em azul?")
    desk = log_in(context, running)
    open_conversation(desk, "Olívia Sena")
    desk.get_by_role("textbox", name="Mensagem").fill("Em azul de Ana")
    asks_to_log_out(desk)
    is_logged_out(desk)
    assert "de Ana" not in kept_here(desk)
    enter(desk)
    open_conversation(desk, "Olívia Sena")
    expect(desk.get_by_role("textbox", name="Mensagem")).to_have_value("Em azul de Ana")


def test_what_was_written_before_a_session_ended_is_for_the_same_person_alone(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Orlando Sena", "E o prazo?")
    desk = log_in(context, running)
    open_conversation(desk, "Orlando Sena")
    writes_note(desk, "Anotação de Ana")
    context.clear_cookies()
    is_asked_to_log_in_again(desk)

    # Bruno works at the same place, and leaves
    enter(desk, BRUNO)
    open_conversation(desk, "Orlando Sena")
    desk.get_by_role("button", name="Nota interna").click()
    expect(desk.get_by_role("textbox", name="Nota interna")).to_have_value("")
    asks_to_log_out(desk)
    is_logged_out(desk)

    # and Ana finds her words again
    enter(desk)
    open_conversation(desk, "Orlando Sena")
    desk.get_by_role("button", name="Nota interna").click()
    expect(desk.get_by_role("textbox", name="Nota interna")).to_have_value("Anotação de Ana")


def test_when_another_person_logs_in_no_tab_stays_with_the_former_one(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Osmar Sena", "Ainda dá tempo?")
    desk, other_tab = log_in(context, running), context.new_page()
    open_conversation(desk, "Osmar Sena")
    messages = "**/messages"
    context.route(messages, lambda r: r.abort() if r.request.method == "POST" else r.fallback())
    send_message(desk, "Resposta de Ana")

    # when Bruno logs in beside a page on which a message of Ana waits
    other_tab.goto(f"{running.url}/entrar")
    enter(other_tab, BRUNO)

    # then her page is his, and sends nothing of hers in his name
    expect(desk.get_by_role("button", name="Minha conta: Bruno Sá")).to_be_visible()
    context.unroute(messages)
    open_conversation(desk, "Osmar Sena")
    writes_note(desk, "Anotação de Bruno")
    desk.get_by_role("textbox", name="Nota interna").press("Enter")
    expect(desk.get_by_role("log")).to_contain_text("Anotação de Bruno")
    expect(bubble(desk, "Resposta de Ana")).to_have_count(0)

    # and it goes out when she is back
    other_tab.goto(f"{running.url}/entrar")
    enter(other_tab)
    expect(desk.get_by_role("button", name="Minha conta: Ana Lima")).to_be_visible()
    open_conversation(desk, "Osmar Sena")
    expect(bubble(desk, "Resposta de Ana")).to_have_accessible_name(re.compile("Entregue|Lida"))


def test_a_logout_that_the_server_did_not_hear_is_none(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    context.route("**/v1/session", lambda route: route.abort())
    asks_to_log_out(desk)
    expect(desk.get_by_text("Não deu para sair: o servidor não respondeu.")).to_be_visible()
    expect(desk.get_by_role("navigation", name="Principal")).to_be_visible()
    context.unroute_all()
    asks_to_log_out(desk)
    is_logged_out(desk)
    desk.goto(running.url)
    is_logged_out(desk)
