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


def test_an_admin_erases_a_person_and_whoever_looks_on_sees_it_calmly(
    context: BrowserContext, running: Installation
) -> None:
    # given a customer, an admin in their conversation, and a colleague who looks at it, too
    new_customer_writes(running, "Zulmira Lobo", "Meu segredo é azul")
    desk = log_in(context, running, "admin@demo.balcao")
    open_conversation(desk, "Zulmira Lobo")
    other = context.new_page()
    other.goto(desk.url)
    expect(other.get_by_role("log")).to_contain_text("Meu segredo é azul")

    # when the admin asks to erase them, the dialog counts, and waits for a word
    desk.bring_to_front()
    desk.get_by_role("button", name="Apagar os dados desta pessoa").click()
    sheet = desk.get_by_role("alertdialog", name=re.compile("^Apagar os dados de Zulmira Lobo"))
    expect(sheet.get_by_text("Mensagens e notas")).to_be_visible()
    confirm = sheet.get_by_role("button", name="Apagar para sempre")
    expect(confirm).to_be_disabled()
    sheet.get_by_label("Digite APAGAR para confirmar").fill("apagar")
    confirm.click()

    # then nobody sees a word of theirs, nor a place to answer
    for page in (desk, other):
        page.bring_to_front()
        thread = page.get_by_role("log")
        expect(thread).to_contain_text("Dados apagados")
        expect(thread).not_to_contain_text("azul")
        expect(page.get_by_role("status").filter(has_text="Dados apagados")).to_be_visible()
        expect(page.get_by_role("textbox", name="Mensagem")).to_have_count(0)
        expect(page.get_by_role("heading", name="Cliente apagado").first).to_be_visible()
        expect(page.locator("body")).not_to_contain_text("Zulmira")
        # nobody can be written to any more, so no window is open
        expect(page.get_by_role("complementary", name="Contato")).not_to_contain_text("Janela")
        expect(page.get_by_role("link", name="Cliente apagado, encerrado, janela fechada")).to_be_visible()


def test_only_an_admin_is_offered_to_erase(context: BrowserContext, running: Installation) -> None:
    new_customer_writes(running, "Úrsula Melo", "Oi")
    desk = log_in(context, running, "clara@demo.balcao")
    open_conversation(desk, "Úrsula Melo")
    expect(desk.get_by_role("button", name="Editar contato")).to_be_visible()
    expect(desk.get_by_role("button", name="Apagar os dados desta pessoa")).to_have_count(0)
