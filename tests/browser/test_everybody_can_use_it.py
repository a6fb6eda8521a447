"""The pages keep the rules of accessibility (WCAG 2.1 AA) in light and dark, and need no mouse."""

import re
from gzip import compress
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import choose_action, holds, log_in, named, new_customer_writes, open_conversation
from tests.system.installation import Installation


def test_the_first_page_comes_with_little(context: BrowserContext, running: Installation) -> None:
    """At most 250 kB of script before anything is asked for; the other pages bring theirs when they open."""
    page = context.new_page()
    page.goto(running.url)
    expect(page.get_by_role("heading", name="Abrir o balcão")).to_be_visible()
    scripts = page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    loaded = [name for name in scripts if name.endswith(".js")]
    assert loaded
    assert sum(len(compress(page.request.get(name).body())) for name in loaded) <= 250_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_keeps_the_rules(context: BrowserContext, running: Installation, scheme: Any) -> None:
    new_customer_writes(running, f"Íris {scheme}", "Alguém me ajuda?")
    door = context.new_page()
    door.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    door.goto(running.url)
    expect(door.get_by_role("heading", name="Abrir o balcão")).to_be_visible()
    holds(door)
    door.close()

    desk = log_in(context, running, "admin@demo.balcao")
    desk.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_conversation(desk, f"Íris {scheme}")
    expect(desk.get_by_role("article")).to_be_visible()
    holds(desk)

    choose_action(desk, "Adiar conversa")
    expect(desk.get_by_role("dialog", name=re.compile("^Adiar"))).to_be_visible()
    holds(desk)
    desk.keyboard.press("Escape")

    choose_action(desk, "Histórico")
    expect(
        desk.get_by_role("list", name="Histórico da conversa").get_by_role("listitem").first
    ).to_be_visible()
    holds(desk)
    desk.keyboard.press("Escape")

    desk.get_by_role("checkbox", name=f"Selecionar Íris {scheme}").check()
    expect(desk.get_by_role("toolbar", name="Ações em vários atendimentos")).to_be_visible()
    holds(desk)

    desk.get_by_role("link", name="Contatos").click()
    desk.get_by_role("list", name="Contatos").get_by_role("link", name=named("Íris")).first.click()
    expect(
        desk.get_by_role("list", name="Histórico do contato").get_by_role("listitem").first
    ).to_be_visible()
    holds(desk)

    desk.get_by_role("link", name="Administração").click()
    sections = {
        "Pessoas": "Editar Ana Lima",
        "Canais": "Editar Atendimento com robô",
        "Variáveis": "Nova variável",
    }
    for section, shown in sections.items():
        desk.get_by_role("link", name=section).click()
        desk.get_by_role("button", name=shown).click()
        expect(desk.get_by_role("dialog")).to_be_visible()
        holds(desk)
        desk.keyboard.press("Escape")


def test_on_a_phone_the_rules_are_kept_too(context: BrowserContext, running: Installation) -> None:
    new_customer_writes(running, "Otávio Pires", "Vocês abrem no sábado?")
    desk = log_in(context, running)
    desk.emulate_media(reduced_motion="reduce")
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.get_by_role("link", name="Todos").click()
    expect(desk.get_by_role("link", name=named("Otávio Pires"))).to_be_visible()
    holds(desk)

    desk.get_by_role("link", name=named("Otávio Pires")).click()
    expect(desk.get_by_role("article")).to_be_visible()
    holds(desk)
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390

    desk.goto(f"{running.url}/contatos")
    expect(desk.get_by_role("list", name="Contatos")).to_be_visible()
    holds(desk)


def test_a_customer_is_answered_without_a_mouse(context: BrowserContext, running: Installation) -> None:
    new_customer_writes(running, "Jandira Mota", "Sem mouse dá?")
    desk = log_in(context, running)
    desk.get_by_role("link", name="Fila").press("Enter")
    desk.get_by_role("link", name=named("Jandira Mota")).press("Enter")
    expect(desk.get_by_role("article").filter(has_text="Sem mouse dá?")).to_be_visible()

    # the way from the list to the button leads through nothing but Tab
    take = desk.get_by_role("button", name="Assumir")
    for _ in range(60):
        if take.evaluate("button => button === document.activeElement"):
            break
        desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Com você").first).to_be_visible()

    field = desk.get_by_role("textbox", name="Mensagem", exact=True)
    for _ in range(30):
        if field.evaluate("field => field === document.activeElement"):
            break
        desk.keyboard.press("Tab")
    desk.keyboard.type("Dá, sim")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("article").filter(has_text="Dá, sim")).to_be_visible()
