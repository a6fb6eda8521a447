"""One call, one of three answers: accepted, surely refused, or nobody knows."""

import json
import logging
import socket
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.whatsapp.error_codes import means_not_sent, verdict
from adapters.whatsapp.graph import DeadlinePassed, GraphApi, GraphRefused, OutcomeUnknown
from tests.adapters.whatsapp.actions import Answer, answering, says
from tests.adapters.whatsapp.bodies import FIXTURES

OURS = UUID("0190b5b2-7a11-7000-8000-000000000001")
TOKEN = "EAAGsecret-token"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def error(code: int, **more: Any) -> Any:
    return {"error": {"message": f"(#{code}) X", "type": "OAuthException", "code": code, **more}}


def send(answer: Answer, seconds: float = 5.0, **more: Any) -> tuple[Any, bytes]:
    """The answer of `send_text`, and the request that was seen."""
    with answering(answer) as (url, requests):
        graph = GraphApi(url, TOKEN)
        try:
            accepted = graph.send_text(
                "111",
                more.pop("to", "+16505551234"),
                "Olá, 1/2",
                OURS,
                deadline=time.monotonic() + seconds,
                **more,
            )
        finally:
            graph.close()
        return accepted, requests[0]


def refused(answer: Answer) -> GraphRefused:
    with pytest.raises(GraphRefused) as told:
        send(answer)
    return told.value


def test_a_text_is_sent_as_the_contract_asks() -> None:
    accepted, request = send(says(200, fixture("graph-api/resp_send_accepted")), context_wamid="wamid.Q")
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v26.0/111/messages HTTP/1.1\r\n")
    assert f"authorization: bearer {TOKEN}".lower().encode() in head.lower()
    assert json.loads(body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+16505551234",
        "type": "text",
        "text": {"body": "Olá, 1/2"},
        "context": {"message_id": "wamid.Q"},
        "biz_opaque_callback_data": str(OURS),
    }
    assert accepted.wa_id == "16505551234"
    assert accepted.wamid.startswith("wamid.")


def test_without_a_phone_the_user_id_is_the_recipient() -> None:
    accepted, request = send(
        says(200, fixture("graph-api/resp_send_to_bsuid")), to=None, recipient_bsuid="US.13491208655302741918"
    )
    body = json.loads(request.partition(b"\r\n\r\n")[2])
    assert (body["recipient"], "to" in body) == ("US.13491208655302741918", False)
    assert accepted.wa_id is None


def test_a_base_url_with_a_version_keeps_it() -> None:
    with answering(says(200, {"success": True})) as (url, requests):
        GraphApi(f"{url}/simulator/graph/v24.0/", TOKEN).mark_read(
            "1/2", "wamid.A", deadline=time.monotonic() + 5
        )
        assert requests[0].startswith(b"POST /simulator/graph/v24.0/1%2F2/messages ")
        assert json.loads(requests[0].partition(b"\r\n\r\n")[2]) == {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.A",
        }


@pytest.mark.parametrize(
    ("status", "body", "retryable", "halt", "scope"),
    [
        (400, fixture("graph-api/resp_error_100"), False, False, "message"),
        (429, fixture("graph-api/resp_error_130429"), True, False, "number"),
        (400, fixture("graph-api/resp_error_130429"), True, False, "number"),
        (401, fixture("meta-openapi/phone_number_get_resp_401_expired_token"), False, True, "account"),
        (400, fixture("wappa-v25/bsuid_unsupported_error"), False, False, "message"),
        (400, error(131047), False, False, "message"),
        (400, error(131056), True, False, "customer"),
        (400, error(131000), True, False, "message"),
        (400, error(100, error_subcode=33), False, True, "number"),
        (400, error(250), False, True, "account"),
        (400, error(131042), False, True, "account"),
        (400, error(999999), False, False, "message"),
        (400, error(999999, is_transient=True), True, False, "message"),
        (500, error(131016), True, False, "message"),
        (503, error(131057), True, False, "number"),
        (500, error(131047), False, False, "message"),
        (429, b"<html>", True, False, "number"),
        (403, b"<html>", False, True, "account"),
        (301, b"", False, True, "account"),
    ],
)
def test_a_clear_refusal_says_what_to_do(
    status: int, body: Any, retryable: bool, halt: bool, scope: str
) -> None:
    told = refused(says(status, body, "Location: http://127.0.0.1:9/"))
    assert (told.retryable, told.halt, told.scope) == (retryable, halt, scope)


def test_a_refusal_carries_the_details_and_the_pause_asked_for() -> None:
    told = refused(says(429, fixture("graph-api/resp_error_130429"), "Retry-After: 17"))
    assert (told.code, told.retry_after) == (130429, 17)
    assert told.details == "Cloud API message throughput has been reached."
    assert refused(says(400, error(131056, error_data="as text"))).details == "as text"


def nothing(connection: socket.socket) -> None:
    time.sleep(1)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(20):
        try:
            connection.sendall(b" ")
        except OSError:
            return
        time.sleep(0.1)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    "answer",
    [
        nothing,
        drip,
        reset,
        lambda connection: None,
        lambda connection: connection.sendall(b"garbage\r\n\r\n"),
        says(200, b"<html>"),
        says(200, b""),
        says(200, {}),
        says(200, {"messages": []}),
        says(200, {"messages": [{"id": ""}]}),
        says(200, {"messages": "x", "contacts": 7}),
        says(200, [1]),
        says(500, b"<html>"),
        says(500, error(131000)),
        says(500, error(1)),
        says(503, error(2)),
        says(500, error(999999)),
        says(502, b""),
        says(504, {"error": "x"}),
        says(408, b""),
        says(200, b" " * 2_000_000),
    ],
)
def test_what_does_not_say_clearly_leaves_the_outcome_unknown(answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown):
        send(answer, 0.5)


def test_a_server_that_cannot_be_reached_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    graph = GraphApi(f"http://127.0.0.1:{port}", TOKEN)
    with pytest.raises(GraphRefused) as told:
        graph.send_text("111", "1", "a", uuid4(), deadline=time.monotonic() + 2)
    assert (told.value.retryable, told.value.title) == (True, "unreachable")


def test_after_the_deadline_there_is_no_call() -> None:
    with answering(says(200, fixture("graph-api/resp_send_accepted"))) as (url, requests):
        with pytest.raises(DeadlinePassed):
            GraphApi(url, TOKEN).send_text("111", "1", "a", uuid4(), deadline=time.monotonic() - 0.001)
        assert requests == []


def test_the_token_stands_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = refused(says(401, fixture("meta-openapi/phone_number_get_resp_401_expired_token")))
    with pytest.raises(OutcomeUnknown) as unknown:
        send(reset)
    assert TOKEN not in caplog.text + repr(told) + repr(unknown.value) + repr(GraphApi("http://x", TOKEN))


@pytest.mark.parametrize("code", [0, 190, 10, 368, 131031, 131042, 131045, 133010, 33])
def test_what_needs_a_person_halts_and_is_not_tried_again(code: int) -> None:
    assert verdict(code).halt
    assert not verdict(code).retryable


def test_something_went_wrong_is_not_clear_in_a_5xx() -> None:
    assert [code for code in (1, 2, 131000, 4, 131016, 131047, 424242) if means_not_sent(code)] == [
        4,
        131016,
        131047,
    ]
    assert not verdict(424242).known
