"""Commands that add tenants, channels and agents, each with its unique name."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import streams
from domain.administration import AgentAdded, ChannelAdded, Role, TenantRegistered
from domain.event import Event
from domain.log.append import Conflict, Name, NewName
from domain.log.port import Log
from domain.refusals import NameTaken, NotFound
from services.access.unique_names import EMAIL, folded
from services.queries.channels import NUMBER
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork

TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class InstallationCommands:
    """Commands that add tenants, channels and agents. `actor` is their author in the log."""

    log: Log
    actor: str = "system:cli"
    new_id: Callable[[], UUID] = uuid7

    def add_tenant(self, name: str) -> UUID:
        """Add a tenant.

        Raises:
            NameTaken
        """
        id = self.new_id()
        return self._add(id, id, TenantRegistered(name=name), Name(TENANT, folded(name)), name)

    def add_channel(
        self, tenant_id: UUID, phone_number_id: str, name: str, portfolio: str, has_bot: bool = False
    ) -> UUID:
        """Add a WhatsApp number; quarantined items for it are then replayed.

        Raises:
            NameTaken: the number belongs to a channel already.
        """
        added = ChannelAdded(phone_number_id=phone_number_id, name=name, portfolio=portfolio, has_bot=has_bot)
        number = Name(NUMBER, phone_number_id)
        return self._add(tenant_id, self.new_id(), added, number, phone_number_id)

    def add_agent(self, tenant_id: UUID, name: str, email: str, role: Role) -> UUID:
        """Add an agent to a tenant.

        Raises:
            NameTaken: another agent has the e-mail address.
        """
        added = AgentAdded(name=name, email=email, role=role)
        return self._add(tenant_id, self.new_id(), added, Name(EMAIL, folded(email)), email)

    def tenant_named(self, name: str) -> UUID:
        """Find a tenant by name.

        Raises:
            NotFound
        """
        found = self.find(TENANT, name)
        if found is None:
            raise NotFound("tenant", name)
        return found

    def find(self, kind: str, value: str) -> UUID | None:
        """Find the owner of a unique name."""
        name = Name(kind, value if kind == NUMBER else folded(value))
        found = self.log.owners_of_names([name]).get(name)
        return found[1] if found else None

    def _add(self, tenant_id: UUID, id: UUID, fact: Event, name: Name, written: str) -> UUID:
        unit = UnitOfWork(StreamCache(self.log), self.new_id)
        unit.mark_new(id, streams.administered)
        unit.record(id, (fact,), streams.administered, Origin(tenant_id, self.actor))
        unit.claim_name(NewName(name, tenant_id, id))
        if isinstance(unit.commit(), Conflict):
            raise NameTaken(name.kind, written)
        return id
