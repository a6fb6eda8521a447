"""Send a message that was written with a quick reply."""

from collections.abc import Iterable
from uuid import UUID

from domain.conversation.message_events import QuickReplyUse
from domain.quick_reply.state import QuickReply
from domain.refusals import MissingValue, NotFound
from domain.variables import names_in, parse


def require_sendable(
    reply: QuickReply | None,
    use: QuickReplyUse,
    text: str,
    teams: frozenset[UUID] | None,
    values: Iterable[str] = (),
) -> None:
    """Refuse a text that its author could not have written with this quick reply, or has not filled in.

    `teams` are those of the author; None for an admin, who uses all. A former version, and one of a reply
    that was archived meanwhile, may be in a text that was begun before. `values` are what variables stand for
    now: a customer can be called `$nome`, as its own words can have it behind `$$`.

    Raises:
        NotFound
        MissingValue: a variable of that version still stands in the text by its name.
    """
    if reply is None or not 1 <= use.version <= reply.version or not reply.is_offered_to(teams):
        raise NotFound("quick_reply", use.id)
    parts = parse(reply.versions[use.version - 1].text)
    words = (*values, *(part for part in parts if isinstance(part, str)))
    for part in parts:
        if isinstance(part, str) or not _names(text, part.name):
            continue
        if not any(_names(held, part.name) for held in words):
            raise MissingValue(part.name)


def _names(text: str, name: str) -> bool:
    # Also where letters follow, which the grammar would take for a longer name.
    return name in names_in(text) or f"${name}" in text
