"""Who the customers are: found, written down, and two of them shown as one."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import log_in, named, new_customer_writes, open_conversation
from tests.system.installation import Installation


def test_a_contact_is_found_written_down_and_its_history_says_by_whom(
    context: BrowserContext, running: Installation
) -> None:
    # given a customer who wrote
    new_customer_writes(running, "Zuleica Ávila", "Bom dia")
    desk = log_in(context, running)
    open_conversation(desk, "Zuleica Ávila")

    # when Ana looks for her by the beginning of her name, without its accents
    desk.get_by_role("link", name="Contatos").click()
    desk.get_by_role("searchbox", name="Buscar contatos").fill("zuleica a")
    people = desk.get_by_role("list", name="Contatos")
    expect(people.get_by_role("link")).to_have_count(1)
    people.get_by_role("link", name=named("Zuleica")).click()
    expect(desk.get_by_role("heading", name="Zuleica Ávila")).to_be_visible()

    # when she writes down an e-mail
    desk.get_by_role("button", name="Editar contato").click()
    desk.get_by_label("E-mail").fill("zuleica@exemplo.com.br")
    desk.get_by_role("button", name="Salvar").click()

    # then list and history say so
    expect(people.get_by_role("link")).to_contain_text("zuleica@exemplo.com.br")
    told = desk.get_by_role("list", name="Histórico do contato").get_by_role("listitem").first
    expect(told).to_contain_text(re.compile("Ana Lima.*escreveu os dados"))
    expect(told).to_contain_text("— → zuleica@exemplo.com.br")

    # and her ticket is one click away
    desk.get_by_role("list", name="Atendimentos").get_by_role("link").click()
    expect(desk.get_by_role("log")).to_contain_text("Bom dia")


def test_two_contacts_become_one_and_are_parted_again(context: BrowserContext, running: Installation) -> None:
    # given a person with two phones
    new_customer_writes(running, "Xênia Brito", "Oi")
    new_customer_writes(running, "Xênia do Trabalho", "Oi de novo")
    desk = log_in(context, running)
    open_conversation(desk, "Xênia do Trabalho")
    open_conversation(desk, "Xênia Brito")
    desk.get_by_role("complementary", name="Contato").get_by_role(
        "link", name="Abrir a página de Xênia Brito"
    ).click()
    served = desk.get_by_role("list", name="Atendimentos").get_by_role("link")
    expect(served).to_have_count(1)

    # when the second one is merged into the first
    desk.get_by_role("button", name="Juntar contatos").click()
    sheet = desk.get_by_role("dialog", name=re.compile("^Juntar outro contato"))
    sheet.get_by_role("searchbox", name="Buscar contatos").fill("xênia do")
    sheet.get_by_role("radio", name=named("Xênia do Trabalho")).check()
    sheet.get_by_role("button", name="Juntar", exact=True).click()

    # then one page shows what both had
    expect(served).to_have_count(2)
    history = desk.get_by_role("list", name="Histórico do contato").get_by_role("listitem")
    expect(history.first).to_contain_text("juntou a Xênia Brito")
    expect(desk.get_by_role("heading", name="Juntado com")).to_be_visible()
    expect(desk.get_by_role("list", name="Contatos").get_by_role("link", name=named("Xênia"))).to_have_count(
        1
    )

    # and it is undone, so that the notice of the merge has nothing left to undo
    expect(desk.get_by_role("button", name="Desfazer")).to_be_visible()
    desk.get_by_role("button", name="Separar").click()
    expect(served).to_have_count(1)
    expect(history.first).to_contain_text("separou Xênia do Trabalho deste contato")
    expect(desk.get_by_role("button", name="Desfazer")).to_be_hidden()
    expect(desk.get_by_role("list", name="Contatos").get_by_role("link", name=named("Xênia"))).to_have_count(
        2
    )
