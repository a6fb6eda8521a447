"""Variables in texts: one grammar, one pass, and whatever is printed reads the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.refusals import UnknownVariable
from domain.variables import (
    MAX_NAME,
    Part,
    Reference,
    fold_name,
    is_name,
    names_in,
    parse,
    print_parts,
    require_known,
    resolve,
)

CASES = json.loads((Path(__file__).parents[2] / "web/src/lib/variables.cases.json").read_text())

names = st.from_regex(r"[a-z]([a-z0-9_]{0,20}[a-z0-9])?", fullmatch=True)
pieces = st.sampled_from(
    ["$", "$$", "{", "}", "_", "a", "nome", "Ç", "o\u0301", "7", " ", "\n", "😀", "ł", "ß"]
)
texts = st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=12).map("".join)


def merged(parts: list[Part]) -> tuple[Part, ...]:
    """Words beside words as one, none of them empty: what a text can parse to."""
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, str) and kept and isinstance(kept[-1], str):
            kept[-1] += part
        elif part:
            kept.append(part)
    return tuple(kept)


parsed = st.lists(st.one_of(texts, names.map(Reference)), max_size=12).map(merged)


def reference(case: dict[str, Any]) -> Reference:
    return Reference(case["name"], case["start"], case["end"])


def at(part: Reference) -> tuple[str, int, int]:
    return part.name, part.start, part.end


@pytest.mark.parametrize("case", CASES["texts"], ids=lambda case: repr(case["text"]))
def test_the_page_and_the_server_read_alike(case: dict[str, Any]) -> None:
    parts = parse(case["text"])
    wanted = [part if isinstance(part, str) else reference(part) for part in case["parts"]]
    assert list(parts) == wanted
    places = [at(part) for part in parts if isinstance(part, Reference)]
    assert places == [at(part) for part in wanted if isinstance(part, Reference)]
    assert print_parts(parts) == case["printed"]


@pytest.mark.parametrize("case", CASES["resolved"], ids=lambda case: repr(case["text"]))
def test_the_page_and_the_server_resolve_alike(case: dict[str, Any]) -> None:
    """B107: in one pass, so that no value is read as a text with variables."""
    resolved = resolve(case["text"], case["values"])
    assert resolved.text == case["resolved"]
    assert list(map(at, resolved.missing)) == [at(reference(each)) for each in case["missing"]]


@given(parsed)
@example((Reference("a"), "_b"))
@example((Reference("a"), "\u0301"))
@example(("$", Reference("a")))
@example(("$$", Reference("a"), "___", Reference("b"), "{"))
def test_what_is_printed_reads_the_same(parts: tuple[Part, ...]) -> None:
    printed = print_parts(parts)
    assert parse(printed) == parts
    assert print_parts(parse(printed)) == printed


@given(texts)
def test_every_text_reads_in_full(text: str) -> None:
    """Nothing between the variables is lost: each is where it says it is."""
    rebuilt, begin = "", 0
    for part in parse(text):
        if isinstance(part, Reference):
            between, written = text[begin : part.start], text[part.start : part.end]
            rebuilt += between.replace("$$", "$") + "\0"
            assert written.startswith("$")
            assert fold_name(written[1:].strip("{}")) == part.name
            begin = part.end
    rebuilt += text[begin:].replace("$$", "$")
    assert rebuilt == "".join(part if isinstance(part, str) else "\0" for part in parse(text))


@given(parsed, st.dictionaries(names, st.one_of(st.none(), texts)))
def test_b107_values_are_put_once_and_as_they_are(
    parts: tuple[Part, ...], values: dict[str, str | None]
) -> None:
    put = [part if isinstance(part, str) else values.get(part.name) or f"${part.name}" for part in parts]
    resolved = resolve(print_parts(parts), values)
    assert resolved.text == "".join(put)
    missing = [part.name for part in parts if isinstance(part, Reference) and not values.get(part.name)]
    assert [each.name for each in resolved.missing] == missing
    assert all(resolved.text[each.start : each.end] == f"${each.name}" for each in resolved.missing)


@given(texts)
def test_words_without_variables_reach_the_customer_as_they_are(text: str) -> None:
    assert resolve(print_parts([text] if text else []), {}).text == text


def test_b109_the_first_unknown_variable_is_named_with_its_place() -> None:
    require_known("$nome, R$ 5, $$x e ${nome}", {"nome"})
    assert names_in("$nome, $email, $NOME") == ["nome", "email"]
    with pytest.raises(UnknownVariable) as refused:
        require_known("😀 $nome $desconhecida $outra", {"nome"})
    assert (refused.value.name, refused.value.position) == ("desconhecida", 8)
    with pytest.raises(UnknownVariable) as refused:
        require_known("$" + "x" * 100_000, set())
    assert (refused.value.name, refused.value.position) == ("x" * MAX_NAME, 0)


@pytest.mark.parametrize(
    "text",
    [
        "$a " * 10_000,
        "$" * 1_000_000,
        "$a" + "_" * 1_000_000,
        "${" * 300_000,
        "${" + "a" * 1_000_000,
        "${a" + "_" * 500_000 + "}",
        ("$a" + "_" * 50) * 10_000,
    ],
    ids=["many", "dollars", "underscores", "braces", "unclosed", "closed", "alternating"],
)
def test_b109_a_text_of_any_size_is_read_in_one_go(text: str) -> None:
    """Each takes a blink; a rule that goes back and forth would take minutes."""
    parts = parse(text)
    assert parse(print_parts(parts)) == parts
    assert len(resolve(text, {"a": "x"}).text) <= len(text)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Primeiro_Nome", "primeiro_nome"),
        ("ｎｏｍｅ", "nome"),
        ("CÓDIGO", "codigo"),
        ("Co\u0301digo", "codigo"),
    ],
)
def test_case_width_and_accents_of_a_name_do_not_count(written: str, name: str) -> None:
    assert fold_name(written) == name
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "_a", "a_", "1a", "a b", "a-b", "..", "__proto__", "😀", "straße", "a\n", "a" * 41, "$a", "ａ"],
)
def test_b068_what_is_no_name_is_none(name: str) -> None:
    assert not is_name(name)


@given(names)
def test_every_name_reads_as_itself(name: str) -> None:
    assert parse(f"${name}") == (Reference(name),)
    assert is_name(name)
