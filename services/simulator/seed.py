"""Customers of the demo. Area code 20 does not exist, so nobody has their numbers."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from domain.contact.phone import canonical_phone
from services.simulator.records import Number, Phone
from services.simulator.store import SimulatorStore
from services.simulator.templates import Json, Template
from services.simulator.world import new_bsuid


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """A customer to seed; without `ninth_digit` the `wa_id` lacks the 9, as many do."""

    name: str
    number: str
    ninth_digit: bool = True


DEMO_PHONES = (
    DemoPhone("Marina Teixeira", "5520987650001"),
    DemoPhone("Joaquim Prado", "5520987650002", ninth_digit=False),
    DemoPhone("Luzia Fontes", "5520987650003"),
)


def _template(
    name: str,
    body: str,
    *examples: str,
    category: str = "UTILITY",
    status: str = "APPROVED",
    quality: str = "GREEN",
    language: str = "pt_BR",
    header: Json | None = None,
    footer: str | None = "Casa Aurora",
    buttons: Sequence[Json] = (),
    named: Mapping[str, str] | None = None,
) -> Template:
    """Return a template of the demo; without `named` the `examples` are for numbered parameters."""
    example: Json = {}
    if named is not None:
        listed = [{"param_name": key, "example": value} for key, value in named.items()]
        example = {"example": {"body_text_named_params": listed}}
    elif examples:
        example = {"example": {"body_text": [list(examples)]}}
    components: list[Json] = [
        *([] if header is None else [{"type": "HEADER", **header}]),
        {"type": "BODY", "text": body, **example},
        *([] if footer is None else [{"type": "FOOTER", "text": footer}]),
        *([{"type": "BUTTONS", "buttons": list(buttons)}] if buttons else []),
    ]
    id = str(10**15 + int.from_bytes(blake2b(f"{name}/{language}".encode(), digest_size=6).digest()))
    form = "POSITIONAL" if named is None else "NAMED"
    return Template(id, "", name, language, category, status, form, components, quality)


DEMO_TEMPLATES = (
    _template(
        "pedido_enviado",
        "Olá, {{1}}! Seu pedido {{2}} saiu para entrega e chega até {{3}}. Qualquer dúvida, responda aqui.",
        *("Marina", "4821", "sexta-feira"),
        header={"format": "TEXT", "text": "Pedido a caminho"},
        buttons=[
            {"type": "QUICK_REPLY", "text": "Falar com a loja"},
            {
                "type": "URL",
                "text": "Acompanhar",
                "url": "https://loja.example/pedidos/{{1}}",
                "example": ["https://loja.example/pedidos/4821"],
            },
        ],
    ),
    _template(
        "retomar_atendimento",
        "Olá, {{nome}}! Aqui é {{analista}}, da loja. Podemos continuar o seu atendimento {{protocolo}}?",
        named={"nome": "Marina", "analista": "Ana", "protocolo": "20260303-7K4Q-2MXP"},
        buttons=[{"type": "QUICK_REPLY", "text": "Sim"}, {"type": "QUICK_REPLY", "text": "Agora não"}],
    ),
    _template(
        "retomar_atendimento",
        "Hello {{nome}}, this is {{analista}} of the shop. May we go on with your request {{protocolo}}?",
        named={"nome": "Marina", "analista": "Ana", "protocolo": "20260303-7K4Q-2MXP"},
        language="en",
        buttons=[{"type": "QUICK_REPLY", "text": "Yes"}, {"type": "QUICK_REPLY", "text": "Not now"}],
    ),
    _template("confirmar_cadastro", "Seu cadastro foi atualizado. Se não foi você, responda aqui."),
    _template(
        "nota_fiscal",
        "Segue a nota fiscal do pedido {{1}}, como combinado. Obrigado pela compra!",
        "4821",
        header={"format": "DOCUMENT", "example": {"header_handle": ["https://cdn.example/nota.pdf"]}},
        buttons=[{"type": "PHONE_NUMBER", "text": "Ligar", "phone_number": "+552040000001"}],
    ),
    _template(
        "cupom_de_volta",
        "Oi, {{1}}! Sentimos sua falta na loja. Use o código abaixo e ganhe {{2}} na próxima compra.",
        *("Marina", "15%"),
        category="MARKETING",
        quality="YELLOW",
        header={"format": "IMAGE", "example": {"header_handle": ["https://cdn.example/cupom.jpg"]}},
        buttons=[
            {"type": "COPY_CODE", "example": "AURORA15"},
            {"type": "QUICK_REPLY", "text": "Não quero ofertas"},
        ],
    ),
    _template(
        "retirada_na_loja",
        "Seu pedido {{1}} está pronto para retirada na loja do mapa acima, até {{2}}, das 9h às 18h.",
        *("4821", "sábado"),
        header={"format": "LOCATION"},
    ),
    _template(
        "promocao_de_inverno",
        "Oi, {{1}}! A promoção de inverno começou: até 40% de desconto em toda a loja nesta semana.",
        "Marina",
        category="MARKETING",
        status="PAUSED",
        quality="RED",
    ),
    _template(
        "pesquisa_de_satisfacao",
        "Como foi o seu atendimento, {{1}}? Sua opinião ajuda a loja a melhorar.",
        "Marina",
        status="PENDING",
        quality="UNKNOWN",
    ),
)


def seed(
    folder: Path,
    phone_number_id: str,
    business_name: str,
    phones: Sequence[DemoPhone] = DEMO_PHONES,
    display: str = "+55 20 4000-0001",
    waba_id: str = "100000000000001",
) -> None:
    """Add the number, its customers and the templates of an account without any in `folder`.

    Idempotent, also beside a running simulator.
    """
    with closing(SimulatorStore(folder)) as store, store.transaction():
        store.add_number(Number(phone_number_id, waba_id, display, business_name))
        for phone in phones:
            store.add_phone(new_phone(phone.name, phone_number_id, phone.number, phone.ninth_digit))
        if not store.templates(waba_id):
            for template in DEMO_TEMPLATES:
                store.put_template(replace(template, waba_id=waba_id))


def new_phone(
    name: str,
    phone_number_id: str,
    number: str | None = None,
    ninth_digit: bool = True,
    username: str | None = None,
    hides_number: bool = False,
) -> Phone:
    """Create a phone with this number, or with a random one that cannot exist."""
    dialled = (number or f"55209{6_000_0000 + secrets.randbelow(4_000_0000)}").removeprefix("+")
    full = canonical_phone(dialled) or dialled
    brazilian = len(full) == 13 and full.startswith("55") and full[4] == "9"
    wa_id = full[:4] + full[5:] if brazilian and not ninth_digit else dialled
    return Phone(wa_id, full, name, new_bsuid(), username, phone_number_id, True, hides_number)
