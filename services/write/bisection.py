"""Batches: decided and written together; in halves after repeated conflicts or an error."""

import time
from collections.abc import Callable, Sequence
from itertools import count
from random import uniform
from typing import TypeVar

import structlog

from domain.log.append import Conflict
from domain.log.port import Log
from services.write.stream_cache import StreamCache

T = TypeVar("T")

CONFLICTS_BEFORE_HALVING = 2
MAX_CONFLICTS = 50
"""How often one item alone is decided again. Others who write to its streams do not win that often."""

PAUSE_S = 0.02

logger = structlog.get_logger("write")


class ConflictWithoutEnd(Exception):
    """Every append of an item conflicted: something stored contradicts itself, and a person must look."""

    def __init__(self, conflict: Conflict) -> None:
        kinds = [name for name in conflict.__slots__ if getattr(conflict, name)]
        super().__init__(f"decided {MAX_CONFLICTS} times, each append conflicted over {', '.join(kinds)}")


def process_with_bisection(
    log: Log,
    batch: Sequence[T],
    write: Callable[[Sequence[T], StreamCache], Conflict | None],
    broken: Callable[[T, Exception], None],
    not_record_errors: tuple[type[Exception], ...],
) -> None:
    """Write a batch; retry conflicts, from the third on in halves.

    `write` decides on the cache and commits: it returns the conflict, or None once all is written. When it
    raises, halving isolates the item that causes it, and `broken` is called for that one alone; so it is for
    one that conflicts without end. `not_record_errors` are caused by no item, and are raised.
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
        if conflicts < CONFLICTS_BEFORE_HALVING:
            continue
        if len(batch) > 1:
            break
        if conflicts == MAX_CONFLICTS:
            broken(batch[0], ConflictWithoutEnd(conflict))
            return
        logger.warning("append conflicted again", conflicts=conflicts)
        time.sleep(uniform(0, PAUSE_S))
    middle = len(batch) // 2
    process_with_bisection(log, batch[:middle], write, broken, not_record_errors)
    process_with_bisection(log, batch[middle:], write, broken, not_record_errors)
