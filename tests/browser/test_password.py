"""People change their password on the page; in a demonstration, where all know it, nobody does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.actions import enter, log_in
from tests.support.waiting import free_port
from tests.system.installation import Installation

EMAIL, PASSWORD, NEW = "rita@loja.example", "a primeira senha", "uma senha melhor"


@pytest.fixture
def office(running: Installation, tmp_path: Path) -> Iterator[Installation]:
    """The same data, served without the demo; Rita works there."""
    running.balcao("agent", "add", "--name", "Rita Prado", "--email", EMAIL, "--password", PASSWORD)
    keys = running.environment | {"BALCAO_DEMO": "0", "BALCAO_PORT": str(free_port())}
    office = Installation(tmp_path, keys, forked=True)
    try:
        office.start("api")
        yield office
    finally:
        office.end()


def open_menu(page: Page) -> Locator:
    page.get_by_role("button", name="Minha conta").click()
    return page.get_by_role("menuitem", name="Trocar senha")


def fill(dialog: Locator, current: str, new: str, repeated: str) -> None:
    """Fill the fields, and send them with Enter."""
    for label, text in (("Senha atual", current), ("Nova senha", new), ("Repita a nova senha", repeated)):
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_label("Repita a nova senha").press("Enter")


def is_refused_at(dialog: Locator, label: str, text: str) -> None:
    """Expect one refusal, at this field, which has the focus."""
    field = dialog.get_by_label(label, exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(text)
    expect(dialog.get_by_role("alert")).to_have_count(1)


def test_a_password_is_changed_and_ends_the_other_sessions(
    browser: Browser, context: BrowserContext, office: Installation
) -> None:
    with browser.new_context(locale="pt-BR") as elsewhere:
        other = log_in(elsewhere, office, EMAIL, PASSWORD)
        desk = log_in(context, office, EMAIL, PASSWORD)
        open_menu(desk).click()
        dialog = desk.get_by_role("dialog", name="Trocar senha")
        expect(dialog.get_by_label("Senha atual")).to_be_focused()

        # what is wrong is said at its field
        fill(dialog, PASSWORD, "curta", "curta")
        is_refused_at(
            dialog, "Nova senha", "Ao menos 10 caracteres A nova senha precisa de ao menos 10 caracteres."
        )
        fill(dialog, PASSWORD, NEW, PASSWORD)
        is_refused_at(dialog, "Repita a nova senha", "As duas senhas novas não são iguais.")
        fill(dialog, "não é a primeira", NEW, NEW)
        is_refused_at(dialog, "Senha atual", "Esta não é a sua senha atual.")

        # when all is right, it is sent once, and stays open until it is answered
        sent: list[Route] = []
        desk.route("**/v1/me/password", lambda route: sent.append(route))
        with desk.expect_request("**/v1/me/password"):
            fill(dialog, PASSWORD, NEW, NEW)
        expect(dialog.get_by_role("button", name="Trocando…")).to_be_disabled()
        dialog.get_by_label("Repita a nova senha").press("Enter")
        desk.keyboard.press("Escape")
        expect(dialog).to_be_visible()
        assert len(sent) == 1
        sent[0].continue_()
        expect(desk.get_by_text("Senha trocada. Você saiu dos outros aparelhos.")).to_be_visible()
        expect(dialog).to_be_hidden()
        expect(desk.get_by_role("button", name="Minha conta")).to_be_focused()

        # then Rita goes on working here, and is asked for the new password elsewhere
        desk.reload()
        expect(desk.get_by_role("navigation", name="Principal")).to_be_visible()
        other.reload()
        expect(other.get_by_role("heading", name="Abrir o balcão")).to_be_visible()
        enter(other, EMAIL, NEW)


def test_nobody_changes_the_password_of_the_demo(context: BrowserContext, running: Installation) -> None:
    desk = log_in(context, running)
    password = open_menu(desk)
    expect(desk.get_by_role("menuitem", name="Sair")).to_be_visible()
    expect(password).to_have_count(0)
