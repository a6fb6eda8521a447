"""The table of bad inputs names every row of its part of the catalogue, and tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "bad-input.md"
WEBHOOK = (
    *(1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25, 26, 28, 29),
    *(31, 32, 34, 35, 37, 38, 40, 41, 43, 44),
)
PEOPLE = (47, 49, 50, 68, 71, 73)
COMMANDS = (46, 52, 53, 55, 56, 58, 59, 61, 62, 64, 65, 67, 70)
QUESTIONS = (76, 77, 79, 82, 83, 85, 86, 89)
TEXTS = (107, 109, 110, 112, 113, 115, 116)
STREAM = (118, 119, 121, 122, 124, 125, 127)
BOT = (128, 130, 131, 136, 137)
ERASING = (145,)
ROWS = [
    f"B{number:03}" for number in (*WEBHOOK, *PEOPLE, *COMMANDS, *QUESTIONS, *TEXTS, *STREAM, *BOT, *ERASING)
]


def test_every_row_stands_in_its_part_of_the_table() -> None:
    assert re.findall(r"^\| (B\d{3}) \|", TABLE.read_text(), re.MULTILINE) == ROWS


def test_every_test_that_the_table_names_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE.read_text())
    assert len(named) > len(ROWS)
    for path, name in named:
        assert f"def {name}(" in (TESTS / path).read_text(), f"{path}::{name}"


def test_every_row_but_those_that_are_not_met_names_a_test() -> None:
    for line in TABLE.read_text().splitlines():
        if re.match(r"\| B\d{3} ", line):
            assert ".py::" in line or re.search(r"\*(kept|refused)\*", line) or "**not met**" in line, line
