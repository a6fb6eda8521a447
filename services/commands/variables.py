"""Commands of admins on variables."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import streams
from domain.administration import Tenant
from domain.decision import Decision
from domain.refusals import NotFound
from domain.tenant_variables import Source, TenantVariables
from services.write.actor import Administrator, CommandResponse, Request
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin, UnitOfWork

CREATED = 201
BEFORE_APPEND = "before_append_organisation"


@dataclass(frozen=True, slots=True)
class VariableCommands:
    """Defines, changes and archives variables of a tenant. The caller has checked the permission."""

    runner: CommandRunner
    new_id: Callable[[], UUID] = uuid7

    def define(self, name: str, source: Source, by: Administrator, request: Request) -> CommandResponse:
        """Define a variable; a repeated request gets the first one's response.

        Raises:
            NameTaken, TooManyVariables, KeyReused, ConcurrentChange
        """
        id = self.new_id()

        def decide(unit: UnitOfWork) -> None:
            _change(unit, by, lambda variables: variables.define(id, name, source))

        return self.runner.execute_idempotent(by, request, CREATED, {"id": str(id)}, decide, BEFORE_APPEND)

    def change(self, id: UUID, source: Source, by: Administrator) -> int:
        """Change what a variable is taken from; return the position of the change.

        Raises:
            NotFound, ConcurrentChange
        """
        return self._changed(by, lambda variables: variables.change(id, source))

    def archive(self, id: UUID, by: Administrator) -> int:
        """Archive a variable; return the position of the change.

        Raises:
            NotFound, ConcurrentChange
        """
        return self._changed(by, lambda variables: variables.archive(id))

    def _changed(self, by: Administrator, decide: Callable[[TenantVariables], Decision]) -> int:
        return self.runner.execute(by.tenant_id, lambda unit: _change(unit, by, decide), BEFORE_APPEND)[1]


def variables_of(unit: UnitOfWork, tenant_id: UUID) -> TenantVariables:
    """Return the variables of a tenant, as a dependency: the commit conflicts if one has changed by then.

    Raises:
        NotFound
    """
    if (tenant := unit.tenant(tenant_id)) is None:
        raise NotFound("tenant", tenant_id)
    return TenantVariables(tenant_id, tenant.variables)


def _change(unit: UnitOfWork, by: Administrator, decide: Callable[[TenantVariables], Decision]) -> None:
    tenant = unit.load(by.tenant_id, streams.administered).state
    if not isinstance(tenant, Tenant):
        raise NotFound("tenant", by.tenant_id)
    facts = decide(TenantVariables(by.tenant_id, tenant.variables))
    unit.record(by.tenant_id, facts, streams.administered, Origin(by.tenant_id, by.actor))
