"""Visibility of tickets and threads: one rule, as SQL for queries and in Python for commands and the stream.

A *visible* ticket is in the caller's lists, and they may act on it. A *thread* they may read

- as a whole, if its newest ticket is visible, or if it is open and they participate (and may write notes);
- otherwise up to the end of the last ticket that is visible to them, or in which they participated.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol
from uuid import UUID

from psycopg.sql import SQL, Composable, Placeholder

from adapters.postgres.connection.arrays import Texts
from adapters.postgres.queries.columns import IS_OF_TICKET, WITH_PARTICIPANTS
from domain.administration import Role

View = Literal["mine", "queue", "snoozed", "bot", "closing", "closed", "all"]
Reach = Literal["full", "notes", "read"]

FULL = 2**63 - 1
NOTES = FULL - 1
"""Read limits beyond every position: for those who see the newest ticket, and for its participants."""

_TENANT = SQL("w.tenant_id = %(tenant)s")
TAKES_PART = SQL("p.people @> array[%(me)s::uuid] and p.people <> '{}'")
"""Condition on a row `p` of `participants` that the caller is one; the second half is its index's."""


class TicketOfThread(Protocol):
    """The columns of `workspace` and `participants` that decide how far a caller may read a thread."""

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def number(self) -> int: ...
    @property
    def owner(self) -> UUID | None: ...
    @property
    def team(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def people(self) -> Collection[UUID]: ...
    @property
    def ended_position(self) -> int | None: ...


def access_of(limit: int) -> Reach:
    """Return what a read limit allows in the thread."""
    return "full" if limit == FULL else "notes" if limit == NOTES else "read"


@dataclass(frozen=True, slots=True)
class IndexRange:
    """A condition on rows `w` of `workspace` that fixes the state, so that they are a range of an index.

    A row may be in two parts of a view; adding the condition `apart` makes the parts disjoint.
    """

    rule: Composable
    closed: bool = False
    apart: Composable | None = None


def _state(name: str, more: str = "") -> IndexRange:
    return IndexRange(SQL(f"w.state = '{name}'{more}"), closed=name == "closed")


_OPEN, _QUEUE, _BOT, _SNOOZED, _CLOSED = map(_state, ("open", "queue", "bot", "snoozed", "closed"))
_MINE, _MINE_SNOOZED, _MINE_CLOSED = (
    _state(name, " and w.owner = %(me)s") for name in ("open", "snoozed", "closed")
)
_QUEUE_SNOOZED = _state("snoozed", " and w.owner is null")


@dataclass(frozen=True)
class Visibility:
    """The part of a tenant that a caller may see.

    With `everything`, all tickets; else their own, and those of their `teams` and of no team that are queued,
    or all of these with `supervises`. Teams are written as in tickets. `me` is None for a service.
    """

    tenant_id: UUID
    me: UUID | None
    everything: bool
    supervises: bool = False
    teams: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tenant_id: UUID, me: UUID | None, role: Role | None, teams: Collection[UUID]) -> "Visibility":
        """Return the visibility of a role: all for admins and services (None), teams for supervisors."""
        if role in (None, "admin"):
            return cls(tenant_id, me, everything=True)
        return cls(tenant_id, me, False, role == "supervisor", frozenset(map(str, teams)))

    def sees(self, tenant_id: UUID, owner: UUID | None, team: str | None, state: str) -> bool:
        """Return whether a ticket is visible: the rule of `rule` in Python."""
        if tenant_id != self.tenant_id:
            return False
        if self.everything or (owner is not None and owner == self.me):
            return True
        if team is not None and team not in self.teams:
            return False
        return self.supervises or state in ("queue", "bot") or (state == "snoozed" and owner is None)

    def read_limit(self, thread: Collection[TicketOfThread]) -> int | None:
        """Return the position up to which a thread with these tickets is readable, None if it is not.

        The rule of `limit_of_thread` in Python.
        """
        if not thread:
            return FULL if self.sees_unserved else None
        newest = max(ticket.number for ticket in thread)
        limits = (self._limit_of(ticket, ticket.number == newest) for ticket in thread)
        return max((limit for limit in limits if limit is not None), default=None)

    def _limit_of(self, ticket: TicketOfThread, is_newest: bool) -> int | None:
        visible = self.sees(ticket.tenant_id, ticket.owner, ticket.team, ticket.state)
        takes_part = ticket.tenant_id == self.tenant_id and self.me in ticket.people
        if not (visible or takes_part):
            return None
        if is_newest and (visible or ticket.ended_position is None):
            return FULL if visible else NOTES
        return ticket.ended_position or 0

    @property
    def sees_unserved(self) -> bool:
        """Whether conversations that never had a ticket are visible."""
        return self.everything or self.supervises

    @property
    def rule(self) -> Composable:
        """The rule as an SQL condition on a row `w` of `workspace`, with the parameters `values`."""
        if self.everything:
            return _TENANT
        of_teams: Composable = SQL("(w.team is null or w.team = any(%(teams)s))")
        if not self.supervises:
            waits = SQL("w.state in ('queue', 'bot') or w.state = 'snoozed' and w.owner is null")
            of_teams = SQL("{} and ({})").format(of_teams, waits)
        return SQL("{} and (w.owner = %(me)s or {})").format(_TENANT, of_teams)

    @property
    def readable(self) -> Composable:
        """Condition on a row `w` of `workspace` that the ticket is visible or the caller participates.

        Not `exists`: PostgreSQL might build a list of all tickets in which the caller ever participated.
        """
        if self.everything:
            return _TENANT
        takes_part = SQL("coalesce((select true from participants p where {} and {} limit 1), false)").format(
            IS_OF_TICKET, TAKES_PART
        )
        return SQL("({} or {} and {})").format(self.rule, _TENANT, takes_part)

    @property
    def limit_of_thread(self) -> Composable:
        """SQL for the position up to which the thread %(conversation)s is readable, null if it is not."""
        tickets = SQL(
            "select max(case"
            " when w.number = w.newest and ({rule}) then {full}"
            " when w.number = w.newest and p.ended_position is null and {takes_part} then {notes}"
            " else coalesce(p.ended_position, 0) end)"
            " from (select w.*, max(w.number) over () as newest from workspace w"
            " where {tenant} and w.conversation_id = %(conversation)s) w"
            " {with_participants} where {rule} or {takes_part}"
        ).format(
            rule=self.rule,
            takes_part=TAKES_PART,
            tenant=_TENANT,
            with_participants=WITH_PARTICIPANTS,
            full=SQL(f"{FULL}"),
            notes=SQL(f"{NOTES}"),
        )
        if not self.sees_unserved:
            return SQL("({})").format(tickets)
        return SQL(
            "(case when exists (select from workspace w where {0} and w.conversation_id = %(conversation)s)"
            " then ({1}) when exists (select from timeline t where t.tenant_id = %(tenant)s"
            " and t.conversation_id = %(conversation)s) then {2} end)"
        ).format(_TENANT, tickets, SQL(f"{FULL}"))

    @cached_property
    def values(self) -> dict[str, Any]:
        """Parameters of `rule` and `parts`; `queues` are those of the teams and of no team."""
        queues = ["", *sorted(self.teams)]
        named: dict[str, Any] = {f"queue{n}": queue for n, queue in enumerate(queues)}
        teams = {"teams": Texts.of(queues[1:]), "queues": Texts.of(queues)}
        return {"tenant": self.tenant_id, "me": self.me} | teams | named

    @property
    def plan_key(self) -> tuple[bool, bool, int]:
        """Key of the SQL of `rule` and `parts`: equal keys mean equal texts."""
        return self.everything, self.supervises, len(self.teams)

    def parts(self, view: View) -> list[IndexRange]:
        """Return the conditions that together make a view; each is an ordered range of one index."""
        match view:
            case "mine":
                return [_MINE]
            case "queue":
                return self._seen(_QUEUE)
            case "bot":
                return self._seen(_BOT)
            case "snoozed":
                return self._held(_SNOOZED, _MINE_SNOOZED) + self._unheld(_QUEUE_SNOOZED)
            case "closed":
                return self._held(_CLOSED, _MINE_CLOSED)
            case "closing":
                return [part for part in self.parts("all") if not part.closed]
            case "all":
                waiting = self._seen(_QUEUE) + self._seen(_BOT) + self.parts("snoozed")
                return self._held(_OPEN, _MINE) + waiting + self.parts("closed")

    def _held(self, part: IndexRange, mine: IndexRange) -> list[IndexRange]:
        """Return the states of tickets with an owner; an agent sees their own."""
        if self.everything:
            return [part]
        if not self.supervises:
            return [mine]
        return [*self._seen(part), replace(mine, apart=SQL("w.queue <> all(%(queues)s)"))]

    def _unheld(self, part: IndexRange) -> list[IndexRange]:
        """Return the states of tickets without an owner, for callers who do not see all of that state."""
        return [] if self.everything or self.supervises else self._seen(part)

    def _seen(self, part: IndexRange) -> list[IndexRange]:
        """Return the conditions for the visible queues; closed tickets are too many to pick them out."""
        if self.everything:
            return [part]
        if not part.closed:
            return [replace(part, rule=_both(part.rule, SQL("w.queue = any(%(queues)s)")))]
        queues = [SQL("w.queue = {}").format(Placeholder(f"queue{n}")) for n in range(len(self.teams) + 1)]
        return [replace(part, rule=_both(part.rule, queue)) for queue in queues]


def _both(one: Composable, other: Composable) -> Composable:
    return SQL("{} and {}").format(one, other)
