"""Files on disk: what cannot be written whole is told, and harms nothing that is written later."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from services.runtime.erased_list import ErasedContact, ErasedList

FIRST, SECOND, THIRD = (
    ErasedContact(UUID(int=number), UUID(int=9), datetime(2026, 3, 2, tzinfo=UTC)) for number in (1, 2, 3)
)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond `size`: as on a full disk, a write takes the part that fits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("bytes_left", [0, 1, 40])
def test_an_erased_contact_that_did_not_fit_is_told_and_spoils_no_other(
    tmp_path: Path, bytes_left: int
) -> None:
    listed = ErasedList(tmp_path / "far" / "erased.jsonl")
    listed.add([FIRST])

    with room_for(listed.path.stat().st_size + bytes_left), pytest.raises(OSError, match="File too large"):
        listed.add([SECOND])
    listed.add([THIRD])

    assert listed.read() == [FIRST, THIRD]
    assert listed.path.stat().st_mode & 0o777 == 0o600
