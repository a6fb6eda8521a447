"""Records of the simulator: business numbers, phones, messages, webhooks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Number:
    """A WhatsApp number of the business."""

    phone_number_id: str
    waba_id: str
    display: str
    name: str


@dataclass(frozen=True, slots=True)
class Phone:
    """A customer's phone, in a chat with one business number. `wa_id` may lack the 9 of `number`."""

    wa_id: str
    number: str
    name: str
    bsuid: str
    username: str | None
    phone_number_id: str
    online: bool
    hides_number: bool


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A message on the phone: `out` from the customer, `in` from the business."""

    n: int
    id: str
    wa_id: str
    phone_number_id: str
    direction: str
    text: str
    type: str
    at: float
    status: str
    opaque: str | None
    change: int
    reaction: str | None = None
    """The emoji with which the other side reacted, if any."""

    template: dict[str, Any] | None = None
    """The parts of a template as the customer sees them."""

    def shown(self) -> dict[str, Any]:
        """Return the message as the phone page shows it."""
        return {
            "id": self.id,
            "n": self.n,
            "direction": self.direction,
            "text": self.text,
            "type": self.type,
            "at": datetime.fromtimestamp(self.at, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "status": self.status,
            "reaction": self.reaction,
            "template": self.template,
        }


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook, to be posted until the business answers 200."""

    n: int
    body: bytes
    lane: str
    due: float
    tries: int
    message_id: str | None
