"""Changes of a range of the log, as the JSON that each viewer may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.connection.pool import Row
from adapters.postgres.queries.changes import Changes, MovedTicket
from adapters.postgres.queries.visibility import Visibility
from services.http.answers.tickets import Fields, message_fields, ticket_fields, written
from services.http.edge.problems import NameOf
from services.runtime.clock import utc_now

NOTHING = '{"tickets":[],"messages":[],"gone":[],"directory":[]}'


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The changes of a range of the log as JSON parts, to be combined per visibility."""

    position: int
    tickets: Sequence[tuple[Row, str, str]]
    """Each with its JSON for most viewers, and for those who pinned it."""

    messages: Sequence[tuple[UUID, UUID, str]]
    threads: Mapping[tuple[UUID, UUID], Sequence[Row]]
    moved: Sequence[MovedTicket]
    pins: Collection[tuple[UUID, UUID]]
    directory: Sequence[tuple[UUID, str]] = ()
    """Teams, agents and channels that changed, by tenant."""

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
        messages = [
            (row.tenant_id, row.conversation_id, _one_line(message_fields(row, name_of)))
            for row in changes.messages
        ]
        directory = [
            (row.tenant_id, _one_line({"kind": row.kind, "id": row.id, "name": row.name}))
            for row in changes.directory
            if row.kind != "tenant"
        ]
        return cls(changes.position, tickets, messages, threads, changes.moved, changes.pins, directory)

    def json_for(self, visibility: Visibility) -> str | None:
        """Encode the changes that a visibility sees; None when there are none."""
        tickets = [
            pinned if (visibility.me, row.conversation_id) in self.pins else text
            for row, text, pinned in self.tickets
            if _sees(visibility, row)
        ]
        messages = [
            text for tenant, thread, text in self.messages if self._sees_thread(visibility, tenant, thread)
        ]
        gone = [text for moved in self.moved if (text := self._gone(visibility, moved)) is not None]
        directory = [text for tenant_id, text in self.directory if tenant_id == visibility.tenant_id]
        if not (tickets or messages or gone or directory):
            return None
        return (
            f'{{"tickets":[{",".join(tickets)}],"messages":[{",".join(messages)}],"gone":[{",".join(gone)}],'
            f'"directory":[{",".join(directory)}]}}'
        )

    def _sees_thread(self, visibility: Visibility, tenant_id: UUID, conversation_id: UUID) -> bool:
        if tenant_id != visibility.tenant_id:
            return False
        return sees_thread(visibility, self.threads.get((tenant_id, conversation_id), ()))

    def _gone(self, visibility: Visibility, moved: MovedTicket) -> str | None:
        """Return the ticket's key if it was visible before and is not now."""
        if not visibility.sees(moved.tenant_id, moved.owner, moved.team, moved.state):
            return None
        thread = self.threads.get((moved.tenant_id, moved.conversation_id), ())
        if any(row.number == moved.number and _sees(visibility, row) for row in thread):
            return None
        return f'{{"conversation_id":"{moved.conversation_id}","number":{moved.number}}}'


def change_of(tickets: Sequence[Row], name_of: NameOf) -> str:
    """Encode a change of tickets only."""
    now = utc_now()
    texts = ",".join(_one_line(ticket_fields(row, name_of, now)) for row in tickets)
    return f'{{"tickets":[{texts}],"messages":[],"gone":[],"directory":[]}}'


def _one_line(fields: Fields) -> str:
    """Encode JSON without the characters that some parsers take for line ends."""
    text = written(fields).decode()
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def sees_thread(visibility: Visibility, thread: Sequence[Row]) -> bool:
    """Return whether one of a conversation's tickets is visible; one without any is a matter of the role."""
    return any(_sees(visibility, row) for row in thread) or (visibility.sees_unserved and not thread)


def _sees(visibility: Visibility, row: Row) -> bool:
    return visibility.sees(row.tenant_id, row.owner, row.team, row.state)
