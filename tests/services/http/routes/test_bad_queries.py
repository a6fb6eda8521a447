"""Questions that cannot be answered as they are put: each gets its code, a thousand of them leave nothing."""

import pytest

from services.http.edge import position_codec
from tests.support.memory import MOST_BYTES, memory
from tests.support.office import Office

TIMES = 1_000
MOST_LINES = 20

Params = list[tuple[str, str | int | float | bool | None]]

REFUSED: dict[str, tuple[int, str, Params]] = {
    "B076 none": (422, "invalid", [("limit", "0")]),
    "B076 fewer": (422, "invalid", [("limit", "-1")]),
    "B076 too many": (422, "invalid", [("limit", "1000000000")]),
    "B076 no number": (422, "invalid", [("limit", "abc")]),
    "B076 no whole number": (422, "invalid", [("limit", "1.5")]),
    "B076 nothing": (422, "invalid", [("limit", "")]),
    "B076 twice": (422, "repeated_parameter", [("limit", "1"), ("limit", "2")]),
    "B077 nothing": (400, "invalid_cursor", [("cursor", "")]),
    "B077 no cursor": (400, "invalid_cursor", [("cursor", "AAAA")]),
    "B077 another alphabet": (400, "invalid_cursor", [("cursor", "é")]),
    "B077 too long": (422, "invalid", [("cursor", "A" * 1001)]),
    "B079 two views": (422, "repeated_parameter", [("view", "mine"), ("view", "closed")]),
    "B079 1,000 terms": (422, "repeated_parameter", [("view", "mine")] * 1000),
    "B079 no view": (422, "invalid", [("view", "[" * 50)]),
    "B079 no order": (422, "invalid", [("sort", "oldest")]),
    "B079 neither": (422, "invalid", [("unanswered_first", "maybe")]),
    "B089 no place": (422, "invalid_position", [("min_position", "5")]),
    "B089 of before": (422, "invalid_position", [("min_position", "x.-1")]),
    "B089 of another log": (409, "resync", [("min_position", "another.5")]),
}


def test_what_cannot_be_answered_is_told_why_and_a_thousand_of_it_leave_nothing(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = office.login("ana")
    office.customer_writes("oi")
    listed = ana.get("/v1/tickets").json()
    for name, (status, code, params) in REFUSED.items():
        answer = ana.get("/v1/tickets", params=params)
        assert (answer.status_code, answer.json()["code"]) == (status, code), name
        assert ana.get("/v1/tickets").json() == listed, name
    stands = memory()
    capfd.readouterr()
    for n in range(TIMES):
        status, _, params = list(REFUSED.values())[n % len(REFUSED)]
        assert ana.get("/v1/tickets", params=params).status_code == status
    assert len("".join(capfd.readouterr()).splitlines()) <= MOST_LINES
    assert memory() - stands < MOST_BYTES
    assert ana.get("/v1/tickets").json() == listed


def test_a_cursor_expires(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """B077"""
    ana = office.login("ana")
    for customer in (1, 2):
        office.customer_writes("oi", customer=customer)
    cursor = ana.get("/v1/tickets", params={"limit": 1}).json()["next"]
    assert ana.get("/v1/tickets", params={"cursor": cursor}).status_code == 200
    monkeypatch.setattr(
        position_codec, "CURSOR_LIFETIME_S", -1
    )  # the API of this office runs in this process
    answer = ana.get("/v1/tickets", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "application/vnd.balcao.v9+json", "", "x" * 5000])
def test_an_answer_is_json_whatever_the_asker_accepts(office: Office, accept: str) -> None:
    """B085"""
    answer = office.login("ana").get("/v1/tickets", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
