"""Snapshots of long streams as JSON; those written by another version of the code are ignored."""

import inspect
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter

SNAPSHOT_AFTER = 40
"""A load that folded more events than this stores a snapshot."""


class Snapshots:
    """The state classes that have snapshots, each under a name that changes with its code."""

    def __init__(self, states: Iterable[type]) -> None:
        self._adapters: dict[str, TypeAdapter[Any]] = {}
        self._names: dict[type, str] = {}
        for state in states:
            name = _name(state)
            self._names[state] = name
            self._adapters[name] = TypeAdapter(state)

    @property
    def names(self) -> list[str]:
        return list(self._adapters)

    def encode(self, state: object) -> tuple[str, bytes] | None:
        """Encode a state to name and bytes; None when its class has no snapshots."""
        name = self._names.get(type(state))
        return None if name is None else (name, self._adapters[name].dump_json(state))

    def decode(self, name: str, stored: bytes) -> Any:
        """Decode a stored state.

        Raises:
            ValueError: the bytes are damaged.
        """
        return self._adapters[name].validate_json(stored)


def _name(state: type) -> str:
    """Name the class with a digest of its module: a changed `evolve` never meets an old snapshot."""
    module = inspect.getmodule(state)
    source = inspect.getsource(module) if module else ""
    return f"{state.__name__}:{sha256(source.encode()).hexdigest()[:16]}"
