"""The bell: message templates, the way on when the 24-hour window has closed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.actions import (
    bubble,
    holds,
    log_in,
    named,
    new_customer_writes,
    open_conversation,
    open_phone,
    send_message,
)
from tests.support.waiting import until
from tests.system.installation import NUMBER, Installation
from tests.system.webhooks import as_meta_writes, body_of, signed, text_item

LONG_AGO = timedelta(hours=30)
PAUSED, RESUME = "Promocao de inverno", "Retomar atendimento"


def wrote_long_ago(running: Installation, customer: str) -> None:
    """A customer of this test alone, with a phone, whose window has closed."""
    phones = f"{running.url}/simulator/v1/phones"
    phone = {"name": customer, "phone_number_id": NUMBER}
    wa_id = httpx2.post(phones, json=phone, timeout=15.0).json()["wa_id"]
    item = text_item(f"wamid.{wa_id}", wa_id, "Vou ver a cor e te falo", datetime.now(UTC) - LONG_AGO)
    body = as_meta_writes(body_of([item], {wa_id: customer}))
    httpx2.post(running.webhook_url, content=body, headers=signed(body), timeout=10.0).raise_for_status()


def templates_are_known(running: Installation) -> None:
    """The templates of the demo are read from the simulator."""
    with running.agent("admin@demo.balcao") as admin:
        channel = next(each for each in admin.get("/v1/channels").json()["items"] if not each["has_bot"])

        def known() -> bool:
            return bool(admin.get("/v1/templates", params={"channel_id": channel["id"]}).json()["items"])

        if not known():
            assert admin.post("/v1/templates/sync").status_code == 202
        until("the templates", known, 30.0)


def dialog_of(desk: Page) -> Locator:
    return desk.get_by_role("dialog", name="Modelos de mensagens")


def option(dialog: Locator, title: str, language: str = "pt_BR") -> Locator:
    options = dialog.get_by_role("listbox", name="Modelos").get_by_role("option")
    return options.filter(has_text=title).filter(has_text=language)


def test_the_bell_is_lit_when_the_window_has_closed_and_leads_on(
    context: BrowserContext, running: Installation
) -> None:
    templates_are_known(running)
    wrote_long_ago(running, "Aline Nunes")
    desk = log_in(context, running)
    desk.emulate_media(reduced_motion="reduce")
    open_conversation(desk, "Aline Nunes")
    expect(desk.get_by_text(re.compile("A janela de 24 horas fechou"))).to_be_visible()
    expect(desk.get_by_role("textbox", name="Mensagem", exact=True)).to_have_count(0)
    expect(desk.get_by_role("button", name="Modelos de mensagens")).to_have_class(re.compile("is-lit"))
    holds(desk)

    # all of them are there; one that cannot be sent says why
    desk.get_by_role("button", name="Escolher modelo").click()
    dialog = dialog_of(desk)
    expect(option(dialog, PAUSED)).to_contain_text("Pausado pela Meta por baixa qualidade")
    option(dialog, PAUSED).click()
    expect(dialog.get_by_role("status").filter(has_text="Escolha outro modelo")).to_be_visible()
    expect(dialog.get_by_role("button", name="Enviar para Aline")).to_be_disabled()

    # what is known of contact, agent and ticket is filled in, and shown as the customer will see it
    dialog.get_by_role("searchbox", name="Buscar modelo").fill("retomar")
    expect(option(dialog, PAUSED)).to_have_count(0)
    option(dialog, RESUME).click()
    expect(dialog.get_by_role("textbox", name=re.compile("^Nome"))).to_have_value("Aline Nunes")
    expect(dialog.get_by_role("textbox", name=re.compile("^Analista"))).to_have_value("Ana")
    protocol = dialog.get_by_role("textbox", name=re.compile("^Protocolo"))
    expect(protocol).to_have_value(re.compile(r"\S{8,}"))
    preview = dialog.get_by_role("region", name="Como Aline vai ver")
    expect(preview).to_contain_text("Olá, Aline Nunes! Aqui é Ana, da loja.")
    expect(preview.get_by_role("list", name="Botões").get_by_role("listitem")).to_have_text(
        ["Sim", "Agora não"]
    )

    # a missing value keeps it here; a variable fills it
    protocol.fill("")
    dialog.get_by_role("button", name="Enviar para Aline").click()
    expect(protocol).to_be_focused()
    expect(protocol).to_have_attribute("aria-invalid", "true")
    dialog.get_by_role("button", name=re.compile("^Variável para Protocolo")).click()
    desk.get_by_role("menuitem", name=re.compile("protocolo")).click()
    expect(protocol).to_have_value(re.compile(r"\S{8,}"))
    dialog.get_by_role("button", name="Enviar para Aline").click()
    expect(dialog).to_be_hidden()

    # the thread and the phone show what was sent, the phone answers with a button, and the field opens
    sent = bubble(desk, "Olá, Aline Nunes! Aqui é Ana, da loja.")
    expect(sent).to_have_accessible_name(re.compile("Entregue|Lida"), timeout=15_000)
    expect(sent.get_by_role("list", name="Botões")).to_contain_text("Agora não")
    phone = open_phone(context, running, "Aline Nunes")
    expect(phone.get_by_role("log")).to_contain_text("Podemos continuar o seu atendimento")
    phone.get_by_role("log").get_by_role("button", name="Sim").click()
    desk.bring_to_front()
    expect(desk.get_by_role("textbox", name="Mensagem", exact=True)).to_be_visible(timeout=15_000)
    expect(bubble(desk, "Escolha do cliente")).to_contain_text("Sim")
    holds(desk)
    phone.bring_to_front()
    holds(phone)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_template_is_sent_without_a_mouse(
    context: BrowserContext, running: Installation, scheme: Any
) -> None:
    templates_are_known(running)
    customer = f"Teodora {scheme}"
    new_customer_writes(running, customer, "Bom dia")
    desk = log_in(context, running)
    desk.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_conversation(desk, customer)
    desk.get_by_role("button", name="Assumir").click()
    bell = desk.get_by_role("button", name="Modelos de mensagens")
    expect(bell).not_to_have_class(re.compile("is-lit"))
    bell.focus()
    desk.keyboard.press("Enter")
    dialog = dialog_of(desk)
    expect(dialog.get_by_role("searchbox", name="Buscar modelo")).to_be_focused()
    expect(option(dialog, "Pedido enviado")).to_be_visible()
    holds(desk)

    desk.keyboard.type("ENVIADO")
    expect(option(dialog, PAUSED)).to_have_count(0)
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    send = dialog.get_by_role("button", name="Enviar para Teodora")
    expect(send).to_be_visible()
    fields = dialog.get_by_role("textbox")
    for value, place in (("4821", "Campo 2"), ("sexta-feira", "Campo 3"), ("4821", "Fim do endereço")):
        field = fields.and_(dialog.get_by_label(re.compile(f"^{place}")))
        for _ in range(30):
            if field.evaluate("field => field === document.activeElement"):
                break
            desk.keyboard.press("Tab")
        desk.keyboard.type(value)
    expect(dialog.get_by_role("region")).to_contain_text("Seu pedido 4821 saiu para entrega")
    holds(desk)

    # one that Meta pauses in this very moment is told, and nothing is sent
    refused = {"type": "about:blank", "title": "x", "status": 409, "code": "template_not_sendable"}
    context.route(
        "**/messages",
        lambda route: (
            route.fulfill(
                status=409, content_type="application/problem+json", json={**refused, "reason": "paused"}
            )
            if route.request.method == "POST"
            else route.fallback()
        ),
    )
    desk.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Não enviada: a Meta acaba de pausar este modelo.")
    context.unroute("**/messages")
    desk.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    sent = bubble(desk, "Seu pedido 4821 saiu para entrega")
    expect(sent).to_contain_text("Pedido a caminho")
    expect(sent.get_by_role("link", name="Acompanhar")).to_have_attribute(
        "href", "https://loja.example/pedidos/4821"
    )
    expect(bell).to_be_focused()
    holds(desk)


def test_an_active_message_goes_out_from_the_contacts_page_and_its_answer_comes_back(
    context: BrowserContext, running: Installation
) -> None:
    templates_are_known(running)
    wrote_long_ago(running, "Berenice Sales")
    desk = log_in(context, running)
    desk.emulate_media(reduced_motion="reduce")
    desk.get_by_role("link", name="Contatos").click()
    desk.get_by_role("searchbox", name="Buscar contatos").fill("Berenice")
    desk.get_by_role("list", name="Contatos").get_by_role("link", name=named("Berenice Sales")).click()
    desk.get_by_role("button", name="Enviar modelo").click()
    dialog = dialog_of(desk)
    dialog.get_by_role("combobox", name="Canal").select_option(label="Atendimento")
    option(dialog, "Confirmar cadastro").click()
    dialog.get_by_role("button", name="Enviar para Berenice").click()

    # the conversation opens, and is mine
    expect(bubble(desk, "Seu cadastro foi atualizado.")).to_be_visible(timeout=15_000)
    expect(desk.get_by_text("Com você").first).to_be_visible()
    desk.get_by_role("link", name="Meus").click()
    expect(desk.get_by_role("link", name=named("Berenice Sales"))).to_be_visible()
    phone = open_phone(context, running, "Berenice Sales")
    send_message(phone, "Fui eu, sim")
    desk.bring_to_front()
    expect(desk.get_by_role("link", name=re.compile("^Berenice Sales, não respondida"))).to_be_visible(
        timeout=15_000
    )
