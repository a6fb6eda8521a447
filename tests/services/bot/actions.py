"""The demo's bot engine beside a cell, and one round of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.postgres.agents.bot_sessions import PostgresBotSessions
from adapters.postgres.connection.pool import QueryPool
from services.app.bot import DEMO_FLOW
from services.bot.engine import Bot, Engine
from services.bot.flow import read_flow
from services.bot.flow_engine import FlowEngine
from services.runtime.clock import utc_now
from tests.support.bots import take
from tests.support.cell import MASTER_KEY, Cell

DEMO_ENGINE = FlowEngine(read_flow(DEMO_FLOW))


@contextmanager
def running_engine(cell: Cell, engine: Engine = DEMO_ENGINE) -> Iterator[Bot]:
    with QueryPool(cell.url, 2, "bot") as pool:
        bot = Bot(cell.topics, PostgresBotSessions(pool, MASTER_KEY), engine, utc_now)
        try:
            yield bot
        finally:
            bot.close()


def engine_answers(cell: Cell, engine: Engine = DEMO_ENGINE) -> None:
    """The publisher asks, the engine answers, and the answers are taken."""
    cell.publish()
    with running_engine(cell, engine) as bot:
        while bot.step(cell.patience_s):
            pass
    take(cell)
