"""The server is away for a while: the page says so, keeps its shape, and goes on by itself."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.actions import (
    bubble,
    choose_action,
    log_in,
    named,
    new_customer_writes,
    open_conversation,
    open_queue,
)
from tests.support.waiting import until
from tests.system.installation import Installation

COMES_BACK_MS = 30_000
"""The page waits up to 15 s, and a little more, between two tries."""
MOST_STREAMS = 20
"""A person's at one process; the oldest ends."""


@contextmanager
def server_away(running: Installation) -> Iterator[None]:
    api = running.processes["api"]
    api.stop()
    try:
        yield
    finally:
        api.start()
        api.wait_ready()


def banner_is_one_line_at_the_top(page: Page) -> None:
    banner = page.get_by_role("status", name="Sem conexão")
    expect(banner).to_have_count(1)
    expect(banner).to_be_visible()
    box = banner.bounding_box()
    assert box is not None
    assert box["y"] == 0
    assert box["height"] < 100


def test_a_conversation_that_could_not_be_opened_opens_when_the_server_is_back(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Nilza Prado", "Ainda dá tempo?")
    desk = log_in(context, running)
    open_queue(desk)
    customer = desk.get_by_role("link", name=named("Nilza Prado"))
    expect(customer).to_be_visible()

    with server_away(running):
        # when she is opened for the first time
        customer.click()

        # then the page says what is the matter, in Portuguese, and that nothing else works either
        failed = desk.get_by_role("alert").filter(has_text="Não deu para abrir esta conversa")
        expect(failed).to_contain_text("O servidor não respondeu. A conversa abre assim que a conexão voltar")
        expect(failed).not_to_contain_text("unreachable")
        expect(failed).not_to_contain_text("As outras conversas continuam funcionando")
        banner_is_one_line_at_the_top(desk)

    # and opens her without a click
    expect(bubble(desk, "Ainda dá tempo?")).to_be_visible(timeout=COMES_BACK_MS)
    expect(failed).to_be_hidden()
    expect(desk.get_by_role("status", name="Sem conexão")).to_be_hidden()


def test_older_messages_that_did_not_come_come_when_the_server_is_back(
    context: BrowserContext, running: Installation
) -> None:
    # given a conversation of more than the two pages that are fetched when it is opened
    texts = [f"Linha {n:03}." for n in range(120)]
    new_customer_writes(running, "Nestor Prado", *texts)
    desk = log_in(context, running)
    open_queue(desk)
    expect(
        desk.get_by_role("link", name=re.compile("^Nestor Prado.* 120 mensagens não lidas"))
    ).to_be_visible(timeout=COMES_BACK_MS)
    open_conversation(desk, "Nestor Prado")
    expect(bubble(desk, texts[-1])).to_be_visible()

    with server_away(running):
        # when the next one is asked for by scrolling
        desk.get_by_role("log").evaluate("thread => thread.scrollTop = 0")
        failed = desk.get_by_role("alert").filter(has_text="As mensagens anteriores não vieram")
        expect(failed).to_be_visible()
        expect(bubble(desk, texts[19])).to_have_count(0)

    # then it comes without a click
    expect(bubble(desk, texts[19])).to_have_count(1, timeout=COMES_BACK_MS)
    expect(failed).to_be_hidden()


def test_a_list_that_did_not_come_while_the_machine_was_offline_comes_when_it_is_online(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    closed = desk.get_by_role("navigation", name="Atendimentos encerrados")

    # given a machine that is offline, on which only the stream lives on
    context.set_offline(True)
    desk.get_by_role("link", name="Encerrados").click()
    expect(closed.get_by_role("alert")).to_contain_text("A lista não veio")

    context.set_offline(False)
    expect(closed.get_by_role("alert")).to_be_hidden()
    expect(closed.get_by_role("link").or_(closed.get_by_text("Ninguém aqui")).first).to_be_visible()


def test_pages_and_dialogs_that_were_never_opened_open_while_the_server_is_away(
    context: BrowserContext, running: Installation
) -> None:
    new_customer_writes(running, "Nair Prado", "Tudo bem?")
    desk = log_in(context, running)
    open_conversation(desk, "Nair Prado")
    loaded = """performance.getEntriesByType('resource')
        .filter(({ name }) => /Page|Dialog|dialogs|BulkBar/.test(name)).length"""
    until("the code of pages and dialogs", lambda: desk.evaluate(loaded) >= 6)

    with server_away(running):
        for action in ("Adiar conversa", "Histórico"):
            choose_action(desk, action)
            dialog = desk.get_by_role("dialog", name=named(action))
            expect(dialog).to_be_visible()
            dialog.press("Escape")
            expect(dialog).to_be_hidden()
        desk.get_by_role("checkbox", name="Selecionar Nair Prado").check()
        expect(desk.get_by_role("toolbar", name="Ações em vários atendimentos")).to_be_visible()
        desk.keyboard.press("Escape")
        desk.get_by_role("link", name="Contatos").click()
        expect(desk.get_by_role("region", name="Lista de contatos").get_by_role("alert")).to_be_visible()

    people = desk.get_by_role("list", name="Contatos")
    expect(people.get_by_role("link", name=named("Nair Prado"))).to_be_visible(timeout=COMES_BACK_MS)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/espaco/meus", "/contatos"])
def test_the_banner_leaves_the_page_its_shape(
    context: BrowserContext, running: Installation, width: int, path: str
) -> None:
    desk = log_in(context, running)
    desk.set_viewport_size({"width": width, "height": 844})
    desk.goto(running.url + path)
    page = desk.get_by_role("main")
    expect(page).to_be_visible()
    with server_away(running):
        banner_is_one_line_at_the_top(desk)
        assert desk.evaluate("document.documentElement.scrollHeight") == 844


def test_a_window_that_gave_way_to_many_others_says_so_and_goes_on_when_asked(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running, "clara@demo.balcao")
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    stopped = desk.get_by_role("status", name="Janela parada")

    # when Clara has more open than a person may, twice as many in case this page comes last
    with ExitStack() as others, httpx2.Client(base_url=running.url, cookies=cookies) as client:
        for _ in range(2 * MOST_STREAMS):
            others.enter_context(client.stream("GET", "/v1/stream"))
        expect(stopped).to_contain_text("Há muitas outras suas abertas", timeout=15_000)

    # then it follows what happens again once she wants it to
    desk.get_by_role("button", name="Tentar já").click()
    expect(stopped).to_be_hidden()
    open_queue(desk)
    new_customer_writes(running, "Sabina Telles", "Chegou agora")
    expect(desk.get_by_role("link", name=named("Sabina Telles"))).to_be_visible()


@pytest.mark.parametrize("address", ["/espaco/meus/abc", "/espaco/meus/00000000-0000-4000-8000-000000000000"])
def test_an_address_that_leads_nowhere_is_told_in_portuguese(
    context: BrowserContext, running: Installation, address: str
) -> None:
    desk = log_in(context, running)
    desk.goto(running.url + address)
    failed = desk.get_by_role("main").get_by_role("alert")
    expect(failed).to_contain_text("As outras conversas continuam funcionando")
    expect(failed).not_to_contain_text("not_found")
    expect(failed).not_to_contain_text("invalid")
    # for support
    expect(failed).to_have_attribute("data-code", "invalid" if address.endswith("abc") else "not_found")


def test_a_workspace_that_did_not_open_opens_when_the_server_answers(
    context: BrowserContext, running: Installation
) -> None:
    # given a server that does not answer the first question of the page
    desk = log_in(context, running)
    context.route("**/v1/me", lambda route: route.abort())
    desk.reload()
    expect(desk.get_by_role("heading", name="O balcão não abriu")).to_be_visible(timeout=COMES_BACK_MS)

    # when it does again, then nobody has to click
    context.unroute("**/v1/me")
    expect(desk.get_by_role("navigation", name="Principal")).to_be_visible(timeout=COMES_BACK_MS)


def test_on_a_phone_a_conversation_that_does_not_open_leads_back_to_the_list(
    context: BrowserContext, running: Installation
) -> None:
    desk = log_in(context, running)
    desk.goto(f"{running.url}/espaco/fila/abc")
    back = desk.get_by_role("main").get_by_role("link", name="Voltar à lista")
    expect(desk.get_by_role("main").get_by_role("alert")).to_be_visible()
    expect(back).to_be_hidden()

    desk.set_viewport_size({"width": 390, "height": 844})
    back.click()
    expect(desk).to_have_url(f"{running.url}/espaco/fila")
    expect(desk.get_by_role("navigation", name="Atendimentos na fila")).to_be_visible()
