"""Names as lists show and sort them."""

import pytest

from projections.names import folded, initials, pieces_of, words_of


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


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("🌸 Ana Clara 🌸", "ana clara 🌸", ["ana", "clara"]),  # F20
        ("Carla Prates", "carla prates", ["carla", "prates"]),  # F20
        ("~ *Zé* do Ó-Reis", "ze* do o-reis", ["ze", "do", "o", "reis"]),
        ("“Ângela” d'Ávila", "angela” d'avila", ["angela", "d", "avila"]),
        ("24h Loja 24H", "24h loja 24h", ["24h", "loja"]),
        ("नेहा शर्मा", "नेहा शर्मा", ["नेहा", "शर्मा"]),
        ("🌸🌸", "🌸🌸", []),
    ],
)
def test_a_key_begins_at_the_first_letter_or_digit_and_every_word_is_found(
    name: str, key: str, words: list[str]
) -> None:
    assert (folded(name), words_of(name)) == (folded(key), [folded(word) for word in words])
    assert folded(folded(name)) == folded(name)


def test_a_name_with_a_symbol_before_it_sorts_among_the_others() -> None:
    assert sorted(["Bia", "🌸 Ana Clara 🌸", "Carla", "(Abel)"], key=folded) == [
        "(Abel)",
        "🌸 Ana Clara 🌸",
        "Bia",
        "Carla",
    ]


@pytest.mark.parametrize("part", ["98765", "551", "4321", "999876", "321"])
def test_every_part_of_a_number_begins_one_of_its_pieces(part: str) -> None:
    assert any(piece.startswith(f"#{part}") for piece in pieces_of("5511999987654321"))
    assert len(pieces_of("5511999987654321")) == 14
