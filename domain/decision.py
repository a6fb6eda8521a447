"""What a rule answers: the facts that it states, in order, or that there is nothing to do."""

from domain.event import Event

Decision = tuple[Event, ...]
nothing_to_do: Decision = ()


def decided(*facts: Event) -> Decision:
    """The facts of a decision, in order."""
    return facts
