"""Message templates of the simulated WhatsApp: what they may be, and what a message makes of one."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.simulator.errors import GraphError

Json = dict[str, Any]

MAX_NAME, MAX_BODY, MAX_HEADER, MAX_FOOTER = 512, 1024, 60, 60
MAX_BUTTONS, MAX_LABEL, MAX_URL, MAX_PHONE, MAX_CODE = 10, 25, 2000, 20, 20
CATEGORIES = frozenset({"AUTHENTICATION", "MARKETING", "UTILITY"})
STATUSES = frozenset(
    {
        *("APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "LIMIT_EXCEEDED"),
        *("PENDING_DELETION", "DELETED", "ARCHIVED"),
    }
)
EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
MEDIA = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})
UNPAUSED = {"other_info": {"title": "UNPAUSED", "description": "The template can be sent again."}}
SUBTYPES = {"URL": "url", "QUICK_REPLY": "quick_reply", "COPY_CODE": "copy_code", "OTP": "url"}

_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Z]{2,4})?")
_NUMBERED, _NAMED = re.compile(r"\{\{([0-9]+)\}\}"), re.compile(r"\{\{([a-z_][a-z0-9_]*)\}\}")
_UNFIT = re.compile(r"[\n\t]| {5,}")


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one language, as an account has it. `refusal` is a code to refuse every message with."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    status: str
    parameter_format: str
    components: list[Json]
    quality: str = "UNKNOWN"
    quality_at: int = 0
    reason: str = "NONE"
    previous_category: str | None = None
    edited_at: float = 0.0
    refusal: int | None = None

    def fields(self, wanted: str | None) -> Json:
        """Return the template as the Graph API shows it; `wanted` names fields, comma-separated."""
        known: Json = {
            "name": self.name,
            "parameter_format": self.parameter_format,
            "components": self.components,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            **({} if self.previous_category is None else {"previous_category": self.previous_category}),
            "id": self.id,
        }
        if wanted is None:
            return known
        more = {
            "quality_score": {"score": self.quality, "date": self.quality_at},
            "rejected_reason": self.reason,
        }
        names = [name.partition("{")[0].strip() for name in wanted.split(",") if name.strip()]
        for name in names:
            if name not in known and name not in more and name != "previous_category":
                raise GraphError(100, f"Tried accessing nonexisting field ({name}) on node type")
        shown = {name: value for name, value in (known | more).items() if name in names}
        return shown | {"id": self.id}

    def component(self, kind: str) -> Json:
        """Return the component of a type; empty without one."""
        return next((each for each in self.components if each["type"] == kind), {})

    @property
    def buttons(self) -> list[Json]:
        found: list[Json] = self.component("BUTTONS").get("buttons", [])
        return found


def created(waba_id: str, body: Mapping[str, Any]) -> Template:
    """Read the body that creates a template.

    Raises:
        GraphError: as Meta refuses it.
    """
    name, language = body.get("name"), body.get("language")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise _invalid("name must be lower case letters, digits and underscores, at most 512.")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise _invalid("language is not a code such as pt_BR.")
    category = _upper(body.get("category"))
    if category not in CATEGORIES:
        raise _invalid("category must be AUTHENTICATION, MARKETING or UTILITY.")
    parameter_format = _upper(body.get("parameter_format")) or "POSITIONAL"
    if parameter_format not in ("POSITIONAL", "NAMED"):
        raise _invalid("parameter_format must be POSITIONAL or NAMED.")
    listed = components(body.get("components"), category, parameter_format)
    id = str(10**15 + secrets.randbelow(9 * 10**15))
    return Template(id, waba_id, name, language, category, "PENDING", parameter_format, listed)


def edited(template: Template, body: Mapping[str, Any], now: float) -> Template:
    """Read the body that edits a template; it is reviewed again.

    Raises:
        GraphError: as Meta refuses it.
    """
    if template.status not in EDITABLE:
        raise _about_template(2388003, "Only approved, rejected and paused templates can be edited.")
    if template.status == "APPROVED" and now < template.edited_at + 24 * 3600:
        raise _about_template(2388025, "An approved template can be edited once in 24 hours.")
    category = _upper(body.get("category")) or template.category
    if category not in CATEGORIES or (template.status == "APPROVED" and category != template.category):
        raise _about_template(2388039, "The category of an approved template cannot be edited.")
    listed = template.components
    if "components" in body:
        listed = components(body["components"], category, template.parameter_format)
    elif "category" not in body:
        raise _invalid("components or category is required.")
    return replace(
        template, category=category, components=listed, status="PENDING", reason="NONE", edited_at=now
    )


def components(given: Any, category: str, parameter_format: str) -> list[Json]:
    """Check components, and return them with Meta's upper-case words.

    Raises:
        GraphError
    """
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise _invalid("components must be a list of objects.")
    found = [each | {"type": _upper(each.get("type"))} for each in given]
    kinds = [each["type"] for each in found]
    if len(set(kinds)) < len(kinds) or "BODY" not in kinds:
        raise _invalid("A template has one BODY, and every other component once at most.")
    checked: list[Json] = []
    for each in found:
        match each["type"]:
            case "HEADER":
                checked.append(_header(each, parameter_format))
            case "BODY" if category == "AUTHENTICATION" and "text" not in each:
                checked.append({**each, "text": "*{{1}}* is your verification code."})
            case "BODY":
                _require_text(each.get("text"), MAX_BODY, "body")
                _require_parameters(each, "body_text", parameter_format)
                checked.append(each)
            case "FOOTER" if category == "AUTHENTICATION" and "text" not in each:
                checked.append({**each, "text": "This code expires soon."})
            case "FOOTER":
                _require_text(each.get("text"), MAX_FOOTER, "footer")
                checked.append(each)
            case "BUTTONS":
                checked.append({**each, "buttons": [_button(one) for one in _listed_buttons(each)]})
            case "CAROUSEL" | "LIMITED_TIME_OFFER":
                checked.append(each)
            case other:
                raise _invalid(f"{other!r} is not a type of component.")
    return checked


def filled(template: Template, given: Any) -> Json:
    """Return what the phone shows of a message with these components.

    Raises:
        GraphError: 132000, 132005, 132012, 131008, as Meta refuses them.
    """
    if given is None:
        given = []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise _invalid("template.components must be a list of objects.")
    of_kind: dict[str, Json] = {}
    of_button: dict[int, Json] = {}
    for each in given:
        kind = str(each.get("type")).lower()
        if kind == "button":
            of_button[_index(each)] = each
        elif kind in ("header", "body", "carousel", "limited_time_offer"):
            of_kind[kind] = each
        else:
            raise _mismatch(f"{kind} is not a component of a message.")
    body = _filled_text(template, template.component("BODY"), of_kind.pop("body", {}), MAX_BODY)
    header = _filled_header(template, of_kind.pop("header", {}))
    cards = _cards(template, of_kind.pop("carousel", None))
    buttons = [_filled_button(n, button, of_button.pop(n, None)) for n, button in enumerate(template.buttons)]
    if of_button or (of_kind and not template.component("LIMITED_TIME_OFFER")):
        raise _mismatch("The template has no such component.")
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "header": header,
        "body": body,
        "footer": template.component("FOOTER").get("text"),
        "buttons": buttons,
        "cards": cards,
    }


def status_update(template: Template, event: str, more: Json | None = None) -> Json:
    """Build the value of a webhook of field `message_template_status_update`."""
    return {
        "event": event,
        **_named(template),
        "reason": template.reason,
        "message_template_category": template.category,
        **(more or {}),
    }


def quality_update(template: Template, previous: str) -> Json:
    """Build the value of a webhook of field `message_template_quality_update`."""
    return {
        "previous_quality_score": previous,
        "new_quality_score": template.quality,
        **_named(template),
    }


def components_update(template: Template) -> Json:
    """Build the value of a webhook of field `message_template_components_update`."""
    value = {**_named(template), "message_template_element": template.component("BODY")["text"]}
    if "text" in (header := template.component("HEADER")):
        value["message_template_title"] = header["text"]
    if "text" in (footer := template.component("FOOTER")):
        value["message_template_footer"] = footer["text"]
    if template.buttons:
        value["message_template_buttons"] = [
            {
                "message_template_button_type": button["type"],
                "message_template_button_text": button.get("text", ""),
                **(
                    {"message_template_button_phone_number": button["phone_number"]}
                    if "phone_number" in button
                    else {}
                ),
                **({"message_template_button_url": button["url"]} if "url" in button else {}),
            }
            for button in template.buttons
        ]
    return value


def category_update(template: Template, previous: str) -> Json:
    """Build the value of a webhook of field `template_category_update`."""
    return {**_named(template), "previous_category": previous, "new_category": template.category}


def _named(template: Template) -> Json:
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }


def _header(component: Json, parameter_format: str) -> Json:
    kind = _upper(component.get("format"))
    if kind == "TEXT":
        _require_text(component.get("text"), MAX_HEADER, "header")
        _require_parameters(component, "header_text", parameter_format, most=1, inside=False)
    elif kind not in MEDIA | {"LOCATION"}:
        raise _invalid("The header's format must be TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION.")
    return component | {"format": kind}


def _listed_buttons(component: Json) -> list[Json]:
    buttons = component.get("buttons")
    if not isinstance(buttons, list) or not all(isinstance(each, dict) for each in buttons):
        raise _invalid("buttons must be a list of objects.")
    if not 1 <= len(buttons) <= MAX_BUTTONS:
        raise _invalid("A template has 1 to 10 buttons.")
    return buttons


def _button(button: Json) -> Json:
    kind = _upper(button.get("type"))
    if kind not in {*SUBTYPES, "PHONE_NUMBER", "FLOW", "VOICE_CALL", "REQUEST_CONTACT_INFO", "CATALOG"}:
        raise _invalid("type is not a type of button.")
    if kind != "COPY_CODE":
        _require_text(button.get("text"), MAX_LABEL, "text of a button")
    if kind == "URL":
        _require_text(button.get("url"), MAX_URL, "url of a button")
        signs = _NUMBERED.findall(button["url"])
        if signs and (signs != ["1"] or not button["url"].endswith("{{1}}")):
            raise _invalid("{{1}} may stand at the end of a url only.")
        if signs and not button.get("example"):
            raise _invalid("A url with a parameter needs an example.")
    if kind == "PHONE_NUMBER":
        _require_text(button.get("phone_number"), MAX_PHONE, "phone_number of a button")
    if kind == "OTP":
        url = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"
        return {"type": "URL", "text": button["text"], "url": url}
    return button | {"type": kind}


def _require_text(text: Any, most: int, what: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise _invalid(f"The {what} is required.")
    if len(text) > most:
        raise _about_template(2388040, f"The {what} has more than {most} characters.")


def _require_parameters(
    component: Json, field: str, parameter_format: str, most: int = 1000, inside: bool = True
) -> None:
    """Refuse parameters that stand at an end, have gaps, are too dense, or lack an example."""
    text, names = component["text"], placeholders(component["text"], parameter_format)
    if not names:
        return
    if len(names) > most:
        raise _about_template(2388047, f"There can be {most} parameters at most.")
    sign = _NAMED if parameter_format == "NAMED" else _NUMBERED
    if inside and (sign.match(text.strip()) or _ends(sign, text.strip())):
        raise _about_template(2388299, "A parameter may not be at the beginning or the end of the body.")
    if parameter_format == "POSITIONAL" and names != [str(n) for n in range(1, len(names) + 1)]:
        raise _invalid("The numbers of parameters begin with 1 and have no gaps.")
    if inside and len(re.findall(r"\w+", sign.sub(" ", text))) < 2 * len(names):
        raise _about_template(2388293, "There are too many parameters for the length of the text.")
    example = component.get("example")
    example = example if isinstance(example, dict) else {}
    named = example.get(f"{field}_named_params")
    if parameter_format == "NAMED":
        told = {each.get("param_name") for each in named or () if isinstance(each, dict)}
        if told != set(names):
            raise _about_template(2388043, "Every parameter needs an example.")
        return
    values = example.get(field)
    if isinstance(values, list) and values and isinstance(values[0], list):
        values = values[0]
    if not isinstance(values, list) or len(values) != len(names):
        raise _about_template(2388043, "Every parameter needs an example.")


def _ends(sign: re.Pattern[str], text: str) -> bool:
    return any(found.end() == len(text) for found in sign.finditer(text))


def placeholders(text: str, parameter_format: str) -> list[str]:
    """Return the parameters of a text, each once: names as they come, numbers by size."""
    if parameter_format == "NAMED":
        return list(dict.fromkeys(_NAMED.findall(text)))
    return sorted(set(_NUMBERED.findall(text)), key=int)


def _filled_header(template: Template, given: Json) -> Json | None:
    component = template.component("HEADER")
    if not component:
        if given.get("parameters"):
            raise _number(0, len(given["parameters"]), "header")
        return None
    kind = component["format"]
    if kind == "TEXT":
        return {"format": kind, "text": _filled_text(template, component, given, MAX_HEADER)}
    (parameter, *more) = _parameters(given) or [{}]
    content = parameter.get(kind.lower())
    if more or parameter.get("type") != kind.lower() or not isinstance(content, dict):
        raise _mismatch(f"header: Format mismatch, expected {kind}.")
    if kind == "LOCATION":
        if not {"latitude", "longitude"} <= content.keys():
            raise GraphError(131008, "Required parameter is missing", "latitude and longitude are required.")
        return {"format": kind, **{k: content.get(k) for k in ("latitude", "longitude", "name", "address")}}
    link, id = content.get("link"), content.get("id")
    if not isinstance(link, str) and not isinstance(id, str):
        raise GraphError(131008, "Required parameter is missing", "A header needs an id or a link.")
    return {"format": kind, "link": link, "filename": content.get("filename")}


def _filled_text(template: Template, component: Json, given: Json, most: int) -> str:
    """Return a text with the parameters of a component of a message."""
    where = component["type"].lower()
    names = placeholders(component["text"], template.parameter_format)
    parameters = _parameters(given)
    if len(parameters) != len(names):
        raise _number(len(names), len(parameters), where)
    values = [_value(parameter) for parameter in parameters]
    if template.parameter_format == "NAMED":
        told = [parameter.get("parameter_name") for parameter in parameters]
        if set(told) != set(names):
            raise _mismatch(f"{where}: The names of the parameters are not those of the template.")
        by_name = dict(zip(map(str, told), values, strict=True))
    else:
        if any("parameter_name" in parameter for parameter in parameters):
            raise _mismatch(f"{where}: The parameters of this template have no names.")
        by_name = dict(zip(names, values, strict=True))
    sign = _NAMED if template.parameter_format == "NAMED" else _NUMBERED
    text = sign.sub(lambda found: by_name[found[1]], component["text"])
    if len(text) > most:
        raise GraphError(132005, "Translated text too long", f"{where}: at most {most} characters.")
    return text


def _filled_button(n: int, button: Json, given: Json | None) -> Json:
    shown = {"type": button["type"], "text": button.get("text", "Copiar código"), "url": button.get("url")}
    shown |= {"phone": button.get("phone_number"), "code": None, "payload": button.get("text")}
    kind = button["type"]
    needs = kind == "COPY_CODE" or (kind == "URL" and "{{1}}" in button["url"])
    if given is None:
        if needs:
            raise GraphError(
                131008,
                "Required parameter is missing",
                f"buttons: Button at index {n} of type {kind.title()} requires a parameter.",
            )
        return shown
    if str(given.get("sub_type")).lower() != SUBTYPES.get(kind, kind.lower()):
        raise _mismatch(f"buttons: The button at index {n} is {kind}.")
    parameters = _parameters(given)
    if kind == "QUICK_REPLY":
        payload = parameters[0].get("payload", parameters[0].get("text")) if parameters else None
        return shown | {"payload": str(payload) if payload is not None else shown["payload"]}
    if len(parameters) != (1 if needs else 0):
        raise _number(1 if needs else 0, len(parameters), f"button {n}")
    if kind == "COPY_CODE":
        code = parameters[0].get("coupon_code")
        if not isinstance(code, str) or not 1 <= len(code) <= MAX_CODE:
            raise _mismatch(f"buttons: coupon_code has 1 to {MAX_CODE} characters.")
        return shown | {"code": code}
    if kind == "URL":
        url = button["url"].replace("{{1}}", _value(parameters[0]) if parameters else "")
        if len(url) > MAX_URL:
            raise GraphError(132005, "Translated text too long", "The url is too long.")
        return shown | {"url": url}
    return shown


def _cards(template: Template, given: Json | None) -> list[Json]:
    carousel = template.component("CAROUSEL")
    if (given is None) != (not carousel):
        raise _mismatch("carousel: Format mismatch.")
    if given is None:
        return []
    cards = given.get("cards")
    if not isinstance(cards, list) or len(cards) != len(carousel.get("cards", [])):
        raise _number(len(carousel.get("cards", [])), len(cards or []), "cards")
    return [{"index": card.get("card_index")} for card in cards]


def _value(parameter: Json) -> str:
    kind = parameter.get("type")
    content = parameter.get(str(kind))
    if kind in ("currency", "date_time") and isinstance(content, dict):
        content = content.get("fallback_value")
    elif kind != "text":
        raise _mismatch(f"{kind} is not a text.")
    if not isinstance(content, str) or not content.strip():
        raise GraphError(131008, "Required parameter is missing", "text is required.")
    if _UNFIT.search(content):
        raise _mismatch("Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return content


def _parameters(component: Json) -> list[Json]:
    listed = component.get("parameters", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise _invalid("parameters must be a list of objects.")
    return listed


def _index(component: Json) -> int:
    index = component.get("index")
    if isinstance(index, int) and not isinstance(index, bool):
        return index
    if isinstance(index, str) and index.isascii() and index.isdigit():
        return int(index[:3])
    raise GraphError(131008, "Required parameter is missing", "A button needs its index.")


def _upper(word: Any) -> str:
    return word.upper() if isinstance(word, str) else ""


def _invalid(details: str) -> GraphError:
    return GraphError(100, "Invalid parameter", details)


def _about_template(subcode: int, details: str) -> GraphError:
    return GraphError(100, "Invalid parameter", details, subcode=subcode)


def _mismatch(details: str) -> GraphError:
    return GraphError(132012, "Parameter format does not match format in the created template", details)


def _number(expected: int, given: int, where: str) -> GraphError:
    title = "Number of parameters does not match the expected number of params"
    return GraphError(132000, title, f"{where}: number of parameters ({given}) does not match ({expected})")
