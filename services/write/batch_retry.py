"""Batches: decided and written together, and apart where that does not go."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import TypeVar

from domain.log.append import Conflict
from domain.log.port import Log
from services.write.unit_of_work import StreamCache

T = TypeVar("T")

LOSSES_BEFORE_HALVING = 2


def process_with_bisection(
    log: Log,
    batch: Sequence[T],
    write: Callable[[Sequence[T], StreamCache], Conflict | None],
    broken: Callable[[T, Exception], None],
    passing: tuple[type[Exception], ...],
) -> None:
    """Write a batch, again while something of it was lost: from the third time in halves.

    `write` decides on what is known and appends: what was lost, or None. Where it breaks, halves lead to the
    one that is to blame, and only that is `broken`. `passing` is to blame on none, and raised.
    """
    known = StreamCache(log)
    for losses in count(1):
        try:
            lost = write(batch, known)
        except passing:
            raise
        except Exception as reason:  # of one of them, whichever: it must not stop the others
            if len(batch) == 1:
                broken(batch[0], reason)
                return
            break
        if lost is None:
            return
        known.refresh(lost)
        if losses >= LOSSES_BEFORE_HALVING and len(batch) > 1:
            break
    middle = len(batch) // 2
    process_with_bisection(log, batch[:middle], write, broken, passing)
    process_with_bisection(log, batch[middle:], write, broken, passing)
