"""The last line of a ticket in the lists: its newest message, or a newer reaction.

Messages, reactions, edits and revocations are ordered by their own second, then by position, whatever order
they arrive in. So besides the line that it shows, a row remembers what a later arrival may bring back or must
not show again: see `Memory`, which is empty while there are only messages.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from domain.conversation.message_events import MessageEdited, MessageRevoked, ReactionChanged
from domain.event import unsealed

MAX_TEXT = 500
"""Characters of the line that a row keeps: a list shows one line, and sends it with every change."""

MAX_REMEMBERED = 50
"""How many reactions, and how many revoked messages, a row remembers: the newest."""

Second = tuple[int, int]
"""The second of a line and its position in the log: the order of lines."""


class Line(NamedTuple):
    """A line of the list; `type` is None before the first message."""

    message_id: UUID | None
    text: str | None
    type: str | None
    direction: str | None
    at: datetime
    position: int

    @property
    def order(self) -> Second:
        return (0, 0) if self.type is None else (int(self.at.timestamp()), self.position)


class Memory(TypedDict, total=False):
    """What a row remembers besides its line, as JSON.

    `message` is the newest message while a reaction is shown in its place, `edited` the second of its newest
    edit. `reactions` are those newer than the message, by message and person, including removed ones (without
    emoji). `revoked` are messages whose reactions are no longer shown.
    """

    message: list[Any]
    edited: int
    reactions: dict[str, list[Any]]
    revoked: list[str]


def with_message(line: Line, memory: Memory, new: Line) -> tuple[Line, Memory | None]:
    """Make a message the last line, unless there is a newer one."""
    if _message(line, memory).order > new.order:
        return line, memory
    newer = {key: one for key, one in memory.get("reactions", {}).items() if _order(one) > new.order}
    return _shown(new, {"reactions": newer, "revoked": memory.get("revoked", [])})


def with_change(
    line: Line,
    memory: Memory | None,
    fact: ReactionChanged | MessageEdited | MessageRevoked,
    position: int,
    number: int,
) -> tuple[Line, Memory | None]:
    """Apply a reaction, an edit or a revocation to the line of ticket `number`."""
    message, known = _message(line, memory), memory or {}
    match fact:
        case MessageEdited(message_id=message.message_id, edited_at=at) if message.type != "revoked":
            second = int(at.timestamp())
            if second < known.get("edited", second):
                return line, memory
            edited = message._replace(text=beginning(unsealed(fact.text)))
            return _shown(edited, {**known, "edited": second})
        case MessageRevoked(message_id=id):
            return _revoked(line, memory, id, fact.ticket, number)
        case ReactionChanged():
            return _reacted(line, memory, fact, position, number)
        case _:
            return line, memory


def beginning(text: str | None) -> str | None:
    """Return as much of a text as a line shows."""
    return None if text is None else text[:MAX_TEXT]


def _revoked(
    line: Line, memory: Memory | None, id: UUID, ticket: int | None, number: int
) -> tuple[Line, Memory | None]:
    message, known = _message(line, memory), memory or {}
    reactions = known.get("reactions", {})
    left = {key: one for key, one in reactions.items() if not key.startswith(str(id))}
    if message.message_id == id and message.type is not None:
        message = message._replace(text=None, type="revoked")
        known = {name: part for name, part in known.items() if name != "edited"}  # type: ignore[assignment]
    elif ticket not in (number, None) and left == reactions:
        return line, memory  # it is no concern of this ticket
    revoked = [each for each in known.get("revoked", []) if each != str(id)]
    return _shown(message, {**known, "reactions": left, "revoked": [*revoked, str(id)]})


def _reacted(
    line: Line, memory: Memory | None, fact: ReactionChanged, position: int, number: int
) -> tuple[Line, Memory | None]:
    message, known = _message(line, memory), memory or {}
    key, reactions = f"{fact.message_id}/{fact.by}", known.get("reactions", {})
    change: list[Any] = [int(fact.reacted_at.timestamp()), position, None]
    before = reactions.get(key)
    if before is None and fact.ticket not in (number, None):
        return line, memory
    if str(fact.message_id) in known.get("revoked", []) or _order(change) < message.order:
        return line, memory
    if before is not None and _order(before) > _order(change):
        return line, memory
    if fact.ticket == number:  # elsewhere, or while no ticket was open, it is no line of this one
        change[2] = unsealed(fact.emoji)
    return _shown(message, {**known, "reactions": {**reactions, key: change}})


def _message(line: Line, memory: Memory | None) -> Line:
    """Return the newest message, also while a reaction is shown in its place."""
    if memory is None or (kept := memory.get("message")) is None:
        return line
    id, text, type, direction, at, position = kept
    return Line(id and UUID(id), text, type, direction, datetime.fromisoformat(at), position)


def _shown(message: Line, known: Mapping[str, Any]) -> tuple[Line, Memory | None]:
    """Return the line to show, and what to remember."""
    reactions = dict(sorted(known.get("reactions", {}).items(), key=lambda one: _order(one[1])))
    for key in list(reactions)[:-MAX_REMEMBERED]:
        del reactions[key]
    memory = Memory()
    if reactions:
        memory["reactions"] = reactions
    if (edited := known.get("edited")) is not None:
        memory["edited"] = edited
    if revoked := sorted(known.get("revoked", [])):
        memory["revoked"] = revoked[-MAX_REMEMBERED:]
    newest = next((key for key, one in reversed(reactions.items()) if one[2] is not None), None)
    if newest is None:
        return message, memory or None
    id, _, person = newest.partition("/")
    second, position, emoji = reactions[newest]
    kept_id, kept_at = message.message_id and str(message.message_id), message.at.astimezone(UTC).isoformat()
    memory["message"] = [kept_id, *message[1:4], kept_at, message.position]
    direction = "in" if person == "contact" else "out"
    at = datetime.fromtimestamp(second, UTC)
    return Line(UUID(id), emoji, "reaction", direction, at, position), memory


def _order(reaction: list[Any]) -> Second:
    return reaction[0], reaction[1]
