"""Only bytes that Meta signed are taken."""

import base64
import json
from typing import Any

import pytest

from adapters.whatsapp.signature import AppSecret, sign, signed_by, verify
from tests.adapters.whatsapp.bodies import FIXTURES

VECTORS = json.loads((FIXTURES / "signature" / "vectors.json").read_text())
RIGHT = sign(b"{}", "secret")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors_hold_and_upper_case_is_refused(vector: dict[str, Any]) -> None:
    raw = base64.b64decode(vector["body_base64"])
    assert verify(raw, vector["header"], [vector["app_secret"]]) is bool(vector["valid"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha1=" + "a" * 40,
        RIGHT[:-1],
        RIGHT + "0",
        RIGHT.upper(),
        "sha256=" + RIGHT[7:].upper(),
        RIGHT + " ",
        RIGHT + "\n",
        " " + RIGHT,
        f"{RIGHT}, {RIGHT}",
        RIGHT[7:],
        "sha256=" + "é" * 64,
        "sha256=" + "٣" * 64,
        "\ud800",
    ],
)
def test_another_form_of_header_is_refused_and_never_raises(header: str | None) -> None:
    assert not verify(b"{}", header, ["secret"])


def test_any_of_several_secrets_may_have_signed() -> None:
    assert verify(b"{}", RIGHT, ["other", "secret"])
    assert not verify(b"{}", RIGHT, ["other"])
    assert not verify(b"{}", RIGHT, [])


def test_an_empty_secret_signs_nothing() -> None:
    assert not verify(b"{}", sign(b"{}", ""), [""])


@pytest.mark.parametrize(
    ("secrets", "numbers"),
    [
        (["secret"], None),
        (["secret@1"], {"1"}),
        (["secret@1+23", "secret@4"], {"1", "23", "4"}),
        (["secret@1", "secret"], None),
        (["other", "secret@1"], {"1"}),
        (["secret@x1"], "nobody"),
        (["other"], "nobody"),
    ],
)
def test_whoever_signs_speaks_for_the_numbers_that_the_secret_is_bound_to(
    secrets: list[str], numbers: Any
) -> None:
    signed = signed_by(b"{}", RIGHT, map(AppSecret.parse, secrets))
    assert ("nobody" if signed is None else signed.numbers) == numbers
    for number in ("1", "23", "9"):
        assert signed is None or signed.speaks_for(number) is (numbers is None or number in numbers)


@pytest.mark.parametrize("written", ["secret@", "secret@+", "secret@1+", "secret@1++2"])
def test_a_list_of_numbers_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="1234"):
        AppSecret.parse(written)


@pytest.mark.parametrize("written", ["p@ssword", "a@b@c", "secret@1a", "@home"])
def test_a_secret_may_hold_an_at_sign(written: str) -> None:
    assert AppSecret.parse(written) == AppSecret(written)
