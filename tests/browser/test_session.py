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
