"""How each kind of stream is folded when its id came from outside and may be that of anything."""

from collections.abc import Callable
from typing import TypeVar

from domain import administration
from domain import delivery as deliveries
from domain.administration import Administered
from domain.contact import state as contacts
from domain.contact.state import Contact, ContactRegistered
from domain.conversation import state as conversations
from domain.conversation.message_events import ConversationStarted
from domain.conversation.state import Conversation
from domain.delivery import AttemptStarted, Delivery
from domain.event import Event
from domain.quick_reply import state as quick_replies
from domain.quick_reply.events import FOUNDING as QUICK_REPLY_FOUNDING
from domain.quick_reply.state import QuickReply
from domain.template import state as templates
from domain.template.state import Template, TemplateSynced

S = TypeVar("S")
Evolve = Callable[[S | None, Event], S | None]


def _begun_by(
    founding: type[Event] | tuple[type[Event], ...], evolve: Callable[[S | None, Event], S | None]
) -> Evolve[S]:
    """`evolve` for streams that begin with `founding`; a stream that begins otherwise folds to None."""

    def guarded(state: S | None, event: Event) -> S | None:
        if state is None and not isinstance(event, founding):
            return None
        return evolve(state, event)

    return guarded


conversation: Evolve[Conversation] = _begun_by(ConversationStarted, conversations.evolve)
contact: Evolve[Contact] = _begun_by(ContactRegistered, contacts.evolve)
delivery: Evolve[Delivery] = _begun_by(AttemptStarted, deliveries.evolve)
template: Evolve[Template] = _begun_by(TemplateSynced, templates.evolve)
administered: Evolve[Administered] = _begun_by(administration.FOUNDING, administration.evolve)
"""A tenant, an agent or a channel."""

quick_reply: Evolve[QuickReply] = _begun_by(QUICK_REPLY_FOUNDING, quick_replies.evolve)
