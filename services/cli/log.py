"""`balcao log`: follow the event log, or read the events of one conversation."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from services.cli.command_line import command_settings, opened_log, require_reader

log_app = typer.Typer(help="Read the event log.", no_args_is_help=True)

RECENT = 10
MAX_VALUE_CHARS = 60

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@log_app.command("tail")
def tail(
    from_position: Annotated[
        int | None,
        typer.Option(
            "--from", min=1, metavar="POSITION", help="Start here, not at the last ten events shown."
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="This type (`conversation.closed`) or group (`delivery`) alone; repeatable."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the event log, one line per event, until Ctrl-C.

    Agents are named; customers' fields and e-mail addresses are never shown.
    """
    from adapters.postgres.queries.recent_events import first_of_newest
    from services.cli.event_lines import Names, event_types, followed, json_lines, text_lines, topic_of

    wanted = event_types(types or [])
    with command_settings() as settings, opened_log(settings) as log, _until_interrupted():
        head = log.head()
        if from_position is not None and from_position > head + 1:
            raise typer.BadParameter(f"the log ends at position {head}", param_hint="--from")
        if from_position is not None:
            after = from_position - 1
        elif wanted:
            first = first_of_newest(log.datastore, wanted, RECENT)
            after = head if first is None else first - 1
        else:
            after = max(0, head - RECENT)
        names = Names(log)
        line = json_lines(personal=False) if as_json else text_lines(names, max_chars=MAX_VALUE_CHARS)
        for batch in followed(log, settings.database_url, after):
            require_reader()
            if batch:
                names.refresh()
            for event in batch:
                if not wanted or topic_of(event) in wanted:
                    typer.echo(line(event))


@log_app.command("show")
def show(
    conversation: Annotated[str, typer.Argument(help="Its id, or the last digits of it.")],
    personal: Annotated[
        bool, typer.Option("--personal", help="Show customers' fields: names, numbers, texts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the events of a conversation in order.

    Agents are named; customers' fields and e-mail addresses are shown only with --personal.
    """
    from adapters.postgres.log.lookups import conversations_ending_in
    from domain.refusals import NotFound
    from services.cli.event_lines import Names, events_of, json_lines, text_lines

    digits = conversation.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{4,32}", digits):
        raise typer.BadParameter("give the id, or at least the last four digits of it")
    with command_settings() as settings, opened_log(settings) as log, _until_interrupted():
        found = conversations_ending_in(log.datastore, digits)
        if not found:
            raise NotFound("conversation", conversation)
        if len(found) > 1:
            raise typer.BadParameter(f"several conversations end like this: {', '.join(map(str, found))}")
        names = Names(log)
        names.refresh()
        line = json_lines(personal) if as_json else text_lines(names, personal, with_conversation=False)
        for event in events_of(log, found[0]):
            typer.echo(line(event))


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """End quietly on Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit from None
