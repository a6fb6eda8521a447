"""Templates: what has to be given, what WhatsApp would refuse, and what the customer then sees."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.whatsapp.templates import components_of, read_content
from domain.refusals import ParameterInvalid, ParameterMissing, TemplateNotSendable
from domain.template.content import Content, Header, SentTemplate, fill, parameters, placeholders
from domain.template.fill import fill_template
from domain.template.state import (
    TemplateQualityChanged,
    TemplateRemoved,
    TemplateStatusChanged,
    TemplateSynced,
    evolve,
    removed,
    synced,
)

NAMES = ["1", "2", "3", "nome", "pedido_2", "nome}} {{1", "__class__"]
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda value: "     " not in value and bool(re.search(r"\w", value))
)
traps = st.sampled_from(["{{1}}", "{{nome}}", "{{2}}", "$nome", "{{", "}}", "\\1", "\\g<1>", "{0}", "%s"])
pieces = st.one_of(words, st.sampled_from(NAMES).map(lambda name: "{{" + name + "}}"), traps)
texts = st.lists(pieces, max_size=8).map("".join)
formats = st.sampled_from(["POSITIONAL", "NAMED"])


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """A template as Meta would list it."""
    header = draw(
        st.one_of(
            st.none(),
            words.map(lambda text: {"type": "HEADER", "format": "TEXT", "text": text + "{{1}}"}),
            st.sampled_from(["IMAGE", "VIDEO", "DOCUMENT", "LOCATION"]).map(
                lambda kind: {"type": "HEADER", "format": kind}
            ),
        )
    )
    button = st.one_of(
        words.map(lambda text: {"type": "QUICK_REPLY", "text": text}),
        words.map(lambda text: {"type": "URL", "text": text, "url": "https://loja.example/{{1}}"}),
        words.map(lambda text: {"type": "URL", "text": text, "url": "https://loja.example/"}),
        words.map(lambda text: {"type": "COPY_CODE", "text": text}),
        words.map(lambda text: {"type": "PHONE_NUMBER", "text": text, "phone_number": "+5511912345678"}),
    )
    components = [
        *([header] if header else []),
        {"type": "BODY", "text": draw(texts) + "."},
        *draw(st.lists(st.just({"type": "FOOTER", "text": "Loja"}), max_size=1)),
        {"type": "BUTTONS", "buttons": draw(st.lists(button, max_size=4))},
    ]
    return {"parameter_format": draw(formats), "components": components}


VALUES = {"link": "https://cdn.example/a.jpg", "number": "-23.5", "suffix": "a/b?c={{1}}", "code": "25OFF"}


def given_for(content: Content, draw: st.DataObject) -> dict[str, str]:
    return {p.key: VALUES.get(p.kind) or draw.draw(values | traps) for p in parameters(content)}


def shown(raw: dict[str, Any], components: list[dict[str, Any]]) -> list[str | None]:
    """What a phone shows of a template message: read from Meta's bodies alone, character by character."""
    named = raw["parameter_format"] == "NAMED"
    of = {(c["type"], c.get("index")): c["parameters"] for c in components}

    def filled(text: str, given: list[dict[str, Any]], numbered: bool = not named) -> str:
        def sign(at: int) -> str | None:
            end = text.find("}}", at)
            name = text[at + 2 : end] if text.startswith("{{", at) and end > 0 else ""
            fits = re.fullmatch("[0-9]+" if numbered else "[a-z_][a-z0-9_]*", name)
            return name if fits else None

        if numbered:
            found = {name for at in range(len(text)) if (name := sign(at))}
            by_name = dict(zip(sorted(found, key=int), (p["text"] for p in given), strict=True))
        else:
            by_name = {p["parameter_name"]: p["text"] for p in given}
        out, at = "", 0
        while at < len(text):
            if (name := sign(at)) is not None:
                out, at = out + by_name[name], at + len(name) + 4
            else:
                out, at = out + text[at], at + 1
        return out

    lines: list[str | None] = []
    for component in raw["components"]:
        match component["type"]:
            case "HEADER" if component["format"] == "TEXT":
                lines.append(filled(component["text"], of.get(("header", None), [])))
            case "BODY":
                lines.append(filled(component["text"], of.get(("body", None), [])))
            case "BUTTONS":
                for index, button in enumerate(component["buttons"]):
                    given = of.get(("button", str(index)), [{}])[0]
                    url = button.get("url")
                    lines.append(url and filled(url, [given] if given else [], numbered=True))
                    lines.append(given.get("coupon_code"))
    return lines


def told(sent: SentTemplate) -> list[str | None]:
    header = [sent.header.text] if sent.header and sent.header.format == "TEXT" else []
    return [*header, sent.body, *(part for button in sent.buttons for part in (button.url, button.code))]


@given(contents(), st.data())
def test_what_is_kept_is_what_the_customer_sees(raw: dict[str, Any], data: st.DataObject) -> None:
    content = read_content(raw["components"], raw["parameter_format"])
    assert not content.unsupported
    sent = fill_template("aviso", "pt_BR", content, given_for(content, data))
    assert told(sent) == shown(raw, components_of(sent))


@given(texts, formats)
def test_a_text_filled_with_its_own_parameters_is_itself(text: str, form: Any) -> None:
    names = placeholders(text, form)
    assert fill(text, form, {name: "{{" + name + "}}" for name in names}) == text
    assert len(set(names)) == len(names)


@given(contents(), st.data())
def test_one_value_less_is_missing_by_its_key(raw: dict[str, Any], data: st.DataObject) -> None:
    content = read_content(raw["components"], raw["parameter_format"])
    needed = [parameter.key for parameter in parameters(content) if parameter.required]
    if not needed:
        return
    lost = data.draw(st.sampled_from(needed))
    blank = data.draw(st.sampled_from([None, "", "  ", "\u200b"]))
    given = given_for(content, data) | ({} if blank is None else {lost: blank})
    if blank is None:
        del given[lost]
    with pytest.raises(ParameterMissing) as refused:
        fill_template("aviso", "pt_BR", content, given)
    assert refused.value.keys == [lost]


def template(*body: str, header: Header | None = None, **more: Any) -> Content:
    return Content(body=" ".join(body), header=header, **more)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("duas\nlinhas", "newline"),
        ("uma\tcoluna", "tab"),
        ("muito     longe", "spaces"),
        ("x" * 1020, "too_long"),
    ],
)
def test_a_value_that_whatsapp_refuses_is_refused_here(value: str, reason: str) -> None:
    content = template("Olá {{1}}!")
    with pytest.raises(ParameterInvalid) as refused:
        fill_template("aviso", "pt_BR", content, {"body.1": value})
    assert (refused.value.key, refused.value.reason) == ("body.1", reason)
    assert fill_template("aviso", "pt_BR", content, {"body.1": "x    y"}).body == "Olá x    y!"
    assert len(fill_template("aviso", "pt_BR", content, {"body.1": "x" * 1019}).body) == 1024


def test_values_that_fit_one_by_one_can_be_too_long_together() -> None:
    content = template("{{1}} e {{2}}.")
    with pytest.raises(ParameterInvalid) as refused:
        fill_template("aviso", "pt_BR", content, {"body.1": "x" * 500, "body.2": "y" * 600})
    assert (refused.value.key, refused.value.reason) == ("body.2", "too_long")


@pytest.mark.parametrize("key", ["body.2", "header.1", "button.0", "body.__class__", "nome", ""])
def test_a_parameter_that_the_template_does_not_have_is_refused(key: str) -> None:
    with pytest.raises(ParameterInvalid) as refused:
        fill_template("aviso", "pt_BR", template("Olá {{1}}!"), {"body.1": "Ana", key: "x"})
    assert (refused.value.key, refused.value.reason) == (key, "unknown")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("header.link", "javascript:alert(1)", "no_link"),
        ("header.link", "https://", "no_link"),
        ("header.link", "cdn.example/a.jpg", "no_link"),
        ("header.latitude", "91", "no_number"),
        ("header.latitude", "norte", "no_number"),
        ("header.longitude", "-180.5", "no_number"),
    ],
)
def test_headers_take_links_and_degrees_only(key: str, value: str, reason: str) -> None:
    file = "LOCATION" if "itude" in key else "IMAGE"
    whole = {"header.latitude": "-23.5", "header.longitude": "-46.6"} if file == "LOCATION" else {}
    content = template("Olá!", header=Header(format=file))
    with pytest.raises(ParameterInvalid) as refused:
        fill_template("aviso", "pt_BR", content, whole | {key: value})
    assert (refused.value.key, refused.value.reason) == (key, reason)


def read(**changed: Any) -> TemplateSynced:
    fields = {
        "account": "1",
        "meta_id": "2",
        "name": "aviso",
        "language": "pt_BR",
        "category": "UTILITY",
        "status": "APPROVED",
        "content": template("Olá!"),
    }
    return TemplateSynced(**(fields | changed))


def test_only_what_changed_is_recorded() -> None:
    known = evolve(None, read())
    assert synced(None, read()) == (read(),)
    assert synced(known, read()) == ()
    assert synced(known, read(status="PAUSED")) == (TemplateStatusChanged(status="PAUSED"),)
    assert synced(known, read(quality="RED")) == (TemplateQualityChanged(quality="RED"),)
    moved = read(category="MARKETING", status="PAUSED")
    assert synced(known, moved) == (moved,)
    assert removed(known) == (TemplateRemoved(),)
    gone = evolve(known, TemplateRemoved())
    assert removed(gone) == removed(None) == ()
    assert synced(gone, read()) == (read(),)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "PENDING"}, "not_approved"),
        ({"status": "IN_APPEAL"}, "not_approved"),
        ({"status": "A_NEW_WORD"}, "not_approved"),
        ({"status": "REJECTED"}, "rejected"),
        ({"status": "PAUSED"}, "paused"),
        ({"status": "DISABLED"}, "disabled"),
        ({"status": "PENDING_DELETION"}, "removed"),
        ({"content": template("Olá!", unsupported=["CAROUSEL"])}, "unsupported"),
    ],
)
def test_what_meta_would_refuse_is_not_sendable(changed: dict[str, Any], reason: str) -> None:
    known = evolve(None, read(**changed))
    assert known is not None
    with pytest.raises(TemplateNotSendable) as refused:
        known.require_sendable()
    assert refused.value.reason == known.why_not == reason
    gone = evolve(evolve(None, read()), TemplateRemoved())
    assert gone is not None
    assert gone.why_not == "removed"
