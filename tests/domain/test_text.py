"""One cleaner of text: what separates words still does, and nothing else is changed."""

import json
import re
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.text import clean, clean_name, clean_text, one_line
from schemas.bot import Variables
from schemas.http import CleanText

CASES = json.loads((Path(__file__).parents[2] / "web/src/lib/cleanText.cases.json").read_text())
BREAKS = ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", "\x1d", "\x1e", "\n"]
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cf", "Cs"]), max_size=3),
        st.sampled_from([*BREAKS, "\x1f", "\t", " ", "\x00", "\x07", "\x7f", "e\u0301", "\u200b", "\ud800"]),
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["typed"]))
def test_the_page_and_the_server_clean_alike(case: dict[str, str]) -> None:
    assert clean(case["typed"]) == case["clean"]


def test_half_a_character_is_seen_to_be_missing() -> None:
    assert clean("meia \ud83d letra") == "meia \ufffd letra"


@given(texts)
def test_no_words_are_joined_and_none_is_lost(text: str) -> None:
    kept = (CONTROLS.sub("", word) for word in text.split())
    words = [normalize("NFC", re.sub("[\ud800-\udfff]", "\ufffd", word)) for word in kept if word]
    cleaned = clean(text)
    assert cleaned.split() == words
    assert clean(cleaned) == cleaned
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", cleaned)
    assert (clean_text(text)[0] or "").split() == words


@given(texts)
def test_a_name_is_one_line_with_a_space_for_every_break(text: str) -> None:
    for line in filter(None, (clean_name(text, 10_000), one_line(clean(text)))):
        assert not re.search(r"[\s\u200b]{2}|[^\S ]|\u200b", line)
        visible = re.sub(r"[^\w]+", " ", clean(text)).split()
        assert re.sub(r"[^\w]+", " ", line).split() == visible


@pytest.mark.parametrize("between", BREAKS)
def test_what_breaks_a_line_breaks_it_wherever_text_comes_in(between: str) -> None:
    typed = f"Rua A{between}Apto 2"
    assert TypeAdapter(CleanText).validate_python(typed) == "Rua A\nApto 2"
    assert TypeAdapter(Variables).validate_python({typed: [typed]}) == {"Rua A\nApto 2": ["Rua A\nApto 2"]}
    assert clean_text(typed) == ("Rua A\nApto 2", False)
    assert clean_name(typed) == one_line(typed) == "Rua A Apto 2"
