"""What a template consists of, and what has to be given to send it; sizes and forms are Meta's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

MAX_BODY, MAX_HEADER, MAX_URL, MAX_CODE, MAX_NAME = 1024, 60, 2000, 20, 1000

MEDIA = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})
"""Formats of a header that is a file."""

ParameterFormat = Literal["POSITIONAL", "NAMED"]
Part = Literal["header", "body", "button"]
Kind = Literal["text", "link", "number", "suffix", "code"]

_PLACEHOLDERS = {
    "POSITIONAL": re.compile(r"\{\{([0-9]+)\}\}"),
    "NAMED": re.compile(r"\{\{([a-z_][a-z0-9_]*)\}\}"),
}


class _Value(BaseModel):
    """A part of a template, as it is kept in events."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Header(_Value):
    """The header of a template."""

    format: str
    """Meta's word: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT`, `LOCATION` or one that we do not know."""

    text: str | None = None
    """The words of a `TEXT` header."""

    examples: dict[str, str] = {}
    """Examples for its parameters, by name or number."""


class Button(_Value):
    """A button of a template."""

    type: str
    """Meta's word: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE` or one that we do not know."""

    text: str
    """The label."""

    url: str | None = None
    """The address of a `URL` button; `{{1}}` stands for its suffix."""

    phone: str | None = None
    """The number of a `PHONE_NUMBER` button."""

    example: str | None = None
    """An example for its parameter."""


class Content(_Value):
    """The words and buttons of a template."""

    parameter_format: ParameterFormat = "POSITIONAL"
    """Whether its parameters have numbers or names."""

    header: Header | None = None
    """The header, null without one."""

    body: str
    """The text, with `{{1}}` or `{{name}}` for each parameter."""

    body_examples: dict[str, str] = {}
    """Examples for the parameters of the body, by name or number."""

    footer: str | None = None
    """The line below, null without one."""

    buttons: list[Button] = []
    """The buttons in their order."""

    unsupported: list[str] = []
    """Parts that cannot be filled here, such as `CAROUSEL`: the template cannot be sent from here."""


class SentHeader(_Value):
    """The header of a template as it was sent."""

    format: str
    """Meta's word, as in the template."""

    text: str | None = None
    """The words of a `TEXT` header."""

    link: str | None = None
    """Address of the file of an `IMAGE`, `VIDEO` or `DOCUMENT`."""

    filename: str | None = None
    """What the customer sees as the name of a `DOCUMENT`."""

    latitude: str | None = None
    """Of a `LOCATION`."""

    longitude: str | None = None
    """Of a `LOCATION`."""

    name: str | None = None
    """What a `LOCATION` is called."""

    address: str | None = None
    """Where a `LOCATION` is."""


class SentButton(_Value):
    """A button of a template as it was sent."""

    type: str
    """Meta's word, as in the template."""

    text: str
    """The label."""

    url: str | None = None
    """The whole address of a `URL` button."""

    phone: str | None = None
    """The number of a `PHONE_NUMBER` button."""

    code: str | None = None
    """What a `COPY_CODE` button copies."""


class SentTemplate(_Value):
    """A template as it was sent: the content that it had then, with the values that were given."""

    name: str
    """Name of the template."""

    language: str
    """Code of its language."""

    header: SentHeader | None = None
    """The header, null without one."""

    body: str
    """The text as the customer reads it."""

    footer: str | None = None
    """The line below, null without one."""

    buttons: list[SentButton] = []
    """The buttons in their order."""

    parameters: dict[str, str] = {}
    """What was given for each parameter, by its key."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something to give when a template is sent.

    `key` is its name in requests, such as `body.1`, `body.nome`, `header.link` or `button.0`. `index` is the
    place within its part from 0, for a button that of the button. `name` is that of a named parameter.
    """

    key: str
    part: Part
    index: int
    kind: Kind
    max_length: int
    name: str | None = None
    example: str | None = None
    required: bool = True


def placeholders(text: str, parameter_format: ParameterFormat) -> list[str]:
    """Return the names or numbers of the parameters of a text: names as they come, numbers in their order."""
    found = list(dict.fromkeys(_PLACEHOLDERS[parameter_format].findall(text)))
    return sorted(found, key=int) if parameter_format == "POSITIONAL" else found


def fill(text: str, parameter_format: ParameterFormat, values: Mapping[str, str]) -> str:
    """Put values into a text, in one pass: what looks like a parameter within a value stays as it is."""
    return _PLACEHOLDERS[parameter_format].sub(lambda found: values[found[1]], text)


def parameters(content: Content) -> list[Parameter]:
    """Return what has to be given to send a template: of its header, its body, its buttons."""
    header = [] if content.header is None else _of_header(content.header, content.parameter_format)
    body = _of_text("body", content.body, content.parameter_format, content.body_examples, MAX_BODY)
    buttons = [
        parameter
        for index, button in enumerate(content.buttons)
        if (parameter := _of_button(index, button)) is not None
    ]
    return header + body + buttons


def _of_header(header: Header, parameter_format: ParameterFormat) -> list[Parameter]:
    if header.format == "TEXT":
        return _of_text("header", header.text or "", parameter_format, header.examples, MAX_HEADER)
    if header.format in MEDIA:
        example = header.examples.get("link")
        link = Parameter("header.link", "header", 0, "link", MAX_URL, example=example)
        name = Parameter("header.filename", "header", 1, "text", MAX_NAME, required=False)
        return [link, name] if header.format == "DOCUMENT" else [link]
    if header.format == "LOCATION":
        return [
            Parameter("header.latitude", "header", 0, "number", 20),
            Parameter("header.longitude", "header", 1, "number", 20),
            Parameter("header.name", "header", 2, "text", MAX_NAME, required=False),
            Parameter("header.address", "header", 3, "text", MAX_NAME, required=False),
        ]
    return []


def _of_text(
    part: Part, text: str, parameter_format: ParameterFormat, examples: Mapping[str, str], most: int
) -> list[Parameter]:
    names = placeholders(text, parameter_format)
    fixed = len(fill(text, parameter_format, dict.fromkeys(names, "")))
    return [
        Parameter(
            f"{part}.{name}",
            part,
            index,
            "text",
            max(most - fixed, 0),
            name=name if parameter_format == "NAMED" else None,
            example=examples.get(name),
        )
        for index, name in enumerate(names)
    ]


def _of_button(index: int, button: Button) -> Parameter | None:
    key = f"button.{index}"
    if button.type == "URL" and placeholders(button.url or "", "POSITIONAL"):
        fixed = fill(button.url or "", "POSITIONAL", {"1": ""})
        return Parameter(key, "button", index, "suffix", MAX_URL - len(fixed), example=button.example)
    if button.type == "COPY_CODE":
        return Parameter(key, "button", index, "code", MAX_CODE, example=button.example)
    return None
