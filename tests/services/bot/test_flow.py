"""The menu of the demo's bot, as a customer meets it, and the rules of a flow's file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.bot import Close, HandOff
from services.app.bot import DEMO_FLOW
from services.bot.flow import Flow, FlowAnswer, FlowRefused, answer, begin, read_flow

FLOW = read_flow(DEMO_FLOW)


def talk(*said: str | None) -> FlowAnswer:
    """What the bot says last, after its greeting, when the customer says this."""
    last = begin(FLOW, {})
    for text in said:
        assert last.session is not None, "the flow is over"
        last = answer(FLOW, last.session, text)
    return last


def test_it_greets_and_offers_four_options() -> None:
    greeting = begin(FLOW, {})
    assert greeting.texts[0].startswith("Olá! Eu sou a Aurora")
    assert [line[:4] for line in greeting.texts[-1].splitlines()[1:]] == ["1 - ", "2 - ", "3 - ", "4 - "]


def test_it_collects_name_and_order_and_hands_off_with_card_and_variables() -> None:
    assert "nome" in talk("1").texts[0]
    assert talk("1", "Teresa Nogueira").texts[0].startswith("Certo, Teresa Nogueira.")
    last = talk("1", "Teresa Nogueira", "é o 48213, obrigada")
    assert last.session is None
    assert isinstance(last.action, HandOff)
    assert last.action.reason == "acompanhar pedido"
    assert last.action.card is not None
    assert last.action.card.name == "Teresa Nogueira"
    assert last.action.variables == {"nome": "Teresa Nogueira", "pedido": "48213"}


@pytest.mark.parametrize(
    ("asked", "said"), [("2", "segunda a sexta"), ("3", "30 dias"), ("trocar", "30 dias")]
)
def test_it_answers_two_questions_and_asks_whether_there_is_more(asked: str, said: str) -> None:
    told = talk(asked)
    assert said in told.texts[0]
    assert told.texts[-1].startswith("Posso ajudar em mais alguma coisa?")
    goodbye = talk(asked, "Não, obrigado")
    assert isinstance(goodbye.action, Close)


@pytest.mark.parametrize("written", ["4", "4.", "falar com uma PESSOA", "quero um atendente!"])
def test_who_asks_for_a_person_gets_one(written: str) -> None:
    last = talk(written)
    assert isinstance(last.action, HandOff)
    assert last.action.variables == {}
    assert isinstance(talk("1", "Teresa", "atendente").action, HandOff)


def test_what_is_not_understood_twice_is_asked_again_and_then_goes_to_people() -> None:
    assert talk("banana").texts[0] == "Desculpe, não entendi."
    assert talk("banana").texts[-1] == begin(FLOW, {}).texts[-1]
    assert isinstance(talk("banana", "banana", "banana").action, HandOff)
    assert "número de pedido" in talk("1", "Teresa", "não sei").texts[0]


def test_a_picture_is_answered_with_words() -> None:
    assert talk(None).texts[0].startswith("Por aqui eu só consigo ler texto")


def test_a_name_that_is_known_is_not_asked_for_again() -> None:
    back = begin(FLOW, {"nome": "Teresa"}, back=True)
    assert back.texts[0].startswith("Oi de novo!")
    assert back.session is not None
    assert answer(FLOW, back.session, "1").texts[0].startswith("Certo, Teresa.")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("go: horario", "go: nowhere"), "no step nowhere"),
        (lambda text: text.replace("start:", "stert:"), "stert"),
        (lambda text: text.replace("\\d{4,10}", "\\d{4,10}["), "pattern"),
        (lambda text: text + "\n  - broken", "demo.yaml"),
        (lambda text: text.replace('close: "resolvido pelo robô"', "end: true\n    go: menu"), "one thing"),
        (lambda _: "", "flow"),
    ],
)
def test_a_file_that_is_no_flow_is_refused_with_the_place(
    tmp_path: Path, change: Callable[[str], str], told: str
) -> None:
    file = tmp_path / "demo.yaml"
    file.write_text(change(DEMO_FLOW.read_text()))
    with pytest.raises(FlowRefused, match=told):
        read_flow(file)


def test_a_flow_that_loops_stops() -> None:
    step = {"say": ("a",), "go": "b"}
    flow = Flow.model_validate(
        {"start": "a", "back": "a", "lost": "a", "only_text": "", "steps": {"a": step, "b": {"go": "a"}}}
    )
    with pytest.raises(FlowRefused, match="loops"):
        begin(flow, {})
