"""Templates as Meta writes them: reading those of an account, and the components of a message."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.whatsapp.people import text_or_none
from domain.template.content import MEDIA, Button, Content, Header, ParameterFormat, SentTemplate
from domain.template.state import TemplateSynced

FIELDS = "id,name,language,category,status,parameter_format,components,quality_score,rejected_reason"
"""Fields to request from the list of templates."""

_HEADERS = frozenset({"TEXT", "LOCATION", *MEDIA})
_BUTTONS = frozenset(
    {"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL", "REQUEST_CONTACT_INFO"}
)
_MAX_TEXT = 4096


def read_template(account: str, raw: Any) -> TemplateSynced | None:
    """Read a template of a list; None if it does not say which one it is.

    What cannot be filled here is named in `unsupported`; unknown fields are ignored.
    """
    if not isinstance(raw, dict):
        return None
    meta_id, name, language = _id(raw.get("id")), _text(raw.get("name")), _text(raw.get("language"))
    if meta_id is None or name is None or language is None:
        return None
    quality, reason = raw.get("quality_score"), _word(raw.get("rejected_reason"))
    return TemplateSynced(
        account=account,
        meta_id=meta_id,
        name=name,
        language=language,
        category=_word(raw.get("category")) or "UNKNOWN",
        status=_word(raw.get("status")) or "UNKNOWN",
        reason=None if reason == "NONE" else reason,
        quality=(_word(quality.get("score")) if isinstance(quality, dict) else None) or "UNKNOWN",
        content=read_content(raw.get("components"), raw.get("parameter_format")),
    )


def read_content(components: Any, parameter_format: Any = None) -> Content:
    """Read the components of a template."""
    named: ParameterFormat = "NAMED" if _word(parameter_format) == "NAMED" else "POSITIONAL"
    header: Header | None = None
    body: str | None = None
    footer: str | None = None
    examples: dict[str, str] = {}
    buttons: list[Button] = []
    unsupported: list[str] = []
    for component in _dicts(components):
        match _word(component.get("type")):
            case "HEADER":
                header = _header(component)
                if header.format not in _HEADERS:
                    unsupported.append(f"HEADER {header.format}"[:100])
            case "BODY":
                body, examples = (
                    _text(component.get("text")),
                    _examples(component.get("example"), "body_text"),
                )
            case "FOOTER":
                footer = _text(component.get("text"))
            case "BUTTONS":
                buttons = [_button(button) for button in _dicts(component.get("buttons"))]
                unsupported += [button.type for button in buttons if button.type not in _BUTTONS]
            case other:
                unsupported.append(other or "UNKNOWN")
    if body is None:
        unsupported.append("BODY")
    return Content(
        parameter_format=named,
        header=header,
        body=body or "",
        body_examples=examples,
        footer=footer,
        buttons=buttons,
        unsupported=sorted(set(unsupported)),
    )


def message_of(sent: SentTemplate) -> dict[str, Any]:
    """Write the `template` of a message."""
    components = components_of(sent)
    return {
        "name": sent.name,
        "language": {"code": sent.language},
        **({"components": components} if components else {}),
    }


def components_of(sent: SentTemplate) -> list[dict[str, Any]]:
    """Write the components of a message, from the values that were given; none for what has no parameters."""
    components: list[dict[str, Any]] = []
    if header := _header_parameters(sent):
        components.append({"type": "header", "parameters": header})
    if body := _text_parameters(sent.parameters, "body"):
        components.append({"type": "body", "parameters": body})
    for index, button in enumerate(sent.buttons):
        value = sent.parameters.get(f"button.{index}")
        if value is None:
            continue
        is_code = button.type == "COPY_CODE"
        components.append(
            {
                "type": "button",
                "sub_type": "copy_code" if is_code else "url",
                "index": str(index),
                "parameters": [
                    {"type": "coupon_code", "coupon_code": value}
                    if is_code
                    else {"type": "text", "text": value}
                ],
            }
        )
    return components


def _header_parameters(sent: SentTemplate) -> list[dict[str, Any]]:
    header = sent.header
    if header is None or header.format not in _HEADERS or header.format == "TEXT":
        return _text_parameters(sent.parameters, "header")
    kind = header.format.lower()
    if header.format == "LOCATION":
        place = {
            "latitude": header.latitude,
            "longitude": header.longitude,
            "name": header.name,
            "address": header.address,
        }
        return [{"type": kind, kind: {name: value for name, value in place.items() if value is not None}}]
    named = {} if header.filename is None else {"filename": header.filename}
    return [{"type": kind, kind: {"link": header.link, **named}}]


def _text_parameters(values: Mapping[str, str], part: str) -> list[dict[str, Any]]:
    found = []
    for key, value in values.items():
        of, _, name = key.partition(".")
        if of == part:
            named = {} if name.isdigit() else {"parameter_name": name}
            found.append({"type": "text", **named, "text": value})
    return found


def _header(component: Mapping[str, Any]) -> Header:
    example = component.get("example")
    examples = _examples(example, "header_text")
    if isinstance(example, dict):
        links = example.get("header_url") or example.get("header_handle")
        first = links[0] if isinstance(links, list) and links else None
        if isinstance(first, str) and first.startswith(("https://", "http://")):
            examples = {"link": first[:_MAX_TEXT]}
    return Header(
        format=_word(component.get("format")) or "UNKNOWN",
        text=_text(component.get("text")),
        examples=examples,
    )


def _button(raw: Mapping[str, Any]) -> Button:
    example = raw.get("example")
    if isinstance(example, list):
        example = example[0] if example else None
    return Button(
        type=_word(raw.get("type")) or "UNKNOWN",
        text=_text(raw.get("text")) or "",
        url=_text(raw.get("url")),
        phone=_text(raw.get("phone_number")),
        example=_text(example),
    )


def _examples(example: Any, field: str) -> dict[str, str]:
    """Read the examples of a text: a list by number, in a list of its own for a body, or one by name."""
    if not isinstance(example, dict):
        return {}
    named = {
        name: text
        for each in _dicts(example.get(f"{field}_named_params"))
        if (name := _text(each.get("param_name"))) and (text := _text(each.get("example"))) is not None
    }
    listed = example.get(field)
    if isinstance(listed, list) and listed and isinstance(listed[0], list):
        listed = listed[0]
    numbered = listed if isinstance(listed, list) else [listed]
    return named or {str(n): each for n, each in enumerate(numbered, 1) if isinstance(each, str)}


def _dicts(listed: Any) -> Sequence[dict[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.replace("\0", "")[:_MAX_TEXT] or None


def _word(value: Any) -> str | None:
    word = text_or_none(value, 100)
    return None if word is None else word.upper()


def _id(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_or_none(value, 100)
