"""Events of the log as lines, of text for people or of JSON. Not imported before a command needs it."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import typer

from adapters.postgres.connection.listener import Listener
from adapters.postgres.follow.follower import EVENTS_CHANNEL
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.directory import changed_since
from domain.conversation.ticket_events import team_of
from domain.delivery import DeliveryEvent
from domain.event import Erased, Event, Recorded
from domain.log.port import LogUnavailable, UnreadableEvent
from domain.registry import FACTS
from services.queries.cloudevents import PERSONAL, UNPUBLISHED

BATCH = 500
POLL_S = 1.0
SEALED, ERASED, WITHOUT_TEAM = "‹sealed›", "‹erased›", "‹without team›"

Read = Recorded | UnreadableEvent
Line = Callable[[Read], str]


def event_types(asked: Iterable[str]) -> set[str]:
    """Expand each type or group (the part before the dot) to types.

    Raises:
        BadParameter: no event is called like this.
    """
    known = {fact.TOPIC for fact in FACTS}
    wanted: set[str] = set()
    for name in asked:
        matching = {topic for topic in known if topic == name or topic.startswith(f"{name}.")}
        if not matching:
            raise typer.BadParameter(f"no event type is called {name}", param_hint="--type")
        wanted |= matching
    return wanted


def _read(log: PostgresLog, after: int, conversation_id: UUID | None = None) -> tuple[Sequence[Read], int]:
    """Read the events after `after` with the one that cannot be read, and the position this comes to."""
    try:
        events = log.read(after, BATCH, conversation_id=conversation_id)
    except UnreadableEvent as unreadable:
        return [*unreadable.before, unreadable], unreadable.position
    return events, events[-1].position if events else after


def events_of(log: PostgresLog, conversation_id: UUID) -> Iterator[Read]:
    """Yield the events of a conversation, oldest first."""
    after = 0
    while True:
        events, after = _read(log, after, conversation_id)
        if not events:
            return
        yield from events


def followed(log: PostgresLog, url: str, after: int) -> Iterator[Sequence[Read]]:
    """Yield batches after `after`, and wait for more, through outages of the database too.

    An empty batch says once a second that there is none.
    """
    with Listener(url, EVENTS_CHANNEL) as wakeups:
        while True:
            try:
                events, reached = _read(log, after)
            except LogUnavailable:
                typer.echo("database unavailable, retrying", err=True)
                time.sleep(POLL_S)
                yield ()
                continue
            if not events:
                wakeups.wait(POLL_S)
            yield events
            after = reached


class Names:
    """Names of agents, teams, channels and tenants by id, as the directory has them."""

    def __init__(self, log: PostgresLog) -> None:
        self._log = log
        self._names: dict[UUID, str] = {}
        self._position = 0

    def refresh(self) -> None:
        """Read what has changed; without a database the names stay as they are."""
        with suppress(LogUnavailable):
            for row in self._log.datastore.read(lambda db: changed_since(db, self._position)):
                self._names[row.id] = row.name
                self._position = row.position

    def of(self, id: UUID) -> str:
        """Return the name in quotes, or the end of an id that has none."""
        name = self._names.get(id)
        return _short(id) if name is None else _quoted(name)


def text_lines(
    names: Names, personal: bool = False, *, with_conversation: bool = True, max_chars: int | None = None
) -> Line:
    """Format events as position, time, type, conversation, ticket, who, facts."""

    def start(position: int, at: str, topic: str, conversation_id: UUID | None) -> str:
        columns = [
            typer.style(f"{position:>7}", dim=True),
            f"{at:<20}",
            typer.style(f"{topic:<34}", bold=True),
        ]
        if with_conversation:
            columns.append(f"{_short(conversation_id) if conversation_id else '-':<8}")
        return " ".join(columns)

    def line(event: Read) -> str:
        if isinstance(event, UnreadableEvent):
            return (
                f"{start(event.position, '-', event.topic, event.conversation_id)} unreadable: {event.reason}"
            )
        ticket = getattr(event.fact, "ticket", None)
        shown = _facts(event.fact, personal)
        if isinstance(event.fact, DeliveryEvent):
            shown = {"message_id": event.stream_id, **shown}
        facts = (
            f"{name}={_queue(value, names) if name == 'queue' else _text(value, names, max_chars)}"
            for name, value in shown.items()
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


def json_lines(personal: bool) -> Line:
    """Format events as JSON; what is sealed or erased is null, and named under `sealed` or `erased`."""

    def line(event: Read) -> str:
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
            "at": event.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
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


def _facts(fact: Event, personal: bool, skip_empty: bool = True) -> Mapping[str, Any]:
    """Return the fields of an event, with marks for personal ones that are erased or not shown.

    The e-mail of an agent is not shown either; the name is: an operator must know who did something.
    """
    sealed = frozenset() if personal else PERSONAL[type(fact)] | UNPUBLISHED.get(type(fact), frozenset())
    facts: dict[str, Any] = {}
    for name in type(fact).model_fields:
        value = getattr(fact, name)
        if skip_empty and (value is None or value is False or value == []):
            continue
        if isinstance(value, Erased):
            value = ERASED
        elif name in sealed and value is not None:
            value = SEALED
        facts[name] = value
    return facts


def _text(value: Any, names: Names, max_chars: int | None) -> str:
    match value:
        case _ if value is SEALED or value is ERASED:
            return str(value)
        case UUID():
            return names.of(value)
        case list():
            return f"[{', '.join(_text(each, names, max_chars) for each in value)}]"
        case datetime():
            return _instant(value)
        case _:
            return _quoted(value, max_chars)


def _queue(queue: str, names: Names) -> str:
    team_id = team_of(queue)
    return WITHOUT_TEAM if team_id is None else names.of(UUID(team_id))


def _who(actor: str, names: Names) -> str:
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


def topic_of(event: Read) -> str:
    """Return the type of an event, also of one that cannot be read."""
    return event.topic if isinstance(event, UnreadableEvent) else event.fact.TOPIC
