"""Requests that nobody honest makes: refused by name or answered plainly, and nothing is written."""

import base64
import json
from typing import Any

import httpx2
import pytest

from tests.services.http.actions import send
from tests.support.office import Office


def jwt(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    """What other systems would take for a token."""
    parts = (json.dumps(part).encode() for part in (header, payload))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), signature])


ADMIN = {"sub": "davi", "role": "admin", "aud": "balcao", "exp": 9_999_999_999}
TOKENS = {
    "alg none": jwt({"alg": "none"}, ADMIN),
    "HS256 with the public key": jwt({"alg": "HS256"}, ADMIN, "c2ln"),
    "unknown kid": jwt({"alg": "RS256", "kid": "x"}, ADMIN, "c2ln"),
    "kid of a file": jwt({"alg": "HS256", "kid": "../../dev/null"}, ADMIN, "c2ln"),
    "crit unknown": jwt({"alg": "RS256", "crit": ["x"], "x": 1}, ADMIN, "c2ln"),
    "another audience": jwt({"alg": "RS256"}, {**ADMIN, "aud": "x"}, "c2ln"),
    "JWE": jwt({"alg": "RSA-OAEP", "enc": "A256GCM"}, ADMIN, "a.b.c"),
    "too long": "x" * 20_000,
}


def test_no_token_but_ours_is_one(office: Office) -> None:
    """B046"""
    nobody = office.client()
    for name, token in TOKENS.items():
        answer = nobody.get("/v1/tickets", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), name
    assert nobody.get("/v1/tickets").status_code == 401
    huge = nobody.get("/v1/tickets", headers={"Authorization": "Bearer " + "x" * 1_000_000})
    assert huge.status_code in (400, 431)


def test_what_another_site_makes_a_browser_ask_is_refused(office: Office) -> None:
    """B065"""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    head, path = office.cell.log.head(), f"/v1/conversations/{conversation}/answered"
    body = {"answered": True}
    asked = [
        ana.put(path, json=body, headers={"Origin": "https://evil.example"}),
        ana.put(path, json=body, headers={"Origin": "null"}),
        ana.put(path, json=body, headers={"Origin": "http://["}),
        ana.put(path, json=body, headers={"Origin": "http://[::1"}),
        ana.put(path, json=body, headers={"Origin": f"ftp://{office.url.removeprefix('http://')}"}),
        ana.put(path, json=body, headers=[("Origin", office.url), ("Origin", "https://evil.example")]),
        ana.put(path, json=body, headers={"Sec-Fetch-Site": "cross-site"}),
        ana.put(path, content=b'{"answered": true}', headers={"Content-Type": "text/plain"}),
        ana.put(path, data={"answered": "true"}),
    ]
    for answer in asked:
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), answer.request.headers
    assert office.cell.log.head() == head
    assert ana.put(path, json=body, headers={"Origin": office.url}).status_code == 200


def test_another_method_is_not_smuggled_in(office: Office) -> None:
    """B067"""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path, head = f"/v1/conversations/{conversation}", office.cell.log.head()
    unknown = ana.get(path, params={"_method": "DELETE"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid")
    answer = ana.get(path, headers={"X-HTTP-Method-Override": "DELETE"})
    assert (answer.status_code, answer.json()["ticket"]["state"]) == (200, "queue")
    override = {"X-HTTP-Method-Override": "DELETE", "If-Match": '"2"'}
    assert ana.post(f"{path}/assignee", headers=override).status_code == 405
    assert office.cell.log.head() == head


DEEP = b'{"type":"text","text":' + b"[" * 65 + b"]" * 65 + b"}"
KEY = b'{"type":"text","text":"oi","' + b"k" * 60_000 + b'":1}'
BODIES: dict[str, tuple[bytes, int]] = {
    "65 deep": (DEEP, 400),
    "10,000 deep": (b"[" * 10_000, 400),
    "10,001 items": (b"[" + b"1," * 10_000 + b"1]", 400),
    "a key without end": (KEY, 422),
    "one byte over": (b'{"type":"text","text":"' + b"x" * 70_000 + b'"}', 413),
}


@pytest.mark.parametrize(("content", "status"), BODIES.values(), ids=BODIES)
def test_a_body_without_end_is_refused(office: Office, content: bytes, status: int) -> None:
    """B064"""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    head = office.cell.log.head()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = ana.post(f"/v1/conversations/{conversation}/messages", content=content, headers=headers)
    assert answer.status_code == status
    assert len(answer.content) < 5_000, "what was sent is not sent back"
    assert office.cell.log.head() == head
    assert send(ana, conversation, "depois").status_code == 202


def test_ten_thousand_ranges_are_no_work(office: Office) -> None:
    """B086: an answer is given whole; a head so long is refused before anything else."""
    ana = office.login("ana")
    office.customer_writes("oi")
    many = "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000))
    assert ana.get("/v1/tickets", headers={"Range": many}).status_code == 431
    whole = ana.get("/v1/tickets")
    for ranges in ("bytes=0-0", "bytes=" + ",".join(["0-"] * 1_000), "bytes=9-1", "x" * 100):
        answer = ana.get("/v1/tickets", headers={"Range": ranges})
        assert (answer.status_code, answer.content) == (200, whole.content)


def test_who_asks_with_nothing_right_learns_nothing(office: Office) -> None:
    """B070: a name that nobody has and a wrong password get one answer; at last it is 429."""
    nobody: httpx2.Client = office.client()

    def wrong(name: str) -> httpx2.Response:
        return nobody.post("/v1/session", json={"email": f"{name}@example.com", "password": "errada"})

    known, unknown = wrong("ana"), wrong("ninguem")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert known.status_code == 401
    answers = [wrong("ana") for _ in range(30)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
