"""The result of an act: the facts that it states, in order, or nothing to do."""

from domain.event import Event

Decision = tuple[Event, ...]
nothing_to_do: Decision = ()


def decided(*facts: Event) -> Decision:
    """State facts, in order."""
    return facts
