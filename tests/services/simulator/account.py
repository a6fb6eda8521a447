"""A WhatsApp account of the simulator: its templates as applications manage them, and what Meta decides."""

from typing import Any
from uuid import uuid4

from tests.services.simulator.processes import SimulatorProcess
from tests.services.simulator.receiver import TOKEN

ACCOUNT = "100000000000001"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}

ORDER = {
    "language": "pt_BR",
    "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Pedido {{1}}", "example": {"header_text": ["1234"]}},
        {
            "type": "BODY",
            "text": "Olá, {{1}}! Seu pedido saiu hoje de manhã para {{2}}, até logo.",
            "example": {"body_text": [["Ana", "Recife"]]},
        },
        {"type": "FOOTER", "text": "Casa Aurora"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Falar com a loja"},
                {"type": "URL", "text": "Ver", "url": "https://l.example/{{1}}", "example": ["x"]},
            ],
        },
    ],
}


class Account:
    """The templates of the account, as an application manages them."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self.simulator = simulator

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = self.simulator.http.request(method, f"/graph/v26.0/{path}", headers=AUTHORIZED, **more)
        return answer.json()

    def create(self, body: Any, **changed: Any) -> dict[str, Any]:
        created: dict[str, Any] = self.call("POST", f"{ACCOUNT}/message_templates", json={**body, **changed})
        return created

    def approved(self, body: Any, **changed: Any) -> str:
        id = str(self.create(body, **changed)["id"])
        self.decides(id, status="APPROVED")
        return id

    def decides(self, id: str, **decision: Any) -> None:
        self.simulator.post(f"/templates/{id}", decision)

    def listed(self, **query: Any) -> Any:
        return self.call("GET", f"{ACCOUNT}/message_templates", params=query)


def unused(name: str) -> str:
    """A name that no test has deleted."""
    return f"{name}_{uuid4().hex[:12]}"
