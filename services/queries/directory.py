"""The directory in memory: agents, teams, channels, variables; refreshed every half second or on request."""

import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg
import structlog

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.queries.directory import changed_since
from domain.log.port import LogUnavailable
from domain.tenant_variables import Source, TenantVariables, Variable
from projections.directory import DirectoryRow, Kind

POLL_S = 0.5

log = structlog.get_logger("directory")


class Directory:
    """In-memory cache of the directory, refreshed by a thread of its own; reads never block.

    While the database is unavailable it answers with what it has.
    """

    def __init__(self, url: str) -> None:
        self._pool = QueryPool(url, 1, "directory")
        self._rows: Mapping[tuple[str, UUID], DirectoryRow] = {}
        self._position = 0
        self._must_reload = False
        self._refreshing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="directory", daemon=True)

    def __enter__(self) -> Self:
        """Load the directory and start refreshing it.

        Raises:
            LogUnavailable
        """
        self._pool.__enter__()
        self.refresh_now()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=2)
        self._pool.__exit__(kind, error, trace)

    def refresh_now(self) -> None:
        """Load the changes that the read model has now.

        Raises:
            LogUnavailable
        """
        with self._refreshing:
            reload, self._must_reload = self._must_reload, False
            since = 0 if reload else self._position
            try:
                changed = self._pool.read(lambda db: changed_since(db, since))
            except Exception:
                self._must_reload |= reload
                raise
            if changed or reload:
                # Replaced, never changed: others read it at the same time.
                known = {} if reload else self._rows
                self._rows = {**known, **{(row.kind, row.id): row for row in changed}}
                self._position = changed[-1].position if changed else 0

    def forget(self) -> None:
        """Read everything anew next time: the log was restored."""
        self._must_reload = True

    def agent(self, id: UUID) -> DirectoryRow | None:
        """Return an agent of any tenant, active or not."""
        return self._rows.get(("agent", id))

    def channel(self, id: UUID) -> DirectoryRow | None:
        """Return a channel of any tenant; a new one may not be known yet."""
        return self._rows.get(("channel", id))

    def name_of(self, id: UUID) -> str | None:
        """Return the name of an agent or a team; a new one may not be known yet."""
        known = self.agent(id) or self._rows.get(("team", id))
        return None if known is None else known.name

    def agents_of(self, tenant_id: UUID) -> Sequence[DirectoryRow]:
        """Return all agents of a tenant, active or not."""
        return self._of(tenant_id, "agent")

    def teams_of(self, tenant_id: UUID) -> Sequence[DirectoryRow]:
        """Return all teams of a tenant, archived or not."""
        return self._of(tenant_id, "team")

    def channels_of(self, tenant_id: UUID) -> Sequence[DirectoryRow]:
        """Return all channels of a tenant."""
        return self._of(tenant_id, "channel")

    def variables_of(self, tenant_id: UUID) -> TenantVariables:
        """Return the variables of a tenant, with the usual ones."""
        stated = {
            row.id: Variable(row.name, Source(row.taken_from, row.field, row.value), not row.active)
            for row in self._of(tenant_id, "variable")
            if row.taken_from is not None
        }
        return TenantVariables(tenant_id, stated)

    def _of(self, tenant_id: UUID, kind: Kind) -> Sequence[DirectoryRow]:
        return [row for row in self._rows.values() if row.kind == kind and row.tenant_id == tenant_id]

    def _follow(self) -> None:
        while not self._stop.wait(POLL_S):
            try:
                self.refresh_now()
            except LogUnavailable:
                continue
            except psycopg.Error as error:  # a lost table: it may come back, and this thread would not
                log.error("directory cannot be read, retrying", reason=type(error).__name__)
