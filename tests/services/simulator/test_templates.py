"""Templates of the simulator: the account's node, what Meta decides, what is sent, what the customer taps."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.whatsapp.graph import GraphRefused
from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import split
from adapters.whatsapp.templates import message_of, read_template
from domain.incoming import IncomingMessage
from domain.refusals import ParameterInvalid, ParameterMissing
from domain.template.content import parameters
from domain.template.fill import fill_template
from services.simulator.errors import GraphError
from services.simulator.seed import DEMO_TEMPLATES
from services.simulator.templates import created, filled
from tests.services.simulator.account import ACCOUNT, ORDER, Account, unused
from tests.services.simulator.processes import PNID, SimulatorProcess, soon
from tests.services.simulator.receiver import Receiver, eventually

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp"


def example(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


@pytest.fixture
def account(simulator: SimulatorProcess) -> Iterator[Account]:
    account = Account(simulator)
    yield account
    for name in {each["name"] for each in account.listed(limit=1000)["data"]}:
        account.call("DELETE", f"{ACCOUNT}/message_templates", params={"name": name})


GIVEN = {"header.1": "77", "body.1": "Rosa", "body.2": "Olinda", "button.1": "p/77"}

EXAMPLES = [
    "graph-api/req_create_template_named",
    "graph-api/req_create_template_positional",
    "meta-openapi/templates_post_req_create_authentication_template_w_otp_copy_code_b",
    "meta-openapi/templates_post_req_create_template_w_document_header_text_body_a_ph",
    "meta-openapi/templates_post_req_create_template_w_location_header_text_body_text",
    "meta-openapi/templates_post_req_create_template_w_text_header_text_body_text_foo",
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_metas_examples_of_creating_are_taken_and_read_by_our_client(
    account: Account, simulator: SimulatorProcess, name: str
) -> None:
    body = {**example(name), "name": unused("t")}
    answer = account.create(body)
    shape = example("graph-api/resp_create_template_pending")
    assert answer.keys() == shape.keys()
    assert (answer["status"], answer["category"]) == ("PENDING", body["category"].upper())
    (page,) = simulator.graph.templates(ACCOUNT, deadline=soon())
    (read,) = [each for raw in page if (each := read_template(ACCOUNT, raw)) and each.name == body["name"]]
    assert (read.meta_id, read.status, read.content.unsupported) == (answer["id"], "PENDING", [])
    wanted = {parameter.key for parameter in parameters(read.content)}
    if name.endswith("named"):
        days = ("number_of_guests", "day", "date", "time")
        assert wanted == {"header.link", *(f"body.{day}" for day in days)}


def test_the_list_has_metas_shape_and_is_read_page_by_page(
    account: Account, simulator: SimulatorProcess
) -> None:
    names = sorted(unused("lista") for _ in range(5))
    ids = [account.create(ORDER, name=name)["id"] for name in names]
    account.decides(ids[1], status="APPROVED")
    listed = account.listed(fields="name,category,status", limit=2)
    shape = example("graph-api/resp_list_templates_paged")
    assert listed.keys() == shape.keys()
    assert listed["paging"].keys() == shape["paging"].keys()
    assert listed["data"][0].keys() == shape["data"][0].keys()
    seen, after = [], None
    while True:
        page = account.listed(limit=2, **({} if after is None else {"after": after}))
        seen += [each["id"] for each in page["data"]]
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    assert seen == ids
    back = account.listed(limit=2, before=page["paging"]["cursors"]["before"])
    assert [each["id"] for each in back["data"]] == ids[2:4]
    assert [each["id"] for each in account.listed(status="APPROVED")["data"]] == [ids[1]]
    assert [each["id"] for each in account.listed(name=names[3], language="pt_BR")["data"]] == [ids[3]]
    assert account.listed(category="MARKETING")["data"] == []
    for wrong in ({"after": "nothing"}, {"fields": "colour"}):
        assert "error" in account.listed(**wrong)
    whole = account.listed(limit=1)["data"][0]
    assert whole.keys() >= example("meta-openapi/template_get_resp_200_example_response").keys()
    quality = account.call("GET", ids[0], params={"fields": "quality_score"})
    shape = example("graph-api/resp_template_quality")
    assert (quality.keys(), quality["quality_score"].keys()) == (shape.keys(), shape["quality_score"].keys())
    shared = simulator.graph.templates(ACCOUNT, deadline=soon())
    assert [raw["id"] for page in shared for raw in page] == ids


def test_what_meta_decides_is_announced_in_metas_words(account: Account, receiver: Receiver) -> None:
    name = unused("avisos")
    id = account.create(ORDER, name=name)["id"]
    account.decides(id, status="APPROVED")
    account.decides(id, quality="YELLOW")
    account.decides(id, status="PAUSED", title="FIRST_PAUSE")
    account.decides(id, category="MARKETING")
    assert account.call("POST", f"{id}/unpause") == {"success": True}
    assert account.call("POST", id, json=example("graph-api/req_edit_template_components")) == {
        "success": True
    }
    account.call("DELETE", f"{ACCOUNT}/message_templates", params={"name": name})
    assert eventually(lambda: len(receiver.bodies) == 8)
    told = [json.loads(body)["entry"][0] for body in receiver.bodies]
    assert {entry["id"] for entry in told} == {ACCOUNT}
    assert all(isinstance(entry["time"], int) for entry in told)
    fields = [entry["changes"][0]["field"] for entry in told]
    values = [entry["changes"][0]["value"] for entry in told]
    status, quality = "message_template_status_update", "message_template_quality_update"
    components = "message_template_components_update"
    assert fields == [
        *(status, quality, status, "template_category_update", status, components, status, status)
    ]
    for value, sample in (
        (values[0], "meta-docs/template_status_approved"),
        (values[1], "pywa/template_quality_yellow"),
        (values[3], "meta-docs/template_category_changed"),
        (values[5], "meta-docs/template_components_edited"),
    ):
        assert value.keys() == example(sample)["entry"][0]["changes"][0]["value"].keys()
    assert [value.get("event") for value in values if "event" in value] == [
        *("APPROVED", "PAUSED", "APPROVED", "PENDING", "DELETED")
    ]
    assert {value["message_template_id"] for value in values} == {int(id)}
    assert receiver.badly_signed == 0


def test_what_meta_refuses_about_templates_is_refused(account: Account) -> None:
    def refused(answer: Any) -> tuple[int, int | None]:
        error = answer["error"]
        return error["code"], error.get("error_subcode")

    def with_body(text: str, **more: Any) -> Any:
        return [{"type": "BODY", "text": text, **more}]

    one, two = {"body_text": [["a"]]}, {"body_text": [["a", "b"]]}
    name = unused("recusas")
    assert "id" in account.create(ORDER, name=name)
    assert refused(account.create(ORDER, name=name)) == (100, 2388024)
    assert "id" in account.create(ORDER, name=name, language="en")
    for wrong, code in (
        ({"name": "Com Espaço"}, (100, None)),
        ({"language": "português"}, (100, None)),
        ({"category": "NEWS"}, (100, None)),
        ({"components": []}, (100, None)),
        ({"components": with_body("x" * 1025)}, (100, 2388040)),
        (
            {"components": with_body("{{1}} saiu de casa hoje", example=one)},
            (100, 2388299),
        ),
        (
            {"components": with_body("saiu de casa hoje {{1}}", example=one)},
            (100, 2388299),
        ),
        ({"components": with_body("a {{1}} b", example=one)}, "taken"),
        ({"components": with_body("a {{1}} {{2}} b", example=two)}, (100, 2388293)),
        ({"components": with_body("Olá {{1}}, tudo bem?")}, (100, 2388043)),
        ({"components": with_body("Olá {{2}}, tudo bem?", example=one)}, (100, None)),
    ):
        answer = account.create(ORDER, **({"name": unused("r")} | wrong))
        assert ("taken" if "id" in answer else refused(answer)) == code, wrong
    deleted = {"name": name}
    assert account.call("DELETE", f"{ACCOUNT}/message_templates", params=deleted) == {"success": True}
    assert refused(account.create(ORDER, name=name)) == (100, 2388023)
    assert refused(account.call("DELETE", f"{ACCOUNT}/message_templates", params=deleted))[0] == 100
    pending = account.create(ORDER, name=unused("r"))["id"]
    assert refused(account.call("POST", pending, json={"components": ORDER["components"]})) == (100, 2388003)
    account.decides(pending, status="APPROVED")
    assert refused(account.call("POST", pending, json={"category": "MARKETING"})) == (100, 2388039)
    assert account.call("POST", pending, json={"components": ORDER["components"]}) == {"success": True}
    account.decides(pending, status="APPROVED")
    again = account.call("POST", pending, json={"components": ORDER["components"]})
    assert refused(again) == (100, 2388025)


def wanted(name: str, values: dict[str, str] = GIVEN) -> dict[str, Any]:
    """The template of a message, as our client writes it."""
    read = read_template(ACCOUNT, {"id": "1", **ORDER, "name": name, "status": "APPROVED"})
    assert read is not None
    return message_of(fill_template(name, read.language, read.content, values))


def test_a_template_reaches_a_customer_whose_window_is_closed_and_a_tap_answers_it(
    account: Account, simulator: SimulatorProcess, receiver: Receiver
) -> None:
    name, wa_id, ours = unused("pedido"), simulator.phone(), uuid4()
    account.approved(ORDER, name=name)
    with pytest.raises(GraphRefused) as closed:
        simulator.graph.send_text(PNID, wa_id, "Oi", uuid4(), deadline=soon())
    assert closed.value.code == 131047
    accepted = simulator.graph.send_template(PNID, wa_id, wanted(name), ours, deadline=soon())
    (bubble,) = simulator.bubbles(wa_id)
    shown = bubble["template"]
    assert (bubble["type"], bubble["text"]) == ("template", shown["body"])
    assert shown["body"] == "Olá, Rosa! Seu pedido saiu hoje de manhã para Olinda, até logo."
    assert (shown["header"], shown["footer"]) == ({"format": "TEXT", "text": "Pedido 77"}, "Casa Aurora")
    assert [(each["type"], each["url"]) for each in shown["buttons"]] == [
        ("QUICK_REPLY", None),
        ("URL", "https://l.example/p/77"),
    ]
    assert eventually(lambda: receiver.statuses() == ["sent", "delivered"])
    tap = {"message_id": bubble["id"], "button": 0}
    tapped = simulator.post(f"/phones/{wa_id}/taps", tap)["id"]

    def answers() -> list[IncomingMessage]:
        items = (normalise(item) for raw in receiver.bodies for _, item in split(raw, datetime.now(UTC)))
        return [item for item in items if isinstance(item, IncomingMessage)]

    assert eventually(lambda: len(answers()) == 1)
    (answer,) = answers()
    assert (answer.wamid, answer.type, answer.text) == (tapped, "button", "Falar com a loja")
    assert answer.quoted == accepted.wamid
    for nothing in (1, 9):
        refused = simulator.http.post(f"/v1/phones/{wa_id}/taps", json=tap | {"button": nothing})
        assert refused.status_code == 404


def test_what_meta_refuses_to_send_is_refused(account: Account, simulator: SimulatorProcess) -> None:
    name, wa_id = unused("recusa"), simulator.phone()
    id = account.approved(ORDER, name=name)
    whole = wanted(name)

    def sent(template: dict[str, Any]) -> int:
        try:
            simulator.graph.send_template(PNID, wa_id, template, uuid4(), deadline=soon())
        except GraphRefused as refused:
            return refused.code
        return 0

    def with_parameters(part: int, *given: dict[str, Any]) -> dict[str, Any]:
        components = list(whole["components"])
        components[part] = {**components[part], "parameters": list(given)}
        return {**whole, "components": components}

    def text(value: str, **more: Any) -> dict[str, Any]:
        return {"type": "text", "text": value, **more}

    assert sent(whole) == 0
    for template, code in (
        ({**whole, "language": {"code": "en"}}, 132001),
        ({**whole, "name": "outro"}, 132001),
        ({"name": name}, 131008),
        ({**whole, "components": []}, 132000),
        (with_parameters(1, text("a")), 132000),
        (with_parameters(1, text("a"), text("b"), text("c")), 132000),
        (with_parameters(1, text("a"), text("b\nc")), 132012),
        (with_parameters(1, text("a"), text("b\tc")), 132012),
        (with_parameters(1, text("a"), text("b     c")), 132012),
        (with_parameters(1, text("a"), text("b", parameter_name="nome")), 132012),
        (with_parameters(1, text("a"), {"type": "image", "image": {"link": "https://x"}}), 132012),
        (with_parameters(1, text("a"), text("b" * 1024)), 132005),
        (with_parameters(0, text("x" * 60)), 132005),
        (with_parameters(1, text("a"), text("")), 131008),
        ({**whole, "components": whole["components"][:2]}, 131008),
        ({**whole, "components": [*whole["components"], {"type": "button", "index": 5}]}, 132012),
    ):
        assert sent(template) == code, template
    for decision, code in (
        ({"status": "PAUSED"}, 132015),
        ({"status": "DISABLED"}, 132016),
        ({"status": "REJECTED", "reason": "SCAM"}, 132001),
        ({"status": "PENDING"}, 132001),
        ({"status": "APPROVED", "refusal": 132007}, 132007),
        ({"refusal": 0}, 0),
    ):
        account.decides(id, **decision)
        assert sent(whole) == code, decision


EXAMPLES_OF_SENDING = {
    "graph-api/req_send_template_named_params": example("graph-api/req_create_template_named"),
    "graph-api/req_send_template_coupon_button": {
        "language": "en_US",
        "category": "MARKETING",
        "components": [
            {
                "type": "BODY",
                "text": "Shop with code {{1}} and get {{2}} off of it.",
                "example": {"body_text": [["25OFF", "25%"]]},
            },
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "QUICK_REPLY", "text": "Unsubscribe"},
                    {"type": "COPY_CODE", "example": "25OFF"},
                ],
            },
        ],
    },
    "graph-api/req_send_template_otp": {
        "language": "en_US",
        "category": "AUTHENTICATION",
        "components": [
            {"type": "BODY", "add_security_recommendation": True},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
        ],
    },
    "graph-api/req_send_template_carousel": {
        "language": "en_US",
        "category": "MARKETING",
        "components": [
            {
                "type": "BODY",
                "text": "Hi {{1}}, get {{2}} off with the code {{3}} today.",
                "example": {"body_text": [["Pablo", "20%", "20OFF"]]},
            },
            {"type": "CAROUSEL", "cards": [{}, {}, {}]},
        ],
    },
    "wappa-v25/messages_phone_request": {**ORDER, "components": [{"type": "BODY", "text": "Aviso."}]},
    "wappa-v25/marketing_bsuid_request": {**ORDER, "components": [{"type": "BODY", "text": "Oferta."}]},
}
VALUES = {
    "body.1": {"coupon": "25OFF", "otp": "J$FpnYnP"},
    "body.2": {"coupon": "25%"},
    "button.0": {"otp": "J$FpnYnP"},
    "button.1": {"coupon": "25OFF"},
    "body.number_of_guests": {"named": "4"},
    "body.day": {"named": "Saturday"},
    "body.date": {"named": "August 30th, 2025"},
    "body.time": {"named": "7:30 pm"},
    "header.link": {"named": "https://cdn.example/table.jpg"},
}


@pytest.mark.parametrize("name", EXAMPLES_OF_SENDING)
def test_metas_examples_of_sending_are_taken_and_written_by_our_client(
    account: Account, simulator: SimulatorProcess, name: str
) -> None:
    body, made = example(name), EXAMPLES_OF_SENDING[name]
    sent = body["template"] | {"name": unused("t")}
    account.approved(made, name=sent["name"], language=sent["language"]["code"])
    answer = account.call("POST", f"{PNID}/messages", json={**body, "template": sent})
    (message,) = answer["messages"]
    assert message["message_status"] == "accepted", answer
    assert answer["contacts"][0]["input"] == body.get("to", body.get("recipient"))

    ((raw,),) = simulator.graph.templates(ACCOUNT, deadline=soon())
    read = read_template(ACCOUNT, raw)
    assert read is not None
    if read.content.unsupported:
        assert read.content.unsupported == ["CAROUSEL"]
        return
    (kind,) = [kind for kind in ("coupon", "otp", "named", "request") if kind in name]
    values = {key: of[kind] for key, of in VALUES.items() if kind in of}
    ours = message_of(fill_template(read.name, read.language, read.content, values))
    theirs = json.loads(
        json.dumps(sent).replace('"COPY_CODE"', '"copy_code"').replace('"index": 1', '"index": "1"')
    )
    for component in theirs.get("components", []):
        if component["type"] == "header":  # by id, which comes with files
            component["parameters"] = [{"type": "image", "image": {"link": values["header.link"]}}]
    assert ours == theirs


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)

traps = st.sampled_from(["{{1}}", "{{2}}", "a  b"])


@settings(max_examples=60)
@given(
    body=texts, values=st.lists(texts | st.sampled_from(["{{1}}", "{{2}}", "a  b"]), min_size=2, max_size=2)
)
def test_what_is_kept_here_is_what_the_simulated_customer_sees(body: str, values: list[str]) -> None:
    """Our client and the simulator were written apart; what one renders, the other shows."""
    raw = {
        "name": "n",
        "language": "pt_BR",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": f"Casa Aurora avisa: {{{{1}}}} {body} {{{{2}}}} e até logo, obrigado por tudo",
                "example": {"body_text": [["a", "b"]]},
            }
        ],
    }
    try:
        template = created(ACCOUNT, raw)
    except GraphError:
        return
    read = read_template(ACCOUNT, template.fields(None))
    assert read is not None
    keys = [parameter.key for parameter in parameters(read.content)]
    given = {key: value for key, value in zip(keys, values, strict=False) if value.strip()}
    try:
        kept = fill_template("n", "pt_BR", read.content, given)
    except (ParameterMissing, ParameterInvalid):
        return
    assert filled(template, message_of(kept).get("components"))["body"] == kept.body


def test_the_templates_of_the_demo_are_such_as_meta_takes() -> None:
    for template in DEMO_TEMPLATES:
        taken = created("1", {**template.fields(None), "name": template.name})
        assert taken.components == template.components
    assert len({template.id for template in DEMO_TEMPLATES}) == len(DEMO_TEMPLATES)
