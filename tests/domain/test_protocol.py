"""The reference number that a customer is told says when, and nothing of how many."""

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

from domain.conversation.protocol import protocol_of
from tests.domain.given import NOON

FORM = re.compile(r"20260303-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


def test_a_protocol_is_short_and_has_no_letter_that_is_taken_for_a_digit() -> None:
    protocols = [protocol_of(NOON, uuid4()) for _ in range(1_000)]
    assert all(FORM.fullmatch(protocol) for protocol in protocols)
    assert len(set(protocols)) == 1_000
    assert set("".join(protocols)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


def test_one_message_has_one_protocol_and_its_neighbours_have_none_like_it() -> None:
    first, second = (protocol_of(NOON, UUID(int=n)) for n in (1, 2))
    assert first == protocol_of(NOON, UUID(int=1))
    assert sum(a == b for a, b in zip(first[9:], second[9:], strict=True)) < 5


def test_the_day_is_that_of_utc() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(-timedelta(hours=3)))
    assert protocol_of(late, UUID(int=1)) == protocol_of(late.astimezone(UTC), UUID(int=1))
    assert protocol_of(late, UUID(int=1)).startswith("20260303-")
