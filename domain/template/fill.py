"""Fill a template: check what is given, as Meta will, and render what the customer sees."""

import re
from collections.abc import Mapping

from domain.refusals import ParameterInvalid, ParameterMissing
from domain.template.content import (
    MAX_BODY,
    MAX_HEADER,
    MEDIA,
    Button,
    Content,
    Header,
    Parameter,
    SentButton,
    SentHeader,
    SentTemplate,
    fill,
    parameters,
    placeholders,
)
from domain.text import is_blank

_LINK = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_SPACES = "     "
_FARTHEST = {"header.latitude": 90, "header.longitude": 180}


def fill_template(name: str, language: str, content: Content, values: Mapping[str, str]) -> SentTemplate:
    """Return the template as the customer will see it, filled with values by key.

    Raises:
        ParameterMissing: parameters that have no value.
        ParameterInvalid: one that the template does not have, or a value that WhatsApp refuses.
    """
    wanted = parameters(content)
    given = _checked(wanted, values)
    body = _filled(content, "body", content.body, given, MAX_BODY)
    return SentTemplate(
        name=name,
        language=language,
        header=None if content.header is None else _header(content, content.header, given),
        body=body,
        footer=content.footer,
        buttons=[_button(button, given.get(f"button.{n}")) for n, button in enumerate(content.buttons)],
        parameters=given,
    )


def _checked(wanted: list[Parameter], values: Mapping[str, str]) -> dict[str, str]:
    """Return the values in the order of their parameters, without optional ones that are blank."""
    if unknown := sorted(values.keys() - {parameter.key for parameter in wanted}):
        raise ParameterInvalid(unknown[0], "unknown")
    given = {p.key: values[p.key] for p in wanted if not is_blank(values.get(p.key, ""))}
    if missing := [p.key for p in wanted if p.required and p.key not in given]:
        raise ParameterMissing(missing)
    for parameter in wanted:
        if (value := given.get(parameter.key)) is not None and (wrong := _wrong(parameter, value)):
            raise ParameterInvalid(parameter.key, wrong)
    return given


def _wrong(parameter: Parameter, value: str) -> str | None:
    """Return why WhatsApp would refuse the value (132012, 100); None if it would not."""
    for sign, reason in (("\n", "newline"), ("\t", "tab"), (_SPACES, "spaces")):
        if sign in value:
            return reason
    if len(value) > parameter.max_length:
        return "too_long"
    match parameter.kind:
        case "link" if not _LINK.fullmatch(value):
            return "no_link"
        case "number" if not _NUMBER.fullmatch(value) or abs(float(value)) > _FARTHEST[parameter.key]:
            return "no_number"
        case "suffix" | "code" if any(map(str.isspace, value)):
            return "spaces"
        case _:
            return None


def _filled(content: Content, part: str, text: str, given: Mapping[str, str], most: int) -> str:
    names = placeholders(text, content.parameter_format)
    values = {name: given[f"{part}.{name}"] for name in names}
    filled = fill(text, content.parameter_format, values)
    if names and len(filled) > most:
        longest = max(names, key=lambda name: len(values[name]))
        raise ParameterInvalid(f"{part}.{longest}", "too_long")
    return filled


def _header(content: Content, header: Header, given: Mapping[str, str]) -> SentHeader:
    if header.format == "TEXT":
        text = _filled(content, "header", header.text or "", given, MAX_HEADER)
        return SentHeader(format=header.format, text=text)
    if header.format in MEDIA:
        link, filename = given["header.link"], given.get("header.filename")
        return SentHeader(format=header.format, link=link, filename=filename)
    if header.format == "LOCATION":
        fields = ("latitude", "longitude", "name", "address")
        return SentHeader(format=header.format, **{field: given.get(f"header.{field}") for field in fields})
    return SentHeader(format=header.format, text=header.text)


def _button(button: Button, value: str | None) -> SentButton:
    if button.type == "COPY_CODE":
        return SentButton(type=button.type, text=button.text, code=value)
    url = button.url
    if url is not None and value is not None:
        url = fill(url, "POSITIONAL", dict.fromkeys(placeholders(url, "POSITIONAL"), value))
    return SentButton(type=button.type, text=button.text, url=url, phone=button.phone)
