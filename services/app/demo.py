"""The demo: a tenant with two teams, two simulated numbers, four agents and some quick replies.

They have one password that everybody knows, or, where others reach the demo, one each.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import UUID, uuid5

from adapters.postgres.agents.sessions import PostgresLogins
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.log.event_log import PostgresLog
from domain import streams
from domain.administration import Channel, Role, evolve
from domain.log.append import Name
from domain.quick_reply.add import add
from domain.quick_reply.state import Content
from domain.refusals import NameTaken
from services.access.passwords import KIND, store_password
from services.access.unique_names import EMAIL
from services.commands.installation import TENANT, InstallationCommands
from services.commands.organisation import AgentChange, ChannelChange, OrganisationCommands
from services.queries.channels import NUMBER
from services.runtime.event_log import log_of
from services.runtime.settings import Settings
from services.simulator import DemoPhone
from services.simulator import seed as seed_phones
from services.write.actor import Administrator
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin, UnitOfWork

COMPANY = "Casa Aurora"
PHONE_NUMBER_ID = "100000000000001"
PORTFOLIO = "100000000000001"
ACCOUNT = "100000000000001"
CHANNEL_NAME = "Atendimento"
BOT_NUMBER_ID = "100000000000002"
BOT_CHANNEL_NAME = "Atendimento com robô"
BOT_DISPLAY = "+55 20 4000-0002"
BOT_PHONES = (DemoPhone("Teresa Nogueira", "5520987650004"),)
PASSWORD = "balcao"
MADE = "demo_password"
"""Kind of the secret that says that an agent's password was made for a public demo; empty: not any more."""
SALES, SUPPORT = "Vendas", "Suporte"
PEOPLE: tuple[tuple[str, str, Role, tuple[str, ...]], ...] = (
    ("Ana Lima", "ana@demo.balcao", "agent", (SALES,)),
    ("Bruno Sá", "bruno@demo.balcao", "agent", (SUPPORT,)),
    ("Clara Nunes", "clara@demo.balcao", "supervisor", (SALES, SUPPORT)),
    ("Administração", "admin@demo.balcao", "admin", ()),
)
QUICK_REPLIES = (
    Content(
        "Saudação com nome", "ola", "Olá, $primeiro_nome! Sou $analista e vou seguir com o seu atendimento."
    ),
    Content(
        "Pedir endereço",
        "endereco",
        "Me manda o endereço completo com CEP e o nome de quem recebe, por favor?",
    ),
    Content("Prazo de reenvio", "reenvio", "O reenvio do seu pedido chega em até 2 dias úteis."),
    Content("Informar protocolo", "protocolo", "O protocolo do seu atendimento é $protocolo."),
    Content(
        "Agradecer e encerrar",
        "fim",
        "Foi um prazer ajudar, $primeiro_nome! Qualquer coisa, é só chamar.",
    ),
)
DEMO_PEOPLE = tuple(email for _, email, _, _ in PEOPLE)


class DemoRefused(Exception):
    """Demo mode is off: accounts with a well-known password are not created."""


def seed(settings: Settings) -> dict[str, str]:
    """Create the demo's tenant, with all that is in it; idempotent, and safe to run concurrently.

    Returns:
        The passwords that were made now, by e-mail: of a public demo, at its first start.

    Raises:
        DemoRefused: outside demo mode.
    """
    if not settings.is_demo:
        raise DemoRefused("the demo needs BALCAO_DEMO=1")
    made: dict[str, str] = {}
    with log_of(settings) as log:
        commands = InstallationCommands(log, "system:demo")
        tenant_id = _ensure(commands, TENANT, COMPANY, lambda: commands.add_tenant(COMPANY))
        teams = _Teams(log, Administrator(tenant_id, process="demo"))

        _add_quick_replies(CommandRunner(log), Administrator(tenant_id, process="demo"))

        def channel(number: str, name: str, has_bot: bool = False) -> UUID:
            add = partial(commands.add_channel, tenant_id, number, name, PORTFOLIO, has_bot)
            return _ensure(commands, NUMBER, number, add)

        first = channel(PHONE_NUMBER_ID, CHANNEL_NAME)
        if settings.simulated:
            with_bot = channel(BOT_NUMBER_ID, BOT_CHANNEL_NAME, has_bot=True)
            teams.route_channel(with_bot, SALES)
            for channel_id in (first, with_bot):
                teams.link_account(channel_id)
        for name, email, role, of_teams in PEOPLE:
            agent_id = _ensure(
                commands, EMAIL, email, partial(commands.add_agent, tenant_id, name, email, role)
            )
            teams.add_agent(agent_id, of_teams)
            if (password := _missing_password(log, agent_id, settings.is_public_demo)) is not None:
                store_password(log.secrets, agent_id, password)
                log.secrets.put(MADE, agent_id, b"1" if settings.is_public_demo else b"")
                with QueryPool(settings.database_url, 1, "demo") as pool:
                    PostgresLogins(pool).end_all(agent_id)
                if settings.is_public_demo:
                    made[email] = password
    if not settings.whatsapp_api_url:
        folder = simulator_folder(settings)
        seed_phones(folder, PHONE_NUMBER_ID, COMPANY)
        seed_phones(folder, BOT_NUMBER_ID, COMPANY, BOT_PHONES, BOT_DISPLAY)
    return made


def _add_quick_replies(runner: CommandRunner, by: Administrator) -> None:
    """Add the quick replies, once: later changes stay."""
    for content in QUICK_REPLIES:
        id = uuid5(by.tenant_id, f"quick reply {content.shortcut}")

        def decide(unit: UnitOfWork, id: UUID = id, content: Content = content) -> None:
            if unit.load(id, streams.quick_reply).state is None:
                unit.record(id, add(content, (), None), streams.quick_reply, Origin(by.tenant_id, by.actor))

        runner.execute(by.tenant_id, decide)


def _missing_password(log: PostgresLog, agent_id: UUID, is_public: bool) -> str | None:
    """Return the password to set: there is none, or one of the other kind of demo."""
    was_made = bool(log.secrets.get(MADE, agent_id))
    if log.secrets.get(KIND, agent_id) is not None and was_made == is_public:
        return None
    return secrets.token_urlsafe(12) if is_public else PASSWORD


def has_known_password(log: PostgresLog) -> bool:
    """Return whether one of the demo's agents still has the password that everybody knows."""
    held = log.owners_of_names([Name(EMAIL, email) for email in DEMO_PEOPLE])
    return any(not log.secrets.get(MADE, agent_id) for _, agent_id in held.values())


def simulator_folder(settings: Settings) -> Path:
    """Return the folder of the simulator's state."""
    return settings.data / "simulator"


class _Teams:
    """Assigns people and a channel to the teams, once: later changes stay."""

    def __init__(self, log: PostgresLog, by: Administrator) -> None:
        self._log, self._by, self._runner = log, by, CommandRunner(log)
        self._organisation = OrganisationCommands(self._runner, lambda *_: None, lambda _: None)
        for changes, name in enumerate((SALES, SUPPORT)):
            if self._changes(by.tenant_id) == changes:
                with suppress(NameTaken):  # another process was faster
                    self._organisation.add_team(name, by)

    def add_agent(self, agent_id: UUID, names: Sequence[str]) -> None:
        """Put an agent into these teams."""
        if names and not self._changes(agent_id) and (teams := self._teams(names)):
            self._organisation.change_agent(agent_id, AgentChange(teams=teams), self._by)

    def route_channel(self, channel_id: UUID, name: str) -> None:
        """Send the new tickets of a channel to this team."""
        if not self._changes(channel_id):
            for team_id in self._teams([name]):
                self._organisation.configure(channel_id, ChannelChange(team_id=team_id), self._by)

    def link_account(self, channel_id: UUID) -> None:
        """Say to which account of the simulator a channel belongs, unless it belongs to one."""
        channel = self._log.load([channel_id], evolve, self._by.tenant_id)[channel_id].state
        if isinstance(channel, Channel) and channel.account is None:
            self._organisation.configure(channel_id, ChannelChange(account=ACCOUNT), self._by)

    def _teams(self, names: Sequence[str]) -> frozenset[UUID]:
        tenant = self._runner.unit(self._by.tenant_id).tenant(self._by.tenant_id)
        teams = {} if tenant is None else tenant.teams
        return frozenset(id for id, team in teams.items() if team.name in names and not team.archived)

    def _changes(self, id: UUID) -> int:
        """Count the changes since it was added."""
        return self._log.load([id], evolve)[id].version - 1


def _ensure(commands: InstallationCommands, kind: str, value: str, add: Callable[[], UUID]) -> UUID:
    """Return what has a unique name; add it if nothing has."""
    if (found := commands.find(kind, value)) is not None:
        return found
    try:
        return add()
    except NameTaken:  # another process was faster
        found = commands.find(kind, value)
        assert found is not None, "a taken name is held by somebody"
        return found
