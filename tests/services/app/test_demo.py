"""What `make run` shows to somebody who was never here: people, teams, and numbers that lead to them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psycopg
import pytest

from domain.administration import TeamAdded
from domain.quick_reply.events import QuickReplyAdded
from domain.tenant_variables import USUAL
from domain.variables import require_known
from services.app.api import build
from services.app.demo import DemoRefused, seed
from services.commands.organisation import AgentChange, ChannelChange, OrganisationCommands
from services.runtime.settings import SIMULATOR_TOKEN, Settings, SettingsRefused
from services.write.command_runner import CommandRunner
from tests.support.cell import MASTER_KEY, Cell
from tests.support.office import serving, settings_for

SEEDED = {
    "Ana Lima": ["Vendas"],
    "Bruno Sá": ["Suporte"],
    "Clara Nunes": ["Suporte", "Vendas"],
    "Administração": [],
}
NAMES = "select id, name from directory where kind = 'team' and active and tenant_id = %s"
TEAMS = "select name, teams from directory where kind = 'agent' and email like '%%@demo.balcao'"
NUMBER = "select tenant_id, id, team_id from directory where phone_number_id = '100000000000002'"


def demo(cell: Cell, folder: Path) -> Settings:
    return Settings(_env_file=None, database_url=cell.url, master_key=MASTER_KEY, data=folder, demo=True)


def shown(cell: Cell) -> tuple[dict[str, list[str]], str | None]:
    """The teams of each of the demo's people, and the one that the bot's number brings tickets to."""
    cell.project()
    with psycopg.connect(cell.url) as db:
        tenant_id, _, of_number = db.execute(NUMBER).fetchone() or (None, None, None)
        names = {str(id): name for id, name in db.execute(NAMES, [tenant_id]).fetchall()}
        people = db.execute(TEAMS).fetchall()
    return {name: sorted(names[id] for id in ids) for name, ids in people}, names.get(str(of_number))


def test_the_demo_has_two_teams_however_often_and_at_once_it_is_seeded(cell: Cell, tmp_path: Path) -> None:
    settings = demo(cell, tmp_path)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(seed, [settings] * 2))
    seed(settings)
    assert shown(cell) == (SEEDED, "Vendas")
    added = cell.facts(QuickReplyAdded)
    assert [fact.shortcut for fact in added] == ["ola", "endereco", "reenvio", "protocolo", "fim"]
    usual = {variable.name for variable in USUAL}
    for fact in added:
        require_known(fact.text, usual)


def test_what_was_changed_in_the_demo_stays_at_the_next_start(cell: Cell, tmp_path: Path) -> None:
    settings = demo(cell, tmp_path)
    seed(settings)
    organisation = OrganisationCommands(CommandRunner(cell.log), lambda *_: cell.log.head(), lambda _: None)
    ana, by = organisation.agent_with("ana@demo.balcao")
    number, _ = organisation.channel_with("100000000000002")
    organisation.change_agent(ana, AgentChange(teams=frozenset()), by)
    organisation.configure(number, ChannelChange(team_id=None), by)
    organisation.rename_team(organisation.team_named("Suporte", by), "Pós-venda", by)

    seed(settings)

    people, of_number = shown(cell)
    assert (people["Ana Lima"], people["Bruno Sá"], of_number) == ([], ["Pós-venda"], None)
    assert len(cell.facts(TeamAdded)) == 2


def test_a_public_demo_has_passwords_of_its_own_which_are_told_once(cell: Cell, tmp_path: Path) -> None:
    known = settings_for(cell.url, tmp_path, demo=True, whatsapp_token="t")
    public = known.model_copy(update={"demo": "public"})
    wanted = {"ana@demo.balcao", "bruno@demo.balcao", "clara@demo.balcao", "admin@demo.balcao"}

    def enters(client: httpx2.Client, email: str, password: str) -> bool:
        answer = client.post("/v1/session", json={"email": email, "password": password})
        assert answer.status_code in (200, 401)
        return answer.status_code == 200

    assert seed(known) == {}
    with serving(known) as url, httpx2.Client(base_url=url) as client:
        assert enters(client, "admin@demo.balcao", "balcao")
        before = dict(client.cookies)
        assert client.get("/simulator/v1/phones").status_code == 200
    with pytest.raises(SettingsRefused, match="known password"):
        build(public)

    made = seed(public)
    assert (set(made), len(set(made.values()))) == (wanted, 4)
    assert seed(public) == {}, "the next start knows them"
    with serving(public) as url, httpx2.Client(base_url=url) as client:
        assert httpx2.get(f"{url}/v1/me", cookies=before).status_code == 401, "whoever was in is out"
        assert client.get("/v1/session/options").json() == {"demo": True, "accounts": []}
        assert not enters(client, "admin@demo.balcao", "balcao")
        for path in ("/simulator/v1/phones", "/simulator/v1/faults"):
            assert client.get(path).status_code == 401, "strangers neither write nor break anything"
        as_everybody = {"Authorization": f"Bearer {SIMULATOR_TOKEN}"}
        sent = client.post("/simulator/graph/v26.0/100000000000001/messages", headers=as_everybody, json={})
        assert sent.status_code == 401
        assert all(enters(client, email, password) for email, password in made.items())
        assert client.get("/simulator/v1/phones").status_code == 200

    assert seed(known) == {}
    with serving(known) as url, httpx2.Client(base_url=url) as client:
        assert enters(client, "ana@demo.balcao", "balcao")
        assert not enters(client, "ana@demo.balcao", made["ana@demo.balcao"])


def test_outside_a_demo_nobody_comes_in_with_a_known_password(cell: Cell, tmp_path: Path) -> None:
    with pytest.raises(DemoRefused):
        seed(demo(cell, tmp_path).model_copy(update={"demo": False}))
