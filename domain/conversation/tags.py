"""Tags: what a ticket is about, in words of the agents; one name whatever its case or width."""

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
    """Let the newest ticket have these tags and no others; one that it has stays as it was first written.

    Raises:
        NoOpenTicket: there never was a ticket.
        TagName, TooManyTags
    """
    ticket, wanted, present = _ticket(conversation), _by_key(map(_written, names)), _by_key(conversation.tags)
    _require_few(wanted)
    gone = tuple(
        Untagged(ticket=ticket, tag=name, by=by) for key, name in sorted(present.items()) if key not in wanted
    )
    return gone + _added(ticket, wanted, present, by)


def tag(conversation: Conversation, names: Sequence[str], by: UUID) -> Decision:
    """Put these tags on the newest ticket, beside those that it has.

    Raises:
        NoOpenTicket, TagName, TooManyTags
    """
    ticket, wanted, present = _ticket(conversation), _by_key(map(_written, names)), _by_key(conversation.tags)
    _require_few(present | wanted)
    return _added(ticket, wanted, present, by)


def _added(ticket: int, wanted: dict[str, str], present: dict[str, str], by: UUID) -> Decision:
    return tuple(Tagged(ticket=ticket, tag=name, by=by) for key, name in wanted.items() if key not in present)


def _ticket(conversation: Conversation) -> int:
    if not conversation.ticket:
        raise NoOpenTicket
    return conversation.ticket


def _written(name: str) -> str:
    written = one_line(name)
    if is_blank(written) or len(written) > MAX_TAG:
        raise TagName
    return written


def _require_few(tags: dict[str, str]) -> None:
    if len(tags) > MAX_TAGS:
        raise TooManyTags


def _by_key(names: Iterable[str]) -> dict[str, str]:
    """Names by what they are compared by; of two that are one, the first."""
    found: dict[str, str] = {}
    for name in names:
        seen = "".join(c for c in name if category(c) != "Cf")
        found.setdefault(caseless(seen), name)
    return found
