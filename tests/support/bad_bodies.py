"""Bodies that a webhook may bring and should not, with what becomes of each."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.whatsapp.content import MAX_RAW_BYTES
from domain.text import MAX_TEXT
from tests.support.traffic import NUMBER, START, reaction, revoke, status, text

LARGE_BYTES = 32 * 1024
CUSTOMER = "5520911110044"

Row = dict[str, Any]
Shown = Callable[[Row], bool]


@dataclass(frozen=True)
class Bad:
    """One input of the catalogue (`row` is its number there); `id` makes each use of it another message.

    Either `raw` is the whole body, or `messages`, `statuses` and `contacts` (as JSON text) stand in one.
    `kept` is what it leaves: lines of the timeline, and rows of the other tables; `kept_in_thread` what it
    leaves where its sender has a conversation, if that is something else.
    """

    row: str
    what: str
    kept: dict[str, int]
    raw: Callable[[str], bytes] | None = None
    messages: Callable[[str], Sequence[str]] = lambda id: ()
    statuses: Callable[[str], Sequence[str]] = lambda id: ()
    contacts: Sequence[str] = ()
    shows: Shown = lambda row: True
    same_every_time: bool = field(default=False, kw_only=True)
    kept_in_thread: dict[str, int] | None = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        return f"{self.row} {self.what}"

    def alone(self, id: str) -> bytes:
        if self.raw is not None:
            return self.raw(id)
        return body(self.messages(id), self.statuses(id), self.contacts)

    def between(self, id: str, before: str, after: str) -> list[bytes]:
        """It between two good messages: in one body where it can stand in one, else among three."""
        if self.raw is not None:
            return [body([before]), self.raw(id), body([after])]
        return [body([before, *self.messages(id), after], self.statuses(id), self.contacts)]


def body(
    messages: Sequence[str], statuses: Sequence[str] = (), contacts: Sequence[str] = (), number: str = NUMBER
) -> bytes:
    """A webhook of field `messages`, of items that are JSON text already."""
    parts = [
        '"messaging_product":"whatsapp"',
        f'"metadata":{{"display_phone_number":"552040020000","phone_number_id":"{number}"}}',
    ]
    for name, items in (("contacts", contacts), ("messages", messages), ("statuses", statuses)):
        if items:
            parts.append(f'"{name}":[{",".join(items)}]')
    change = f'{{"field":"messages","value":{{{",".join(parts)}}}}}'
    return (
        f'{{"object":"whatsapp_business_account","entry":[{{"id":"200000000000001","changes":[{change}]}}]}}'
    ).encode()


def good(id: str, said: str, sender: str = CUSTOMER) -> str:
    return json.dumps(text(id, said, sender))


def _message(**keys: Any) -> Callable[[str], list[str]]:
    """A text with some of its keys another way; None takes one out."""

    def made(id: str) -> list[str]:
        whole = text(id, "olá", CUSTOMER) | keys
        return [json.dumps({name: part for name, part in whole.items() if part is not None})]

    return made


def _with(old: str, new: str) -> Callable[[str], list[str]]:
    """A text whose JSON is changed where no writer of JSON would."""
    return lambda id: [good(id, "olá").replace(old, new, 1)]


def _says(words: str) -> Callable[[str], list[str]]:
    return _message(text={"body": words})


def _typed(kind: str, content: Any) -> Callable[[str], list[str]]:
    return _message(type=kind, text=None, **{kind: content})


def _at(timestamp: Any) -> Bad:
    said = f"the timestamp {json.dumps(timestamp)}"
    return Bad("B031", said, LINE, messages=_message(timestamp=timestamp), shows=_flagged)


def _whole(row: str, what: str, raw: bytes) -> Bad:
    return Bad(row, what, HELD, raw=lambda id: raw, same_every_time=True)


def _aside(row: str, what: str, messages: Callable[[str], list[str]], words: str) -> Bad:
    """What is never taken for a customer's words."""
    noted = _shows(words, type="system", direction="in", ticket=1)

    def shows(row: Row) -> bool:
        return row["text"] in ("antes", "depois") or noted(row)

    return Bad(row, what, HELD, messages=messages, shows=shows, kept_in_thread=LINE)


def _shows(words: str | None, **columns: Any) -> Shown:
    return lambda row: row["text"] == words and all(row[name] == value for name, value in columns.items())


def _flagged(row: Row) -> bool:
    return row["text"] == "olá" and row["time_flagged"] is True


def _cut(row: Row) -> bool:
    return 0 < len(row["text"]) <= MAX_TEXT and row["truncated"] is True


def _card_kept(row: Row) -> bool:
    return row["type"] == "contacts" and row["truncated"] and len(json.dumps(row["raw"])) <= MAX_RAW_BYTES


def _unsupported(row: Row) -> bool:
    return row["type"] == "unsupported" and row["text"] is None and bool(row["raw"])


LINE = {"timeline": 1}
HELD = {"quarantine": 1}
WAITS = {"orphans": 1}

_deep = "[" * 100 + "]" * 100
_emoji = "👩\u200d👩\u200d👧"
_vcard = {
    "name": {"formatted_name": "Rita", "first_name": "Rita"},
    "urls": [{"url": "javascript:alert(1)", "type": "WORK"}],
    "phones": [{"phone": f"+55209{n:08d}"} for n in range(500)],
}
_errors = [
    {"code": 131_000 + n, "title": "x" * 3000, "error_data": {"details": "y" * 9000}} for n in range(50)
]

BAD = [
    Bad("B010", "an unknown number", HELD, raw=lambda id: body([good(id, "oi")], number="999")),
    _whole("B014", "an empty body", b""),
    *(_whole("B014", f"the body {raw.decode()}", raw) for raw in (b"null", b"[]", b'"x"', b"0", b"{}")),
    _whole("B014", "bytes that are no text", b"\xff\xfe\x00"),
    _whole("B019", "100,000 brackets", b"[" * 100_000),
    Bad("B019", "a message nested too deep", HELD, messages=_with('"ol\\u00e1"', _deep)),
    Bad("B020", "5,000 digits", HELD, messages=_with(f'"{START}"', "1" * 5000)),
    Bad("B022", "a key that stands twice", HELD, messages=_with('{"from"', '{"id": "first", "from"')),
    Bad("B023", "NUL in the text", LINE, messages=_says("a\x00b"), shows=_shows("ab")),
    _aside("B023", "nothing but NUL", _says("\x00"), "Mensagem sem conteúdo"),
    Bad(
        "B023",
        "NUL in a name, a number and the content",
        LINE,
        messages=_message(**{"from": None, "from_user_id": "BR.nul", "a\x00": {"b\x00": "c\x00"}}),
        contacts=[json.dumps({"profile": {"name": "Ri\x00ta"}, "user_id": "BR.nul", "wa_id": "55\x0020"})],
        shows=_shows("olá", author_name="Rita"),
    ),
    Bad("B023", "NUL in the message id", HELD, messages=lambda id: [good(f"{id}\x00", "olá")]),
    Bad("B023", "half a character", LINE, messages=_with("ol\\u00e1", "a\\ud800b"), shows=_shows("a\ufffdb")),
    Bad("B025", "a text of 1 MB", LINE, messages=_says("é" * 500_000), shows=_cut),
    Bad("B025", "4,096 marks on one letter", LINE, messages=_says("e" + "\u0301" * 4096), shows=_cut),
    Bad("B025", "10,000 joined emoji", LINE, messages=_says(_emoji * 10_000), shows=_shows(_emoji * 10_000)),
    Bad(
        "B026",
        "text that turns round",
        LINE,
        messages=_says("a\u202eb\u2067c\u200dd"),
        contacts=[json.dumps({"profile": {"name": "Ri\u202eta\u2066"}, "wa_id": CUSTOMER})],
        shows=_shows("a\u202eb\u2067c\u200dd", author_name="Rita"),
    ),
    Bad(
        "B028", "only a business-scoped id", LINE, messages=_message(**{"from": None, "from_user_id": "BR.1"})
    ),
    Bad("B029", "an id of 129 characters", LINE, messages=_message(from_user_id="BR." + "9" * 126)),
    Bad("B029", "an id of a strange shape", LINE, messages=_message(from_user_id="'; --")),
    Bad("B029", "an id without end", LINE, messages=_message(from_user_id="9" * 5000)),
    Bad("B029", "nobody", HELD, messages=_message(**{"from": None})),
    *map(_at, (0, "0", -1, "-1", 32_503_680_000, "abc", 1.5, f"{START}000", None, {}, True)),
    Bad("B032", "an unknown type", LINE, messages=_typed("hologram", {"a": 1}), shows=_unsupported),
    Bad("B032", "no type", LINE, messages=_message(type=None), shows=_unsupported),
    Bad("B032", "a type that is no word", LINE, messages=_message(type={"$ne": 1}), shows=_unsupported),
    Bad("B032", "a text that is none", LINE, messages=_message(text=["a"]), shows=_unsupported),
    Bad(
        "B032",
        "unsupported with errors",
        LINE,
        messages=_message(type="unsupported", text=None, errors=[{"code": 131051}]),
        shows=_unsupported,
    ),
    Bad(
        "B032",
        "errors only",
        {"notices": 1},
        raw=lambda id: body(()).replace(
            b'"metadata"', f'"errors":[{{"code":1,"title":"{id}"}}],"metadata"'.encode()
        ),
    ),
    Bad("B032", "an order of strings", LINE, messages=_typed("order", {"product_items": "x"})),
    _aside("B032", "nothing but a type", _message(type="ephemeral", text=None), "Mensagem sem conteúdo"),
    _aside("B032", "nothing to see", _says(" \u200b\n"), "Mensagem sem conteúdo"),
    _aside(
        "B032",
        "a message to a group",
        _message(group_id="HPgroup"),
        "Escreveu em um grupo, não nesta conversa",
    ),
    _aside(
        "B032",
        "a chat opened without a word",
        _message(type="request_welcome", text=None),
        "Abriu a conversa sem escrever",
    ),
    Bad("B032", "a system notice of no kind", LINE, messages=_typed("system", {"body": ["x"], "type": 7})),
    Bad("B032", "a field of the future", LINE, messages=_message(hologram={"a": 1}), shows=_shows("olá")),
    Bad(
        "B035",
        "a status of an unknown message",
        WAITS,
        statuses=lambda id: [json.dumps(status(f"out-{id}", "delivered"))],
    ),
    Bad(
        "B035",
        "a status with 50 errors",
        WAITS,
        statuses=lambda id: [json.dumps(status(f"out-{id}", "failed", errors=_errors))],
    ),
    Bad("B035", "a status of nothing", HELD, statuses=lambda id: [json.dumps({"id": id, "status": []})]),
    Bad(
        "B037",
        "an emoji of 5 kB",
        {"timeline": 1},
        messages=lambda id: [good(id, "oi"), json.dumps(reaction(f"r-{id}", id, "👍" * 1250, CUSTOMER))],
        shows=lambda row: 0 < len(row["reactions"]["contact"]) <= 64,
    ),
    Bad(
        "B037",
        "a reaction to a reaction",
        {"timeline": 1},
        messages=lambda id: [
            good(id, "oi"),
            json.dumps(reaction(f"r-{id}", id, "👍", CUSTOMER)),
            json.dumps(reaction(f"rr-{id}", f"r-{id}", "❤️", CUSTOMER)),
        ],
        shows=lambda row: row["reactions"] == {"contact": "❤️"},
    ),
    _aside(
        "B037",
        "a reaction to nothing",
        _typed("reaction", {"emoji": "👍"}),
        "Mudou uma mensagem que não se sabe qual é",
    ),
    Bad(
        "B038",
        "a revocation of what we never saw",
        WAITS,
        messages=lambda id: [json.dumps(revoke(id, f"older-{id}", CUSTOMER))],
    ),
    Bad(
        "B038",
        "an edit before its message",
        {"timeline": 1},
        messages=lambda id: [json.dumps(_edited(f"e-{id}", id, "depois")), good(id, "antes")],
        shows=_shows("depois", edited=True),
    ),
    Bad(
        "B038",
        "a revocation before its message",
        {"timeline": 1},
        messages=lambda id: [json.dumps(revoke(f"x-{id}", id, CUSTOMER)), good(id, "antes")],
        shows=_shows(None, revoked=True, raw=None),
    ),
    Bad(
        "B040", "a card with 500 numbers", LINE, messages=_typed("contacts", [_vcard] * 30), shows=_card_kept
    ),
    *(
        Bad(
            "B041",
            f"a place at {at!r}",
            LINE,
            messages=_typed("location", {"latitude": at, "longitude": 1}),
            shows=_shows(None, type="location"),
        )
        for at in (math.nan, math.inf, 999, "-8.05", None, True, [1])
    ),
]


def _edited(id: str, target: str, words: str) -> dict[str, Any]:
    new = {"type": "text", "text": {"body": words}}
    content = {"original_message_id": target, "message": new}
    return {"from": CUSTOMER, "id": id, "timestamp": str(START + 2), "type": "edit", "edit": content}
