"""`balcao team`, and the commands that change agents and channels."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.command_line import (
    OfTenant,
    Password,
    PasswordStdin,
    command_settings,
    given_password,
    non_empty,
    opened_log,
    print_line,
    tenant_id_of,
)
from services.cli.installation import RoleName, agent_app, channel_app

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.postgres.log.event_log import PostgresLog
    from services.commands.organisation import OrganisationCommands
    from services.write.actor import Administrator

team_app = typer.Typer(help="Manage teams and their queues.", no_args_is_help=True)

Email = Annotated[str, typer.Option(help="E-mail of the agent.", callback=non_empty)]
Name = Annotated[str, typer.Argument(callback=non_empty)]


@team_app.command("add")
def team_add(name: Name, tenant: OfTenant = "") -> None:
    """Add a team; prints its id."""
    with _organisation_of(tenant) as (organisation, by):
        print_line(organisation.add_team(name, by).answer["id"])


@team_app.command("rename")
def team_rename(name: Name, new_name: Name, tenant: OfTenant = "") -> None:
    """Rename a team."""
    with _organisation_of(tenant) as (organisation, by):
        organisation.rename_team(organisation.team_named(name, by), new_name, by)


@team_app.command("archive")
def team_archive(name: Name, tenant: OfTenant = "") -> None:
    """Archive a team; refused while it has tickets that are not closed, or a channel sends it new ones."""
    with _organisation_of(tenant) as (organisation, by):
        organisation.archive_team(organisation.team_named(name, by), by)


@agent_app.command("deactivate")
def agent_deactivate(email: Email) -> None:
    """Deactivate an agent within seconds: logged out, and their tickets return to the queues."""
    _change(email, active=False)


@agent_app.command("activate")
def agent_activate(email: Email) -> None:
    """Activate an agent again."""
    _change(email, active=True)


@agent_app.command("role")
def agent_role(email: Email, role: Annotated[RoleName, typer.Argument()]) -> None:
    """Change the role of an agent, within seconds."""
    _change(email, role=role.value)


@agent_app.command("password")
def agent_password(email: Email, password: Password = "", password_stdin: PasswordStdin = False) -> None:
    """Set the password of an agent, and end all their sessions."""
    from services.access.passwords import new_password, store_password

    password = given_password(password, password_stdin)
    with _organisation() as (organisation, log):
        agent_id, _ = organisation.agent_with(email)
        store_password(log.secrets, agent_id, new_password(password))
        organisation.end_sessions(agent_id)


@agent_app.command("limit")
def agent_limit(email: Email, limit: Annotated[int | None, typer.Argument(min=0, max=1000)] = None) -> None:
    """Limit the open tickets that automatic assignment gives an agent; without a number: no limit."""
    _change(email, limit=limit)


@agent_app.command("teams")
def agent_teams(
    email: Email,
    teams: Annotated[
        list[str] | None, typer.Argument(help="Names of all their teams; none: no team.")
    ] = None,
) -> None:
    """Set the teams of an agent."""
    from services.commands.organisation import AgentChange

    with _organisation() as (organisation, _):
        agent_id, by = organisation.agent_with(email)
        joined = frozenset(organisation.team_named(name, by) for name in teams or ())
        organisation.change_agent(agent_id, AgentChange(teams=joined), by)


@channel_app.command("set")
def channel_set(
    phone_number_id: Annotated[str, typer.Option(callback=non_empty)],
    team: Annotated[str | None, typer.Option(help="Team for new tickets; '' for none.")] = None,
    bot: Annotated[bool | None, typer.Option("--bot/--no-bot", help="A bot answers first.")] = None,
    assign: Annotated[
        bool | None, typer.Option("--assign/--no-assign", help="Assign waiting tickets automatically.")
    ] = None,
    reopen_within_s: Annotated[
        int | None, typer.Option(min=0, help="Reopen a closed ticket within this time; 0: never.")
    ] = None,
    return_after_s: Annotated[
        int | None,
        typer.Option(min=0, help="A reopened or woken ticket leaves an owner who is not there by then."),
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Meta's id of the WhatsApp account (WABA), for templates; '': none.")
    ] = None,
    active_message_return_s: Annotated[
        int | None,
        typer.Option(min=0, help="The answer to an active message comes back to who wrote it until then."),
    ] = None,
) -> None:
    """Change the settings of a channel; omitted ones stay as they are."""
    from services.commands.organisation import UNCHANGED, ChannelChange

    with _organisation() as (organisation, _):
        channel_id, by = organisation.channel_with(phone_number_id)
        team_id: UUID | None = organisation.team_named(team, by) if team else None
        wanted = ChannelChange(
            team_id=UNCHANGED if team is None else team_id,
            has_bot=bot,
            reopen_within_s=reopen_within_s,
            auto_assign=assign,
            return_after_s=return_after_s,
            account=account,
            active_message_return_s=active_message_return_s,
        )
        organisation.configure(channel_id, wanted, by)


def _change(email: str, **changes: Any) -> None:
    """Change the fields of an agent that `changes` names, as in `AgentChange`."""
    from services.commands.organisation import AgentChange

    with _organisation() as (organisation, _):
        agent_id, by = organisation.agent_with(email)
        organisation.change_agent(agent_id, AgentChange(**changes), by)


@contextmanager
def _organisation_of(tenant: str) -> Iterator[tuple["OrganisationCommands", "Administrator"]]:
    """Open the commands, and the command line as an administrator of the tenant of this name."""
    from services.write.actor import Administrator

    with _organisation() as (organisation, log):
        yield organisation, Administrator(tenant_id_of(log, tenant))


@contextmanager
def _organisation() -> Iterator[tuple["OrganisationCommands", "PostgresLog"]]:
    from adapters.postgres.agents.sessions import PostgresLogins
    from adapters.postgres.connection.pool import QueryPool
    from adapters.postgres.queries.availability import PostgresTeams
    from services.commands.organisation import OrganisationCommands
    from services.write.command_runner import CommandRunner

    with (
        command_settings() as settings,
        opened_log(settings) as log,
        QueryPool(settings.database_url, 1, "teams") as pool,
    ):
        end_sessions = PostgresLogins(pool).end_all
        yield OrganisationCommands(CommandRunner(log), PostgresTeams(pool).idle_at, end_sessions), log
