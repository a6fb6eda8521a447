"""`balcao contact`."""

import sys
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from services.cli.command_line import OfTenant, command_settings, opened_log, print_line, tenant_id_of

if TYPE_CHECKING:
    from adapters.postgres.log.erasures import Receipt
    from adapters.postgres.log.event_log import PostgresLog

contact_app = typer.Typer(help="Manage what is kept of customers.", no_args_is_help=True)

WAIT_S = 30.0


@contact_app.command("erase")
def contact_erase(
    contact: Annotated[str, typer.Argument(help="Id of the contact or of an alias, or its phone number.")],
    dry_run: Annotated[bool, typer.Option(help="Only show what would be removed.")] = False,
    yes: Annotated[bool, typer.Option(help="Do not ask.")] = False,
    tenant: OfTenant = "",
) -> None:
    """Erase a person: the contact with its aliases, and all that they wrote and were told. For good.

    Repeating it shows the same receipt.
    """
    from services.commands.erasure import ErasureCommands
    from services.runtime.erased_list import ErasedList
    from services.write.actor import Administrator

    with command_settings() as settings, opened_log(settings) as log:
        if not (dry_run or yes or sys.stdin.isatty()):
            raise typer.BadParameter("is needed where nobody can be asked", param_hint="--yes")
        tenant_id, contact_id = _found(log, contact, tenant)
        erasures = ErasureCommands(log, ErasedList(settings.erased_list_file))
        by, kafka = Administrator(tenant_id), bool(settings.kafka)
        if dry_run or not (yes or log.erasures.receipt(contact_id)):
            _show(erasures.rehearse(contact_id, by), kafka, done=False)
        if dry_run:
            return
        if not (yes or log.erasures.receipt(contact_id)):
            typer.confirm("Erase this person? This cannot be undone.", abort=True, err=True)
        _show(erasures.erase(contact_id, by, WAIT_S), kafka, done=True)


def _found(log: "PostgresLog", contact: str, tenant: str) -> tuple[UUID, UUID]:
    """Find tenant and id of a contact by its id, or by its phone number within a tenant."""
    from domain.contact.phone import canonical_phone
    from domain.refusals import NotFound

    with suppress(ValueError):
        contact_id = UUID(contact)
        if (tenant_id := log.erasures.tenant_of(contact_id)) is None:
            raise NotFound("contact", contact_id)
        return tenant_id, contact_id
    tenant_id = tenant_id_of(log, tenant)
    phone = canonical_phone(contact)
    if phone is None:
        raise typer.BadParameter("neither an id nor a phone number with country code", param_hint="CONTACT")
    found = log.erasures.with_phone(tenant_id, phone)
    if not found:
        raise NotFound("contact with this number in", tenant or "this tenant")
    if len(found) > 1:
        raise typer.BadParameter(
            f"several contacts have this number; give the id of one: {', '.join(map(str, found))}",
            param_hint="CONTACT",
        )
    return tenant_id, found[0]


def _show(receipt: "Receipt", kafka: bool, done: bool) -> None:
    from services.commands.erasure import what_remains

    print_line(f"contact {receipt.person_id}, with its aliases: {len(receipt.contacts)}")
    for place, count in receipt.counts():
        print_line(f"  {place}: {count}")
    print_line("What remains:")
    for left in what_remains(receipt, kafka):
        until = f" Until {left.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC." if left.until else ""
        print_line(f"  {left.place}: {left.why}{until}")
    if not done:
        print_line("Nothing was changed.")
    elif receipt.finished_at is None:
        print_line("Erased; read models or the publisher are behind. Repeat this to see when they are done.")
    else:
        print_line(f"Erased at {receipt.erased_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.")
