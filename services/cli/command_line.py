"""What every command of `balcao` needs: its settings, the log, a tenant; and refusals told in a sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.postgres.log.event_log import PostgresLog
    from services.runtime.settings import Settings

REFUSED = 2
"""How a command ends whose configuration is wrong."""


def word(value: str) -> str:
    """An argument without the spaces around it; nothing at all is refused."""
    if not (kept := value.strip()):
        raise typer.BadParameter("it is empty")
    return kept


def address(value: str) -> str:
    """An e-mail address; anything else is refused."""
    from domain.contact.card import is_email

    if not is_email(kept := word(value)):
        raise typer.BadParameter("it is no e-mail address")
    return kept


@contextmanager
def refusing(database: bool = False) -> Iterator["Settings"]:
    """The settings; a wrong configuration and a refusal are told in a sentence, not in a traceback.

    With `database` a `serve` that runs in the data folder lends its own.
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
        if not _is_told(error):
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


def _is_told(error: Exception) -> bool:
    """Whether its text says to a person what is wrong and what helps."""
    from adapters.postgres.follow.rebuild import RebuildRefused
    from adapters.postgres.log.sealing import WrongMasterKey
    from adapters.postgres.schema.migrate import SchemaRefused
    from domain.log.port import LogUnavailable
    from domain.refusals import DomainError
    from schemas.topics import PartitionsChanged, TopicsUnavailable, UnknownTopic
    from services.workers.project.projectors import FoldRefused

    told = (SchemaRefused, WrongMasterKey, LogUnavailable, DomainError, RebuildRefused, FoldRefused)
    return isinstance(error, (*told, PartitionsChanged, TopicsUnavailable, UnknownTopic))


@contextmanager
def opened_log(settings: "Settings") -> Iterator["PostgresLog"]:
    from adapters.postgres.log.event_log import PostgresLog

    with PostgresLog(settings.database_url, settings.master_key, pool_size=1) as log:
        yield log


def tenant_id_of(log: "PostgresLog", name: str) -> "UUID":
    """The tenant of this name, or the only one there is."""
    from adapters.postgres.queries.tenants import tenants
    from services.commands.installation import Administration
    from services.runtime.settings import SettingsRefused

    if name:
        return Administration(log).tenant_named(name)
    known = tenants(log.datastore)
    if len(known) != 1:
        wanted = "run `balcao tenant add` first" if not known else f"say which: {', '.join(known)}"
        raise SettingsRefused([f"--tenant is needed: {wanted}"])
    return next(iter(known.values()))


def say(text: str) -> None:
    """To whoever reads stdout."""
    sys.stdout.write(text + "\n")
