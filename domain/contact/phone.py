"""Phone numbers as identities: digits with country code, in one canonical form."""

import re

_WRITTEN = str.maketrans("", "", "+-.() \u00a0")
_DIGITS = re.compile(r"[1-9][0-9]{4,14}")
_BRAZIL_WITHOUT_NINE = re.compile(r"(55[1-9][0-9])([6-9][0-9]{7})")
_BRAZIL = re.compile(r"55([0-9]{2})([0-9]{4,5})([0-9]{4})")
_MEXICO_WITH_ONE = re.compile(r"521([0-9]{10})")
_ARGENTINA_WITH_NINE = re.compile(r"549([0-9]{10})")


def canonical_phone(written: str) -> str | None:
    """Return the form under which a number is looked up; None if `written` is no phone number.

    Brazil's ninth digit is added where a mobile number lacks it; landlines (2 to 5 after the area code) stay.
    Mexico's old mobile 1 is dropped. Argentina's 9 stays: without it, it may be somebody else's landline.
    """
    digits = written if written.isdecimal() else written.translate(_WRITTEN)
    if not _DIGITS.fullmatch(digits):
        return None
    if brazil := _BRAZIL_WITHOUT_NINE.fullmatch(digits):
        return f"{brazil[1]}9{brazil[2]}"
    if mexico := _MEXICO_WITH_ONE.fullmatch(digits):
        return f"52{mexico[1]}"
    return digits


def spoken_phone(canonical: str) -> str:
    """Return a number as people write it: `+55 20 99876-0142`; of other countries with a plus sign only."""
    brazil = _BRAZIL.fullmatch(canonical)
    return f"+55 {brazil[1]} {brazil[2]}-{brazil[3]}" if brazil else f"+{canonical}"


def lookups(canonical: str) -> tuple[str, ...]:
    """Return the canonical numbers under which a contact may be known, best first.

    For Argentina, 549… may find 54…, never the other way round.
    """
    if argentina := _ARGENTINA_WITH_NINE.fullmatch(canonical):
        return (canonical, f"54{argentina[1]}")
    return (canonical,)
