"""`balcao bot`: a bot engine that follows a flow, or forwards to a Rasa server."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters.bot.rasa import Rasa
from adapters.postgres.agents.bot_sessions import PostgresBotSessions
from adapters.postgres.connection.pool import QueryPool
from services.app.work import run_all
from services.bot.engine import Bot, Engine
from services.bot.flow import FlowRefused, read_flow
from services.bot.flow_engine import FlowEngine
from services.bot.rasa_engine import RasaEngine
from services.runtime.clock import utc_now
from services.runtime.settings import Settings, SettingsRefused
from services.runtime.topics import topics_of

DEMO_FLOW = Path(__file__).parents[1] / "bot" / "demo.yaml"


def run(settings: Settings, flow: Path | None, rasa: str) -> None:
    """Answer turns until SIGTERM or SIGINT: through Rasa when its URL is given, else by a flow.

    Raises:
        SettingsRefused: the file is not a valid flow.
        SchemaRefused, WrongMasterKey
    """
    with _engine(flow, rasa) as engine:

        def answer(settings: Settings, stop: threading.Event) -> None:
            answer_turns(settings, engine, stop)

        run_all("bot", {"bot": answer}, settings, expected=False)


def answer_turns(settings: Settings, engine: Engine, stop: threading.Event) -> None:
    """Answer turns with replies, until `stop`."""
    with closing(topics_of(settings)) as topics, QueryPool(settings.database_url, 2, "bot") as pool:
        sessions = PostgresBotSessions(pool, settings.master_key, settings.stored_master_key)
        Bot(topics, sessions, engine, utc_now).run(stop)


@contextmanager
def _engine(flow: Path | None, rasa: str) -> Iterator[Engine]:
    if not rasa:
        try:
            yield FlowEngine(read_flow(flow or DEMO_FLOW))
        except FlowRefused as refused:
            raise SettingsRefused([str(refused)]) from None
        return
    with closing(Rasa(rasa)) as server:
        yield RasaEngine(server)
