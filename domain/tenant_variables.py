"""The variables of a tenant: what each is taken from, and how admins define, change and archive them.

Every tenant has the usual ones without a fact, those of older versions too. Only a fact replaces one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid5

from domain.decision import Decision, decided, nothing_to_do
from domain.event import Event
from domain.refusals import NameTaken, NotFound, TooManyVariables, VariableName, VariableSource
from domain.text import clean_name, is_blank
from domain.variables import fold_name, is_name

Kind = Literal["fixed", "contact", "agent", "ticket"]

MAX_VARIABLES = 500
MAX_WRITTEN = 200
MAX_FIELD = 100
MAX_VALUE = 1000

ATTRIBUTE, BOT = "attribute:", "bot:"
"""Prefixes of fields of the contact: an attribute of the card, a variable of the bot's hand-off."""

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "fixed": (),
    "contact": ("first_name", "name", "phone", "email"),
    "agent": ("first_name", "name"),
    "ticket": ("protocol", "team", "channel", "greeting"),
}
"""The fields of each kind; those of the contact also with a prefix and a name."""


class VariableDefined(Event):
    """A variable was defined, or one of the usual ones was changed for the first time. A fact of the tenant's
    stream."""

    TOPIC: ClassVar = "variable.defined"

    variable_id: UUID
    """Id of the variable."""

    name: str
    """Its name in texts, without the `$`."""

    kind: Kind
    """What it is taken from: a fixed text, the contact, the agent who writes, or the ticket."""

    field: str | None
    """The field of contact, agent or ticket (`attribute:<name>` and `bot:<name>` of a contact); null for a
    fixed text."""

    value: str | None
    """The fixed text; null for other kinds."""


class VariableChanged(Event):
    """What a variable is taken from was changed; all of it is here."""

    TOPIC: ClassVar = "variable.changed"

    variable_id: UUID
    """The variable."""

    kind: Kind
    """What it is taken from now."""

    field: str | None
    """The field; null for a fixed text."""

    value: str | None
    """The fixed text; null for other kinds."""


class VariableArchived(Event):
    """A variable was archived: texts cannot name it any more, and another one may take its name."""

    TOPIC: ClassVar = "variable.archived"

    variable_id: UUID
    """The variable."""


EVENTS: tuple[type[Event], ...] = (VariableDefined, VariableChanged, VariableArchived)


@dataclass(frozen=True, slots=True)
class Source:
    """What a variable is taken from: a `field`, or the `value` of a fixed one."""

    kind: Kind
    field: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as texts name it, and what it is taken from."""

    name: str
    source: Source
    archived: bool = False


USUAL = (
    Variable("primeiro_nome", Source("contact", "first_name")),
    Variable("nome", Source("contact", "name")),
    Variable("telefone", Source("contact", "phone")),
    Variable("analista", Source("agent", "first_name")),
    Variable("protocolo", Source("ticket", "protocol")),
    Variable("equipe", Source("ticket", "team")),
    Variable("saudacao", Source("ticket", "greeting")),
)


def new_name(written: str) -> str:
    """Return a name as it is stored: without case, width and accents.

    Raises:
        VariableName
    """
    if len(written) > MAX_WRITTEN or not is_name(name := fold_name(written.strip())):
        raise VariableName
    return name


def new_source(kind: Kind, field: str | None, value: str | None) -> Source:
    """Return what a variable is taken from: a fixed text, else a field of the kind.

    Raises:
        VariableSource
    """
    if kind == "fixed":
        if field is None and value is not None and len(value) <= MAX_VALUE and not is_blank(value):
            return Source(kind, value=value)
    elif field is not None and value is None and len(field) <= MAX_FIELD:
        if field in FIELDS[kind]:
            return Source(kind, field)
        prefix = next((each for each in (ATTRIBUTE, BOT) if field.startswith(each)), None)
        if kind == "contact" and prefix and (key := clean_name(field.removeprefix(prefix))):
            return Source(kind, prefix + " ".join(key.split()))
    raise VariableSource


@dataclass(frozen=True)
class TenantVariables:
    """All variables of a tenant; `stated` are those of its facts, by id, archived ones too."""

    tenant_id: UUID
    stated: Mapping[UUID, Variable]

    @cached_property
    def all(self) -> Mapping[UUID, Variable]:
        """The stated ones and the other usual ones, unless the tenant has given their name to another."""
        taken = {variable.name for variable in self.stated.values() if not variable.archived}
        usual = (variable for variable in USUAL if variable.name not in taken)
        return {uuid5(self.tenant_id, variable.name): variable for variable in usual} | dict(self.stated)

    @property
    def names(self) -> frozenset[str]:
        """The names that texts can have."""
        return frozenset(variable.name for variable in self.all.values() if not variable.archived)

    def define(self, variable_id: UUID, name: str, source: Source) -> Decision:
        """Define a variable.

        Raises:
            NameTaken, TooManyVariables
        """
        if name in (names := self.names):
            raise NameTaken("variable", name)
        if len(names) >= MAX_VARIABLES:
            raise TooManyVariables
        return decided(_defined(variable_id, Variable(name, source)))

    def change(self, variable_id: UUID, source: Source) -> Decision:
        """Change what a variable is taken from; does nothing when it is the same.

        Its name stays, because texts have it.

        Raises:
            NotFound: no such variable, or an archived one.
        """
        variable = self._variable(variable_id)
        if variable.archived:
            raise NotFound("variable", variable_id)
        if variable.source == source:
            return nothing_to_do
        if variable_id not in self.stated:
            return decided(_defined(variable_id, Variable(variable.name, source)))
        return decided(VariableChanged(variable_id=variable_id, **_columns(source)))

    def archive(self, variable_id: UUID) -> Decision:
        """Archive a variable; does nothing when it is archived.

        Raises:
            NotFound
        """
        variable = self._variable(variable_id)
        if variable.archived:
            return nothing_to_do
        archived = VariableArchived(variable_id=variable_id)
        if variable_id not in self.stated:
            return decided(_defined(variable_id, variable), archived)
        return decided(archived)

    def _variable(self, variable_id: UUID) -> Variable:
        if (variable := self.all.get(variable_id)) is None:
            raise NotFound("variable", variable_id)
        return variable


def evolve(stated: Mapping[UUID, Variable], event: Event) -> Mapping[UUID, Variable]:
    """Return the stated variables of a tenant after one of `EVENTS`."""
    match event:
        case VariableDefined(variable_id=id, name=name):
            return {**stated, id: Variable(name, _source(event))}
        case VariableChanged(variable_id=id):
            return {**stated, id: replace(stated[id], source=_source(event))}
        case VariableArchived(variable_id=id):
            return {**stated, id: replace(stated[id], archived=True)}
        case _:
            return stated


def _defined(variable_id: UUID, variable: Variable) -> VariableDefined:
    return VariableDefined(variable_id=variable_id, name=variable.name, **_columns(variable.source))


def _columns(source: Source) -> dict[str, Any]:
    return {"kind": source.kind, "field": source.field, "value": source.value}


def _source(event: VariableDefined | VariableChanged) -> Source:
    return Source(event.kind, event.field, event.value)
