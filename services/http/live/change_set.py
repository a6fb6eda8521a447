"""Changes of a range of the log, as the JSON that each viewer may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.connection.pool import Row
from adapters.postgres.queries.changes import Changes, MovedTicket
from adapters.postgres.queries.visibility import Visibility
from schemas.http import QuickReplyNews
from services.http.answers.tickets import Fields, message_fields, ticket_fields, written
from services.http.edge.problems import NameOf
from services.runtime.clock import utc_now

PARTS = ("tickets", "messages", "gone", "directory", "participating")


def _encoded(parts: Mapping[str, Sequence[str]]) -> str:
    """Encode a change from the encoded items of its parts; a part that is missing is an empty list."""
    lists = (f'"{name}":[{",".join(parts.get(name, ()))}]' for name in PARTS)
    return f"{{{','.join(lists)}}}"


NOTHING = _encoded({})


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The changes of a range of the log as JSON parts, to be combined per visibility."""

    position: int
    tickets: Sequence[tuple[Row, str, str]]
    """Each with its JSON for most viewers, and for those who pinned it."""

    messages: Sequence[tuple[Row, str]]
    threads: Mapping[tuple[UUID, UUID], Sequence[Row]]
    moved: Sequence[MovedTicket]
    pins: Collection[tuple[UUID, UUID]]
    directory: Sequence[tuple[UUID, str]] = ()
    """Teams, agents, channels and variables that changed, by tenant."""

    quick_replies: Sequence[Row] = ()

    @classmethod
    def of(cls, changes: Changes, name_of: NameOf) -> "ChangeSet":
        now, threads = utc_now(), dict[tuple[UUID, UUID], list[Row]]()
        for row in changes.threads:
            threads.setdefault((row.tenant_id, row.conversation_id), []).append(row)
        pinned = {conversation_id for _, conversation_id in changes.pins}
        tickets = []
        for row in changes.tickets:
            fields = ticket_fields(row, name_of, now)
            text = _one_line(fields)
            is_pinned = row.conversation_id in pinned
            tickets.append((row, text, _one_line(fields | {"pinned": True}) if is_pinned else text))
        messages = [(row, _one_line(message_fields(row, name_of))) for row in changes.messages]
        directory = [
            (row.tenant_id, _one_line({"kind": row.kind, "id": row.id, "name": row.name}))
            for row in changes.directory
            if row.kind != "tenant"
        ]
        return cls(
            changes.position,
            tickets,
            messages,
            threads,
            changes.moved,
            changes.pins,
            directory,
            changes.quick_replies,
        )

    def json_for(self, visibility: Visibility) -> str | None:
        """Encode the changes that a visibility sees; None when there are none."""
        tickets, participating = [], []
        for row, unpinned, pinned in self.tickets:
            shown = pinned if (visibility.me, row.conversation_id) in self.pins else unpinned
            if _sees(visibility, row):
                tickets.append(shown)
            elif row.tenant_id == visibility.tenant_id and visibility.me in row.people:
                participating.append(shown)
        messages = self._messages_for(visibility)
        gone = [text for moved in self.moved if (text := self._gone(visibility, moved)) is not None]
        parts = {
            "tickets": tickets,
            "messages": messages,
            "gone": gone,
            "directory": [text for tenant_id, text in self.directory if tenant_id == visibility.tenant_id],
            "participating": participating,
        }
        if not any(parts.values()):
            return None
        return _encoded(parts)

    def quick_replies_for(self, visibility: Visibility) -> list[str]:
        """Encode the news of quick replies: all for who decides, and to each who suggested what is theirs."""
        news = []
        for row in self.quick_replies:
            if row.tenant_id == visibility.tenant_id and (
                visibility.everything or row.suggested_by == visibility.me
            ):
                told = QuickReplyNews(
                    id=row.quick_reply_id,
                    name=row.name,
                    state=row.state,
                    suggestion=row.suggestion_state,
                    suggested_by=row.suggested_by,
                    waiting=row.waiting if visibility.everything else 0,
                )
                news.append(_one_line(told.model_dump()))
        return news

    def _messages_for(self, visibility: Visibility) -> list[str]:
        limits: dict[UUID, int | None] = {}
        readable = []
        for row, text in self.messages:
            if row.tenant_id != visibility.tenant_id:
                continue
            if row.conversation_id not in limits:
                thread = self.threads.get((row.tenant_id, row.conversation_id), ())
                limits[row.conversation_id] = visibility.read_limit(thread)
            limit = limits[row.conversation_id]
            if limit is not None and row.position <= limit:
                readable.append(text)
        return readable

    def _gone(self, visibility: Visibility, moved: MovedTicket) -> str | None:
        """Return the ticket's key if it was in the viewer's lists before and is not now."""
        if not visibility.sees(moved.tenant_id, moved.owner, moved.team, moved.state):
            return None
        thread = self.threads.get((moved.tenant_id, moved.conversation_id), ())
        if any(row.number == moved.number and _sees(visibility, row) for row in thread):
            return None
        return f'{{"conversation_id":"{moved.conversation_id}","number":{moved.number}}}'


def change_of(tickets: Sequence[Row], name_of: NameOf) -> str:
    """Encode a change of tickets only."""
    now = utc_now()
    return _encoded({"tickets": [_one_line(ticket_fields(row, name_of, now)) for row in tickets]})


def _one_line(fields: Fields) -> str:
    """Encode JSON without the characters that some parsers take for line ends."""
    text = written(fields).decode()
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def _sees(visibility: Visibility, row: Row) -> bool:
    return visibility.sees(row.tenant_id, row.owner, row.team, row.state)
