"""One person, one number, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact.phone import canonical_phone, lookups

ten_digits = st.from_regex(r"[2-9][0-9]{9}", fullmatch=True)
area = st.from_regex(r"[1-9][0-9]", fullmatch=True)
mobile = st.from_regex(r"[6-9][0-9]{7}", fullmatch=True)


@given(area, mobile)
def test_a_brazilian_mobile_is_one_number_with_and_without_the_nine(area: str, mobile: str) -> None:
    assert (
        canonical_phone(f"55{area}{mobile}") == canonical_phone(f"55{area}9{mobile}") == f"55{area}9{mobile}"
    )


@given(area, st.from_regex(r"[2-5][0-9]{7}", fullmatch=True))
def test_a_brazilian_landline_is_left_as_it_is(area: str, landline: str) -> None:
    assert canonical_phone(f"55{area}{landline}") == f"55{area}{landline}"
    assert canonical_phone(f"55{area}9{landline}") == f"55{area}9{landline}"


@given(ten_digits)
def test_a_mexican_number_is_one_with_and_without_the_one(number: str) -> None:
    assert canonical_phone(f"521{number}") == canonical_phone(f"52{number}") == f"52{number}"


@given(ten_digits)
def test_an_argentine_mobile_may_find_the_number_without_nine_but_not_the_other_way_round(
    number: str,
) -> None:
    mobile, plain = canonical_phone(f"549{number}"), canonical_phone(f"54{number}")
    assert mobile is not None
    assert plain is not None
    assert lookups(mobile) == (f"549{number}", f"54{number}")
    assert lookups(plain) == (f"54{number}",)


@given(st.text(max_size=30))
def test_the_canonical_form_of_a_canonical_form_is_itself(written: str) -> None:
    canonical = canonical_phone(written)
    assert canonical is None or canonical_phone(canonical) == canonical


@pytest.mark.parametrize(
    "written", ["+55 (11) 98765-4321", "55 11 98765 4321", "5511987654321", "551187654321"]
)
def test_signs_between_the_digits_mean_nothing(written: str) -> None:
    assert canonical_phone(written) == "5511987654321"


@pytest.mark.parametrize(
    "written", ["", "BR.123", "0", "12", "1234567890123456", "٥٥١١٩٨٧٦٥٤٣٢١", "55\x0011987654321"]
)
def test_what_is_no_number_is_no_phone(written: str) -> None:
    assert canonical_phone(written) is None
