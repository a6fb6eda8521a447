"""A database that an earlier program left: the log stays, the read models are folded anew from it."""

import threading

import pytest

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema import migrate as module
from adapters.postgres.schema.migrate import migrate, migrations
from domain.conversation.message_events import MessageSent
from domain.quick_reply import events as quick_reply
from services.runtime.settings import Settings
from services.workers.project.project import project
from services.workers.project.projectors import PROJECTIONS
from tests.adapters.postgres.actions import MASTER_KEY, ask, opened_log, rows_of, some_day, write
from tests.projections.told import folded
from tests.services.workers.actions import caught_up

EVENTS = [
    event._replace(position=position)
    for position, event in enumerate(
        (
            event._replace(fact=event.fact.model_copy(update={"quick_replies": []}))
            if isinstance(event.fact, MessageSent)
            else event
            for event in some_day(3, actions=120).told.events
            if type(event.fact) not in quick_reply.EVENTS
        ),
        1,
    )
]
"""An earlier program wrote nothing of quick replies: their read models begin where it ended."""

FIRST_LANDED = 6
"""The newest migration of the first version that anybody had."""

NEEDED_TO_OPEN = {8, 19, 22}
"""Without these this program opens no log (22 needs a table of 8); an earlier one wrote these events."""


@pytest.mark.parametrize("fresh_database_url", ["empty"], indirect=True)
def test_a_database_of_an_earlier_program_shows_the_same_tickets(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations()
    with monkeypatch.context() as earlier:
        had = [one for one in known if one.number in {*range(FIRST_LANDED + 1), *NEEDED_TO_OPEN}]
        earlier.setattr(module, "migrations", lambda: had)
        migrate(fresh_database_url)
        with opened_log(fresh_database_url) as log:
            write(log, EVENTS)
        # Its read models had come to the head, in tables that were rebuilt once.
        ask(
            fresh_database_url,
            "update positions set position = %s, generation = 2 where name <> 'directory'",
            len(EVENTS),
        )
        for name in ("workspace", "timeline", "timers"):
            ask(fresh_database_url, f"drop view {name}")
            ask(fresh_database_url, f"alter table {name}_1 rename to {name}_2")
            ask(fresh_database_url, f"create view {name} as select * from {name}_2")

    migrate(fresh_database_url)

    settings = Settings(database_url=fresh_database_url, master_key=MASTER_KEY)
    stop = threading.Event()
    projecting = threading.Thread(target=project, args=(settings, stop))
    projecting.start()
    try:
        caught_up(settings)
    finally:
        stop.set()
        projecting.join()
    with PostgresLog(fresh_database_url, MASTER_KEY) as log:
        recorded = log.read(0, 1_000)
    assert len(recorded) == len(EVENTS)
    for projection in PROJECTIONS.values():
        assert rows_of(fresh_database_url, projection) == folded(projection, recorded), projection.name
