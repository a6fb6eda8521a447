"""Route that erases a person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from adapters.postgres.log.erasures import Receipt
from schemas.contacts import EraseContact, ErasureReceipt, Remaining, Removed
from services.commands.erasure import ErasureCommands, what_remains
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.http.routes.organisation import CurrentAdmin

WAIT_S = 5.0


def erasure_routes(erasures: ErasureCommands, kafka: bool, places: PositionCodec) -> APIRouter:
    """Create the route of erasures. With `kafka` the topics keep what they have for some days."""
    routes = APIRouter(prefix="/v1/contacts", tags=["contacts"], route_class=StrictJson)

    @routes.post("/{contact_id}/erasure")
    def erase_contact(
        contact_id: UUID, admin: CurrentAdmin, body: Annotated[EraseContact, Body()]
    ) -> ErasureReceipt:
        """Erase a person: the contact with its aliases, and all that they wrote and were told.

        Open tickets are closed, and what is not sent yet is never sent. The next message from the same number
        starts a new contact. Idempotent: once erased, the answer is the same receipt, and nothing changes.
        It cannot be undone. Admins only.

        The answer waits some seconds for the read models; while `finished_at` is null, some are behind.

        409 `concurrent_change`: the customer or agents wrote all the time; repeat the request.
        """
        if body.dry_run:
            return _answer(erasures.rehearse(contact_id, admin), kafka, places, dry_run=True)
        return _answer(erasures.erase(contact_id, admin, WAIT_S), kafka, places)

    return routes


def _answer(receipt: Receipt, kafka: bool, places: PositionCodec, dry_run: bool = False) -> ErasureReceipt:
    already = receipt.finished_at is not None
    return ErasureReceipt(
        id=receipt.person_id,
        contacts=list(receipt.contacts),
        dry_run=dry_run,
        erased_at=receipt.erased_at,
        position=None if dry_run and not already else places.write(receipt.position),
        finished_at=receipt.finished_at,
        removed=[Removed(place=place, count=count) for place, count in receipt.counts()],
        remains=[
            Remaining(place=left.place, why=left.why, until=left.until)
            for left in what_remains(receipt, kafka)
        ],
    )
