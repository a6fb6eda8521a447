"""How fast a read model is built anew from the whole log, and that it then equals the one kept current."""

import time
from collections.abc import Callable

from adapters.postgres.follow.follower import follower_pool
from adapters.postgres.follow.rebuild import Rebuild
from adapters.postgres.log.event_log import PostgresLog
from bench.figures import Figure
from bench.projection import fill
from bench.system import settings_of, system
from services.workers.project.projectors import PROJECTIONS, Projectors

EVENTS, CONVERSATIONS = 60_000, 2_000
READ_MODELS = ("workspace", "timeline")


def measure(events: int = EVENTS) -> list[Figure]:
    """Events a second: while it is kept current behind a writer that is far ahead, and built anew."""
    with system() as measured:
        settings = settings_of(measured.running)
        with (
            PostgresLog(settings.database_url, settings.master_key) as log,
            follower_pool(settings.database_url) as pool,
        ):
            fill(log, events, CONVERSATIONS)
            head = log.head()
            kept = seconds_of(lambda: catch_up(Projectors(pool, log, READ_MODELS)))
            rebuilt = {name: rebuild(Rebuild(pool, log, PROJECTIONS[name])) for name in READ_MODELS}
    return [
        Figure("projection, workspace + timeline", head / kept, "events/s"),
        *(Figure(f"rebuild, {name}", head / seconds, "events/s") for name, seconds in rebuilt.items()),
        Figure(
            "rebuild, one after the other",
            head / sum(rebuilt.values()),
            "events/s",
            bar="≥ 20,000",
            note="equal to those kept current",
        ),
    ]


def rebuild(building: Rebuild) -> float:
    """Seconds until the new table was filled; it must equal the live one."""
    with building.building():
        seconds = seconds_of(lambda: building.fill(lambda _: None))
        compared = building.compare()
        assert compared.equal, compared
        return seconds


def catch_up(projectors: Projectors) -> None:
    while projectors.round():
        pass


def seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
