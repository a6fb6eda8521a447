"""Names as lists show and sort them."""

import pytest

from projections.names import folded, initials


@pytest.mark.parametrize(
    ("name", "phone", "letters"),
    [
        ("Marina Prado", None, "MP"),
        ("ana", None, "A"),
        ("Érica de Souza Ávila", None, "ÉÁ"),
        ("  joão   silva ", None, "JS"),
        ("😀 Bia ❤️", None, "B"),
        ("ßeta", None, "S"),
        ("", "5511987654321", "21"),
        (None, "5511987654321", "21"),
        ("❤️", None, "?"),
        (None, None, "?"),
    ],
)
def test_a_square_shows_one_or_two_letters(name: str | None, phone: str | None, letters: str) -> None:
    assert initials(name, phone) == letters


def test_names_sort_without_case_accents_and_spare_spaces() -> None:
    assert folded("  Érica   DE Souza ") == "erica de souza"
    assert folded(None) == ""
    assert sorted(["Zé", "Ávila", "ana", "Bia"], key=folded) == ["ana", "Ávila", "Bia", "Zé"]
