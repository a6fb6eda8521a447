"""`balcao log`: follow the event log, or read the facts of one conversation."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from services.cli.command_line import command_settings, opened_log

if TYPE_CHECKING:
    from adapters.postgres.log.event_log import PostgresLog
    from domain.event import Event, Recorded
    from domain.log.port import UnreadableEvent

    Line = Callable[[Recorded | UnreadableEvent], str]

log_app = typer.Typer(help="Read the event log.", no_args_is_help=True)

BATCH, RECENT = 500, 10
POLL_S = 1.0
MAX_VALUE_CHARS = 60
SEALED, ERASED = "‹sealed›", "‹erased›"

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@log_app.command("tail")
def tail(
    from_position: Annotated[
        int | None,
        typer.Option("--from", min=1, metavar="POSITION", help="Start here, not at the last ten events."),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="This type (`conversation.closed`) or group (`delivery`) alone; repeatable."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the event log, one line per event, until Ctrl-C. Personal fields are never shown."""
    wanted = _types(types or [])
    with command_settings(database=True) as settings, opened_log(settings) as log, _until_interrupted():
        after = max(0, log.head() - RECENT) if from_position is None else from_position - 1
        names = _Names(log)
        line = _json_lines(personal=False) if as_json else _text_lines(names, max_chars=MAX_VALUE_CHARS)
        for batch in _followed(log, settings.database_url, after):
            names.refresh()
            for event in batch:
                if not wanted or _topic(event) in wanted:
                    typer.echo(line(event))


@log_app.command("show")
def show(
    conversation: Annotated[str, typer.Argument(help="Its id, or the last digits of it.")],
    personal: Annotated[
        bool, typer.Option("--personal", help="Show personal fields: names, numbers, texts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the facts of a conversation in order. Personal fields are shown only with --personal."""
    from adapters.postgres.log.lookups import conversations_ending_in
    from domain.refusals import NotFound

    digits = conversation.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{4,32}", digits):
        raise typer.BadParameter("give the id, or at least the last four digits of it")
    with command_settings(database=True) as settings, opened_log(settings) as log, _until_interrupted():
        found = conversations_ending_in(log.datastore, digits)
        if not found:
            raise NotFound("conversation", conversation)
        if len(found) > 1:
            raise typer.BadParameter(f"several conversations end like this: {', '.join(map(str, found))}")
        names = _Names(log)
        names.refresh()
        line = _json_lines(personal) if as_json else _text_lines(names, personal, with_conversation=False)
        for event in _events_of(log, found[0]):
            typer.echo(line(event))


def _types(asked: Iterable[str]) -> set[str]:
    """Expand each type or group (the part before the dot) to types.

    Raises:
        BadParameter: no event is called like this.
    """
    from domain.registry import FACTS

    known = {fact.TOPIC for fact in FACTS}
    wanted: set[str] = set()
    for name in asked:
        matching = {topic for topic in known if topic == name or topic.startswith(f"{name}.")}
        if not matching:
            raise typer.BadParameter(f"no event type is called {name}", param_hint="--type")
        wanted |= matching
    return wanted


def _read(
    log: "PostgresLog", after: int, conversation_id: UUID | None = None
) -> tuple[Sequence["Recorded | UnreadableEvent"], int]:
    """Read the events after `after` with the one that cannot be read, and the position this comes to."""
    from domain.log.port import UnreadableEvent

    try:
        events = log.read(after, BATCH, conversation_id=conversation_id)
    except UnreadableEvent as unreadable:
        return [*unreadable.before, unreadable], unreadable.position
    return events, events[-1].position if events else after


def _events_of(log: "PostgresLog", conversation_id: UUID) -> Iterator["Recorded | UnreadableEvent"]:
    after = 0
    while True:
        events, after = _read(log, after, conversation_id)
        if not events:
            return
        yield from events


def _followed(log: "PostgresLog", url: str, after: int) -> Iterator[Sequence["Recorded | UnreadableEvent"]]:
    """Yield batches after `after`, and wait for more, through outages of the database too."""
    from adapters.postgres.connection.listener import Listener
    from adapters.postgres.follow.follower import EVENTS_CHANNEL
    from domain.log.port import LogUnavailable

    with Listener(url, EVENTS_CHANNEL) as wakeups:
        while True:
            try:
                events, reached = _read(log, after)
            except LogUnavailable:
                typer.echo("database unavailable, retrying", err=True)
                time.sleep(POLL_S)
                continue
            if events:
                yield events
                after = reached
            else:
                wakeups.wait(POLL_S)


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """End quietly on Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit from None


class _Names:
    """Names of agents, teams, channels and tenants by id, as the directory has them."""

    def __init__(self, log: "PostgresLog") -> None:
        self._log = log
        self._names: dict[UUID, str] = {}
        self._position = 0

    def refresh(self) -> None:
        """Read what has changed; without a database the names stay as they are."""
        from adapters.postgres.queries.directory import changed_since
        from domain.log.port import LogUnavailable

        with suppress(LogUnavailable):
            for row in self._log.datastore.read(lambda db: changed_since(db, self._position)):
                self._names[row.id] = row.name
                self._position = row.position

    def of(self, id: UUID) -> str:
        """Return the name in quotes, or the end of an id that has none."""
        name = self._names.get(id)
        return _short(id) if name is None else _quoted(name)


def _text_lines(
    names: _Names, personal: bool = False, *, with_conversation: bool = True, max_chars: int | None = None
) -> "Line":
    """Format events as position, time, type, conversation, ticket, who, facts."""
    from domain.log.port import UnreadableEvent

    def start(position: int, at: str, topic: str, conversation_id: UUID | None) -> str:
        columns = [
            typer.style(f"{position:>7}", dim=True),
            f"{at:<20}",
            typer.style(f"{topic:<34}", bold=True),
        ]
        if with_conversation:
            columns.append(f"{_short(conversation_id) if conversation_id else '-':<8}")
        return " ".join(columns)

    def line(event: "Recorded | UnreadableEvent") -> str:
        if isinstance(event, UnreadableEvent):
            return (
                f"{start(event.position, '-', event.topic, event.conversation_id)} unreadable: {event.reason}"
            )
        ticket = getattr(event.fact, "ticket", None)
        facts = (
            f"{name}={_text(value, names, max_chars)}"
            for name, value in _facts(event.fact, personal).items()
            if name != "ticket"
        )
        columns = [
            start(event.position, _instant(event.recorded_at), event.fact.TOPIC, event.conversation_id),
            f"{'-' if ticket is None else f'#{ticket}':<4}",
            typer.style(_who(event.actor, names), fg="cyan"),
            *facts,
        ]
        return " ".join(columns)

    return line


def _json_lines(personal: bool) -> "Line":
    """Format events as JSON; what is sealed or erased is null, and named under `sealed` or `erased`."""
    from domain.log.port import UnreadableEvent

    def line(event: "Recorded | UnreadableEvent") -> str:
        if isinstance(event, UnreadableEvent):
            fields: dict[str, Any] = {
                "position": event.position,
                "type": event.topic,
                "unreadable": event.reason,
                "conversation": event.conversation_id,
            }
            return json.dumps(fields, default=str)
        facts = _facts(event.fact, personal, skip_empty=False)
        marked = {mark: [name for name, value in facts.items() if value is mark] for mark in (SEALED, ERASED)}
        absent = dict.fromkeys(name for names in marked.values() for name in names)
        fields = {
            "position": event.position,
            "at": event.recorded_at,
            "type": event.fact.TOPIC,
            "version": event.fact.VERSION,
            "tenant": event.tenant_id,
            "conversation": event.conversation_id,
            "contact": event.contact_id,
            "stream": event.stream_id,
            "stream_version": event.stream_version,
            "actor": event.actor,
            "data": {**event.fact.model_dump(mode="json", exclude=set(absent)), **absent},
            "sealed": marked[SEALED],
            "erased": marked[ERASED],
        }
        return json.dumps(fields, default=str, ensure_ascii=False)

    return line


def _facts(fact: "Event", personal: bool, skip_empty: bool = True) -> Mapping[str, Any]:
    """Return the fields of an event, with marks for personal ones that are erased or not shown."""
    from domain import event
    from services.queries.cloudevents import PUBLISHED

    sealed = frozenset() if personal else PUBLISHED.get(type(fact), frozenset())
    facts: dict[str, Any] = {}
    for name in type(fact).model_fields:
        value = getattr(fact, name)
        if skip_empty and (value is None or value is False or value == []):
            continue
        if value is event.ERASED:
            value = ERASED
        elif name in sealed and value is not None:
            value = SEALED
        facts[name] = value
    return facts


def _text(value: Any, names: _Names, max_chars: int | None) -> str:
    match value:
        case _ if value is SEALED or value is ERASED:
            return str(value)
        case UUID():
            return names.of(value)
        case datetime():
            return _instant(value)
        case _:
            return _quoted(value, max_chars)


def _who(actor: str, names: _Names) -> str:
    kind, _, id = actor.partition(":")
    return f"agent {names.of(UUID(id))}" if kind == "agent" else "customer" if kind == "contact" else actor


def _quoted(value: Any, max_chars: int | None = None) -> str:
    """Encode a value as JSON without control sequences of a terminal."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return text if max_chars is None or len(text) <= max_chars else text[: max_chars - 1] + "…"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _short(id: UUID) -> str:
    """Return the end of an id: ids of one minute begin alike."""
    return id.hex[-8:]


def _topic(event: "Recorded | UnreadableEvent") -> str:
    from domain.log.port import UnreadableEvent

    return event.topic if isinstance(event, UnreadableEvent) else event.fact.TOPIC
