"""Names on the page: two people of one name, and names that change while the page is open."""

import re
from uuid import UUID

import httpx2
from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import (
    choose_action,
    log_in,
    new_customer_writes,
    open_conversation,
)
from tests.system.installation import Installation


def test_of_two_people_of_one_name_the_picked_one_is_called_and_gets_the_ticket(
    context: BrowserContext, running: Installation
) -> None:
    """F18, F25: picking one of two called both."""
    # given two colleagues of one name
    with running.agent() as ana:
        tenant = UUID(ana.get("/v1/me").json()["tenant"]["id"])
    emails = ["joao.silva@demo.balcao", "silva.joao@demo.balcao"]
    for email in emails:
        running.hire(tenant, "João Silva", email, "agent", "uma-senha-longa")
    new_customer_writes(running, "Odete Pires", "Bom dia")
    desk = log_in(context, running)
    open_conversation(desk, "Odete Pires")
    desk.get_by_role("button", name="Assumir").click()

    # when Ana types the name alone, it is not clear whom she means
    desk.get_by_role("button", name="Nota interna").click()
    field = desk.get_by_role("textbox", name="Nota interna")
    field.press_sequentially("@João Silva, veja isto")
    expect(desk.get_by_role("alert")).to_contain_text("Mais de uma pessoa se chama João Silva")
    expect(desk.get_by_role("button", name="Guardar nota")).to_have_attribute("aria-disabled", "true")

    # when she picks one by the e-mail, that one is called
    field.fill("")
    field.press_sequentially("Confere isto, @joão s")
    expect(desk.get_by_role("option")).to_have_count(2)
    desk.get_by_role("option", name=re.compile(emails[1])).click()
    field.press_sequentially("por favor")
    with desk.expect_request(re.compile("/notes$")) as noted:
        field.press("Enter")
    with running.agent() as ana:
        people = {one["email"]: one["id"] for one in ana.get("/v1/agents").json()["items"] if one["email"]}
    sent = noted.value.post_data_json
    assert sent is not None
    assert sent["mentions"] == [people[emails[1]]]
    note = desk.get_by_role("article", name=re.compile("^Nota interna de Ana"))
    expect(note).to_contain_text("Confere isto, @João Silva por favor")

    # and she can hand it to either
    choose_action(desk, "Transferir")
    sheet = desk.get_by_role("dialog", name=re.compile("^Transferir"))
    for email in emails:
        expect(sheet.get_by_label("Analista").get_by_role("option", name=re.compile(email))).to_have_count(1)


def test_a_team_that_is_renamed_has_its_new_name_on_the_open_page(
    context: BrowserContext, running: Installation
) -> None:
    """F24: the old name stayed until the page was loaded anew."""
    # given a ticket in a team's queue, on an open page
    with running.agent("admin@demo.balcao") as admin:
        made = admin.post("/v1/teams", json={"name": "Consertos"}, headers={"Idempotency-Key": "consertos"})
        team = made.json()["id"]
        new_customer_writes(running, "Otília Pires", "Quebrou")
        desk = log_in(context, running, "admin@demo.balcao")
        open_conversation(desk, "Otília Pires")
        choose_action(desk, "Transferir")
        sheet = desk.get_by_role("dialog", name=re.compile("^Transferir"))
        sheet.get_by_label("Equipe").select_option(label="Consertos")
        sheet.get_by_role("button", name="Transferir").click()
        panel = desk.get_by_role("complementary", name="Contato")
        expect(panel).to_contain_text("Consertos")

        # when the team is renamed from elsewhere
        assert admin.put(f"/v1/teams/{team}", json={"name": "Oficina"}).status_code == 200

        # then the page says so, without being loaded anew
        expect(panel).to_contain_text("Oficina")
        expect(panel).not_to_contain_text("Consertos")
        choose_action(desk, "Transferir")
        options = desk.get_by_role("dialog", name=re.compile("^Transferir")).get_by_label("Equipe")
        expect(options).to_contain_text("Oficina")
        expect(options).not_to_contain_text("Consertos")


def test_what_an_alias_has_on_its_card_stands_beside_the_ticket_with_whose_it_is(
    context: BrowserContext, running: Installation
) -> None:
    """F19: two contacts merged, the alias has an e-mail and attributes, the main one none."""
    new_customer_writes(running, "Odília Brás", "Oi")
    new_customer_writes(running, "Odília Celular", "Oi de novo")
    desk = log_in(context, running)
    open_conversation(desk, "Odília Celular")
    open_conversation(desk, "Odília Brás")
    panel = desk.get_by_role("complementary", name="Contato")
    expect(panel).to_contain_text("sem e-mail")

    with running.agent() as ana:
        main, alias = (found(ana, name) for name in ("odília brás", "odília celular"))
        card = {"email": "odilia@exemplo.com.br", "attributes": {"plano": "Ouro"}}
        assert ana.put(f"/v1/contacts/{alias}", json=card).status_code == 200
        assert ana.post(f"/v1/contacts/{alias}/merge", json={"into": main}).status_code == 200

    expect(panel).to_contain_text("odilia@exemplo.com.br")
    expect(panel).to_contain_text(re.compile("plano.*Ouro.*de Odília Celular"))
    expect(panel).not_to_contain_text("sem e-mail")


def found(ana: httpx2.Client, q: str) -> str:
    (one,) = ana.get("/v1/contacts", params={"q": q}).json()["items"]
    id: str = one["id"]
    return id


def test_somebody_with_symbols_around_the_name_is_called_by_the_name(
    context: BrowserContext, running: Installation
) -> None:
    """The desk called "🌸 Lívia Brandão 🌸" by the flower."""
    new_customer_writes(running, "🌸 Lívia Brandão 🌸", "Oi")
    desk = log_in(context, running, "clara@demo.balcao")
    open_conversation(desk, "🌸 Lívia Brandão 🌸")
    expect(desk.get_by_role("textbox", name="Mensagem")).to_have_attribute(
        "placeholder", "Escreva para Lívia"
    )
    square = desk.get_by_role("link", name="🌸 Lívia Brandão 🌸")
    expect(square.locator(".rail-name")).to_have_text("Lívia")
