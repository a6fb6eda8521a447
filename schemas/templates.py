"""Templates: messages that Meta has approved, which may be sent when the 24-hour window is closed."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from schemas.http import CleanText, Id, Instant, LogPosition, RequestModel, ResponseModel

ParameterKey = Annotated[str, Field(min_length=1, max_length=550)]
Parameters = Annotated[
    dict[ParameterKey, Annotated[CleanText, Field(max_length=4096)]], Field(max_length=200)
]
WhyNot = Literal["not_approved", "rejected", "paused", "disabled", "removed", "unsupported"]


class TemplateHeader(ResponseModel):
    """The header of a template."""

    format: str
    """Meta's word: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT`, `LOCATION` or one that is not known here."""

    text: str | None
    """Of a `TEXT` header, with `{{1}}` or `{{name}}` for its parameter."""

    example: str | None
    """An example for its parameter: a text or the address of a file."""


class TemplateButton(ResponseModel):
    """A button of a template."""

    type: str
    """Meta's word: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE` or one that is not known here."""

    text: str
    """The label."""

    url: str | None
    """Of a `URL` button; `{{1}}` stands for its parameter."""

    phone: str | None


class TemplateParameter(ResponseModel):
    """Something to give when the template is sent."""

    key: str
    """Its name in `parameters` of a request, such as `body.1`, `body.nome`, `header.link`, `button.0`."""

    part: Literal["header", "body", "button"]
    index: int
    """Place within its part, from 0; for a button, that of the button."""

    kind: Literal["text", "link", "number", "suffix", "code"]
    """`link`: address of a file; `number`: degrees of a location; `suffix`: end of a button's address;
    `code`: what a button copies. None may hold a line break, a tab or five spaces in a row."""

    name: str | None
    """Of a named parameter."""

    example: str | None
    max_length: int
    """In characters. A filled header also has at most 60, a filled body 1,024."""

    required: bool


class Template(ResponseModel):
    """A template of a WhatsApp account, in one language."""

    id: UUID
    name: str
    language: str
    category: str
    """Meta's word: `MARKETING`, `UTILITY` or `AUTHENTICATION`."""

    status: str
    """Meta's word, such as `APPROVED`, `PENDING`, `REJECTED`, `PAUSED` or `DISABLED`."""

    quality: str
    """How customers rate it, in Meta's word: `GREEN`, `YELLOW`, `RED` or `UNKNOWN`."""

    reason: str | None
    """Why Meta rejected it, such as `INVALID_FORMAT`."""

    parameter_format: Literal["POSITIONAL", "NAMED"]
    header: TemplateHeader | None
    body: str
    """With `{{1}}` or `{{name}}` for each parameter."""

    footer: str | None
    buttons: list[TemplateButton]
    parameters: list[TemplateParameter]
    sendable: bool
    why_not: WhyNot | None
    """Why it cannot be sent: `unsupported` ones have parts that cannot be filled here."""


class Templates(ResponseModel):
    """A page of templates: those that can be sent first, each by name and language."""

    items: list[Template]
    next: str | None
    """The `cursor` of the next page."""

    synced_at: Instant | None
    """When all accounts asked for were last read from Meta; null before that."""

    sync_failed: bool
    """The newest attempt to read an account failed: what is listed may be out of date."""

    stale: bool = False


class SyncRequested(ResponseModel):
    """Templates will be read from Meta; `Templates.synced_at` comes after this when it is done."""

    requested_at: Instant


class SendTemplate(RequestModel):
    """A template to the customer."""

    type: Literal["template"]
    template_id: Id
    parameters: Parameters = Field(default_factory=dict)
    """A value for each parameter, by its key."""


class OpenConversation(RequestModel):
    """A template to a contact, who may have no conversation on this channel yet."""

    channel_id: Id
    contact_id: Id
    template_id: Id
    parameters: Parameters = Field(default_factory=dict)


class ConversationOpened(ResponseModel):
    """The template is stored and will be sent; the ticket belongs to the caller."""

    conversation_id: UUID
    message_id: UUID
    position: LogPosition
