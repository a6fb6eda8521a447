"""What is known of the customer of a conversation, for suggestions of quick replies."""

from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.queries.visibility import Visibility
from domain.quick_reply.known_values import KnownValues, Variable
from domain.refusals import NotFound
from services.queries.conversation_variables import ConversationVariables
from services.runtime.clock import Clock

MAX_TICKETS = 200


@dataclass(frozen=True, slots=True)
class KnownValuesReader:
    """Reads what is known of a customer, as far as the caller may read it, from the read models."""

    variables: ConversationVariables
    now: Clock

    async def of_conversation(self, visibility: Visibility, conversation_id: UUID) -> KnownValues:
        """Return what is known of the customer, of all contacts that are shown as one with them.

        Raises:
            NotFound: the caller cannot read the conversation.
        """
        ticket = await self.variables.queries.newest_ticket(visibility, conversation_id)
        if ticket is None:
            raise NotFound("conversation", conversation_id)
        contacts = self.variables.contacts
        people = await contacts.person(visibility, ticket.person_id)
        tickets = await contacts.hand_offs(visibility, ticket.person_id, MAX_TICKETS)
        valued = await self.variables.of_ticket(visibility, ticket, self.now())
        me = visibility.me
        return KnownValues(
            names=[one.name for one in people if one.name],
            usernames=[one.username for one in people if one.username],
            phones=[phone for one in people for phone in one.phones],
            emails=[one.email for one in people if one.email],
            attributes=[value for one in people for value in one.attributes.values()],
            bot=[each.bot_variables for each in tickets],
            protocols=[each.protocol for each in tickets],
            author=None if me is None else self.variables.directory.name_of(me),
            variables=[
                Variable(variable.name, value, variable.source.kind == "agent") for variable, value in valued
            ],
        )
