"""From the fields of one version of a fact to the next, by topic and old version.

A fact whose shape changes gets the next `VERSION` and its step here; its old sample stays in `tests/samples`.
"""

from typing import Any

from adapters.postgres.log.event_codec import Upcast


def _as_it_was(fields: dict[str, Any]) -> dict[str, Any]:
    """The next version only allows more: `by` may be nobody."""
    return fields


UPCASTERS: dict[tuple[str, int], Upcast] = {
    ("conversation.assigned", 1): _as_it_was,
    ("conversation.closed", 1): _as_it_was,
    ("conversation.unassigned", 1): _as_it_was,
}
