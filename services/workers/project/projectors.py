"""The projectors: one follower of the log for each read model, taking turns in one thread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import structlog
from psycopg import ProgrammingError
from psycopg_pool import ConnectionPool

from adapters.postgres.follow.follower import (
    BATCH_SIZE,
    TRANSIENT_ERRORS,
    Db,
    EventSource,
    LogFollower,
    PositionGone,
)
from adapters.postgres.follow.read_models import ReadModel, adopt_version, live_table
from domain.event import Recorded
from projections.contacts import ContactsProjection
from projections.directory import DirectoryProjection
from projections.participants import ParticipantsProjection
from projections.projection import Projection
from projections.quick_replies import QuickRepliesProjection, QuickReplyUsesProjection
from projections.scheduled_messages import ScheduledProjection
from projections.templates import TemplatesProjection
from projections.timeline import TimelineProjection
from projections.timers import TimersProjection
from projections.workspace import WorkspaceProjection
from services.runtime.failpoint import failpoint

PROJECTIONS: dict[str, Projection[Any]] = {
    projection.name: projection
    for projection in (
        WorkspaceProjection(),
        TimelineProjection(),
        TimersProjection(),
        ScheduledProjection(),
        DirectoryProjection(),
        ContactsProjection(),
        ParticipantsProjection(),
        TemplatesProjection(),
        QuickRepliesProjection(),
        QuickReplyUsesProjection(),
    )
}

STOPPED_S, LOG_EVERY_S = 2.0, 60.0

log = structlog.get_logger(__name__)


class FoldRefused(Exception):
    """The table has no position, or was folded by a newer version than this program has."""


@dataclass(frozen=True, slots=True)
class StoppedModel:
    """A read model that cannot be kept: the reason, and when it was told and is tried again (monotonic)."""

    reason: str
    logged_at: float
    again_at: float = 0.0


class SharedPages:
    """A reader of the log that remembers its last page, so that read models at one position decode it once.

    For one round only: personal fields in clear are not kept.
    """

    def __init__(self, log: EventSource) -> None:
        self._log = log
        self._asked: tuple[int, int] | None = None
        self._page: Sequence[Recorded] = ()

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        if self._asked != (after, limit):
            self.forget()
            self._page = self._log.read(after, limit)
            self._asked = (after, limit)
        return self._page

    def forget(self) -> None:
        """Forget the page."""
        self._asked, self._page = None, ()


class Projector:
    """Keeps one read model up to date, in the table that its position names."""

    def __init__(self, pool: ConnectionPool[Db], log: EventSource, name: str) -> None:
        self._model = ReadModel(PROJECTIONS[name], generation_of(pool, name))
        self._follower = LogFollower(pool, name, log, generation=self._model.generation, durable=False)

    def step(self, limit: int) -> bool:
        """Fold one page; return whether there may be more.

        Raises:
            PositionGone: a rebuilt table has taken its place.
        """
        self._follower.step(self._fold, limit)
        return self._follower.has_more

    def retry(self) -> tuple[int, int]:
        """Fold parked events; return how many succeeded and failed."""
        return self._follower.retry(self._fold)

    def _fold(self, db: Db, events: Sequence[Recorded]) -> None:
        self._model.handle(db, events)
        failpoint("after_project")


class Projectors:
    """One projector for each read model, taking turns in one thread."""

    def __init__(
        self, pool: ConnectionPool[Db], log: EventSource, names: Iterable[str] = PROJECTIONS
    ) -> None:
        self._pool, self._pages, self._names = pool, SharedPages(log), tuple(names)
        self._projectors: dict[str, Projector] = {}
        self._stopped: dict[str, StoppedModel] = {}

    def round(self, limit: int = BATCH_SIZE) -> bool:
        """Fold one page into each read model; return whether there may be more."""
        try:
            behind = [self._step(name, limit) for name in self._names]
            return any(behind)
        finally:
            self._pages.forget()

    def _projector(self, name: str) -> Projector:
        return Projector(self._pool, self._pages, name)

    def _step(self, name: str, limit: int) -> bool:
        if name in self._stopped and monotonic() < self._stopped[name].again_at:
            return False
        try:
            if name not in self._projectors:
                self._projectors[name] = self._projector(name)
            more = self._projectors[name].step(limit)
            self._stopped.pop(name, None)
            return more
        except PositionGone:
            del self._projectors[name]
            return True
        except (FoldRefused, ProgrammingError) as error:
            self._stop(name, error)
            return False
        except TRANSIENT_ERRORS as error:
            log.warning("read model waits for the database", name=name, error=type(error).__name__)
            return False

    def _stop(self, name: str, error: Exception) -> None:
        """Leave one read model alone for a while; the others go on."""
        self._projectors.pop(name, None)  # its columns are read anew
        reason, now = str(error).partition("\n")[0], monotonic()
        stopped = self._stopped.get(name)
        if stopped is None or stopped.reason != reason or now > stopped.logged_at + LOG_EVERY_S:
            advice = f"balcao project rebuild {name} --switch"
            log.error("read model stopped, the others go on", name=name, reason=reason, advice=advice)
            stopped = StoppedModel(reason, now)
        self._stopped[name] = replace(stopped, again_at=now + STOPPED_S)


def generation_of(pool: ConnectionPool[Db], name: str) -> int:
    """Read the generation of the table that is kept up to date.

    A table of an earlier version is kept up to date, too, until its replacement is built: its older rows lack
    what this version adds.

    Raises:
        FoldRefused: it was folded by a newer version.
    """
    version = PROJECTIONS[name].version
    with pool.connection() as db:
        serves = live_table(db, name)
        if serves is not None and serves.version < version:
            adopt_version(db, name, version)
    if serves is None:
        raise FoldRefused(f"the position of {name} is gone: run `balcao project rebuild {name} --switch`")
    if serves.version > version:
        raise FoldRefused(
            f"{name} was folded by version {serves.version} and this program has {version}:"
            f" run `balcao project rebuild {name} --switch`"
        )
    return serves.generation


def outdated(pool: ConnectionPool[Db]) -> list[str]:
    """Return the read models whose live tables were folded by an earlier version."""
    with pool.connection() as db:
        served = {name: live_table(db, name) for name in PROJECTIONS}
    return [name for name, live in served.items() if live and live.version < PROJECTIONS[name].version]
