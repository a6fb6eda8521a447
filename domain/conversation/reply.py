"""Answer the customer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.conversation.assign import take_unowned
from domain.conversation.message_events import MessageSent, QuickReplyUse
from domain.conversation.state import Conversation, require_text
from domain.decision import Decision, decided
from domain.refusals import WindowClosed
from domain.template.content import SentTemplate


def send_text(
    conversation: Conversation,
    text: str,
    message_id: UUID,
    by: UUID,
    at: datetime,
    quoted_id: UUID | None = None,
    takes: bool = True,
    quick_replies: Sequence[QuickReplyUse] = (),
) -> Decision:
    """Send an agent's text; a ticket without an owner becomes theirs.

    With `takes` False (a supervisor steps in) it stays without an owner, and the bot's goes to its queue.

    Raises:
        NoOpenTicket, EmptyText, TextTooLong, WindowClosed
    """
    ticket = conversation.require_open()
    require_text(text)
    if conversation.window_closes_before(at):
        raise WindowClosed(conversation.window_ends_at)
    sent = MessageSent(
        ticket=ticket,
        message_id=message_id,
        channel_id=conversation.channel_id,
        type="text",
        text=text,
        author="agent",
        agent_id=by,
        quoted_id=quoted_id,
        sent_at=conversation.sort_time(at.replace(microsecond=0)),
        quick_replies=list(quick_replies),
    )
    return take_unowned(conversation, by, takes) + decided(sent)


def send_template(
    conversation: Conversation,
    template_id: UUID,
    filled: SentTemplate,
    message_id: UUID,
    by: UUID,
    at: datetime,
    takes: bool = True,
) -> Decision:
    """Send a template as an agent's answer, inside the window or outside; `takes` is as for a text.

    Raises:
        NoOpenTicket
    """
    ticket = conversation.require_open()
    return take_unowned(conversation, by, takes) + decided(
        sent_template(conversation, ticket, template_id, filled, message_id, by, at)
    )


def sent_template(
    conversation: Conversation,
    ticket: int,
    template_id: UUID,
    filled: SentTemplate,
    message_id: UUID,
    by: UUID,
    at: datetime,
    opens: bool = False,
) -> MessageSent:
    """Return the fact that a template was sent in a ticket, which it `opens` or which is there."""
    return MessageSent(
        ticket=ticket,
        message_id=message_id,
        channel_id=conversation.channel_id,
        type="template",
        text=filled.body,
        author="agent",
        agent_id=by,
        sent_at=conversation.sort_time(at.replace(microsecond=0)),
        template_id=template_id,
        template=filled,
        opens=opens,
    )
