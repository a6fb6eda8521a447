"""From the fields of one version of a fact to the next, by topic and old version; none is needed yet.

A fact whose shape changes gets the next `VERSION` and its step here; its old sample stays in `tests/samples`.
"""

from adapters.postgres.mapper import Upcast

UPCASTERS: dict[tuple[str, int], Upcast] = {}
