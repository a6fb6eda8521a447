"""The data folder of an embedded PostgreSQL: its owner, its lock and its pid file."""

import fcntl
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from adapters.postgres.server.binaries import PostgresFailed, ServerUser

OUTSIDE = Path("/var/lib/balcao")


class FolderInUse(RuntimeError):
    """Another process has locked the folder."""

    def __init__(self, folder: Path, pid: str) -> None:
        super().__init__(f"{folder} is in use by another Balcão (process {pid or 'unknown'})")
        self.folder = folder


class FolderLock:
    """Lock of a folder, released by the kernel when its process dies."""

    def __init__(self, folder: Path, name: str = "serve.lock") -> None:
        """Lock `folder`.

        Raises:
            FolderInUse: another process holds the lock.
        """
        self._fd = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._fd, 20).decode(errors="replace").strip()
            os.close(self._fd)
            raise FolderInUse(folder, holder) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Release the lock; idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@dataclass(frozen=True)
class Postmaster:
    """A running server as named by its pid file."""

    pid: int
    port: int

    @classmethod
    def of(cls, data: Path) -> "Postmaster | None":
        """Return the running server of `data`; None when the pid file is missing, incomplete or stale."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            found = cls(int(lines[0]), int(lines[3]))
            program = Path(f"/proc/{found.pid}/exe").readlink()  # a zombie has none
        except (OSError, ValueError, IndexError):
            return None
        same = Path(lines[1]) == data and program.name.removesuffix(" (deleted)") == "postgres"
        return found if same else None


def unblock_zombie_pid_file(data: Path) -> None:
    """Allow a new server to start while the killed one is still an unreaped zombie.

    Writes our own pid into the pid file: PostgreSQL takes a file that names its parent for stale. The rest of
    the file stays, so that it still detects living backends of the killed server.
    """
    file = data / "postmaster.pid"
    try:
        first, *rest = file.read_text().splitlines(keepends=True)
        state = Path(f"/proc/{int(first)}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return
    if state == "Z":
        fresh = data / "postmaster.pid.new"
        fresh.write_text("".join([f"{os.getpid()}\n", *rest]))
        fresh.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(fresh, file.stat().st_uid, file.stat().st_gid)
        fresh.rename(file)


def prepare_folder(folder: Path) -> tuple[Path, ServerUser]:
    """Create `folder` for its server alone (0700); returns its real path and the server's user.

    If we are root, the server runs as another user, who may not be able to reach the folder (a checkout under
    /root). The data then goes to /var/lib/balcao and `folder` becomes a link; its parents stay closed.
    """
    folder = Path(folder).absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    user = ServerUser.choose(folder)
    if folder.is_symlink() and not folder.exists():
        raise PostgresFailed(f"{folder} leads to {folder.readlink()}, which is gone")
    if not folder.exists() and user.other and not user.may("-x", folder.parent):
        folder.symlink_to(_outside(user))
    folder.mkdir(exist_ok=True)
    folder = folder.resolve()
    if os.geteuid() == 0:
        os.chown(folder, user.uid, user.gid)
    try:
        folder.chmod(0o700)
    except PermissionError:
        raise PostgresFailed(
            f"{folder} belongs to somebody else; set BALCAO_DATA to a folder of yours"
        ) from None
    if not user.may("-w", folder):
        raise PostgresFailed(
            f"user {user.uid}, as whom PostgreSQL runs here, cannot reach {folder}; set BALCAO_DATA elsewhere"
        )
    return folder, user


def _outside(user: ServerUser) -> Path:
    try:
        OUTSIDE.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=OUTSIDE, prefix="postgres-"))
    except OSError as error:
        raise PostgresFailed(
            f"no place for PostgreSQL's data outside of here ({error}); set BALCAO_DATA"
        ) from None
    os.chown(place, user.uid, user.gid)
    return place
