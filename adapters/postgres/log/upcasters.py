"""Upcasters: from the fields of one version of an event to the next, by type and old version.

An event whose fields change gets the next `VERSION` and its upcaster here; the sample of the old version
stays in `tests/samples`.
"""

from typing import Any

from adapters.postgres.log.event_codec import Upcast


def _unchanged(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as they are: the next version only allows `by` to be absent."""
    return fields


UPCASTERS: dict[tuple[str, int], Upcast] = {
    ("conversation.assigned", 1): _unchanged,
    ("conversation.closed", 1): _unchanged,
    ("conversation.unassigned", 1): _unchanged,
}
