"""What routes ask about people, from the directory in memory."""

from collections.abc import Sequence
from uuid import UUID

from services.access import KnownAgent
from services.directory import Directory


class DirectoryPeople:
    """Names of those who work here; unknown ones are just not known yet."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def name_of(self, id: UUID) -> str | None:
        """What an agent is called."""
        known = self._directory.agent(id)
        return None if known is None else known.name

    def agents_of(self, tenant_id: UUID) -> Sequence[KnownAgent]:
        """All agents of a tenant."""
        return self._directory.agents_of(tenant_id)

    def tenant_name(self, id: UUID) -> str | None:
        """What the company is called."""
        known = self._directory.tenant(id)
        return None if known is None else known.name
