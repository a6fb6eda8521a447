"""What a small memory keeps."""

from services.runtime.recent import Recent


def test_the_oldest_entries_are_dropped() -> None:
    recent = Recent[str, int](2)
    for n, key in enumerate(["a", "b", "a", "c"]):
        recent.keep(key, n)
    assert dict(recent) == {"a": 2, "c": 3}, "kept again, an entry is new"
    recent.forget(["a", "unknown"])
    assert dict(recent) == {"c": 3}
