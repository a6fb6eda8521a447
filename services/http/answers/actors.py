"""Responses: who caused an event, and how it came about."""

from uuid import UUID

from domain.event import Recorded
from schemas.history import FromWhere, Who
from services.http.edge.problems import NameOf


def who_answer(actor: str, name_of: NameOf, customer: str | None) -> Who:
    kind, _, named = actor.partition(":")
    match kind:
        case "agent":
            return Who(kind="agent", id=UUID(named), name=name_of(UUID(named)))
        case "contact":
            return Who(kind="contact", id=UUID(named), name=customer)
        case "bot":
            return Who(kind="bot", id=None, name=None)
        case "service":
            return Who(kind="service", id=None, name=named or None)
        case _:
            return Who(kind="system", id=None, name=named or None)


def from_where_answer(recorded: Recorded) -> FromWhere:
    if recorded.source is not None:
        topic, partition, offset = recorded.source
        return FromWhere(kind="topic", topic=topic, partition=partition, offset=offset)
    by_hand = recorded.actor.startswith(("agent:", "service:"))
    return FromWhere(kind="http" if by_hand else "process", topic=None, partition=None, offset=None)
