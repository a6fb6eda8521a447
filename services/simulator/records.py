"""What the simulator knows: business numbers, customers' phones, messages, webhooks."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Number:
    """One WhatsApp number of the business."""

    phone_number_id: str
    waba_id: str
    display: str
    name: str


@dataclass(frozen=True, slots=True)
class Phone:
    """A customer's phone, talking to one of our numbers. `number` is dialled; `wa_id` may lack its 9."""

    wa_id: str
    number: str
    name: str
    bsuid: str
    username: str | None
    phone_number_id: str
    online: bool
    hides_number: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A bubble on the phone: `out` the customer wrote, `in` came from the business."""

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

    def shown(self) -> dict[str, str | int]:
        """As the phone's screen gets it."""
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
        }


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that is owed to the business until it answers 200."""

    n: int
    body: bytes
    lane: str
    due: float
    tries: int
    message_id: str | None
