"""One command for many tickets: each gets its own answer, and one append writes them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.refusals import DomainError
from domain.tags import retag, tag
from services.commands import PutOff, assigning, marking, putting_off
from services.desk import Decide, Desk, Outcome, Person
from services.moves import Ending, Handover, ending, handing_over, placed
from services.reactivation import Reactivation, ToBot

ANY = 2**53
"""As if the newest version had been seen: marks and tags ask for none."""


@dataclass(frozen=True, slots=True)
class Given:
    """To an agent."""

    agent_id: UUID


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Into its queue."""


@dataclass(frozen=True, slots=True)
class Woken:
    """Back before its hour."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Answered, or not."""

    answered: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """Tags to put on, or with `alone` to be the only ones."""

    tags: tuple[str, ...]
    alone: bool


Wanted = Given | GivenBack | PutOff | Woken | Handover | Ending | ToBot | Marked | Labelled


class Bulk:
    """The commands of a single ticket, asked of many at once."""

    def __init__(self, desk: Desk, reactivation: Reactivation) -> None:
        self._desk, self._reactivation = desk, reactivation

    def head(self) -> int:
        """The newest position, for whom nothing had to happen."""
        return self._desk.log.head()

    def all(
        self, wanted: Wanted, seen: Mapping[UUID, int], by: Person, at: datetime
    ) -> Mapping[UUID, Outcome | DomainError]:
        """What came of it for each ticket: how it stands now, or why it was refused."""
        try:
            requires = placed(wanted) if isinstance(wanted, Handover) else None
            if isinstance(wanted, Marked | Labelled):
                seen = dict.fromkeys(seen, ANY)
            return self._desk.each(seen, by, self._deciding(wanted, by, at), requires)
        except DomainError as refused:
            return dict.fromkeys(seen, refused)

    def _deciding(self, wanted: Wanted, by: Person, at: datetime) -> Decide:
        match wanted:
            case Given(agent_id=agent_id):
                return assigning(agent_id, by)
            case GivenBack():
                return lambda thread, seen: thread.unassign(by.id, seen)
            case PutOff():
                return putting_off(wanted, by, at)
            case Woken():
                return lambda thread, seen: thread.wake(by.id, seen)
            case Handover():
                return handing_over(wanted, by, at)
            case Ending():
                return ending(wanted, by, at)
            case ToBot():
                return self._reactivation.giving(wanted, by, at)
            case Marked(answered=answered):
                return marking(answered, by, at)
            case Labelled(tags=tags, alone=alone):
                label = retag if alone else tag
                return lambda thread, _: label(thread, tags, by.id)
