"""Records that break whoever reads them without care: extreme values in every place, or no record at all."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

EXTREME: list[Any] = [
    *(None, True, 0, -1, 2**31, 2**63, 2**64, 10**40, 1e308, float("inf"), float("nan")),
    *("", "\0", "a\0b", "\ud800", "é" * 70_000, "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"),
    *("2026-02-30T00:00:00Z", "1790000000", "99999999999999999999", "00000000-0000-0000-0000-000000000000"),
    *([], {}, [[]], [None], {"": None}, {"\0": "\0"}, [{}] * 300),
]
DEEP = b'{"kind":' + b"[" * 3_000 + b"]" * 3_000 + b"}"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place within a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with something else in one place; `...` takes it out."""
    if not path:
        return new
    copied = value.copy()
    if len(path) == 1 and new is ...:
        del copied[path[0]]
    else:
        copied[path[0]] = changed(value[path[0]], path[1:], new)
    return copied


def poisons(good: Any) -> st.SearchStrategy[bytes]:
    """A good record with something extreme in one or several places, or no record at all."""
    spot = st.tuples(
        st.sampled_from([path for path in places(good) if path]),
        st.sampled_from([*EXTREME, ...]) | st.text(max_size=30) | st.integers(),
    )

    def spoilt(spots: list[tuple[tuple[Any, ...], Any]]) -> bytes:
        value = good
        for path, new in spots:
            if path in set(places(value)):
                value = changed(value, path, new)
        return json.dumps(value).encode()

    broken = st.binary(max_size=60) | st.sampled_from([b"", b"null", b"[]", b"{}", b"NaN", DEEP])
    return st.lists(spot, min_size=1, max_size=3).map(spoilt) | broken
