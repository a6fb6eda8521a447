"""The demo: one tenant, two numbers of the simulator, four people who all have the same password."""

from pathlib import Path
from uuid import UUID

from adapters.postgres.log import PostgresLog
from domain.administration import Role
from domain.refusals import NameTaken
from services.installation.administration import EMAIL, TENANT, Administration
from services.installation.channels import NUMBER
from services.installation.passwords import KIND, keep_password
from services.settings import Settings
from services.simulator import DemoPhone
from services.simulator import seed as seed_phones

COMPANY = "Casa Aurora"
PHONE_NUMBER_ID = "100000000000001"
PORTFOLIO = "100000000000001"
CHANNEL_NAME = "Atendimento"
BOT_NUMBER_ID = "100000000000002"
BOT_CHANNEL_NAME = "Atendimento com robô"
BOT_DISPLAY = "+55 20 4000-0002"
BOT_PHONES = (DemoPhone("Teresa Nogueira", "5520987650004"),)
PASSWORD = "balcao"
PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("Ana Lima", "ana@demo.balcao", "agent"),
    ("Bruno Sá", "bruno@demo.balcao", "agent"),
    ("Clara Nunes", "clara@demo.balcao", "supervisor"),
    ("Administração", "admin@demo.balcao", "admin"),
)


class DemoRefused(Exception):
    """This installation is not a demo: nobody with a well-known password comes in."""


def seed(settings: Settings) -> None:
    """Make the demo's people and number known; safe twice and at once.

    Raises:
        DemoRefused: outside demo mode.
    """
    if not settings.is_demo:
        raise DemoRefused("the demo is seeded only with BALCAO_DEMO=1")
    with PostgresLog(settings.database_url, settings.master_key, pool_size=1) as log:
        administration = Administration(log, "system:demo")
        tenant_id = _tenant(administration)
        _channel(administration, tenant_id, PHONE_NUMBER_ID, CHANNEL_NAME)
        if settings.simulated:
            _channel(administration, tenant_id, BOT_NUMBER_ID, BOT_CHANNEL_NAME, has_bot=True)
        for name, email, role in PEOPLE:
            agent_id = _agent(administration, tenant_id, name, email, role)
            if log.secrets.get(KIND, agent_id) is None:
                keep_password(log.secrets, agent_id, PASSWORD)
    if not settings.whatsapp_api_url:
        folder = simulator_folder(settings)
        seed_phones(folder, PHONE_NUMBER_ID, COMPANY)
        seed_phones(folder, BOT_NUMBER_ID, COMPANY, BOT_PHONES, BOT_DISPLAY)


def simulator_folder(settings: Settings) -> Path:
    """Where the simulator keeps its state."""
    return settings.data / "simulator"


def _tenant(administration: Administration) -> UUID:
    found = administration.find(TENANT, COMPANY)
    if found is not None:
        return found
    try:
        return administration.add_tenant(COMPANY)
    except NameTaken:  # by another process, just now
        return administration.tenant_named(COMPANY)


def _channel(
    administration: Administration, tenant_id: UUID, number: str, name: str, has_bot: bool = False
) -> None:
    if administration.find(NUMBER, number) is None:
        try:
            administration.add_channel(tenant_id, number, name, PORTFOLIO, has_bot)
        except NameTaken:
            return


def _agent(administration: Administration, tenant_id: UUID, name: str, email: str, role: Role) -> UUID:
    found = administration.find(EMAIL, email)
    if found is not None:
        return found
    try:
        return administration.add_agent(tenant_id, name, email, role)
    except NameTaken:
        held = administration.find(EMAIL, email)
        assert held is not None, "a taken name is held by somebody"
        return held
