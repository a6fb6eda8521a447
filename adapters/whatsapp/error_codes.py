"""WhatsApp's error codes and how to react; decided by the code alone, never by title or text."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["message", "customer", "number", "account"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How to react to a refusal.

    `retryable`: another attempt may succeed, not before `retry_after_s` (None: the caller's own delays; with
    scope `customer`, the first delay of a series that grows fourfold). `scope`: whose other messages have to
    wait too. `halt`: nothing of that scope will succeed until a person acts.
    """

    retryable: bool = False
    retry_after_s: float | None = None
    scope: Scope = "message"
    halt: bool = False
    known: bool = True


_STOP = Verdict()
_AGAIN = Verdict(retryable=True)
_HALT_NUMBER = Verdict(scope="number", halt=True)
_HALT_ACCOUNT = Verdict(scope="account", halt=True)
_UNKNOWN = Verdict(known=False)

_WENT_WRONG = frozenset({1, 2, 131000})
"""Generic errors: together with a 5xx they do not say whether the message was sent."""

_VERDICTS: dict[int, Verdict] = {
    **dict.fromkeys((*_WENT_WRONG, 131016, 133004), _AGAIN),
    131057: Verdict(True, 60, "number"),
    130429: Verdict(True, 10, "number"),
    131056: Verdict(True, 4, "customer"),
    **dict.fromkeys((4, 80007), Verdict(True, 3600, "account")),
    134101: Verdict(True, 600),
    **dict.fromkeys((0, 190, 3, 10, *range(200, 300), 131005, 368, 131031), _HALT_ACCOUNT),
    **dict.fromkeys((131042, 131044, 134011), _HALT_ACCOUNT),
    **dict.fromkeys((33, 131037, 131045, 131048, 131064), _HALT_NUMBER),
    **dict.fromkeys((133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016), _HALT_NUMBER),
    **dict.fromkeys((100, 131008, 131009, 135000, 131051, 131055, 131063, 134100, 134102), _STOP),
    **dict.fromkeys((130403, 130472, 130497, 131020, 131021, 131026, 131030, 131041, 131047), _STOP),
    **dict.fromkeys((131049, 131050, 131052, 131053, 131060, 131062, 131035, 131036), _STOP),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018), _STOP),
    **dict.fromkeys((132068, 132069, 136024, 137000, 470, 1014, 131014), _STOP),
    **dict.fromkeys(range(147001, 147006), _STOP),
}


def verdict(code: int, subcode: int | None = None) -> Verdict:
    """Return the verdict on `code`; an unlisted code stops the message and is marked as not `known`."""
    if code == 100 and subcode == 33:
        return _HALT_NUMBER  # the number does not exist, or the token has no access to it
    return _VERDICTS.get(code, _UNKNOWN)


def means_not_sent(code: int) -> bool:
    """Return whether this code in a 5xx means that the message was certainly not sent."""
    return code in _VERDICTS and code not in _WENT_WRONG
