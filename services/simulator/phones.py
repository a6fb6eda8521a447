"""Routes of the customers' phones, used by the phone page."""

from collections.abc import AsyncIterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from services.simulator.records import Phone
from services.simulator.seed import new_phone
from services.simulator.world import World

MAX_TEXT = 65_536
_LOOK_EVERY_S = 1.0  # how soon a stream notices that it should end


class NewPhone(BaseModel):
    """A customer to create. `number` as dialled; without `ninth_digit` the `wa_id` lacks the 9."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    number: Annotated[str, Field(pattern=r"^\+?[1-9][0-9]{7,14}$")] | None = None
    ninth_digit: bool = True
    username: Annotated[str, Field(max_length=35)] | None = None
    hides_number: bool = False
    phone_number_id: str | None = None


class NewMessage(BaseModel):
    """A text the customer types."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]


class Tap(BaseModel):
    """The button, from 0, that the customer taps in a message."""

    model_config = ConfigDict(extra="forbid")

    message_id: str
    button: Annotated[int, Field(ge=0)]


class Online(BaseModel):
    """Whether the phone is connected."""

    model_config = ConfigDict(extra="forbid")

    online: bool


def phone_routes(world: World) -> APIRouter:
    routes = APIRouter(prefix="/v1/phones", tags=["simulator"])

    async def known(wa_id: str) -> Phone:
        phone = world.store.phone(wa_id)
        if phone is None:
            raise HTTPException(404, "no such phone")
        return phone

    Known = Annotated[Phone, Depends(known)]  # noqa: N806 (a type)

    @routes.get("")
    async def phones() -> dict[str, Any]:
        return {"items": [_shown(world, phone) for phone in world.store.phones()]}

    @routes.post("", status_code=201)
    async def add(body: NewPhone) -> dict[str, Any]:
        """Create a customer of the given business number, or of the first one."""
        numbers = world.store.numbers()
        pnid = body.phone_number_id or (numbers[0].phone_number_id if numbers else None)
        if pnid is None or world.store.number(pnid) is None:
            raise HTTPException(409, "no such business number")
        for _ in range(20):
            phone = new_phone(
                body.name, pnid, body.number, body.ninth_digit, body.username, body.hides_number
            )
            if world.store.add_phone(phone):
                return _shown(world, phone)
            if body.number is not None:
                break
        raise HTTPException(409, "this number is taken")

    @routes.get("/{wa_id}/messages")
    async def messages(phone: Known, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
        return {"items": [message.shown() for message in world.store.messages(phone.wa_id, after)]}

    @routes.post("/{wa_id}/messages", status_code=202)
    async def write(phone: Known, body: NewMessage) -> dict[str, Any]:
        """Send a message; it becomes delivered once the business has answered its webhook."""
        return {"id": world.customer_writes(phone, body.text).id}

    @routes.post("/{wa_id}/taps", status_code=202)
    async def tap(phone: Known, body: Tap) -> dict[str, Any]:
        """Answer a template with one of its quick replies."""
        message, index = world.store.message(body.message_id), body.button
        if message is None or message.wa_id != phone.wa_id or message.template is None:
            raise HTTPException(404, "no such message with buttons")
        buttons = message.template["buttons"]
        if index >= len(buttons) or buttons[index]["type"] != "QUICK_REPLY":
            raise HTTPException(404, "no such quick reply")
        return {"id": world.customer_taps(phone, message, buttons[index]).id}

    @routes.post("/{wa_id}/read")
    async def read(phone: Known) -> dict[str, Any]:
        return {"read": world.customer_reads(phone)}

    @routes.post("/{wa_id}/online")
    async def online(phone: Known, body: Online) -> dict[str, Any]:
        world.goes_online(phone, body.online)
        return {"online": body.online}

    @routes.post("/{wa_id}/user-id")
    async def change_user_id(phone: Known) -> dict[str, Any]:
        """Change the business-scoped id; announced in both webhook forms."""
        return {"user_id": world.changes_user_id(phone).bsuid}

    @routes.get("/{wa_id}/stream", response_class=EventSourceResponse)
    async def stream(
        phone: Known, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterable[ServerSentEvent]:
        """Stream `message` and `status` events; resumes after `Last-Event-ID`."""
        resumes = last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit()
        after = int(last_event_id or 0) if resumes else world.store.last_change()
        newest = 0 if resumes else world.store.newest(phone.wa_id)
        yield ServerSentEvent(comment="listening")
        while not world.closing:
            for message in world.store.changed(phone.wa_id, after):
                kind = "message" if message.n > newest else "status"
                after, newest = message.change, max(newest, message.n)
                yield ServerSentEvent(data=message.shown(), event=kind, id=str(after))
            await world.bell.wait(_LOOK_EVERY_S)

    return routes


def _shown(world: World, phone: Phone) -> dict[str, Any]:
    number = world.store.number(phone.phone_number_id)
    return {
        "wa_id": phone.wa_id,
        "name": phone.name,
        "phone_number_id": phone.phone_number_id,
        "business_name": number.name if number else "",
        "user_id": phone.bsuid,
        "online": phone.online,
    }
