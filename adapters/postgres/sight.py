"""Who sees what: one rule, as SQL for queries and as a function for the live stream."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composable

View = Literal["mine", "queue", "snoozed", "bot", "closed", "all"]

_MINE = SQL("w.owner = %(me)s and w.state = 'open'")
_MINE_CLOSED = SQL("w.owner = %(me)s and w.state = 'closed'")
_MINE_SNOOZED = SQL("w.owner = %(me)s and w.state = 'snoozed'")
_QUEUE, _BOT, _CLOSED = SQL("w.state = 'queue'"), SQL("w.state = 'bot'"), SQL("w.state = 'closed'")
_SNOOZED, _QUEUE_SNOOZED = SQL("w.state = 'snoozed'"), SQL("w.state = 'snoozed' and w.owner is null")


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees of a tenant: with `everything` all of it, else their own and what waits.

    `me` is None for a service, which owns nothing.
    """

    tenant_id: UUID
    me: UUID | None
    everything: bool

    def sees(self, tenant_id: UUID, owner: UUID | None, state: str) -> bool:
        """Whether a ticket is seen: the rule of `rule`, in Python."""
        if tenant_id != self.tenant_id:
            return False
        if self.everything or (owner is not None and owner == self.me):
            return True
        return state in ("queue", "bot") or (state == "snoozed" and owner is None)

    @property
    def rule(self) -> Composable:
        """The rule as a condition on a row `w` of `workspace`, with the parameters of `values`."""
        if self.everything:
            return SQL("w.tenant_id = %(tenant)s")
        return SQL(
            "w.tenant_id = %(tenant)s and (w.owner = %(me)s or w.state in ('queue', 'bot')"
            " or w.state = 'snoozed' and w.owner is null)"
        )

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of `rule` and `parts`."""
        return {"tenant": self.tenant_id, "me": self.me}

    def parts(self, view: View) -> list[Composable]:
        """Conditions which together make a view; each is answered from one index, in order."""
        match view:
            case "mine":
                return [_MINE]
            case "queue":
                return [_QUEUE]
            case "snoozed":
                return [_SNOOZED] if self.everything else [_MINE_SNOOZED, _QUEUE_SNOOZED]
            case "bot":
                return [_BOT]
            case "closed":
                return [_CLOSED if self.everything else _MINE_CLOSED]
            case "all":
                if self.everything:
                    return [SQL("true")]
                return [_MINE, _QUEUE, _BOT, _MINE_CLOSED, _MINE_SNOOZED, _QUEUE_SNOOZED]
