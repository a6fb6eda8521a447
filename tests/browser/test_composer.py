"""What an agent puts into a message without typing it: quick replies, variables and emojis."""

import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.actions import bubble, holds, log_in, new_customer_writes, open_conversation, open_phone
from tests.support.waiting import until
from tests.system.installation import Installation

GREETING = "Olá, $primeiro_nome! Sou $analista.\nSeu protocolo é $protocolo, e custa R$ 50."


def add_quick_reply(running: Installation, name: str, shortcut: str | None, text: str) -> str:
    """Add a quick reply that everybody may use; return its id."""
    with running.agent("admin@demo.balcao") as admin:
        body = {"name": name, "shortcut": shortcut, "text": text}
        added = admin.post("/v1/quick-replies", json=body, headers={"Idempotency-Key": uuid4().hex})
        assert added.status_code == 201, added.text
    with running.agent() as ana:
        until(f"{name} to be offered", lambda: usable(ana, name))
    return str(added.json()["id"])


def usable(agent: httpx2.Client, name: str) -> bool:
    answer = agent.get("/v1/quick-replies", params={"view": "usable", "q": name})
    return any(item["name"] == name for item in answer.json()["items"])


def define_variable(running: Installation, name: str, field: str) -> None:
    """Define a variable that is taken from the contact's card."""
    with running.agent("admin@demo.balcao") as admin:
        body = {"name": name, "kind": "contact", "field": field}
        defined = admin.post("/v1/variables", json=body, headers={"Idempotency-Key": uuid4().hex})
        assert defined.status_code == 201, defined.text


def write_to(context: BrowserContext, running: Installation, customer: str) -> tuple[Page, Locator]:
    """Open the customer's conversation, which is Ana's, and return the page and its message field."""
    new_customer_writes(running, customer, "Bom dia")
    desk = log_in(context, running)
    desk.emulate_media(reduced_motion="reduce")
    open_conversation(desk, customer)
    desk.get_by_role("button", name="Assumir").click()
    field = desk.get_by_role("textbox", name="Mensagem", exact=True)
    field.click()
    return desk, field


def offered(desk: Page, what: str) -> Locator:
    return desk.get_by_role("listbox", name=what).get_by_role("option")


def sent_text(desk: Page, running: Installation) -> str:
    """The text of the newest message, as the service has it."""
    conversation = desk.url.rsplit("/", 1)[1].split("?")[0]
    with running.agent() as ana:
        items = ana.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    newest: str = max(items, key=lambda item: item["position"])["text"]
    return newest


def received_text(running: Installation, customer: str) -> str:
    """The newest text on the customer's phone."""
    phones = f"{running.url}/simulator/v1/phones"
    wa_id = next(p["wa_id"] for p in httpx2.get(phones).json()["items"] if p["name"] == customer)
    newest: str = httpx2.get(f"{phones}/{wa_id}/messages").json()["items"][-1]["text"]
    return newest


def test_a_quick_reply_is_found_shown_whole_inserted_and_sent_without_a_mouse(
    context: BrowserContext, running: Installation
) -> None:
    reply = add_quick_reply(running, "Saudação com protocolo", "olá-protocolo", GREETING)
    add_quick_reply(running, "Prazo de conserto", "conserto", "O conserto chega em até 2 dias úteis.")
    desk, field = write_to(context, running, "Zilda Prado")
    protocol = re.search(r"Protocolo (\S+)", desk.get_by_role("main").inner_text())
    assert protocol
    whole = f"Olá, Zilda! Sou Ana.\nSeu protocolo é {protocol[1]}, e custa R$ 50."

    # the list filters by name, shortcut and text, accents folded, and points at what Enter takes
    desk.keyboard.type("Então: /")
    expect(offered(desk, "Respostas prontas")).not_to_have_count(0)
    for typed in ("OLA-PROTOCOLO", "custa"):
        desk.keyboard.type(typed)
        expect(offered(desk, "Respostas prontas")).to_have_count(1)
        expect(offered(desk, "Respostas prontas")).to_contain_text("Saudação com protocolo")
        for _ in typed:
            desk.keyboard.press("Backspace")
    desk.keyboard.type("ola-protocolo")
    expect(offered(desk, "Respostas prontas")).to_have_count(1)
    option = offered(desk, "Respostas prontas")
    active = field.get_attribute("aria-activedescendant")
    assert active == option.get_attribute("id")
    expect(option).to_contain_text("$primeiro_nome")

    # Tab shows the whole text as it will be
    desk.keyboard.press("Tab")
    expect(option).to_contain_text(whole.split("\n")[1])
    expect(field).to_be_focused()

    # Enter inserts it at the cursor, the browser's undo takes it back
    desk.keyboard.press("Enter")
    expect(field).to_have_value(f"Então: {whole}")
    desk.keyboard.press("Control+z")
    expect(field).to_have_value("Então: /ola-protocolo")
    desk.keyboard.press("Enter")
    expect(field).to_have_value(f"Então: {whole}")

    # what was inserted is what is sent is what the customer gets, and which version it was goes along
    with desk.expect_request(re.compile("/messages$")) as request:
        desk.keyboard.press("Enter")
    body = request.value.post_data_json
    assert body == {
        "type": "text",
        "text": f"Então: {whole}",
        "quick_replies": [{"id": reply, "version": 1}],
    }
    expect(bubble(desk, "Seu protocolo é")).to_have_accessible_name(re.compile("Entregue"))
    assert sent_text(desk, running) == received_text(running, "Zilda Prado") == f"Então: {whole}"
    expect(field).to_have_value("")

    # used once, it stands first now
    desk.keyboard.type("/")
    expect(offered(desk, "Respostas prontas").first).to_contain_text("Saudação com protocolo")


def test_the_balloon_opens_the_quick_replies(context: BrowserContext, running: Installation) -> None:
    add_quick_reply(running, "Agradecer e despedir-se", "tchau", "Foi um prazer ajudar, $primeiro_nome!")
    desk, field = write_to(context, running, "Balbina Reis")
    balloon = desk.get_by_role("button", name="Respostas prontas")

    # given a text with the cursor in the middle
    field.fill("Tchau!  Até.")
    for _ in " Até.":
        field.press("ArrowLeft")
    balloon.click()
    expect(offered(desk, "Respostas prontas")).not_to_have_count(0)

    # when one types, words apart, the list filters; a click inserts in place of what was typed
    desk.keyboard.type("agradecer e despedir")
    expect(offered(desk, "Respostas prontas")).to_have_count(1)
    offered(desk, "Respostas prontas").click()
    expect(field).to_have_value("Tchau! Foi um prazer ajudar, Balbina! Até.")
    expect(field).to_be_focused()

    # what is not found is said, and not sent; Escape closes the list
    field.fill("")
    desk.keyboard.type("/nadadisso")
    expect(
        desk.get_by_role("status").filter(has_text="Nenhuma resposta pronta com “nadadisso”")
    ).to_be_visible()
    desk.keyboard.press("Enter")
    expect(field).to_have_value("/nadadisso")
    desk.keyboard.press("Escape")
    expect(desk.get_by_text("Nenhuma resposta pronta com")).to_be_hidden()

    # a list that does not come is said, and asked for again
    field.fill("")
    context.route("**/v1/quick-replies**", lambda route: route.fulfill(status=400, json={"code": "x"}))
    desk.keyboard.type("/despedir")
    again = desk.get_by_role("button", name="Tentar de novo")
    expect(again).to_be_visible()
    context.unroute("**/v1/quick-replies**")
    again.click()
    expect(offered(desk, "Respostas prontas")).to_have_count(1)
    expect(offered(desk, "Respostas prontas")).to_contain_text("Agradecer e despedir-se")


def test_a_variable_stands_with_its_value_and_one_without_keeps_the_message(
    context: BrowserContext, running: Installation
) -> None:
    define_variable(running, "codigo_rastreio", "attribute:rastreio")
    reply = add_quick_reply(running, "Rastreio", "rastreio", "O código é $codigo_rastreio, $primeiro_nome.")
    desk, field = write_to(context, running, "Quitéria Lobo")

    # the list says what each stands for now
    desk.keyboard.type("Oi, $")
    variables = offered(desk, "Variáveis")
    expect(variables.filter(has_text="$primeiro_nome")).to_contain_text("Quitéria")
    expect(variables.filter(has_text="$codigo_rastreio")).to_contain_text("sem valor nesta conversa")
    desk.keyboard.type("prim")
    expect(variables).to_have_count(1)
    desk.keyboard.press("Tab")
    expect(field).to_have_value("Oi, Quitéria")

    # a quick reply with a missing value: the hole is marked and named, and Enter does not send
    desk.keyboard.type("! /rastr")
    expect(offered(desk, "Respostas prontas")).to_have_count(1)
    desk.keyboard.press("Enter")
    expect(field).to_have_value("Oi, Quitéria! O código é $codigo_rastreio, Quitéria.")
    alert = desk.get_by_role("alert").filter(has_text="$codigo_rastreio")
    expect(alert).to_contain_text("não tem valor nesta conversa")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(desk.locator(".marks .is-hole")).to_have_text("$codigo_rastreio")
    expect(desk.locator(".marks .is-filled")).to_have_text(["Quitéria", "Quitéria"])
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Enviar", exact=True)).to_have_attribute("aria-disabled", "true")
    desk.get_by_role("button", name="Agendar envio").click()
    expect(desk.get_by_role("dialog")).to_be_hidden()

    # it still waits after a reload
    desk.reload()
    expect(alert).to_be_visible()
    expect(field).to_have_value("Oi, Quitéria! O código é $codigo_rastreio, Quitéria.")

    # Enter chose the hole: what is written takes its place, and then it is sent, with the quick reply
    field.click()
    desk.keyboard.press("Enter")
    desk.keyboard.type("BR123")
    expect(alert).to_be_hidden()
    with desk.expect_request(re.compile("/messages$")) as request:
        desk.keyboard.press("Enter")
    body = request.value.post_data_json
    assert body is not None
    assert body["quick_replies"] == [{"id": reply, "version": 1}]
    expect(bubble(desk, "BR123")).to_have_accessible_name(re.compile("Entregue"))
    assert received_text(running, "Quitéria Lobo") == "Oi, Quitéria! O código é BR123, Quitéria."

    # a name that was typed by hand is no value either
    desk.keyboard.type("Protocolo $protocolo, ")
    expect(desk.get_by_role("alert").filter(has_text="$protocolo")).to_contain_text("ainda é só o nome")
    desk.get_by_role("button", name=re.compile("^Trocar por")).click()
    expect(field).to_have_value(re.compile(r"^Protocolo \d\S*, $"))
    expect(desk.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("name", ["$telefone {{7*7}} $$nome", "${protocolo} {% x %} $protocolo"])
def test_b107_a_name_that_looks_like_a_variable_reaches_the_customer_as_it_is(
    context: BrowserContext, running: Installation, name: str
) -> None:
    add_quick_reply(running, f"Nome inteiro {len(name)}", None, "Olá, $nome! Use $$nome, ou R$$$protocolo.")
    desk, field = write_to(context, running, name)
    protocol = re.search(r"Protocolo (\S+)", desk.get_by_role("main").inner_text())
    assert protocol
    desk.keyboard.type("/inteiro")
    expect(offered(desk, "Respostas prontas").first).to_contain_text("Nome inteiro")
    desk.keyboard.press("Enter")
    seen = field.input_value()
    assert seen == f"Olá, {name}! Use $nome, ou R${protocol[1]}."
    desk.keyboard.press("Enter")
    expect(bubble(desk, "Use $nome")).to_have_accessible_name(re.compile("Entregue"))
    assert sent_text(desk, running) == received_text(running, name) == seen


def test_emojis_are_found_in_two_languages_and_reach_the_phone(
    context: BrowserContext, running: Installation
) -> None:
    desk, field = write_to(context, running, "Iolanda Paz")
    scripts = "performance.getEntriesByType('resource').map(r => r.name).filter(n => /emoji/i.test(n))"
    assert desk.evaluate(scripts) == []

    # given the picker, which is loaded now
    field.fill("Chegou ")
    desk.get_by_role("button", name="Emojis").click()
    picker = desk.get_by_role("dialog", name="Emojis")
    search = picker.get_by_role("searchbox", name="Buscar emoji")
    expect(picker.get_by_role("gridcell").first).to_be_visible()
    assert len(desk.evaluate(scripts)) == 2

    # when one searches in either language, with or without accents
    for typed, shown in (("caminhao", "caminhão de entrega"), ("delivery truck", "caminhão de entrega")):
        search.fill(typed)
        expect(picker.get_by_role("gridcell", name=shown)).to_be_visible()
    search.fill("xyzxyz")
    expect(picker.get_by_text("Nenhum emoji com “xyzxyz”")).to_be_visible()
    search.fill("pacote")
    expect(picker.get_by_role("gridcell", name="pacote", exact=True)).to_be_visible()
    search.press("Enter")

    # then it stands at the cursor, and the field has the focus again
    expect(picker).to_be_hidden()
    expect(field).to_have_value("Chegou 📦")
    expect(field).to_be_focused()

    # a tone of skin is kept, and what was used last is at hand
    desk.get_by_role("button", name="Emojis").click()
    picker.get_by_role("radio", name="Pele morena", exact=True).check()
    search.fill("joia")
    picker.get_by_role("gridcell", name="polegar para cima").click()
    expect(field).to_have_value("Chegou 📦👍🏽")
    desk.get_by_role("button", name="Emojis").click()
    recent = picker.get_by_role("group", name="Usados há pouco").get_by_role("button")
    expect(recent).to_have_count(2)
    recent.nth(1).click()
    expect(field).to_have_value("Chegou 📦👍🏽📦")

    # by name while writing, too
    desk.keyboard.type(" :coracao_verm")
    expect(offered(desk, "Emojis").first).to_contain_text("coração vermelho")
    desk.keyboard.press("Enter")
    expect(field).to_have_value("Chegou 📦👍🏽📦 ❤️")
    desk.keyboard.type(" :thumbs_up")
    expect(offered(desk, "Emojis").first).to_contain_text("polegar para cima")
    desk.keyboard.press("Tab")
    desk.keyboard.type(" às 12:30 :)")
    expect(desk.get_by_role("listbox")).to_have_count(0)
    desk.keyboard.press("Enter")
    expect(bubble(desk, "às 12:30")).to_have_accessible_name(re.compile("Entregue"))
    text = "Chegou 📦👍🏽📦 ❤️ 👍🏽 às 12:30 :)"
    assert sent_text(desk, running) == received_text(running, "Iolanda Paz") == text
    customer = open_phone(context, running, "Iolanda Paz")
    expect(customer.get_by_text(text)).to_be_visible()


def test_emojis_that_did_not_come_are_asked_for_again(context: BrowserContext, running: Installation) -> None:
    context.route("**/assets/*emojis*", lambda route: route.abort())
    desk, field = write_to(context, running, "Nair Bastos")
    desk.get_by_role("button", name="Emojis").click()
    picker = desk.get_by_role("dialog", name="Emojis")
    expect(picker.get_by_text("Os emojis não vieram")).to_be_visible()
    context.unroute("**/assets/*emojis*")
    picker.get_by_role("button", name="Tentar de novo").click()
    expect(picker.get_by_role("gridcell").first).to_be_visible()
    desk.keyboard.press("Escape")
    expect(picker).to_be_hidden()
    expect(field).to_have_value("")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_the_lists_and_the_picker_keep_the_rules_on_a_desk_and_on_a_phone(
    context: BrowserContext, running: Installation, scheme: Any, width: int
) -> None:
    define_variable(running, f"rua_{scheme}", "attribute:rua")
    text = f"{GREETING} $rua_{scheme} " + "sim " * 200
    add_quick_reply(running, f"Longa {scheme}", f"longa-{scheme}", text)
    desk, field = write_to(context, running, f"Olga {scheme}")
    desk.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    desk.set_viewport_size({"width": width, "height": 844})
    field.click()

    desk.keyboard.type(f"/longa-{scheme}")
    expect(offered(desk, "Respostas prontas")).to_have_count(1)
    desk.keyboard.press("Tab")
    holds(desk)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert").filter(has_text=f"$rua_{scheme}")).to_be_visible()
    desk.keyboard.type(" $")
    expect(offered(desk, "Variáveis").first).to_be_visible()
    holds(desk)
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Emojis").click()
    picker = desk.get_by_role("dialog", name="Emojis")
    expect(picker.get_by_role("gridcell").first).to_be_visible()
    holds(desk)
    picker.get_by_role("searchbox", name="Buscar emoji").fill("xyzxyz")
    expect(picker.get_by_text("Nenhum emoji com")).to_be_visible()
    holds(desk)
    desk.keyboard.press("Escape")
    expect(picker).to_be_hidden()
    assert desk.evaluate("document.documentElement.scrollWidth") <= width
