"""How often this process looks for garbage in cycles."""

import gc
from functools import cache

YOUNG = 50_000


@cache
def collect_rarely() -> None:
    """For processes that turn pages of events into rows: thousands of objects, and none in a cycle.

    What was imported is never looked at again, the rest seldom: a quarter of the time of a projector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
