"""Look-up of channels for workers, in the log itself.

The directory in memory may be behind and would not know a channel that was just added.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from uuid import UUID

from domain import administration
from domain.administration import Channel
from domain.log.append import Name
from domain.log.port import Log

NUMBER = "phone_number_id"
FRESH_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChannel(Channel):
    """A channel with its id and its tenant."""

    id: UUID
    tenant_id: UUID


@dataclass
class ChannelLookup:
    """Look-up of channels, cached for a few seconds; unknown ones are looked up each time."""

    log: Log
    clock: Callable[[], float] = time.monotonic
    _by_number: dict[str, tuple[float, KnownChannel]] = field(default_factory=dict)
    _by_id: dict[UUID, tuple[float, KnownChannel]] = field(default_factory=dict)

    def by_number(self, numbers: Iterable[str]) -> Mapping[str, KnownChannel]:
        """Return the channels of those phone number ids that have one."""
        wanted = set(numbers)
        stale = self.clock() - FRESH_S
        missing = [n for n in wanted if n not in self._by_number or self._by_number[n][0] < stale]
        if missing:
            named = self.log.owners_of_names([Name(NUMBER, number) for number in missing])
            self._read({owner: tenant for tenant, owner in named.values()})
        return {n: self._by_number[n][1] for n in wanted if n in self._by_number}

    def by_id(self, ids: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, KnownChannel]:
        """Return the channels by (tenant, channel) pairs; leaves out those of another tenant."""
        wanted = {channel: tenant for tenant, channel in ids}
        stale = self.clock() - FRESH_S
        self._read({c: t for c, t in wanted.items() if c not in self._by_id or self._by_id[c][0] < stale})
        found = {id: self._by_id[id][1] for id in wanted if id in self._by_id}
        return {id: channel for id, channel in found.items() if channel.tenant_id == wanted[id]}

    def _read(self, tenants: Mapping[UUID, UUID]) -> None:
        at = self.clock()
        for tenant_id in set(tenants.values()):
            ids = [id for id, owner in tenants.items() if owner == tenant_id]
            for id, loaded in self.log.load(ids, administration.evolve, tenant_id).items():
                if isinstance(loaded.state, Channel):
                    known = KnownChannel(**asdict(loaded.state), id=id, tenant_id=tenant_id)
                    self._by_number[known.phone_number_id] = (at, known)
                    self._by_id[id] = (at, known)
