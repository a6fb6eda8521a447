"""Commands that send templates: in a conversation, or as an active message that opens one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.queries.visibility import Reach, Visibility
from domain import streams
from domain.administration import Channel
from domain.contact.card import display_name
from domain.contact.preference import require_wanted
from domain.contact.state import Contact
from domain.conversation.active_message import Opening, write_first
from domain.conversation.reply import send_template
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import DEFAULT_QUEUE, queue_of
from domain.decision import Decision
from domain.log.append import ThreadKey
from domain.refusals import ContactUnreachable, DataErased, NotFound, TakesPart
from domain.template.content import SentTemplate
from domain.template.fill import fill_template
from services.runtime.ids import new_id
from services.write.actor import CommandResponse, Person, Request
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin, UnitOfWork

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template to send, with a value for each of its parameters."""

    template_id: UUID
    parameters: Mapping[str, str]


class TemplateCommands:
    """Sends templates. `access` says who may see a contact."""

    def __init__(self, runner: CommandRunner, access: Callable[[Visibility, UUID], Reach | None]) -> None:
        self._runner, self._access = runner, access

    def send(
        self, conversation_id: UUID, wanted: Wanted, request: Request, by: Person, at: datetime
    ) -> CommandResponse:
        """Answer the customer with a template; a repeated request gets the first one's response.

        Raises:
            NotFound, NoOpenTicket, TemplateNotSendable, OptedOut, ParameterMissing, ParameterInvalid,
            KeyReused, ConcurrentChange
        """
        message_id = new_id()

        def decide(conversation: Conversation, _: int | None, unit: UnitOfWork) -> Decision:
            conversation.require_open()
            contact = unit.contact_dependency(conversation.contact_id)
            filled = _filled(unit, wanted, conversation.channel_id, contact)
            return send_template(
                conversation, wanted.template_id, filled, message_id, by.id, at, takes=by.role == "agent"
            )

        return self._runner.run_idempotent(
            conversation_id, request, by, ACCEPTED, {"message_id": str(message_id)}, decide
        )

    def write_first(
        self, channel_id: UUID, contact_id: UUID, wanted: Wanted, request: Request, by: Person, at: datetime
    ) -> CommandResponse:
        """Write to a contact on a channel; opens a ticket of the caller, unless one is open.

        Raises:
            NotFound: of contact, channel or template.
            TakesPart: others serve the contact, or did so last on this channel.
            ContactUnreachable, TemplateNotSendable, OptedOut, ParameterMissing, ParameterInvalid, DataErased,
            KeyReused, ConcurrentChange
        """
        message_id, fresh_id = new_id(), new_id()
        answer = {"conversation_id": str(fresh_id), "message_id": str(message_id)}

        def decide(unit: UnitOfWork) -> None:
            contact, opening = self._opening(unit, channel_id, contact_id, message_id, by, at)
            thread = ThreadKey(by.tenant_id, channel_id, contact_id)
            if (conversation_id := unit.conversation_of(thread)) is None:
                conversation_id = fresh_id
                unit.mark_new(conversation_id, streams.conversation)
                unit.name_thread(thread, conversation_id)
            conversation = unit.conversation(conversation_id).state
            if conversation is not None and not _sees(conversation, by):
                # They see the contact by another channel; a ticket of theirs would show them this thread.
                raise TakesPart
            filled = _filled(unit, wanted, channel_id, contact)
            facts = write_first(
                conversation, wanted.template_id, filled, opening, by.id, takes=by.role == "agent"
            )
            if conversation is not None:
                unit.require_holders(by.tenant_id, conversation, facts)
            unit.require_agent(by.id)
            origin = Origin(by.tenant_id, by.actor)
            unit.record(conversation_id, facts, streams.conversation, origin, conversation_id, contact_id)
            answer["conversation_id"] = str(conversation_id)

        return self._runner.execute_idempotent(by, request, ACCEPTED, answer, decide)

    def _opening(
        self, unit: UnitOfWork, channel_id: UUID, contact_id: UUID, message_id: UUID, by: Person, at: datetime
    ) -> tuple[Contact, Opening]:
        """Return the contact, and what a ticket of theirs on this channel begins with."""
        if (access := self._access(by.visibility, contact_id)) is None:
            raise NotFound("contact", contact_id)
        if access != "full":
            raise TakesPart
        channel = unit.depend_on(channel_id, streams.administered).state
        if not isinstance(channel, Channel):
            raise NotFound("channel", channel_id)
        contact = unit.contact_dependency(contact_id)
        if contact.erased:
            raise DataErased
        if contact.number is None and contact.bsuid is None:
            raise ContactUnreachable
        main = None if contact.merged_into is None else unit.contact_dependency(contact.merged_into)
        person, queue = display_name(contact, main), queue_of(channel.team_id)
        if not unit.has_queue(by.tenant_id, queue):
            queue = DEFAULT_QUEUE
        return contact, Opening(
            channel_id,
            contact_id,
            message_id,
            at,
            queue=queue,
            name=person.name,
            phone=person.phone,
            person_id=person.main_id,
            person_name=person.main_name,
        )


def _sees(conversation: Conversation, by: Person) -> bool:
    return by.visibility.sees(by.tenant_id, conversation.owner, conversation.team, conversation.state)


def _filled(unit: UnitOfWork, wanted: Wanted, channel_id: UUID, contact: Contact) -> SentTemplate:
    """Fill the template as it stands, as a dependency: Meta may change it at any time.

    Raises:
        NotFound: the account of the channel has no such template.
        TemplateNotSendable, OptedOut, ParameterMissing, ParameterInvalid
    """
    found = unit.load(channel_id, streams.administered).state
    template = unit.depend_on(wanted.template_id, streams.template).state
    if template is None or not isinstance(found, Channel) or template.synced.account != found.account:
        raise NotFound("template", wanted.template_id)
    template.require_sendable()
    require_wanted(contact, template.synced.category)
    synced = template.synced
    return fill_template(synced.name, synced.language, synced.content, wanted.parameters)
