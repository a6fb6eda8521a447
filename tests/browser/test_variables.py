"""An admin defines, changes and archives a variable without a mouse; another page of theirs follows."""

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.actions import log_in
from tests.system.installation import Installation


def variables_of(page: Page) -> Locator:
    return page.get_by_role("list", name="Variáveis").get_by_role("listitem")


def test_a_variable_is_defined_changed_and_archived_without_a_mouse(
    context: BrowserContext, running: Installation
) -> None:
    admin = log_in(context, running, "admin@demo.balcao")
    admin.get_by_role("link", name="Administração").press("Enter")
    admin.get_by_role("link", name="Variáveis").press("Enter")
    listed = variables_of(admin)
    expect(listed.filter(has_text="$primeiro_nome")).to_contain_text("Contato: primeiro nome")
    expect(listed.filter(has_text="$saudacao")).to_contain_text("Atendimento: saudação pela hora")
    other = context.new_page()
    other.goto(f"{running.url}/administracao/variaveis")
    expect(variables_of(other).filter(has_text="$saudacao")).to_be_visible()
    admin.bring_to_front()

    # a name that is taken or none is told at once
    admin.get_by_role("button", name="Nova variável").press("Enter")
    form = admin.get_by_role("dialog", name="Nova variável")
    name = form.get_by_role("textbox", name="Nome", exact=True)
    expect(name).to_be_focused()
    admin.keyboard.type("ANALISTA")
    expect(form.get_by_role("alert")).to_have_text("Este nome já está em uso.")
    name.fill("prazo de troca")
    expect(form.get_by_role("alert")).to_contain_text("letras, números e _")
    expect(form.get_by_role("button", name="Criar variável")).to_be_disabled()
    name.fill("Prazo_Troca")
    expect(form.get_by_text("nos textos: $prazo_troca")).to_be_visible()
    admin.keyboard.press("Tab")
    expect(form.get_by_label("De onde vem o valor")).to_be_focused()
    admin.keyboard.press("Tab")
    admin.keyboard.type("30 dias, com a etiqueta")
    for _ in range(2):
        admin.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Criar variável")).to_be_focused()
    admin.keyboard.press("Enter")
    expect(form).to_be_hidden()
    for page in (admin, other):
        defined = variables_of(page).filter(has_text="$prazo_troca")
        expect(defined).to_contain_text("Texto fixo: 30 dias, com a etiqueta")

    # what it is taken from changes, its name does not
    admin.get_by_role("button", name="Editar $prazo_troca").press("Enter")
    form = admin.get_by_role("dialog", name="$prazo_troca")
    expect(form.get_by_role("textbox", name="Nome", exact=True)).to_be_hidden()
    form.get_by_label("De onde vem o valor").select_option(label="Campo da ficha")
    expect(form.get_by_role("button", name="Salvar")).to_be_disabled()
    form.get_by_role("textbox", name="Nome do campo").fill("Prazo")
    admin.keyboard.press("Enter")
    expect(form).to_be_hidden()
    for page in (admin, other):
        changed = variables_of(page).filter(has_text="$prazo_troca")
        expect(changed).to_contain_text("Campo da ficha: Prazo")

    # it goes after a second word, which names what uses it
    reply = {"name": "Prazo de troca", "text": "Você tem $prazo_troca."}
    added = context.request.post(
        f"{running.url}/v1/quick-replies", data=reply, headers={"Idempotency-Key": "prazo"}
    )
    assert added.ok, added.text()
    shown = {"view": "all", "min_position": added.json()["position"]}
    assert not context.request.get(f"{running.url}/v1/quick-replies", params=shown).json()["stale"]
    admin.get_by_role("button", name="Arquivar $prazo_troca").press("Enter")
    sure = admin.get_by_role("alertdialog", name="Arquivar $prazo_troca?")
    expect(sure.get_by_text("1 resposta pronta usa esta variável: Prazo de troca")).to_be_visible()
    expect(sure).to_be_focused()
    admin.keyboard.press("Escape")
    expect(sure).to_be_hidden()
    expect(variables_of(admin).filter(has_text="$prazo_troca")).to_be_visible()
    admin.get_by_role("button", name="Arquivar $prazo_troca").press("Enter")
    sure.get_by_role("button", name="Arquivar variável").press("Enter")
    for page in (admin, other):
        expect(variables_of(page).filter(has_text="$prazo_troca")).to_be_hidden()
        expect(variables_of(page).filter(has_text="$saudacao")).to_be_visible()
