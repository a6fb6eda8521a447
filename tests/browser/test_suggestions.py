"""Suggesting a quick reply from a message, and what becomes of it."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.actions import bubble, holds, log_in, new_customer_writes, open_conversation, send_message
from tests.support.waiting import until
from tests.system.installation import Installation

ADMIN = "admin@demo.balcao"
SUGGEST = "Sugerir como resposta pronta"


def say(desk: Page, running: Installation, customer: str, text: str) -> Locator:
    """Send a text to a new customer; return its line of the thread, once the server has it."""
    new_customer_writes(running, customer, "Bom dia")
    open_conversation(desk, customer)
    desk.get_by_role("button", name="Assumir").click()
    send_message(desk, text)
    said = bubble(desk, text.splitlines()[0])
    expect(said.get_by_role("button", name=SUGGEST)).to_be_visible()
    return said


def suggestion(running: Installation, customer: str, name: str, text: str) -> str:
    """Ana suggests a quick reply from a message of hers; return its id."""
    new_customer_writes(running, customer, "oi")
    with running.agent() as ana:

        def conversation() -> Any:
            found = ana.get("/v1/tickets", params={"view": "queue", "limit": 200}).json()["items"]
            return next((t["conversation_id"] for t in found if t["contact"]["name"] == customer), None)

        id = until("the customer in the queue", conversation)
        sent = ana.post(
            f"/v1/conversations/{id}/messages",
            json={"type": "text", "text": text},
            headers={"Idempotency-Key": uuid4().hex},
        ).json()
        body = {"conversation_id": id, "message_id": sent["message_id"], "name": name, "text": text}

        def suggested() -> Any:
            headers = {"Idempotency-Key": uuid4().hex}
            answer = ana.post("/v1/quick-replies/suggestions", json=body, headers=headers)
            assert answer.status_code in (201, 404), answer.text
            return answer.status_code == 201 and answer.json()["id"]

        return str(until("the message to be shown, and suggested from", suggested))


def waiting(admin: Page, name: str) -> Locator:
    return admin.get_by_role("list", name="Para aprovar").get_by_role("link", name=re.compile(name))


def open_waiting(admin: Page, name: str) -> None:
    """Open a suggestion from the menu, and wait until it can be decided."""
    admin.get_by_role("link", name=re.compile("^Respostas prontas")).click()
    waiting(admin, name).click()
    expect(admin.get_by_role("heading", name=name, level=1)).to_be_visible()


@pytest.fixture
def second(browser: Browser) -> Any:
    """Another browser, for another person."""
    context = browser.new_context(locale="pt-BR", viewport={"width": 1440, "height": 900})
    yield context
    context.close()


def test_what_is_known_of_the_customer_becomes_variables_and_is_approved_for_all(
    context: BrowserContext, second: BrowserContext, running: Installation
) -> None:
    """The help page's example: the own name becomes a variable, too, and an administrator approves."""
    desk = log_in(context, running)
    text = "Olá, Quitéria! Sou a Ana e vou seguir com o seu atendimento. O pedido 38214 saiu."
    said = say(desk, running, "Quitéria Braga", text)
    said.get_by_role("button", name=SUGGEST).click()
    dialog = desk.get_by_role("dialog", name="Sugerir resposta pronta")
    expect(dialog.get_by_text("Da sua mensagem para Quitéria Braga")).to_be_visible()
    field = dialog.get_by_label("Conteúdo")
    expect(field).to_have_value(text)
    dialog.get_by_label("Nome").fill("Sigo com você, Braga")

    # what is known blocks, and says so; the author's own name is only offered
    submit = dialog.get_by_role("button", name="Enviar sugestão")
    expect(dialog.get_by_text("Troque o que está marcado")).to_be_visible()
    expect(submit).to_have_attribute("aria-disabled", "true")
    submit.press("Enter")
    expect(dialog.get_by_role("button", name="Trocar por $primeiro_nome")).to_be_focused()
    dialog.get_by_role("button", name="Trocar por $primeiro_nome").click()
    expect(field).to_have_value(text.replace("Quitéria", "$primeiro_nome"))
    dialog.get_by_role("button", name="Trocar por $analista").click()
    dialog.get_by_text("38214 parece um número").get_by_role("button", name="Tirar").click()
    expect(dialog.get_by_text("Braga é dado de Quitéria Braga")).to_be_visible()
    expect(submit).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("Nome").fill("Sigo com você")
    expect(dialog.get_by_text("é dado de")).to_have_count(0)

    # a variable that does not exist is told, too
    field.press("End")
    field.press_sequentially(" $nadica ")
    expect(dialog.get_by_text("Não há variável $nadica")).to_be_visible()
    for _ in " $nadica ":
        field.press("Backspace")
    approved = "Olá, $primeiro_nome! Sou a $analista e vou seguir com o seu atendimento. O pedido saiu."
    expect(field).to_have_value(approved)
    expect(submit).to_have_attribute("aria-disabled", "false")
    submit.click()
    expect(dialog).to_have_count(0)

    # its author sees that it waits
    desk.get_by_role("link", name="Respostas prontas").click()
    mine = desk.get_by_role("list", name="Minhas sugestões").get_by_role(
        "link", name=re.compile("Sigo com você")
    )
    expect(mine).to_contain_text("em análise")

    # an administrator sees it counted, with a preview, and approves it
    admin = log_in(second, running, ADMIN)
    expect(
        admin.get_by_role("link", name=re.compile("^Respostas prontas: [0-9]+ para aprovar"))
    ).to_be_visible()
    open_waiting(admin, "Sigo com você")
    expect(admin.get_by_text("Olá, Marina! Sou a Ana e vou")).to_be_visible()
    admin.get_by_role("button", name="Aprovar versão 1").click()
    expect(waiting(admin, "Sigo com você")).to_have_count(0)

    # the author is told at once, and can use it
    expect(desk.get_by_text("Sua sugestão foi aprovada: Sigo com você.")).to_be_visible()
    expect(mine).to_contain_text("aprovada")
    open_conversation(desk, "Quitéria Braga")
    message = desk.get_by_role("textbox", name="Mensagem", exact=True)
    message.click()
    desk.keyboard.type("/sigo")
    option = desk.get_by_role("listbox", name="Respostas prontas").get_by_role("option")
    expect(option).to_have_count(1)  # all of them stand there until the search is answered
    expect(option).to_contain_text("Sigo com você")
    desk.keyboard.press("Enter")
    expect(message).to_have_value(approved.replace("$primeiro_nome", "Quitéria").replace("$analista", "Ana"))


def test_a_suggestion_is_rejected_with_a_reason_that_its_author_reads(
    context: BrowserContext, second: BrowserContext, running: Installation
) -> None:
    suggestion(running, "Wanda Reis", "Aviso de extravio", "Seu pacote se perdeu; mando outro hoje.")
    desk, admin = log_in(context, running), log_in(second, running, ADMIN)
    open_waiting(admin, "Aviso de extravio")
    admin.get_by_role("button", name="Recusar com motivo").click()
    dialog = admin.get_by_role("alertdialog", name="Recusar “Aviso de extravio”")
    expect(dialog.get_by_role("button", name="Recusar", exact=True)).to_be_disabled()
    dialog.get_by_label("Motivo").fill("Não prometa o dia.")
    dialog.get_by_role("button", name="Recusar", exact=True).click()
    expect(waiting(admin, "Aviso de extravio")).to_have_count(0)

    told = desk.get_by_role("listitem").filter(has_text="Sua sugestão foi recusada: Aviso de extravio.")
    told.get_by_role("button", name="Ver").click()
    expect(desk.get_by_role("heading", name="Aviso de extravio", level=1)).to_be_visible()
    expect(desk.get_by_text("Não prometa o dia.")).to_be_visible()


def test_a_suggestion_is_withdrawn_while_it_waits(context: BrowserContext, running: Installation) -> None:
    id = suggestion(running, "Xisto Lobo", "Horário de sábado", "No sábado abrimos às 9h.")
    desk = log_in(context, running)
    desk.goto(f"{running.url}/respostas/minhas/{id}")
    desk.get_by_role("button", name="Retirar sugestão").click()
    mine = desk.get_by_role("list", name="Minhas sugestões").get_by_role(
        "link", name=re.compile("Horário de sábado")
    )
    expect(mine).to_contain_text("retirada")
    expect(desk.get_by_role("button", name="Retirar sugestão")).to_have_count(0)


def test_of_two_administrators_at_once_one_learns_that_the_other_was_faster(
    context: BrowserContext, second: BrowserContext, running: Installation
) -> None:
    id = suggestion(running, "Yara Pinho", "Pedir foto", "Me manda uma foto da etiqueta?")
    first, other = log_in(context, running, ADMIN), log_in(second, running, ADMIN)
    for page in (first, other):
        page.goto(f"{running.url}/respostas/aprovar/{id}")
        expect(page.get_by_role("button", name="Aprovar versão 1")).to_be_enabled()
    other.get_by_role("button", name="Editar antes").click()
    dialog = other.get_by_role("dialog", name="Editar e aprovar")
    dialog.get_by_label("Conteúdo").fill("Pode mandar uma foto da etiqueta?")
    first.get_by_role("button", name="Aprovar versão 1").click()
    expect(waiting(first, "Pedir foto")).to_have_count(0)
    with other.expect_response(re.compile("/approval$")) as answer:
        dialog.get_by_role("button", name="Aprovar versão 1").click()
    assert answer.value.status == 409
    expect(other.get_by_text("outra pessoa foi mais rápida")).to_be_visible()
    with running.agent() as ana:
        assert ana.get(f"/v1/quick-replies/{id}").json()["text"] == "Me manda uma foto da etiqueta?"


def test_an_administrator_adds_edits_compares_and_archives(
    context: BrowserContext, running: Installation
) -> None:
    admin = log_in(context, running, ADMIN)
    admin.get_by_role("link", name=re.compile("^Respostas prontas")).click()
    admin.get_by_role("button", name="Nova").click()
    dialog = admin.get_by_role("dialog", name="Nova resposta pronta")
    dialog.get_by_label("Nome").fill("Prazo de troca")
    dialog.get_by_label("Atalho").fill("/Troca")
    content = dialog.get_by_label("Conteúdo")
    content.press_sequentially("A troca leva 7 dias, $prim")
    admin.get_by_role("listbox", name="Variáveis").get_by_role("option").click()
    expect(content).to_have_value("A troca leva 7 dias, $primeiro_nome")
    dialog.get_by_role("button", name="Criar").click()
    expect(dialog).to_have_count(0)

    admin.get_by_role("link", name="Em uso").click()
    admin.get_by_role("searchbox", name="Buscar respostas").fill("troca leva")
    listed = admin.get_by_role("list", name="Em uso").get_by_role("link", name=re.compile("Prazo de troca"))
    expect(listed).to_contain_text("/troca")
    listed.click()
    admin.get_by_role("button", name="Editar").click()
    dialog = admin.get_by_role("dialog", name="Editar resposta pronta")
    dialog.get_by_label("Conteúdo").fill("A troca leva 10 dias, $primeiro_nome")
    dialog.get_by_role("button", name="Salvar").click()
    expect(dialog).to_have_count(0)
    expect(admin.get_by_role("deletion")).to_have_text(["7"])
    expect(admin.get_by_role("insertion")).to_have_text(["10"])
    expect(admin.get_by_text("ainda não foi usada")).to_be_visible()

    admin.get_by_role("button", name="Arquivar").click()
    admin.get_by_role("alertdialog").get_by_role("button", name="Arquivar").click()
    expect(listed).to_have_count(0)
    admin.get_by_role("link", name="Arquivadas").click()
    expect(admin.get_by_role("list", name="Arquivadas")).to_contain_text("Prazo de troca")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_keep_the_rules_and_need_no_mouse(
    context: BrowserContext, second: BrowserContext, running: Installation, scheme: Any
) -> None:
    id = suggestion(
        running, f"Zoraide {scheme}", f"Segunda via, {len(scheme)}", "Bom dia! A segunda via vai por e-mail."
    )
    desk = log_in(context, running)
    desk.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    said = say(desk, running, f"Anacleto {scheme}", "Tudo certo, Anacleto?")
    said.get_by_role("button", name=SUGGEST).focus()
    desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog", name="Sugerir resposta pronta")
    replace = dialog.get_by_role("button", name="Trocar por $primeiro_nome")
    expect(replace).to_be_visible()
    holds(desk)
    for _ in range(12):
        if replace.evaluate("button => button === document.activeElement"):
            break
        desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(dialog.get_by_label("Conteúdo")).to_have_value("Tudo certo, $primeiro_nome?")
    desk.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    admin = log_in(second, running, ADMIN)
    admin.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    admin.goto(f"{running.url}/respostas/aprovar/{id}")
    expect(admin.get_by_role("button", name="Trocar e aprovar")).to_be_visible()
    holds(admin)
    for name in ("Editar antes", "Recusar com motivo"):
        admin.get_by_role("button", name=name).click()
        holds(admin)
        admin.keyboard.press("Escape")
    admin.set_viewport_size({"width": 390, "height": 844})
    holds(admin)
    assert admin.evaluate("document.documentElement.scrollWidth") <= 390
