"""Batches: decided and written together; in halves after repeated conflicts or an error."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import TypeVar

from domain.log.append import Conflict
from domain.log.port import Log
from services.write.stream_cache import StreamCache

T = TypeVar("T")

CONFLICTS_BEFORE_HALVING = 2


def process_with_bisection(
    log: Log,
    batch: Sequence[T],
    write: Callable[[Sequence[T], StreamCache], Conflict | None],
    broken: Callable[[T, Exception], None],
    not_record_errors: tuple[type[Exception], ...],
) -> None:
    """Write a batch; retry conflicts without limit, from the third on in halves.

    `write` decides on the cache and commits: it returns the conflict, or None once all is written. When it
    raises, halving isolates the item that causes it, and `broken` is called for that one alone.
    `not_record_errors` are caused by no item, and are raised.
    """
    cache = StreamCache(log)
    for conflicts in count(1):
        try:
            conflict = write(batch, cache)
        except not_record_errors:
            raise
        except Exception as reason:  # of one item, whichever: it must not stop the others
            if len(batch) == 1:
                broken(batch[0], reason)
                return
            break
        if conflict is None:
            return
        if conflicts >= CONFLICTS_BEFORE_HALVING and len(batch) > 1:
            break
    middle = len(batch) // 2
    process_with_bisection(log, batch[:middle], write, broken, not_record_errors)
    process_with_bisection(log, batch[middle:], write, broken, not_record_errors)
