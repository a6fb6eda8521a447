"""The simulator for strangers: a client that others wrote (pywa), and Meta's examples of requests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.errors import WhatsAppError
from pywa.handlers import MessageHandler, MessageStatusHandler, PhoneNumberChangeHandler
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus
from pywa.types.system import PhoneNumberChange

from adapters.whatsapp.signature import sign
from services.simulator.graph import NOT_YET
from tests.services.simulator.processes import PNID, SimulatorProcess
from tests.services.simulator.receiver import SECRET, TOKEN, VERIFY, Receiver, eventually

EXAMPLES = sorted((Path(__file__).parents[2] / "fixtures/whatsapp/graph-api").glob("req_*.json"))
CARRIED = {"text", "reaction", "read"}
OF_TEMPLATES = {"template", "message_templates"}
"""What needs a template of its own: `test_templates`."""


class ToSimulator(httpx.HTTPTransport):
    """Leads what is meant for Meta's Graph API to the simulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = httpx.URL(base)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "graph.facebook.com"
        path = f"{self._base.path}/graph{request.url.raw_path.decode()}"
        request.url = self._base.copy_with(raw_path=path.encode())
        request.headers["host"] = f"{self._base.host}:{self._base.port}"
        return super().handle_request(request)


class Client:
    """pywa, which keeps what the webhooks say."""

    def __init__(self, simulator: SimulatorProcess, receiver: Receiver) -> None:
        self._receiver, self._taken = receiver, 0
        self._session = httpx.Client(transport=ToSimulator(simulator.base), trust_env=False)
        self.api = WhatsApp(
            PNID,
            TOKEN,
            session=self._session,
            verify_token=VERIFY,
            app_secret=SECRET,
            server=None,
        )
        self.messages: list[Message] = []
        self.statuses: list[MessageStatus[Any]] = []
        self.api.add_handlers(
            MessageHandler(lambda _, message: self.messages.append(message)),
            MessageStatusHandler(lambda _, status: self.statuses.append(status)),
        )

    def take(self) -> None:
        """Hand on what came since."""
        while self._taken < len(self._receiver.bodies):
            raw = self._receiver.bodies[self._taken]
            self._taken += 1
            assert self.api.webhook_update_validator(raw, sign(raw, SECRET)) is None
            assert self.api.webhook_update_handler(raw)[1] == 200

    def hears_a_message(self) -> Message:
        """The message that comes first."""

        def heard() -> bool:
            self.take()
            return self.messages != []

        assert eventually(heard)
        return self.messages[0]

    def hears(self, *statuses: str) -> bool:
        """Whether exactly these statuses come."""

        def heard() -> bool:
            self.take()
            return [str(status.status) for status in self.statuses] == list(statuses)

        return eventually(heard)

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def client(simulator: SimulatorProcess, receiver: Receiver) -> Iterator[Client]:
    client = Client(simulator, receiver)
    yield client
    client.close()


def test_pywa_talks_with_a_customer_and_hears_every_status(
    client: Client, simulator: SimulatorProcess
) -> None:
    wa_id = simulator.phone("Marina Teixeira")
    asked = simulator.writes(wa_id, "Bom dia, vocês entregam?")
    message = client.hears_a_message()
    assert (message.id, message.text, message.from_user.wa_id, message.from_user.name) == (
        asked,
        "Bom dia, vocês entregam?",
        wa_id,
        "Marina Teixeira",
    )

    assert message.indicate_typing().success
    assert simulator.bubbles(wa_id)[0]["status"] == "read"
    assert message.mark_as_read().success
    answer = message.reply_text("Entregamos, sim.", quote=True, tracker="t-1")
    assert client.hears("sent", "delivered")
    more = client.api.send_message(wa_id, "Qual o bairro?")
    assert client.hears("sent", "delivered", "sent", "delivered")
    assert client.api.send_reaction(wa_id, "👍", asked).id
    assert client.hears("sent", "delivered", "sent", "delivered", "sent")
    simulator.post(f"/phones/{wa_id}/read")
    assert client.hears("sent", "delivered", "sent", "delivered", "sent", "read", "read")

    assert [status.id for status in client.statuses if str(status.status) == "read"] == [answer.id, more.id]
    assert {status.from_user.wa_id for status in client.statuses} == {wa_id}
    assert {status.from_user.bsuid for status in client.statuses} == {message.from_user.bsuid}
    assert client.statuses[0].tracker == "t-1"
    assert [bubble["reaction"] for bubble in simulator.bubbles(wa_id)] == ["👍", None, None]
    assert client.api.remove_reaction(wa_id, asked).id
    assert simulator.bubbles(wa_id)[0]["reaction"] is None


def test_pywa_hears_why_a_message_failed_and_is_refused_in_metas_words(
    client: Client, simulator: SimulatorProcess
) -> None:
    simulator.faults(window="later")
    wa_id = simulator.phone()
    client.api.send_message(wa_id, "Ainda está aí?")
    client.api.send_reaction(wa_id, "👍", "wamid.of-nobody")
    assert client.hears("failed", "failed")
    reasons = [status.error and status.error.code for status in client.statuses]
    assert reasons == [131047, 131009]
    assert {status.from_user.wa_id for status in client.statuses} == {wa_id}

    simulator.faults()
    with pytest.raises(WhatsAppError) as refused:
        client.api.send_message(wa_id, "Oi?")
    assert refused.value.code == 131047


def test_pywa_reaches_a_customer_who_hides_the_number(client: Client, simulator: SimulatorProcess) -> None:
    wa_id = simulator.phone(hides_number=True, username="marina")
    simulator.writes(wa_id, "Oi")
    message = client.hears_a_message()
    assert (message.from_user.wa_id, message.from_user.username) == (None, "marina")
    message.reply_text("Olá")
    assert client.hears("sent", "delivered")
    assert {(s.from_user.wa_id, s.from_user.bsuid) for s in client.statuses} == {
        (None, message.from_user.bsuid)
    }


def test_pywa_hears_of_a_changed_user_id(client: Client, simulator: SimulatorProcess) -> None:
    changes: list[PhoneNumberChange] = []
    client.api.add_handlers(PhoneNumberChangeHandler(lambda _, change: changes.append(change)))
    wa_id = simulator.phone()
    changed = simulator.post(f"/phones/{wa_id}/user-id")["user_id"]

    def heard() -> bool:
        client.take()
        return changes != []

    assert eventually(heard)
    assert (changes[0].new_user_id, changes[0].from_user.wa_id) == (changed, wa_id)


@pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if "template" not in path.stem], ids=lambda path: path.stem
)
def test_metas_request_examples_are_accepted_or_not_yet(simulator: SimulatorProcess, path: Path) -> None:
    simulator.faults(window="off")
    wa_id = simulator.phone()
    body = json.loads(path.read_text())
    kind = "read" if body.get("status") == "read" else body["type"]
    if "message_id" in body:  # messages that only Meta has
        body["message_id"] = simulator.writes(wa_id, "Oi")

    answer = simulator.http.post(
        f"/graph/v26.0/{PNID}/messages", json=body, headers={"Authorization": f"Bearer {TOKEN}"}
    )

    told: dict[str, Any] = answer.json()
    if kind in CARRIED:
        assert answer.status_code == 200, told
        assert told == {"success": True} if kind == "read" else told["messages"][0]["id"]
    else:
        assert (kind in NOT_YET, answer.status_code, told["error"]["code"]) == (True, 400, 131051)


def test_the_list_of_what_is_not_carried_yet_has_nothing_else() -> None:
    bodies = [json.loads(path.read_text()) for path in EXAMPLES]
    kinds = {"read" if "status" in body else body.get("type", "message_templates") for body in bodies}
    assert set(NOT_YET) | CARRIED | OF_TEMPLATES == kinds
    assert not set(NOT_YET) & (CARRIED | OF_TEMPLATES)
