"""Who sees what: one rule, as SQL for queries and as a function for commands and the live stream."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composable, Placeholder

from domain.administration import Role

View = Literal["mine", "queue", "snoozed", "bot", "closed", "all"]

_TENANT = SQL("w.tenant_id = %(tenant)s")
_ALL = SQL("true")
_MINE, _MINE_CLOSED, _MINE_SNOOZED = (
    SQL(f"w.owner = %(me)s and w.state = '{state}'") for state in ("open", "closed", "snoozed")
)
_QUEUE, _BOT, _CLOSED, _SNOOZED = (SQL(f"w.state = '{s}'") for s in ("queue", "bot", "closed", "snoozed"))
_QUEUE_SNOOZED = SQL("w.state = 'snoozed' and w.owner is null")


@dataclass(frozen=True)
class Sight:
    """What somebody sees of a tenant: with `everything` all of it, else what is theirs, and of their `teams`
    and of no team what waits, or with `supervises` all.

    Teams are written as in tickets. `me` is None for a service, which owns nothing.
    """

    tenant_id: UUID
    me: UUID | None
    everything: bool
    supervises: bool = False
    teams: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tenant_id: UUID, me: UUID | None, role: Role | None, teams: Collection[UUID]) -> "Sight":
        """What a role sees: admins and services (None) everything, supervisors their teams."""
        if role in (None, "admin"):
            return cls(tenant_id, me, everything=True)
        return cls(tenant_id, me, False, role == "supervisor", frozenset(map(str, teams)))

    def sees(self, tenant_id: UUID, owner: UUID | None, team: str | None, state: str) -> bool:
        """Whether a ticket is seen: the rule of `rule`, in Python."""
        if tenant_id != self.tenant_id:
            return False
        if self.everything or (owner is not None and owner == self.me):
            return True
        if team is not None and team not in self.teams:
            return False
        return self.supervises or state in ("queue", "bot") or (state == "snoozed" and owner is None)

    @property
    def sees_unserved(self) -> bool:
        """Whether threads are seen in which there was never a ticket."""
        return self.everything or self.supervises

    @property
    def rule(self) -> Composable:
        """The rule as a condition on a row `w` of `workspace`, with the parameters of `values`."""
        if self.everything:
            return _TENANT
        of_teams = SQL("(w.team is null or w.team = any(%(teams)s))")
        if not self.supervises:
            waits = SQL("w.state in ('queue', 'bot') or w.state = 'snoozed' and w.owner is null")
            of_teams = SQL("{} and ({})").format(of_teams, waits)  # type: ignore[assignment]
        return SQL("{} and (w.owner = %(me)s or {})").format(_TENANT, of_teams)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The parameters of `rule` and `parts`."""
        teams = self._ordered
        return {"tenant": self.tenant_id, "me": self.me, "teams": teams} | {
            f"team{n}": team for n, team in enumerate(teams)
        }

    def parts(self, view: View) -> list[Composable]:
        """Conditions which together make a view, no row in two; each is answered from one index, in order."""
        match view:
            case "mine":
                return [_MINE]
            case "queue":
                return self._seen(_QUEUE)
            case "bot":
                return self._seen(_BOT)
            case "snoozed":
                if self.everything or self.supervises:
                    return self._seen(_SNOOZED) + self._mine_elsewhere(_MINE_SNOOZED)
                return [_MINE_SNOOZED, *self._seen(_QUEUE_SNOOZED)]
            case "closed":
                if self.everything or self.supervises:
                    return self._seen(_CLOSED) + self._mine_elsewhere(_MINE_CLOSED)
                return [_MINE_CLOSED]
            case "all":
                if self.everything:
                    return [_ALL]
                if self.supervises:
                    mine = (_MINE, _MINE_CLOSED, _MINE_SNOOZED)
                    return self._seen(_ALL) + [part for own in mine for part in self._mine_elsewhere(own)]
                waits = (_QUEUE, _BOT, _QUEUE_SNOOZED)
                return [_MINE, _MINE_CLOSED, _MINE_SNOOZED, *(p for w in waits for p in self._seen(w))]

    @property
    def _ordered(self) -> Sequence[str]:
        return sorted(self.teams)

    def _seen(self, part: Composable) -> list[Composable]:
        """A condition, once for each queue that is seen: of no team, and of each of theirs."""
        if self.everything:
            return [part]
        queues: list[Composable] = [SQL("w.team is null")]
        queues += [SQL("w.team = {}").format(Placeholder(f"team{n}")) for n in range(len(self.teams))]
        return [SQL("{} and {}").format(part, queue) for queue in queues]

    def _mine_elsewhere(self, mine: Composable) -> list[Composable]:
        """What is theirs in a team that is not; who sees everything sees it without this."""
        if self.everything:
            return []
        return [SQL("{} and w.team is not null and w.team <> all(%(teams)s)").format(mine)]
