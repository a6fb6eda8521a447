"""Snapshots of long streams, sealed; those of other code or of another master key are ignored."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from importlib.util import resolve_name
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from adapters.postgres.log.sealing import MasterKey, Unopenable, name_of_key

SNAPSHOT_AFTER = 40
"""A load that folded more events than this stores a snapshot."""

FORMAT = b"sealed"


# Not by `ast.parse`: in CPython 3.11 it fails when two threads parse at a time.
_IMPORT = re.compile(r"^[ \t]*(?:from ([\w.]+) import (\([^)]*\)|.*)|import (.*))", re.MULTILINE)
_NAME = re.compile(r"[\w.]+")

Read = Callable[[str], str]
"""Reads the source of a loaded module by its name."""


def read_source(module: str) -> str:
    """Read the source of a loaded module."""
    file = sys.modules[module].__file__
    return Path(file).read_text() if file else ""


class Damaged(Exception):
    """A snapshot is not what was stored for this version of its stream."""


class Snapshots:
    """The state classes that have snapshots, each under a name that changes with its code and the master key.

    They are sealed for their stream and version: one that was changed, forged or moved is not opened.
    """

    def __init__(self, states: Iterable[type], master: MasterKey) -> None:
        self._master = master
        self._adapters: dict[str, TypeAdapter[Any]] = {}
        self._names: dict[type, str] = {}
        for state in states:
            name = name_of(state)
            self._names[state] = name
            self._adapters[name] = TypeAdapter(state)

    @property
    def names(self) -> list[str]:
        return [self._full(name) for name in self._adapters]

    def encode(self, stream_id: UUID, version: int, state: object) -> tuple[str, bytes] | None:
        """Encode the state at a version of a stream to name and bytes; None when it has no snapshots."""
        if (name := self._names.get(type(state))) is None:
            return None
        plain, name = self._adapters[name].dump_json(state), self._full(name)
        return name, self._master.seal("snapshots", plain, _about(stream_id, version, name))

    def decode(self, name: str, stream_id: UUID, version: int, stored: bytes) -> Any:
        """Decode a stored state.

        Raises:
            Damaged
        """
        try:
            plain = self._master.open("snapshots", stored, _about(stream_id, version, name))
            return self._adapters[name.rpartition("@")[0]].validate_json(plain)
        except (Unopenable, ValueError) as error:
            raise Damaged from error

    def _full(self, name: str) -> str:
        return f"{name}@{name_of_key(self._master.mark)}"


def _about(stream_id: UUID, version: int, name: str) -> bytes:
    return f"{stream_id} {version} {name}".encode()


def name_of(state: type, read: Read = read_source) -> str:
    """Return the class name with a digest of every module that its `evolve` can use.

    A changed rule, value or event gives another name, so that its states are never loaded into the new code.
    """
    digest = sha256(FORMAT)
    for module, source in sorted(sources_of(state.__module__, read).items()):
        digest.update(f"{module}\0{source}\0".encode())
    return f"{state.__name__}:{digest.hexdigest()[:16]}"


def sources_of(module: str, read: Read = read_source) -> dict[str, str]:
    """Return the sources of a loaded module and of all that it imports from its own package, at any depth."""
    package = module.partition(".")[0]
    sources: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in sources or name not in sys.modules or name.partition(".")[0] != package:
            continue
        sources[name] = read(name)
        waiting += _imported(sources[name], sys.modules[name].__package__)
    return sources


def _imported(source: str, package: str | None) -> Iterator[str]:
    """Yield every name that may be that of an imported module."""
    for origin, names, modules in _IMPORT.findall(source):
        if origin:
            yield (base := resolve_name(origin, package))
            yield from (f"{base}.{name}" for name in _NAME.findall(names))
        yield from _NAME.findall(modules)
