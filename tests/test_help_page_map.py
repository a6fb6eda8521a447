"""The map of the help page names tests that exist, and one at least for every line that is not to follow."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
MAP = TESTS.parent / "docs" / "help-page.md"


def test_every_sentence_names_a_test_that_exists_or_is_to_come() -> None:
    rows = [line for line in MAP.read_text().splitlines() if re.match(r"\| \d \|", line)]
    assert {row[2] for row in rows} == set("12345678")
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        assert named or "| to come |" in row, row
        for path, name in named:
            assert f"def {name}(" in (TESTS / path).read_text(), f"{path}::{name}"
