"""Requests drawn from the contract, valid and not: on every operation each answer is as the contract says."""

import re
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.http.openapi import contract
from tests.services.http.actions import from_now, schedule, send, take
from tests.services.http.asker import Ids, listed_ids, make_one_of_each
from tests.support.office import Office

SCHEMA: Any = schemathesis.openapi.from_dict(contract())
OPERATIONS: list[Any] = [found.ok() for found in SCHEMA.get_all_operations()]
AS_THE_CONTRACT_SAYS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 16
"""Of each operation, valid and not."""

SHARES = 6
"""Parts of the operations, which run side by side; an operation is always in the same one."""

STREAM, UNREADY = "/v1/stream", "/readyz"

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_answer_is_as_the_contract_says(office: Office, share: int) -> None:
    conversation = _at_work(office)
    davi = office.login("davi")
    make_one_of_each(davi)
    office.settle()
    ids = listed_ids(davi, office.head())
    assert str(conversation) in ids["conversation_id"]
    assert all(ids.values()), "an id for each parameter"
    reached: Counter[bool] = Counter()
    for operation in OPERATIONS[share::SHARES]:
        statuses = _ask_whatever(office, operation, schemathesis.GenerationMode.POSITIVE, ids)
        if operation.body or list(operation.iter_parameters()):
            _ask_whatever(office, operation, schemathesis.GenerationMode.NEGATIVE, ids)
        succeeded = any(status < 300 for status in statuses)
        assert succeeded or operation.method != "get" or operation.path == UNREADY, operation.path
        reached[succeeded] += 1
    assert reached[True] > reached[False], "not only refusals were seen"


def _at_work(office: Office) -> UUID:
    """Somebody is served, others wait; a team, notes and what is scheduled."""
    office.team("Vendas", "ana")
    conversation = office.customer_writes("oi")
    office.customer_writes("olá", "alguém?", customer=2)
    office.customer_writes("bom dia", customer=3)
    ana = office.login("ana")
    assert take(ana, conversation, office.people["ana"]).status_code == 200
    assert send(ana, conversation, "Bom dia!").status_code == 202
    assert schedule(ana, conversation, from_now(hours=1)).status_code == 201
    office.settle()
    return conversation


def _ask_whatever(
    office: Office, operation: Any, mode: schemathesis.GenerationMode, ids: Ids
) -> Counter[int]:
    """Ask for an operation again and again as an admin, mostly for what there is; how often which status."""
    client = office.login("davi")
    session, statuses = dict(client.cookies), Counter[int]()
    anything = st.sampled_from(sorted({id for each in ids.values() for id in each}))

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode), st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        likely = st.integers(0, 3).map(bool)
        case.cookies = {}
        case.headers.pop("Authorization", None)
        for name in case.path_parameters or {}:
            if data.draw(likely):
                case.path_parameters[name] = data.draw(st.sampled_from(ids[name]))
        if "Idempotency-Key" in case.headers and data.draw(likely):
            case.headers["Idempotency-Key"] = uuid4().hex
        if "If-Match" in case.headers and data.draw(likely):
            case.headers["If-Match"] = _version(client, case.path_parameters)
        if isinstance(case.query.get("wait"), int):
            case.query["wait"] = min(case.query["wait"], 0)  # a long poll has tests of its own
        case.body = _with_ids(case.body, anything, data)
        if case.path == STREAM:
            statuses[_opened(client, case)] += 1
            return
        answer = case.call(base_url=office.url, cookies=session, timeout=10)
        statuses[answer.status_code] += 1
        # The contract has a shape for 5xx, which alone would let them pass.
        assert answer.status_code < 500 or case.path == UNREADY, (case.as_curl_command(), answer.text)
        case.validate_response(answer, checks=AS_THE_CONTRACT_SAYS)

    ask()
    return statuses


def _opened(client: httpx2.Client, case: Any) -> int:
    """Open the live stream, and close it at once: it never ends."""
    with client.stream("GET", STREAM, params=case.query, headers=dict(case.headers)) as answer:
        if answer.status_code != 200:
            answer.read()
            case.validate_response(answer, checks=AS_THE_CONTRACT_SAYS)
        return answer.status_code


def _version(client: httpx2.Client, ids: dict[str, str]) -> str:
    """The present version of the conversation, as a command needs it; of other things, that of a new one."""
    answer = client.get(f"/v1/conversations/{ids.get('conversation_id')}")
    return f'"{answer.json()["ticket"]["control"]}"' if answer.status_code == 200 else '"1"'


def _with_ids(body: Any, ids: st.SearchStrategy[str], data: st.DataObject) -> Any:
    """The body with ids of what there is, instead of some of those that were drawn."""
    if isinstance(body, dict):
        return {name: _with_ids(value, ids, data) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_ids(value, ids, data) for value in body]
    if isinstance(body, str) and UUID_TEXT.fullmatch(body) and data.draw(st.booleans()):
        return data.draw(ids)
    return body
