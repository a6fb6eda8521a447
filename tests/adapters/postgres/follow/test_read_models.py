"""Read models in their tables: the rows are those of the fold, however the pages fell."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.postgres.follow.follower import LogFollower
from adapters.postgres.follow.read_models import ColumnsDiffer, ReadModel
from adapters.postgres.log.event_log import PostgresLog
from domain.conversation.message_events import MessageEdited
from projections.contacts import ContactsProjection
from projections.projection import Projection
from projections.timeline import TimelineProjection
from projections.timers import TimersProjection
from projections.workspace import WorkspaceProjection
from tests.adapters.postgres.actions import ask, opened_log, rows_of, some_day, write
from tests.domain.given import NOON, message_id, received
from tests.projections.told import Told, folded

MODELS: list[Projection[Any]] = [
    WorkspaceProjection(),
    TimelineProjection(),
    TimersProjection(),
    ContactsProjection(),
]


@pytest.fixture
def log(database_url: str) -> Iterator[PostgresLog]:
    with opened_log(database_url) as log:
        yield log


def followed(url: str, log: PostgresLog, projection: Projection[Any], page: int) -> None:
    follower = LogFollower(url, projection.name, log, durable=False)
    while follower.step(ReadModel(projection).handle, page):
        pass
    follower.close()


@pytest.mark.parametrize("projection", MODELS, ids=lambda projection: projection.name)
@pytest.mark.parametrize(("seed", "page"), [(1, 1000), (2, 7), (3, 1)])
def test_the_table_holds_what_the_fold_gives(
    database_url: str, log: PostgresLog, projection: Projection[Any], seed: int, page: int
) -> None:
    write(log, some_day(seed, actions=150).told.events)
    followed(database_url, log, projection, page)
    stored = rows_of(database_url, projection)
    assert stored == folded(projection, log.read(0, 1_000))
    assert stored


def test_any_json_and_any_text_of_a_customer_comes_back_as_it_was(
    database_url: str, log: PostgresLog
) -> None:
    raw = {"n": 2**70, "f": 1.5, "deep": [{"é": "\u2028 \\ \" '"}], "none": None}
    text = "a\tb\\N\n'\"\u200b 👨‍👩‍👧 " + "é" * 4000
    told = Told().tell(received(1, text=text, raw=raw))
    write(log, told.events)
    followed(database_url, log, TimelineProjection(), 10)
    (row,) = rows_of(database_url, TimelineProjection()).values()
    assert (row.text, row.raw) == (text, raw)
    # An update goes another way than a new row.
    edited = MessageEdited(
        ticket=1, message_id=message_id(1), text=text + "!", raw=raw | {"again": True}, edited_at=NOON
    )
    write(log, told.tell(edited).events[1:])
    followed(database_url, log, TimelineProjection(), 10)
    (row,) = rows_of(database_url, TimelineProjection()).values()
    assert (row.text, row.raw, row.edited) == (text + "!", raw | {"again": True}, True)


def test_a_table_that_does_not_fit_the_rows_is_refused_by_name(fresh_database_url: str) -> None:
    with opened_log(fresh_database_url) as log:
        write(log, some_day(actions=150).told.events)
        ask(fresh_database_url, "alter table timers_1 add column extra integer")
        follower = LogFollower(fresh_database_url, "timers", log)
        with pytest.raises(ColumnsDiffer, match="extra"):
            follower.step(ReadModel(TimersProjection()).handle)
        follower.close()
