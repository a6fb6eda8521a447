"""The list of erased contacts outside the database: whom a restore of an older dump must not bring back."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson

from services.runtime.durable_files import append_private


@dataclass(frozen=True, slots=True)
class ErasedContact:
    """A contact that was erased. The id says nothing about the person."""

    contact_id: UUID
    tenant_id: UUID
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class ErasedList:
    """A file with one erased contact a line; several processes may add to it. Repeated lines do no harm.

    Only what is committed is added: an id too many would erase somebody who never asked for it.
    """

    path: Path

    def add(self, contacts: Iterable[ErasedContact]) -> None:
        """Append contacts; on disk when this returns.

        Raises:
            OSError
        """
        lines = b"".join(orjson.dumps(each) + b"\n" for each in contacts)
        if lines:
            append_private(self.path, lines)

    def read(self) -> list[ErasedContact]:
        """Return the contacts of the list; a line that was cut off is left out."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                entry = orjson.loads(line)
                found.append(
                    ErasedContact(
                        UUID(entry["contact_id"]),
                        UUID(entry["tenant_id"]),
                        datetime.fromisoformat(entry["erased_at"]),
                    )
                )
        return found
