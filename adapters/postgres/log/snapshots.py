"""Frozen states of long streams as JSON; what another program wrote is ignored and made anew."""

import inspect
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter

LONG = 40
"""A load that folded more events than this leaves a snapshot."""


class Snapshots:
    """The kinds of state that are kept, each under a name that changes with the code it comes from."""

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
        """Name and bytes, None when this kind of state is not kept."""
        name = self._names.get(type(state))
        return None if name is None else (name, self._adapters[name].dump_json(state))

    def decode(self, name: str, stored: bytes) -> Any:
        """The state.

        Raises:
            ValueError: the bytes are damaged.
        """
        return self._adapters[name].validate_json(stored)


def _name(state: type) -> str:
    """The kind and a digest of its module: an evolve that reads otherwise leaves old snapshots behind."""
    module = inspect.getmodule(state)
    source = inspect.getsource(module) if module else ""
    return f"{state.__name__}:{sha256(source.encode()).hexdigest()[:16]}"
