"""An admin makes teams, says who works where, and how a number behaves."""

from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import log_in
from tests.system.installation import Installation


def test_a_team_is_made_gets_its_people_and_a_number_and_goes_again(
    context: BrowserContext, running: Installation
) -> None:
    admin = log_in(context, running, "admin@demo.balcao")
    admin.get_by_role("link", name="Administração").click()

    # given a new team
    admin.get_by_role("textbox", name="Nome da nova equipe").fill("Trocas")
    admin.get_by_role("button", name="Criar equipe").click()
    name = admin.get_by_role("list", name="Equipes").get_by_role("textbox", name="Nome da equipe Trocas")
    expect(name).to_be_visible()

    # when Bruno works there, with three tickets at most
    admin.get_by_role("link", name="Pessoas").click()
    admin.get_by_role("button", name="Editar Bruno Sá").click()
    sheet = admin.get_by_role("dialog", name="Bruno Sá")
    sheet.get_by_role("checkbox", name="Trocas").check()
    sheet.get_by_label("Limite de atendimentos").fill("3")
    sheet.get_by_role("button", name="Salvar").click()
    bruno = admin.get_by_role("list", name="Pessoas").get_by_role("listitem").filter(has_text="Bruno Sá")
    expect(bruno).to_contain_text("Trocas")
    expect(bruno).to_contain_text("até 3 atendimentos")

    # and nobody changes their own role
    admin.get_by_role("button", name="Editar Administração").click()
    expect(admin.get_by_label("Perfil")).to_be_disabled()
    admin.get_by_role("button", name="Cancelar").click()

    # when the number brings it its new tickets, it cannot go
    admin.get_by_role("link", name="Canais").click()
    channels = admin.get_by_role("list", name="Canais")
    for team, shown in (("Trocas", "fila de Trocas"), ("Nenhuma: fila geral", "fila geral")):
        admin.get_by_role("button", name="Editar Atendimento", exact=True).click()
        admin.get_by_label("Equipe dos novos atendimentos").select_option(label=team)
        admin.get_by_role("button", name="Salvar").click()
        expect(channels.get_by_role("listitem").first).to_contain_text(shown)
        admin.get_by_role("link", name="Equipes").click()
        admin.get_by_role("button", name="Arquivar Trocas").click()
        if team == "Trocas":
            expect(admin.get_by_text("ainda há atendimentos ou um canal nela")).to_be_visible()
            expect(name).to_be_visible()
            admin.get_by_role("link", name="Canais").click()

    # then, brought to by none, it goes
    expect(name).to_be_hidden()


def test_only_admins_find_the_administration(context: BrowserContext, running: Installation) -> None:
    desk = log_in(context, running)
    expect(desk.get_by_role("link", name="Contatos")).to_be_visible()
    expect(desk.get_by_role("link", name="Administração")).to_be_hidden()
    desk.goto(f"{running.url}/administracao/canais")
    expect(desk.get_by_role("heading", name="Só para a administração")).to_be_visible()
