"""Private files, whose content and whose name in their folder are on disk when a call returns."""

import os
import tempfile
from pathlib import Path


def write_private(folder: Path, prefix: str, text: str) -> Path:
    """Write a new file, which only its owner may read; return its path.

    Raises:
        OSError
    """
    handle, path = tempfile.mkstemp(dir=folder, prefix=prefix)  # with mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(path)


def exposure(path: Path) -> str | None:
    """Return what is wrong and how to mend it when other users may read a file, else None.

    Raises:
        OSError
    """
    return f"other users may read it; run chmod 600 {path}" if path.stat().st_mode & 0o077 else None


def append_private(path: Path, lines: bytes) -> None:
    """Append lines to a file, which is made with its folder if missing; they begin on a line of their own.

    Raises:
        OSError: a part of it may have been written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        # Behind a line that was cut off.
        file.write(b"\n" + lines if _is_cut_off(file.fileno()) else lines)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder to disk.

    Raises:
        OSError
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_cut_off(file: int) -> bool:
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"
