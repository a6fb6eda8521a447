"""How often this process looks for garbage in cycles."""

import gc
from functools import cache

YOUNG = 50_000


@cache
def collect_rarely() -> None:
    """For processes that handle thousands of objects a second, and hardly one in a cycle.

    What was imported is never looked at again, the rest seldom: that was a quarter of the time of a
    projector, and stood the API still for a tenth of a second, three times in ten.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
