"""What variables stand for in a conversation, for a caller who may read it and is the agent that writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from adapters.postgres.connection.pool import Row
from adapters.postgres.queries.contacts import PostgresContacts
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.visibility import Visibility
from domain.contact.card import Details, together
from domain.refusals import NotFound
from domain.tenant_variables import Variable
from domain.variable_values import Occasion, value_of
from services.queries.directory import Directory


class ValuedVariable(NamedTuple):
    """A variable with its value now; None if there is none."""

    variable: Variable
    value: str | None


@dataclass(frozen=True, slots=True)
class ConversationVariables:
    """Reads what variables stand for now."""

    queries: PostgresQueries
    contacts: PostgresContacts
    directory: Directory

    async def now(self, visibility: Visibility, conversation_id: UUID, at: datetime) -> list[ValuedVariable]:
        """Return all variables that are not archived, by name, for the newest ticket that is readable.

        `at` is local to the caller.

        Raises:
            NotFound: there is no such ticket.
        """
        ticket = await self.queries.newest_ticket(visibility, conversation_id)
        if ticket is None:
            raise NotFound("conversation", conversation_id)
        return await self.of_ticket(visibility, ticket, at)

    async def of_ticket(self, visibility: Visibility, ticket: Row, at: datetime) -> list[ValuedVariable]:
        """As `now`, for the newest ticket that was read already."""
        card = await self.contacts.of_ticket(visibility.tenant_id, ticket.conversation_id, ticket.number)
        if card is None:
            raise NotFound("conversation", ticket.conversation_id)
        occasion = self._occasion(ticket, card, visibility.me, at)
        variables = self.directory.variables_of(visibility.tenant_id).all.values()
        return [
            ValuedVariable(variable, value_of(variable.source, occasion))
            for variable in sorted(variables, key=lambda variable: variable.name)
            if not variable.archived
        ]

    def _occasion(self, ticket: Row, card: Row, agent_id: UUID | None, at: datetime) -> Occasion:
        aliases = (Details(None, one["email"], one["attributes"]) for one in card.aliases or ())
        channel = self.directory.channel(ticket.channel_id)
        return Occasion(
            contact=together([Details(card.name, card.email, card.attributes or {}), *aliases]),
            phone=card.phone,
            bot_variables=card.bot_variables or {},
            agent=None if agent_id is None else self.directory.name_of(agent_id),
            protocol=ticket.protocol,
            team=ticket.team and self.directory.name_of(UUID(ticket.team)),
            channel=channel and channel.name,
            at=at,
        )
