"""Query parameters that do not exist, or come twice: refused by name, on every operation of the contract."""

import re
from typing import Any
from uuid import uuid4

import httpx2

from services.access.tokens import issue_token, revoke_tokens
from services.http.edge.callers import COOKIE
from services.http.openapi import contract
from tests.support.office import Office

CONTRACT = contract()
OPERATIONS = [
    (method, path, operation)
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
]
UNDER_V1 = [found for found in OPERATIONS if found[1].startswith("/v1/")]


def asked(client: httpx2.Client, method: str, path: str, params: Any = None, **given: Any) -> httpx2.Response:
    """The answer to an operation; what it opens is not read to its end."""
    address = re.sub(r"\{\w+\}", str(uuid4()), path)
    with client.stream(method, address, params=params, **given) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):
            answer.read()
        return answer


def refusal(answer: httpx2.Response) -> tuple[int, str, list[str]]:
    problem = answer.json()
    return answer.status_code, problem["code"], [each["field"] for each in problem.get("errors", ())]


def test_a_parameter_that_does_not_exist_is_refused_by_name_on_every_operation(office: Office) -> None:
    davi, head = office.login("davi"), office.head()
    assert len(UNDER_V1) > 50
    for method, path, operation in UNDER_V1:
        known = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        for name in ("nonsense", "Limit", "after[]"):
            assert refusal(asked(davi, method, path, {name: "1"})) == (422, "invalid", [f"query.{name}"]), (
                path
            )
        both = asked(davi, method, path, {"b": "1", "a": "", "é" * 9: "um segredo"})
        assert refusal(both) == (422, "invalid", ["query.a", "query.b", "query"]), path
        assert "segredo" not in both.text
        for name in known:
            twice = asked(davi, method, path, [(name, "1"), (name, "1")])
            assert refusal(twice) == (422, "repeated_parameter", [f"query.{name}"]), path
        if operation["security"]:
            assert asked(office.client(), method, path, {"nonsense": "1"}).status_code == 401, path
    assert davi.get("/v1/me").status_code == 200, "still logged in"
    assert office.head() == head, "nothing was changed"


def test_what_is_no_operation_of_ours_is_not_found_whatever_it_is_asked(office: Office) -> None:
    davi = office.login("davi")
    assert davi.get("/v1/nothing", params={"nonsense": 1}).status_code == 404
    assert davi.patch("/v1/tickets", params={"nonsense": 1}).status_code == 405
    assert davi.get("/healthz", params={"nonsense": 1}).status_code == 200, "a probe may add what it likes"


def test_each_operation_needs_what_the_contract_says(office: Office) -> None:
    schemes = CONTRACT["components"]["securitySchemes"]
    assert {name: scheme["type"] for name, scheme in schemes.items()} == {
        "session": "apiKey",
        "token": "http",
        "metrics": "http",
    }
    nobody, person = office.client(), office.login("davi")
    token = issue_token(office.cell.url, office.cell.tenant_id, "report")
    service = office.client(headers={"Authorization": f"Bearer {token}"})
    strangers = [nobody, *_strangers(office)]
    head = office.head()
    for method, path, operation in OPERATIONS:
        opens = {name for way in operation["security"] for name in way}
        if path.endswith("/session") or path == "/metrics":
            continue
        if not opens:
            assert asked(nobody, method, path).status_code in (200, 503), path
            continue
        for stranger in strangers:
            assert asked(stranger, method, path).status_code == 401, path
        assert asked(person, method, path).status_code not in (401, 403), path
        answer = asked(service, method, path)
        if "token" in opens:
            assert answer.status_code in (200, 404), path
        elif method == "get":
            assert answer.status_code == 403, path
        else:
            assert answer.status_code >= 400, path
    assert office.head() == head, "a service changes nothing"
    sessions = {
        method: operation["security"] for method, path, operation in OPERATIONS if path == "/v1/session"
    }
    assert sessions == {"post": [], "delete": [{"session": []}]}


def _strangers(office: Office) -> list[httpx2.Client]:
    """Whoever has a cookie or a token that opens nothing: made up, ended, revoked, or in the wrong place."""
    left = office.login("bruno")
    (session,) = [cookie.value for cookie in left.cookies.jar if cookie.name == COOKIE]
    assert left.delete("/v1/session").status_code == 204
    token = issue_token(office.cell.url, office.cell.tenant_id, "revoked")
    revoke_tokens(office.cell.url, office.cell.tenant_id, "revoked")
    cookies = [{"Cookie": f"{COOKIE}={value}"} for value in (session, "x" * 43, token)]
    bearers = [{"Authorization": f"Bearer {value}"} for value in (token, "x" * 43, session)]
    return [office.client(headers=headers) for headers in (*cookies, *bearers)]
