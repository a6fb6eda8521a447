"""Shared by the commands: settings, the log, a tenant, and errors reported in a sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.postgres.log.event_log import PostgresLog
    from services.runtime.settings import Settings

OfTenant = Annotated[
    str, typer.Option("--tenant", help="Name of the tenant; required when there are several.")
]
REFUSED = 2
"""Exit status for a wrong configuration."""


def non_empty(value: str) -> str:
    """Strip an argument; refuse an empty one."""
    if not (kept := value.strip()):
        raise typer.BadParameter("must not be empty")
    return kept


def email_address(value: str) -> str:
    """Accept an e-mail address."""
    from domain.contact.card import is_email

    if not is_email(kept := non_empty(value)):
        raise typer.BadParameter("not an e-mail address")
    return kept


@contextmanager
def command_settings(database: bool = False) -> Iterator["Settings"]:
    """Load the settings, and report expected errors in a sentence instead of a traceback.

    With `database`, the embedded database of a running `serve` is used when none is configured.
    """
    from services.runtime.settings import SettingsRefused, load

    try:
        settings = load()
        if database:
            from services.app.serve import with_running_database

            settings = with_running_database(settings)
        _arm(settings)
        yield settings
    except SettingsRefused as refused:
        for problem in refused.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(REFUSED) from None
    except Exception as error:
        if not _is_expected(error):
            raise
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _arm(settings: "Settings") -> None:
    from services.runtime.failpoint import FailpointRefused, arm
    from services.runtime.settings import SettingsRefused

    try:
        arm(settings.failpoint, settings.test_flags, settings.failpoint_log)
    except FailpointRefused as refused:
        raise SettingsRefused([str(refused)]) from None


def _is_expected(error: Exception) -> bool:
    """Return whether the error's text tells a person what is wrong."""
    from adapters.postgres.follow.rebuild import RebuildRefused
    from adapters.postgres.log.sealing import WrongMasterKey
    from adapters.postgres.schema.migrate import SchemaRefused
    from domain.log.port import LogUnavailable
    from domain.refusals import DomainError
    from schemas.topics import PartitionsChanged, TopicsUnavailable, UnknownTopic
    from services.workers.project.projectors import FoldRefused

    expected = (SchemaRefused, WrongMasterKey, LogUnavailable, DomainError, RebuildRefused, FoldRefused)
    return isinstance(error, (*expected, PartitionsChanged, TopicsUnavailable, UnknownTopic))


@contextmanager
def opened_log(settings: "Settings") -> Iterator["PostgresLog"]:
    from adapters.postgres.log.event_log import PostgresLog

    with PostgresLog(settings.database_url, settings.master_key, pool_size=1) as log:
        yield log


def tenant_id_of(log: "PostgresLog", name: str) -> "UUID":
    """Return the tenant of this name, or the only one."""
    from adapters.postgres.queries.tenants import tenants
    from services.commands.installation import InstallationCommands
    from services.runtime.settings import SettingsRefused

    if name:
        return InstallationCommands(log).tenant_named(name)
    known = tenants(log.datastore)
    if len(known) != 1:
        wanted = "run `balcao tenant add` first" if not known else f"one of {', '.join(known)}"
        raise SettingsRefused([f"--tenant is needed: {wanted}"])
    return next(iter(known.values()))


def print_line(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(text + "\n")
