"""An example of every published event, for the JSON Schema: Marina writes, and Ana serves her."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.administration import (
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    AgentLimitSet,
    AgentRoleChanged,
    AgentTeamsSet,
    ChannelAdded,
    ChannelConfigured,
    TeamAdded,
    TeamArchived,
    TeamRenamed,
    TenantRegistered,
)
from domain.contact.state import (
    AliasAdded,
    AliasRemoved,
    ContactCardReflected,
    ContactErased,
    ContactRegistered,
    ContactsMerged,
    DetailsChanged,
    IdentityAttached,
    IdentityConflictNoted,
    IdentityHeard,
    IdentityReplaced,
    MergeUndone,
    ProfileNamed,
)
from domain.conversation.message_events import (
    ConversationErased,
    ConversationStarted,
    MessageEchoed,
    MessageEdited,
    MessageImported,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    NoticeReceived,
    ReactionChanged,
)
from domain.conversation.ticket_events import (
    AnswerFailed,
    AnswerRestored,
    Assigned,
    BotReactivated,
    BotReplyRefused,
    BotWaits,
    Closed,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    MessageScheduled,
    MoveUndone,
    NoteAdded,
    OwnerPresent,
    Reopened,
    ScheduleEnded,
    Snoozed,
    Tagged,
    TicketOpened,
    Transferred,
    Unassigned,
    Untagged,
    WindowClosing,
    WindowWatched,
    Woken,
)
from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    Failed,
    Read,
    RetryDue,
    RetryRequested,
    Unconfirmed,
)
from domain.event import Event
from domain.template.content import Button, Content
from domain.template.state import (
    TemplateQualityChanged,
    TemplateRemoved,
    TemplateStatusChanged,
    TemplateSynced,
)
from domain.tenant_variables import VariableArchived, VariableChanged, VariableDefined


def _id(last: int) -> UUID:
    return UUID(int=0x019CB31B_A560_7000_8000_000000000000 + last)


CHANNEL, TEAM, ANA, BRUNO = _id(1), _id(2), _id(3), _id(4)
MARINA, ALIAS, CONVERSATION = _id(5), _id(6), _id(7)
QUESTION, ANSWER, NOTICE, NOTE, SCHEDULED, TURN = _id(8), _id(9), _id(10), _id(11), _id(12), _id(13)
ECHO, VARIABLE = _id(14), _id(15)
AT = datetime(2026, 3, 3, 14, 5, 6, tzinfo=UTC)
LATER, TOMORROW = AT + timedelta(minutes=2), AT + timedelta(days=1)
ZONE, NAME, PHONE = "America/Sao_Paulo", "Marina Duarte", "+5511987651234"

EXAMPLES: tuple[Event, ...] = (
    TenantRegistered(name="Loja Aurora"),
    TeamAdded(team_id=TEAM, name="Vendas"),
    TeamRenamed(team_id=TEAM, name="Vendas e trocas"),
    TeamArchived(team_id=TEAM),
    VariableDefined(variable_id=VARIABLE, name="horario", kind="fixed", field=None, value="das 9h às 18h"),
    VariableChanged(variable_id=VARIABLE, kind="contact", field="attribute:horário", value=None),
    VariableArchived(variable_id=VARIABLE),
    ChannelAdded(phone_number_id="106540352242922", name="Atendimento", portfolio="5678", has_bot=False),
    ChannelConfigured(
        team_id=TEAM,
        has_bot=False,
        reopen_within_s=3600,
        sends_read=True,
        sends_typing=False,
        auto_assign=True,
    ),
    AgentAdded(name="Ana Lima", email="ana@aurora.example", role="agent"),
    AgentDeactivated(),
    AgentActivated(),
    AgentTeamsSet(teams=[TEAM]),
    AgentLimitSet(limit=5),
    AgentRoleChanged(role="supervisor"),
    ContactRegistered(name=NAME, username="marina.duarte"),
    IdentityAttached(portfolio="5678", kind="phone", value=PHONE, wa_id="551187651234", heard_at=AT),
    IdentityHeard(kind="phone", value=PHONE, wa_id="551187651234", heard_at=AT),
    IdentityReplaced(
        kind="phone", value=PHONE, present="5511912345678", wa_id="5511912345678", replaced_at=LATER
    ),
    IdentityConflictNoted(kind="phone", value=PHONE, held_by=ALIAS),
    ProfileNamed(name="Marina D.", username=None),
    ContactCardReflected(name=NAME, email="marina@example.com", attributes={"pedido": "A-1042"}),
    DetailsChanged(name=NAME, email="marina@example.com", attributes={"pedido": "A-1042"}, by=ANA),
    ContactsMerged(into=ALIAS, name=NAME, by=ANA),
    MergeUndone(into=ALIAS, by=ANA),
    AliasAdded(alias=MARINA, by=ANA),
    AliasRemoved(alias=MARINA, by=ANA),
    ContactErased(by=None, erased_at=LATER),
    ConversationStarted(channel_id=CHANNEL, contact_id=MARINA),
    MessageReceived(
        ticket=1,
        message_id=QUESTION,
        type="text",
        text="Bom dia, onde está meu pedido?",
        sender_name=NAME,
        wamid="wamid.HBgMNTUxMTg3NjUxMjM0FQIAEhgUM0E",
        raw=None,
        quoted_id=None,
        sent_at=AT,
        received_at=AT + timedelta(milliseconds=310),
        window_ends_at=TOMORROW,
    ),
    MessageSent(
        ticket=1,
        message_id=ANSWER,
        channel_id=CHANNEL,
        type="text",
        text="Bom dia, Marina! Saiu hoje para entrega.",
        author="agent",
        agent_id=ANA,
        quoted_id=QUESTION,
        sent_at=LATER,
    ),
    MessageEchoed(
        ticket=1,
        message_id=ECHO,
        type="text",
        text="Oi Marina, o entregador já está na sua rua.",
        wamid="wamid.HBgMNTUxMTg3NjUxMjM0FQIAERgSM0U",
        raw=None,
        quoted_id=None,
        quoted_wamid=None,
        sent_at=LATER,
        time_flagged=False,
        truncated=False,
        answers=True,
    ),
    MessageImported(
        message_id=QUESTION,
        type="text",
        text="Vocês abrem no sábado?",
        sender_name=NAME,
        wamid="wamid.HBgMNTUxMTg3NjUxMjM0FQIAEhgUM0I",
        raw=None,
        sent_at=AT - timedelta(days=90),
    ),
    NoticeReceived(
        ticket=None,
        message_id=NOTICE,
        kind="user_changed_number",
        text="Marina mudou de número",
        wamid="wamid.HBgMNTUxMTg3NjUxMjM0FQIAEhgUM0M",
        raw={"type": "system", "system": {"type": "user_changed_number", "wa_id": "551187651235"}},
        sent_at=AT,
    ),
    ReactionChanged(ticket=1, message_id=ANSWER, emoji="👍", reacted_at=LATER),
    MessageEdited(
        ticket=1, message_id=QUESTION, text="Bom dia, onde está o pedido A-1042?", raw=None, edited_at=LATER
    ),
    MessageRevoked(ticket=1, message_id=QUESTION, revoked_at=LATER),
    ConversationErased(by=ANA, erased_at=LATER),
    TicketOpened(
        ticket=1,
        channel_id=CHANNEL,
        contact_id=MARINA,
        name=NAME,
        phone=PHONE,
        with_bot=False,
        window_ends_at=TOMORROW,
        opened_at=AT,
        protocol="20260303-7K4Q-2MXP",
    ),
    HandedOff(
        ticket=1,
        queue=str(TEAM),
        reason="quer falar com vendas",
        by_bot=True,
        card={"name": NAME, "email": "marina@example.com", "attributes": {"pedido": "A-1042"}},
        variables={"menu": "2"},
    ),
    Assigned(ticket=1, agent_id=ANA, by=ANA),
    Unassigned(ticket=1, by=ANA),
    OwnerPresent(ticket=1),
    Transferred(
        ticket=1, queue=str(TEAM), agent_id=BRUNO, note="Pergunta de garantia", by=ANA, moved_at=LATER
    ),
    MarkedAnswered(ticket=1, by=ANA),
    MarkedUnanswered(ticket=1, by=ANA, marked_at=LATER),
    AnswerFailed(ticket=1, message_id=ANSWER, failed=True, unanswered_since=AT, unread=1),
    AnswerRestored(ticket=1, message_id=ANSWER, failed=False, unanswered_since=None, unread=0),
    Snoozed(
        ticket=1,
        until=TOMORROW,
        zone=ZONE,
        keep=False,
        reason="espera a transportadora",
        by=ANA,
        moved_at=LATER,
    ),
    Woken(ticket=1, cause="time", return_at=TOMORROW + timedelta(minutes=15)),
    WindowWatched(ticket=1, warn_at=TOMORROW - timedelta(hours=1)),
    WindowClosing(ticket=1, ends_at=TOMORROW),
    BotReactivated(ticket=1, until="flow_end", back_at=None, by=ANA, turn_id=TURN, epoch=3, answer_by=LATER),
    BotWaits(ticket=1),
    BotReplyRefused(ticket=1, reply_id="r-17", epoch=2, reason="epoch", text="Escolha uma opção: 1, 2 ou 3"),
    NoteAdded(
        ticket=1, note_id=NOTE, text="@Bruno confere a garantia?", mentions=[BRUNO], by=ANA, written_at=LATER
    ),
    Tagged(ticket=1, tag="garantia", by=ANA),
    Untagged(ticket=1, tag="garantia", by=ANA),
    MessageScheduled(
        ticket=1, scheduled_id=SCHEDULED, text="Chegou tudo certo?", due_at=TOMORROW, zone=ZONE, by=ANA
    ),
    ScheduleEnded(ticket=1, scheduled_id=SCHEDULED, cause="sent", message_id=ANSWER),
    Closed(ticket=1, by=ANA, reason="resolvido", moved_at=LATER),
    Reopened(ticket=1, owner=ANA, queue=str(TEAM)),
    MoveUndone(
        ticket=1,
        move="close",
        with_bot=False,
        owner=ANA,
        queue=str(TEAM),
        snoozed_until=None,
        keeps=False,
        unanswered_since=AT,
        unread=1,
        by=ANA,
    ),
    AttemptStarted(
        ticket=1, conversation_id=CONVERSATION, attempt=1, deadline_at=LATER + timedelta(seconds=10)
    ),
    Accepted(ticket=1, attempt=1, wamid="wamid.HBgMNTUxMTg3NjUxMjM0FQIAERgSM0Q", accepted_at=LATER),
    Delivered(ticket=1, delivered_at=LATER),
    Read(ticket=1, read_at=LATER),
    Failed(
        ticket=1, attempt=1, code="131047", title="Re-engagement message", retryable=False, failed_at=LATER
    ),
    RetryDue(ticket=1, attempt=2, due_at=LATER + timedelta(seconds=2)),
    RetryRequested(ticket=1, attempt=2, by=None),
    Unconfirmed(ticket=1, attempt=1, reason="no_outcome"),
    TemplateSynced(
        account="102290129340398",
        meta_id="1689556908129832",
        name="pedido_enviado",
        language="pt_BR",
        category="UTILITY",
        status="APPROVED",
        quality="GREEN",
        content=Content(
            body="Olá, {{1}}! Seu pedido saiu para entrega.",
            body_examples={"1": "Marina"},
            footer="Casa Aurora",
            buttons=[Button(type="QUICK_REPLY", text="Falar com a loja")],
        ),
    ),
    TemplateStatusChanged(status="PAUSED"),
    TemplateQualityChanged(quality="YELLOW"),
    TemplateRemoved(),
)
"""One of each type. A new event needs one here (`make check` says so)."""
