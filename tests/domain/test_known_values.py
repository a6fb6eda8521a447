"""What a customer is known by never becomes part of a quick reply for all of them."""

import re
from collections.abc import Callable
from itertools import pairwise
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quick_reply.common_words import COMMON_WORDS
from domain.quick_reply.known_values import (
    Finding,
    KnownValues,
    Variable,
    find_known_values,
)

MARINA = KnownValues(
    names=["Marina de Souza Prado"],
    usernames=["mari.prado88"],
    phones=["5520998760142"],
    emails=["marina.prado@exemplo.com"],
    attributes=["Premium", "Rua das Acácias, 120", "Pedido 38214, em atraso (mãe: Zuleica, zu@exemplo.com)"],
    bot=["sim", 2, True, {"pedido": 91750, "motivos": ["troca da cor do sofá"]}],
    protocols=["20260303-7K4Q-2MXP"],
    author="Ana Lima",
    variables=[
        Variable("analista", "Ana", of_author=True),
        Variable("primeiro_nome", "Marina"),
        Variable("nome", "Marina de Souza Prado"),
        Variable("telefone", "+55 20 99876-0142"),
        Variable("pedido", "38214"),
        Variable("cnpj_da_loja", "11.222.333/0001-81"),
        Variable("rastreio", None),
    ],
)


def marked(text: str, known: KnownValues = MARINA) -> str:
    """The text with each finding as `[kind:written>variable]`."""
    for finding in reversed(find_known_values(text, known)):
        replaced = f"[{finding.kind}:{finding.value}>{finding.variable or ''}]"
        text = text[: finding.start] + replaced + text[finding.end :]
    return text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Olá, MARÍNA!", "Olá, [name:MARÍNA>primeiro_nome]!"),
        ("Sra. Prado, bom dia", "Sra. [name:Prado>nome], bom dia"),
        ("Oi Marina Prado", "Oi [name:Marina Prado>nome]"),
        ("Oi Mar\u00adina e Ｍａｒｉｎａ", "Oi [name:Mar\u00adina e Ｍａｒｉｎａ>primeiro_nome]"),
        ("@mari.prado88", "@[username:mari.prado88>]"),
        ("#MarinaDeSouzaPrado", "#[name:MarinaDeSouzaPrado>nome]"),
        ("marina.prado@EXEMPLO.com.", "[email:marina.prado@EXEMPLO.com>]."),
        (
            "Plano premium: rua das acacias 120",
            "Plano [attribute:premium>]: [attribute:rua das acacias 120>]",
        ),
        ("O pedido nº 38.214 saiu", "O pedido nº [attribute:38.214>pedido] saiu"),
        ("O 91750 saiu por troca da cor do sofá", "O [bot:91750>] saiu por [bot:troca da cor do sofá>]"),
        ("Protocolo 202603037k4q2mxp", "Protocolo [protocol:202603037k4q2mxp>]"),
        ("Sou a Ana Lima, Marina", "Sou a [author:Ana Lima>analista], [name:Marina>primeiro_nome]"),
        (
            "O CPF 529.982.247-25 e o 52998224725",
            "O CPF [document:529.982.247-25>] e o [document:52998224725>]",
        ),
        ("CNPJ: 11.222.333/0001-81", "CNPJ: [document:11.222.333/0001-81>cnpj_da_loja]"),
        ("Empresa 72981506162202, 72981506162203", "Empresa [document:72981506162202>], 72981506162203"),
        ("CNPJ 12.ABC.345/01DE-35", "CNPJ [document:12.ABC.345/01DE-35>]"),
        ("RG 12.345.678-x e rg nº 4455667", "RG [document:12.345.678-x>] e rg nº [document:4455667>]"),
        ("pedido #AB-1234, NF 00123", "pedido #[order:AB-1234>], NF [order:00123>]"),
        ("Já abri o pedido do cliente 5150.", "Já abri o pedido do cliente [order:5150>]."),
        ("Rastreie: BR123456789SP", "Rastreie: [order:BR123456789SP>]"),
        ("Escrevo para zu@exemplo.com", "Escrevo para [attribute:zu@exemplo.com>]"),
        ("$$Marina, $marina ${prado}", "$$[name:Marina>primeiro_nome], $marina ${prado}"),
    ],
)
def test_what_is_found_and_which_variable_replaces_it(text: str, found: str) -> None:
    assert marked(text) == found


@pytest.mark.parametrize(
    "written",
    [
        *("+55 20 99876-0142", "5520998760142", "(20) 99876-0142", "20 9 9876 0142", "20.99876.0142"),
        *(
            "020 99876-0142",
            "0 15 20 99876-0142",
            "0055 20 99876 0142",
            "99876-0142",
            "9876-0142",
            "+55 (20) 9876–0142",
        ),
        *("٢٠ ٩٩٨٧٦ ٠١٤٢", "２０９９８７６０１４２"),
    ],
)
def test_a_phone_is_found_in_every_way_to_write_it(written: str) -> None:
    assert marked(f"Ligo 2 vezes: {written}.") == f"Ligo 2 vezes: [phone:{written}>telefone]."


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("(212) 555-0123", "12125550123"),
        ("+351 912 345 678", "351912345678"),
        ("020 7946 0958", "442079460958"),
    ],
)
def test_a_phone_of_another_country_is_found_with_and_without_its_code(written: str, phone: str) -> None:
    assert marked(f"Ligo {written}", KnownValues(phones=[phone])) == f"Ligo [phone:{written}>]"


@pytest.mark.parametrize(
    "text",
    [
        "Bom dia! O prazo é de 2 dias úteis, e a entrega é grátis. Posso ajudar em algo mais?",
        "O pedido mínimo é de 1000 reais, e a compra é 100% segura: pedido 100% garantido.",
        "Nosso telefone é (11) 4004-0142, o e-mail é sac@exemplo.com, e o horário é das 8h às 18h.",
        "Os marinheiros de Pradolândia, a troca e o sim de 2026, de 10 a 20.",
        "1. Abra o app\n2. Toque em Conta\n3. Escolha Troca\n4. Pronto, em 24 a 48 horas",
        "Custa R$ 1.500,00 ou 3x de R$ 500,00 na promoção de 30/11/2026 às 10:30.",
    ],
)
def test_what_everybody_writes_is_no_finding(text: str) -> None:
    known = KnownValues(
        names=["Dia de Sol", "João dos Dias", "Bo", "Bom dia", "Marina Prado"],
        phones=["5520998760142"],
        attributes=["2", "SP", "de", "Entrega", "pedido", "100"],
        bot=["troca", "não", 24, "conta"],
    )
    assert marked(text, known) == text


def test_a_word_with_an_apostrophe_is_found_whole() -> None:
    assert marked("Sr. d’avila", KnownValues(names=["Zé D'Ávila"])) == "Sr. [name:d’avila>]"


def test_who_is_called_like_the_author_gets_both_variables() -> None:
    known = KnownValues(
        names=["Ana Reis"],
        author="Ana Lima",
        variables=[Variable("analista", "Ana", True), Variable("primeiro_nome", "Ana")],
    )
    assert [(f.kind, f.variable, f.blocks) for f in find_known_values("Sou a Ana", known)] == [
        ("name", "primeiro_nome", True),
        ("author", "analista", False),
    ]


# The law. Its reading of a text is its own: words and groups of digits, compared by brute force.


def _flat(text: str) -> str:
    bare = normalize("NFKD", normalize("NFKD", text).casefold())
    return normalize("NFC", "".join(c for c in bare if category(c) not in ("Mn", "Me", "Cf")))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", _flat(text))


def _tells_words(text: str, value: str) -> bool:
    words, wanted = _words(text), _words(value)
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


def _numbers(text: str) -> list[str]:
    """Every run of digits, and what follows each other with little between them, joined."""
    runs = [(m.start(), m.end(), m[0]) for m in re.finditer(r"\d+", _flat(text))]
    joined = []
    for first in range(len(runs)):
        number, end = "", runs[first][0]
        for start, stop, digits in runs[first:]:
            between = _flat(text)[end:start]
            if len(between) > 3 or re.search(r"\w", between.replace("_", "")):
                break
            number, end = number + digits, stop
            joined.append(number)
    return joined


def _submit(text: str, known: KnownValues) -> str:
    """Replace what blocks until the text is accepted, as an agent does; return what was accepted."""
    for _ in range(100):
        blocking = [f for f in find_known_values(text, known) if f.blocks]
        if not blocking:
            return text
        for before, after in pairwise(blocking):
            assert before.end <= after.start
        worst: Finding = blocking[-1]
        assert text[worst.start : worst.end] == worst.value
        text = f"{text[: worst.start]}$x {text[worst.end :]}"
    raise AssertionError(f"replacing never ends: {text!r}")


brazilian_names = st.lists(
    st.sampled_from(
        ["Marina", "João", "da", "Conceição", "Núbia", "D'Ávila", "Müller", "Li", "Sá", "e", "Zoë", "Dias"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
any_names = st.text(
    st.characters(categories=("Lu", "Ll", "Lt", "Zs", "Nd", "Mn", "So")), min_size=1, max_size=30
)
areas, mobiles = (
    st.from_regex(r"[1-9][1-9]", fullmatch=True),
    st.from_regex(r"9[6-9][0-9]{7}", fullmatch=True),
)
numbers = st.from_regex(r"[0-9]{4,14}", fullmatch=True)
attributes = st.one_of(numbers, any_names, st.from_regex(r"[A-Z]{2,3}-?[0-9]{3,6}", fullmatch=True))
sayings = st.sampled_from(
    ["Olá, ", " segue o pedido ", "! Já ", "\n", " de ", "(", ")", " 3 dias ", "$$", "$x ", " - ", "12"]
)

STYLES: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.lower,
    str.title,
    lambda v: normalize("NFD", v),
    lambda v: "".join(c for c in normalize("NFD", v) if category(c) != "Mn"),
    lambda v: v.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
    lambda v: "\u200b".join(v),
    lambda v: v.replace(" ", " - "),
]
SEPARATED = st.sampled_from(["", " ", "-", ".", " - ", "\u00a0", "–", ") ", "_"])


@st.composite
def written_phones(draw: st.DrawFn, area: str, mobile: str) -> str:
    number = draw(st.sampled_from([mobile, mobile[1:]]))
    start = draw(
        st.sampled_from(["", area, f"0{area}", f"55{area}", f"0055{area}", f"+55{area}", f"55({area}"])
    )
    cut = draw(st.sampled_from([4, 5, 1]))
    return f"{start}{draw(SEPARATED) if start else ''}{number[:cut]}{draw(SEPARATED)}{number[cut:]}"


@st.composite
def separated(draw: st.DrawFn, digits: str) -> str:
    return "".join(d if i == 0 else draw(SEPARATED) + d for i, d in enumerate(digits))


@given(st.data(), brazilian_names | any_names, areas, mobiles, attributes, numbers)
def test_a_suggestion_never_keeps_a_known_value(
    data: st.DataObject, name: str, area: str, mobile: str, attribute: str, order: str
) -> None:
    known = KnownValues(
        names=[name],
        phones=[f"55{area}{mobile}"],
        emails=["zulmira.k@exemplo.com"],
        attributes=[attribute],
        bot=[{"pedido": order}],
    )
    value = st.one_of(
        st.sampled_from([name, attribute, order, "zulmira.k@exemplo.com", *name.split()]).flatmap(
            lambda v: st.sampled_from(STYLES).map(lambda style: style(v))
        ),
        written_phones(area, mobile),
        separated(order),
        sayings,
        st.text(max_size=10),
    )
    accepted = _submit("".join(data.draw(st.lists(value, min_size=1, max_size=8))), known).split("$x")

    for told in (name, *name.split(), attribute, "zulmira.k@exemplo.com"):
        told_words = _words(told)
        letters = "".join(told_words)
        if len(letters) >= 3 + letters.isdecimal() and not set(told_words) <= COMMON_WORDS:
            assert not any(_tells_words(words, told) for words in accepted), told
    phone_numbers = {
        f"{a}{m}" for a in ("", area, f"0{area}", f"55{area}", f"0055{area}") for m in (mobile, mobile[1:])
    }
    told_numbers = {number for words in accepted for number in _numbers(words)}
    assert not told_numbers & phone_numbers
    assert order not in told_numbers


@given(
    st.text(),
    st.lists(st.text()),
    st.lists(st.text()),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_any_text_and_any_values_can_be_compared(
    text: str, names: list[str], phones: list[str], bot: object
) -> None:
    for finding in find_known_values(
        text, KnownValues(names=names, phones=phones, attributes=names, bot=[bot])
    ):
        assert 0 <= finding.start < finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.value
