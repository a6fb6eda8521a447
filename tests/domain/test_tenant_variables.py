"""The variables of a tenant: the usual ones, those that admins define, and what each stands for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.contact.card import Details
from domain.event import Event
from domain.refusals import NameTaken, NotFound, TooManyVariables, VariableName, VariableSource
from domain.tenant_variables import (
    MAX_VARIABLES,
    USUAL,
    Source,
    TenantVariables,
    Variable,
    VariableArchived,
    VariableChanged,
    VariableDefined,
    evolve,
    new_name,
    new_source,
)
from domain.variable_values import Occasion, first_name, greeting, value_of
from domain.variables import is_name

TENANT, HOURS = UUID(int=1), UUID(int=2)
FIXED = Source("fixed", value="das 9h às 18h")


def told(*facts: Event) -> TenantVariables:
    stated: Mapping[UUID, Variable] = {}
    for fact in facts:
        stated = evolve(stated, fact)
    return TenantVariables(TENANT, stated)


def usual(name: str, tenant: UUID = TENANT) -> UUID:
    (id,) = (id for id, each in TenantVariables(tenant, {}).all.items() if each.name == name)
    return id


def test_a_tenant_without_a_fact_has_the_usual_ones() -> None:
    assert told().names == {variable.name for variable in USUAL}
    assert all(is_name(variable.name) for variable in USUAL)
    assert all(new_source(each.source.kind, each.source.field, None) == each.source for each in USUAL)
    assert usual("nome") != usual("nome", UUID(int=9)), "each has an id of its tenant"


def test_a_variable_is_defined_changed_and_archived() -> None:
    defined = told().define(HOURS, "horario", FIXED)
    assert defined == (
        VariableDefined(variable_id=HOURS, name="horario", kind="fixed", field=None, value=FIXED.value),
    )
    variables = told(*defined)
    assert variables.all[HOURS] == Variable("horario", FIXED)
    assert variables.change(HOURS, FIXED) == ()
    city = Source("contact", "attribute:cidade")
    changed = variables.change(HOURS, city)
    assert changed == (
        VariableChanged(variable_id=HOURS, kind="contact", field="attribute:cidade", value=None),
    )
    variables = told(*defined, *changed)
    assert variables.all[HOURS] == Variable("horario", city)
    archived = variables.archive(HOURS)
    assert archived == (VariableArchived(variable_id=HOURS),)
    variables = told(*defined, *changed, *archived)
    assert "horario" not in variables.names
    assert variables.archive(HOURS) == ()
    with pytest.raises(NotFound):
        variables.change(HOURS, FIXED)
    assert variables.define(UUID(int=3), "horario", FIXED), "the name is free again"


def test_a_usual_variable_is_one_of_facts_once_it_is_changed_or_archived() -> None:
    name = usual("nome")
    changed = told().change(name, Source("contact", "first_name"))
    assert changed == (
        VariableDefined(variable_id=name, name="nome", kind="contact", field="first_name", value=None),
    )
    assert told(*changed).all[name].source == Source("contact", "first_name")
    assert told(*changed).names == told().names
    archived = told().archive(name)
    assert [type(fact) for fact in archived] == [VariableDefined, VariableArchived]
    assert told(*archived).names == told().names - {"nome"}
    again = told(*archived).define(HOURS, "nome", FIXED)
    assert told(*archived, *again).names == told().names
    assert told(*archived, *again).all[HOURS].source == FIXED


def test_a_name_is_taken_once() -> None:
    with pytest.raises(NameTaken):
        told().define(HOURS, "primeiro_nome", FIXED)
    variables = told(*told().define(HOURS, "horario", FIXED))
    with pytest.raises(NameTaken):
        variables.define(UUID(int=3), "horario", FIXED)
    for unknown in (variables.change, lambda id, _: variables.archive(id)):
        with pytest.raises(NotFound):
            unknown(UUID(int=4), FIXED)


def test_a_usual_one_of_a_later_version_leaves_the_tenants_own_alone() -> None:
    """A name that a tenant gave before it became usual."""
    own = VariableDefined(variable_id=HOURS, name="nome", kind="fixed", field=None, value="o nosso")
    variables = told(own)
    assert [each.source for each in variables.all.values() if each.name == "nome"] == [
        Source("fixed", value="o nosso")
    ]
    with pytest.raises(NotFound):
        variables.change(usual("nome"), FIXED)


def test_b109_there_is_a_most() -> None:
    many = [
        VariableDefined(variable_id=UUID(int=100 + n), name=f"v{n}", kind="fixed", field=None, value="x")
        for n in range(MAX_VARIABLES - len(USUAL))
    ]
    with pytest.raises(TooManyVariables):
        told(*many).define(HOURS, "horario", FIXED)
    assert told(*many, VariableArchived(variable_id=UUID(int=100))).define(HOURS, "horario", FIXED)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *((" Primeiro_Nome ", "primeiro_nome"), ("ｎｏｍｅ", "nome"), ("CÓDIGO", "codigo")),
        *(("constructor", "constructor"), ("toString", "tostring"), ("a" * 40, "a" * 40)),
    ],
)
def test_b068_a_name_is_stored_without_case_width_and_accents(written: str, name: str) -> None:
    assert new_name(written) == name


@pytest.mark.parametrize(
    "written",
    ["", " ", "_a", "a_", "1a", "a b", "..", "__proto__", "__class__", "😀", "$a", "a" * 41, "x" * 10_000],
)
def test_b068_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(VariableName):
        new_name(written)


@pytest.mark.parametrize(
    ("kind", "field", "value", "source"),
    [
        ("fixed", None, "das 9h às 18h", FIXED),
        ("fixed", None, "$nome {{7*7}}\n", Source("fixed", value="$nome {{7*7}}\n")),
        ("contact", "name", None, Source("contact", "name")),
        ("contact", "attribute: Cidade  natal ", None, Source("contact", "attribute:Cidade natal")),
        ("contact", "bot:__proto__", None, Source("contact", "bot:__proto__")),
        ("agent", "first_name", None, Source("agent", "first_name")),
        ("ticket", "greeting", None, Source("ticket", "greeting")),
    ],
)
def test_a_variable_is_taken_from_a_text_or_from_a_field_of_its_kind(
    kind: Any, field: str | None, value: str | None, source: Source
) -> None:
    assert new_source(kind, field, value) == source


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        *(
            ("fixed", None, None),
            ("fixed", None, ""),
            ("fixed", None, " \u200b"),
            ("fixed", None, "x" * 1001),
        ),
        *(("fixed", "name", None), ("fixed", "name", "x"), ("contact", None, "x"), ("contact", "name", "x")),
        *(("contact", None, None), ("contact", "", None), ("contact", "protocol", None)),
        *(("contact", "attribute:", None), ("contact", "bot: ", None), ("contact", "__class__", None)),
        *(("contact", "attribute:" + "x" * 100, None), ("contact", "attribute:\u200b", None)),
        *(("agent", "attribute:x", None), ("agent", "email", None), ("ticket", "bot:x", None)),
    ],
)
def test_what_a_variable_cannot_be_taken_from_is_refused(
    kind: Any, field: str | None, value: str | None
) -> None:
    with pytest.raises(VariableSource):
        new_source(kind, field, value)


MARINA = Occasion(
    contact=Details("Marina Duarte", "marina@example.com", {"Cidade": "São Paulo", "vazio": " "}),
    phone="5511987651234",
    bot_variables={"pedido": 38214, "vip": True, "itens": [1], "nulo": None, "obs": "$email"},
    agent="Dra. Ana Lima",
    protocol="20260303-7K4Q-2MXP",
    team="Vendas",
    channel="Atendimento",
    at=datetime(2026, 3, 3, 9, tzinfo=UTC),
)
NOBODY = Occasion(
    contact=Details(None, None, {}),
    phone=None,
    bot_variables={},
    agent=None,
    protocol="p",
    team=None,
    channel=None,
    at=datetime(2026, 3, 3, 9, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (FIXED, "das 9h às 18h"),
        (Source("contact", "first_name"), "Marina"),
        (Source("contact", "name"), "Marina Duarte"),
        (Source("contact", "phone"), "+55 11 98765-1234"),
        (Source("contact", "email"), "marina@example.com"),
        (Source("contact", "attribute:Cidade"), "São Paulo"),
        (Source("contact", "attribute:ＣＩＤＡＤＥ"), "São Paulo"),
        (Source("contact", "attribute:vazio"), None),
        (Source("contact", "attribute:__class__"), None),
        (Source("contact", "bot:pedido"), "38214"),
        (Source("contact", "bot:vip"), "sim"),
        (Source("contact", "bot:itens"), None),
        (Source("contact", "bot:nulo"), None),
        (Source("contact", "bot:obs"), "$email"),
        (Source("agent", "first_name"), "Ana"),
        (Source("agent", "name"), "Dra. Ana Lima"),
        (Source("ticket", "protocol"), "20260303-7K4Q-2MXP"),
        (Source("ticket", "team"), "Vendas"),
        (Source("ticket", "channel"), "Atendimento"),
        (Source("ticket", "greeting"), "Bom dia"),
    ],
)
def test_a_variable_stands_for_what_is_known_now(source: Source, value: str | None) -> None:
    assert value_of(source, MARINA) == value
    nothing = value_of(source, NOBODY)
    always = source.kind == "fixed" or source.field in ("protocol", "greeting")
    assert (nothing is not None) is always, "and for nothing where nothing is known"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Marina Duarte", "Marina"),
        ("🌸 Ana Clara 🌸", "Ana"),
        ("🌸Ana🌸", "Ana"),
        ("~*José*~ da Silva", "José"),
        ("Jose\u0301 da Silva", "José"),
        ("Dr. Carlos Prado", "Carlos"),
        ("Sra.", "Sra"),
        ("Maria-Clara D'Ávila", "Maria-Clara"),
        ("D'Ávila", "D'Ávila"),
        ("हिन्दी नाम", "हिन्दी"),
        ("किरणी", "किरणी"),
        ("123 🌸", None),
        ("🌸", None),
        ("", None),
        (None, None),
        ("$email {{7*7}}", "email"),
    ],
)
def test_the_first_name_is_the_first_word_that_somebody_is_called_by(
    name: str | None, first: str | None
) -> None:
    assert first_name(name) == first


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        *((0, "Boa noite"), (4, "Boa noite"), (5, "Bom dia"), (11, "Bom dia")),
        *((12, "Boa tarde"), (17, "Boa tarde"), (18, "Boa noite"), (23, "Boa noite")),
    ],
)
def test_one_greets_by_the_hour(hour: int, said: str) -> None:
    assert greeting(datetime(2026, 3, 3, hour, 59, tzinfo=UTC)) == said
