"""`balcao tenant`, `channel`, `agent`, `token` and `quarantine`."""

from contextlib import closing
from datetime import UTC
from enum import Enum
from typing import Annotated

import typer

from services.cli.command_line import (
    OfTenant,
    Password,
    PasswordStdin,
    command_settings,
    email_address,
    given_password,
    non_empty,
    opened_log,
    print_line,
    tenant_id_of,
)

channel_app = typer.Typer(help="Manage WhatsApp numbers.", no_args_is_help=True)
agent_app = typer.Typer(help="Manage agents.", no_args_is_help=True)
tenant_app = typer.Typer(help="Manage tenants: the companies that use Balcão.", no_args_is_help=True)
token_app = typer.Typer(help="Manage access tokens of other services.", no_args_is_help=True)
quarantine_app = typer.Typer(help="Inspect what came in and cannot be processed.", no_args_is_help=True)


class RoleName(Enum):
    """Role of an agent."""

    agent = "agent"
    supervisor = "supervisor"
    admin = "admin"


@tenant_app.command("add")
def tenant_add(name: Annotated[str, typer.Argument(callback=non_empty)]) -> None:
    """Register a tenant; prints its id."""
    from services.commands.installation import InstallationCommands

    with command_settings() as settings, opened_log(settings) as log:
        print_line(str(InstallationCommands(log).add_tenant(name)))


@channel_app.command("add")
def channel_add(
    phone_number_id: Annotated[str, typer.Option(help="Meta's id of the number.", callback=non_empty)],
    name: Annotated[str, typer.Option(help="Name shown to agents.", callback=non_empty)],
    tenant: OfTenant = "",
    portfolio: Annotated[str, typer.Option(help="Scope of business-scoped ids; default: the number.")] = "",
    bot: Annotated[bool, typer.Option(help="A bot answers first.")] = False,
) -> None:
    """Add a WhatsApp number and process what waited for it; prints the channel's id."""
    from services.commands.installation import InstallationCommands
    from services.runtime.topics import topics_of
    from services.workers.ingest.quarantine_replay import QuarantineReplay

    with command_settings() as settings, opened_log(settings) as log:
        administration = InstallationCommands(log)
        tenant_id = tenant_id_of(log, tenant)
        id = administration.add_channel(tenant_id, phone_number_id, name, portfolio or phone_number_id, bot)
        with closing(topics_of(settings)) as topics:
            taken = QuarantineReplay(log, topics).number(phone_number_id)
        print_line(str(id))
        if taken:
            typer.echo(f"{taken} waiting items will be processed now", err=True)


@agent_app.command("add")
def agent_add(
    name: Annotated[str, typer.Option(callback=non_empty)],
    email: Annotated[str, typer.Option(callback=email_address)],
    role: Annotated[RoleName, typer.Option()] = RoleName.agent,
    tenant: OfTenant = "",
    password: Password = "",
    password_stdin: PasswordStdin = False,
) -> None:
    """Add an agent to a tenant; prints their id."""
    from services.access.passwords import new_password, store_password
    from services.commands.installation import InstallationCommands

    password = given_password(password, password_stdin)
    with command_settings() as settings, opened_log(settings) as log:
        password = new_password(password)
        administration = InstallationCommands(log)
        id = administration.add_agent(tenant_id_of(log, tenant), name, email, role.value)
        store_password(log.secrets, id, password)
        print_line(str(id))


@token_app.command("add")
def token_add(
    name: Annotated[str, typer.Option(help="Name of the service.", callback=non_empty)],
    tenant: OfTenant = "",
) -> None:
    """Issue a token that lets a service read a tenant's data; prints it, once."""
    from services.access.tokens import issue_token

    with command_settings() as settings, opened_log(settings) as log:
        print_line(issue_token(settings.database_url, tenant_id_of(log, tenant), name))


@token_app.command("revoke")
def token_revoke(
    name: Annotated[str, typer.Option(help="Name of the service.")],
    tenant: OfTenant = "",
) -> None:
    """Revoke all tokens of a service; takes effect within seconds. Exit 1 when it has none."""
    from services.access.tokens import revoke_tokens

    with command_settings() as settings, opened_log(settings) as log:
        revoke_tokens(settings.database_url, tenant_id_of(log, tenant), name)


@quarantine_app.command("replay")
def quarantine_replay(
    phone_number_id: Annotated[str, typer.Option(help="Meta's id of the number.", callback=non_empty)],
) -> None:
    """Process what was kept because its app secret did not speak for the number; prints how many items."""
    from services.inbound.decisions import FOREIGN_NUMBER
    from services.runtime.topics import topics_of
    from services.workers.ingest.quarantine_replay import QuarantineReplay

    with (
        command_settings() as settings,
        opened_log(settings) as log,
        closing(topics_of(settings)) as topics,
    ):
        print_line(str(QuarantineReplay(log, topics).number(phone_number_id, FOREIGN_NUMBER)))


@quarantine_app.command("list")
def quarantine_list() -> None:
    """List what waits, and why."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from adapters.postgres.queries.quarantine import summary

    with command_settings() as settings, opened_log(settings) as log:
        # On a narrow terminal only the reason wraps.
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for name in ("code", "reason", "number", "items", "first, UTC", "last, UTC"):
            table.add_column(
                name, no_wrap=name in ("code", "number", "items"), min_width=5 if name == "items" else 10
            )
        for row in summary(log.datastore):
            first, last = (f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" for at in (row.first, row.last))
            table.add_row(row.code, row.reason, row.phone_number_id or "", str(row.items), first, last)
        Console().print(table)
