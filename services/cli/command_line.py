"""Shared by the commands: settings, the log, a tenant, and errors reported in a sentence."""

import errno
import os
import re
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.postgres.log.event_log import PostgresLog
    from services.runtime.settings import Settings

OfTenant = Annotated[
    str, typer.Option("--tenant", help="Name of the tenant; required when there are several.")
]
Password = Annotated[str, typer.Option(help="Seen by other users of the machine; prompted for when omitted.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read it from the first line of input.")
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


def given_password(given: str, from_stdin: bool) -> str:
    """Return the password from the option, from standard input, or from a prompt."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not given and not sys.stdin.isatty():
        hint = "--password-stdin"
        raise typer.BadParameter("is needed where nobody can be prompted for a password", param_hint=hint)
    return given or typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def http_address(value: str) -> str:
    """Accept a URL of HTTP."""
    if not re.fullmatch(r"https?://[^\s/]\S*", value):
        raise typer.BadParameter("should start with https:// or http://")
    return value


def first_secret(value: str) -> str:
    """Take the first of the secrets, separated by commas and without its numbers: the one to sign with."""
    from adapters.whatsapp.signature import AppSecret

    return non_empty(AppSecret.parse(value.split(",")[0].strip()).secret)


class Commands(TyperGroup):
    """Command group that exits with 0 when its output is closed (`… | head -1`)."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            try:
                return super().main(*arguments, **options)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            ended = SystemExit(0)
        except SystemExit as error:
            # click and rich exit with 1 when they meet a closed pipe.
            if not isinstance(error.__context__, BrokenPipeError):
                raise
            ended = SystemExit(0)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EIO):
                raise
            typer.echo(f"the output cannot be written: {error.strerror}", err=True)
            ended = SystemExit(1)
        # Python writes what is left in the buffer once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ended


@contextmanager
def process_settings(creates_secrets: bool = False, database: bool = True) -> Iterator["Settings"]:
    """Load all settings, for a process; errors are reported as by `command_settings`.

    Without `database` an embedded one need not run.
    """
    from services.runtime.settings import load, with_secrets

    with reported():
        settings = _prepared(load(), database)
        yield with_secrets(settings) if creates_secrets else settings


@contextmanager
def command_settings() -> Iterator["Settings"]:
    """Load what a command of an operator needs: the database, which must run, and the master key.

    Expected errors are reported in a sentence instead of a traceback.
    """
    from services.runtime.settings import load

    with reported():
        yield _prepared(load(webhooks=False), database=True)


def _prepared(settings: "Settings", database: bool) -> "Settings":
    if database:
        from services.app.serve import with_running_database

        settings = with_running_database(settings)
    _arm(settings)
    return settings


@contextmanager
def reported() -> Iterator[None]:
    """Report expected errors in a sentence instead of a traceback."""
    from services.runtime.settings import SettingsRefused

    try:
        yield
    except SettingsRefused as refused:
        for problem in refused.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(REFUSED) from None
    except Exception as error:
        if not _is_expected(error):
            raise
        # PostgreSQL's errors go on with hints; a refusal without data says what it is in its docstring.
        sentence, _, _ = (str(error) or type(error).__doc__ or "").partition("\n")
        typer.echo(sentence, err=True)
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
    from psycopg import OperationalError

    from adapters.postgres.follow.rebuild import RebuildRefused
    from adapters.postgres.log.key_rotation import RotationRefused
    from adapters.postgres.log.sealing import WrongMasterKey
    from adapters.postgres.schema.migrate import SchemaRefused
    from domain.log.port import LogUnavailable
    from domain.refusals import DomainError
    from schemas.topics import TopicsUnavailable
    from services.commands.topics import TopicRefused
    from services.workers.project.projectors import FoldRefused

    expected = (SchemaRefused, WrongMasterKey, LogUnavailable, DomainError, RebuildRefused, FoldRefused)
    others = (RotationRefused, TopicRefused, TopicsUnavailable, OperationalError)
    return isinstance(error, (*expected, *others))


@contextmanager
def opened_log(settings: "Settings") -> Iterator["PostgresLog"]:
    from services.runtime.event_log import log_of

    with log_of(settings) as log:
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


def require_reader() -> None:
    """Raise BrokenPipeError when the reader of stdout has gone, also while there is nothing to write."""
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)  # errors and hang-ups are always reported
    if reader.poll(0):
        raise BrokenPipeError


def print_line(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(text + "\n")
