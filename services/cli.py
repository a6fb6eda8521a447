"""`balcao`: every process and every command of an installation. What a command needs is imported in it."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.postgres.log import PostgresLog
    from services.settings import Settings

REFUSED = 2

app = typer.Typer(
    name="balcao",
    help="Balcão: atendimento no WhatsApp. Every command reads BALCAO_… from the environment or .env.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
project_app = typer.Typer(help="The read models: keep them (without a command), or look after them.")
channel_app = typer.Typer(help="WhatsApp numbers.", no_args_is_help=True)
agent_app = typer.Typer(help="People who answer.", no_args_is_help=True)
tenant_app = typer.Typer(help="Customer companies.", no_args_is_help=True)
token_app = typer.Typer(help="Other services that may read.", no_args_is_help=True)
quarantine_app = typer.Typer(help="What came in and cannot be processed yet.", no_args_is_help=True)
app.add_typer(project_app, name="project")
app.add_typer(channel_app, name="channel")
app.add_typer(agent_app, name="agent")
app.add_typer(tenant_app, name="tenant")
app.add_typer(token_app, name="token")
app.add_typer(quarantine_app, name="quarantine")


class RoleName(Enum):
    """What a person may do."""

    agent = "agent"
    supervisor = "supervisor"
    admin = "admin"


@app.command()
def serve() -> None:
    """Everything on this machine: database, API and work, until Ctrl-C."""
    from services.serve import serve as run

    with _refusing() as settings:
        run(settings)


@app.command()
def api() -> None:
    """The HTTP process: API, live stream, page, and WhatsApp's webhook."""
    from services.api import run

    with _refusing(database=True) as settings:
        run(settings)


def _process(name: str) -> None:
    from services.work import run

    with _refusing(database=True) as settings:
        run(name, settings)


@app.command()
def ingest() -> None:
    """Turn what came in into events."""
    _process("ingest")


@project_app.callback(invoke_without_command=True)
def project(context: typer.Context) -> None:
    """Keep the read models at the head of the log."""
    if context.invoked_subcommand is None:
        _process("project")


@app.command()
def publish() -> None:
    """Tell the topics what happened."""
    _process("publish")


@app.command()
def send() -> None:
    """Send messages to WhatsApp."""
    _process("send")


@app.command()
def schedule() -> None:
    """Do what is due: retries, and giving up attempts without an outcome."""
    _process("schedule")


@app.command()
def work() -> None:
    """All of ingest, project, publish, send and schedule in one process."""
    _process("work")


@app.command()
def migrate(
    restored: Annotated[bool, typer.Option(help="After a restore: name the log anew.")] = False,
) -> None:
    """Bring the database and the topics to what this program knows."""
    from services.migration import prepare

    with _refusing(database=True) as settings:
        prepare(settings, restored)
        _say("The schema and the topics are up to date.")


@app.command()
def doctor() -> None:
    """Check the configuration and say what is wrong."""
    from services.doctor import examine

    with _refusing() as settings:
        raise typer.Exit(examine(settings))


@app.command()
def openapi() -> None:
    """Print the HTTP contract."""
    import json

    from services.openapi import contract

    _say(json.dumps(contract(), indent=2, ensure_ascii=False))


@project_app.command("status")
def project_status() -> None:
    """How far each follower of the log is."""
    from rich.console import Console

    from services.project import status, status_table

    with _refusing(database=True) as settings:
        Console().print(status_table(status(settings)))


@project_app.command("rebuild")
def project_rebuild(
    name: str,
    switch: Annotated[bool, typer.Option(help="Take the new table when it is done.")] = False,
    force: Annotated[bool, typer.Option(help="Switch even if rows differ.")] = False,
) -> None:
    """Fold the log into a new table, and compare it with the one that is kept; 1 when rows differ."""
    from services.project import rebuild
    from services.projectors import PROJECTIONS

    _require_one_of(name, PROJECTIONS)
    with _refusing(database=True) as settings:
        compared = rebuild(settings, name, switch=switch, force=force)
    raise typer.Exit(0 if compared.equal or switch else 1)


@project_app.command("retry")
def project_retry(name: Annotated[str | None, typer.Argument(help="All, when not given.")] = None) -> None:
    """Handle again what read models have set aside; 1 when something stays."""
    from services.project import retry
    from services.projectors import PROJECTIONS

    if name is not None:
        _require_one_of(name, PROJECTIONS)
    with _refusing(database=True) as settings:
        done = retry(settings, name)
    for read_model, (went, stayed) in done.items():
        _say(f"{read_model}: {went} events handled, {stayed} stay set aside")
    raise typer.Exit(1 if any(stayed for _, stayed in done.values()) else 0)


@tenant_app.command("add")
def tenant_add(name: str) -> None:
    """Register a customer company; prints its id."""
    from services.administration import Administration

    with _refusing(database=True) as settings, _log(settings) as log:
        _say(str(Administration(log).add_tenant(name)))


@channel_app.command("add")
def channel_add(
    phone_number_id: Annotated[str, typer.Option(help="Meta's id of the number.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    tenant: Annotated[str, typer.Option(help="Its name; needed when there are several.")] = "",
    portfolio: Annotated[str, typer.Option(help="Scope of business-scoped ids; default: the number.")] = "",
    bot: Annotated[bool, typer.Option(help="A bot answers first.")] = False,
) -> None:
    """Make a WhatsApp number known; what had come for it is taken up. Prints the channel's id."""
    from services.administration import Administration
    from services.quarantine import TakeUp
    from services.topics import topics_of

    with _refusing(database=True) as settings, _log(settings) as log:
        administration = Administration(log)
        tenant_id = _tenant(log, tenant)
        id = administration.add_channel(tenant_id, phone_number_id, name, portfolio or phone_number_id, bot)
        topics = topics_of(settings)
        try:
            taken = TakeUp(log, topics).number(phone_number_id)
        finally:
            topics.close()
        _say(str(id))
        if taken:
            typer.echo(f"{taken} waiting items are taken up now", err=True)


@agent_app.command("add")
def agent_add(
    name: Annotated[str, typer.Option()],
    email: Annotated[str, typer.Option()],
    role: Annotated[RoleName, typer.Option()] = RoleName.agent,
    tenant: Annotated[str, typer.Option(help="Its name; needed when there are several.")] = "",
    password: Annotated[str, typer.Option(help="Asked for when it is not given.")] = "",
) -> None:
    """Let a person work for a tenant; prints their id."""
    from services.administration import Administration
    from services.passwords import keep_password

    password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _refusing(database=True) as settings, _log(settings) as log:
        administration = Administration(log)
        id = administration.add_agent(_tenant(log, tenant), name, email, role.value)
        keep_password(log.secrets, id, password)
        _say(str(id))


@token_app.command("add")
def token_add(
    name: Annotated[str, typer.Option(help="Which service it is for.")],
    tenant: Annotated[str, typer.Option(help="Its name; needed when there are several.")] = "",
) -> None:
    """Let another service read what a tenant has; prints the token, which is shown only now."""
    from services.tokens import issue_token

    with _refusing(database=True) as settings, _log(settings) as log:
        _say(issue_token(settings.database_url, _tenant(log, tenant), name))


@token_app.command("revoke")
def token_revoke(
    name: Annotated[str, typer.Option(help="Every token of this name.")],
    tenant: Annotated[str, typer.Option(help="Its name; needed when there are several.")] = "",
) -> None:
    """Shut a service out, within seconds."""
    from services.tokens import revoke_tokens

    with _refusing(database=True) as settings, _log(settings) as log:
        revoke_tokens(settings.database_url, _tenant(log, tenant), name)


@quarantine_app.command("list")
def quarantine_list() -> None:
    """What waits, and why."""
    from rich.console import Console
    from rich.table import Table

    from adapters.postgres.quarantine import summary

    with _refusing(database=True) as settings, _log(settings) as log:
        table = Table("code", "reason", "number", "items", "first", "last")
        for row in summary(log.datastore):
            first, last = (at.isoformat(timespec="seconds") for at in (row.first, row.last))
            table.add_row(row.code, row.reason, row.phone_number_id or "", str(row.items), first, last)
        Console().print(table)


@contextmanager
def _refusing(database: bool = False) -> Iterator["Settings"]:
    """The settings; a wrong configuration and a refusal are told in a sentence, not in a traceback.

    With `database` a `serve` that runs in the data folder lends its own.
    """
    from services.settings import SettingsRefused, load

    try:
        settings = load()
        if database:
            from services.serve import with_running_database

            settings = with_running_database(settings)
        _arm(settings)
        yield settings
    except SettingsRefused as refused:
        for problem in refused.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(REFUSED) from None
    except Exception as error:
        if not _is_told(error):
            raise
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _arm(settings: "Settings") -> None:
    from services.failpoint import FailpointRefused, arm
    from services.settings import SettingsRefused

    try:
        arm(settings.failpoint, settings.test_flags, settings.failpoint_log)
    except FailpointRefused as refused:
        raise SettingsRefused([str(refused)]) from None


def _is_told(error: Exception) -> bool:
    """Whether its text says to a person what is wrong and what helps."""
    from adapters.postgres.migrate import SchemaRefused
    from adapters.postgres.rebuild import RebuildRefused
    from adapters.postgres.sealing import WrongMasterKey
    from domain.log import LogUnavailable
    from domain.refusals import DomainError
    from schemas.topics import PartitionsChanged, TopicsUnavailable, UnknownTopic
    from services.projectors import FoldRefused

    told = (SchemaRefused, WrongMasterKey, LogUnavailable, DomainError, RebuildRefused, FoldRefused)
    return isinstance(error, (*told, PartitionsChanged, TopicsUnavailable, UnknownTopic))


@contextmanager
def _log(settings: "Settings") -> Iterator["PostgresLog"]:
    from adapters.postgres.log import PostgresLog

    with PostgresLog(settings.database_url, settings.master_key, pool_size=1) as log:
        yield log


def _tenant(log: "PostgresLog", name: str) -> "UUID":
    """The tenant of this name, or the only one there is."""
    from adapters.postgres.tenants import tenants
    from services.administration import Administration
    from services.settings import SettingsRefused

    if name:
        return Administration(log).tenant_named(name)
    known = tenants(log.datastore)
    if len(known) != 1:
        wanted = "run `balcao tenant add` first" if not known else f"say which: {', '.join(known)}"
        raise SettingsRefused([f"--tenant is needed: {wanted}"])
    return next(iter(known.values()))


def _require_one_of(name: str, known: Collection[str]) -> None:
    if name not in known:
        raise typer.BadParameter(f"{name} is none of {', '.join(known)}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    app()
