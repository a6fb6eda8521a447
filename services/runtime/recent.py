"""A mapping within bounds: it drops the oldest entries."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """The last `most` entries that were kept, oldest first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V) -> None:
        """Set an entry as the newest; beyond `most` the oldest is dropped."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)

    def forget(self, keys: Iterable[K]) -> None:
        """Remove these entries, as far as they are here."""
        for key in keys:
            self.pop(key, None)
