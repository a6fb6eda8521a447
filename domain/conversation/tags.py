"""Tag a ticket. Two names that differ in case or width alone are one tag."""

from collections.abc import Iterable, Sequence
from unicodedata import category
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Tagged, Untagged
from domain.decision import Decision
from domain.refusals import NoOpenTicket, TagName, TooManyTags
from domain.text import caseless, is_blank, one_line

MAX_TAGS = 20
MAX_TAG = 50


def retag(conversation: Conversation, names: Sequence[str], by: UUID) -> Decision:
    """Replace the tags of the newest ticket; a tag that it has keeps its spelling.

    Raises:
        NoOpenTicket: there never was a ticket.
        TagName, TooManyTags
    """
    ticket, wanted, present = _ticket(conversation), _by_key(map(_cleaned, names)), _by_key(conversation.tags)
    _require_few(wanted)
    removed = tuple(
        Untagged(ticket=ticket, tag=name, by=by) for key, name in sorted(present.items()) if key not in wanted
    )
    return removed + _added(ticket, wanted, present, by)


def tag(conversation: Conversation, names: Sequence[str], by: UUID) -> Decision:
    """Add tags to the newest ticket.

    Raises:
        NoOpenTicket, TagName, TooManyTags
    """
    ticket, wanted, present = _ticket(conversation), _by_key(map(_cleaned, names)), _by_key(conversation.tags)
    _require_few(present | wanted)
    return _added(ticket, wanted, present, by)


def _added(ticket: int, wanted: dict[str, str], present: dict[str, str], by: UUID) -> Decision:
    return tuple(Tagged(ticket=ticket, tag=name, by=by) for key, name in wanted.items() if key not in present)


def _ticket(conversation: Conversation) -> int:
    if not conversation.ticket:
        raise NoOpenTicket
    return conversation.ticket


def _cleaned(name: str) -> str:
    cleaned = one_line(name)
    if is_blank(cleaned) or len(cleaned) > MAX_TAG:
        raise TagName
    return cleaned


def _require_few(tags: dict[str, str]) -> None:
    if len(tags) > MAX_TAGS:
        raise TooManyTags


def _by_key(names: Iterable[str]) -> dict[str, str]:
    """Return the names by what they are compared by; of two that are equal, the first."""
    found: dict[str, str] = {}
    for name in names:
        visible = "".join(c for c in name if category(c) != "Cf")
        found.setdefault(caseless(visible), name)
    return found
