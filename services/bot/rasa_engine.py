"""Bot engine that forwards to Rasa: says its texts, does its `custom` actions; failures go to people."""

from dataclasses import dataclass

import structlog
from pydantic import TypeAdapter, ValidationError

from adapters.bot.rasa import Rasa, RasaFailed, RasaMessage
from schemas.bot import Action, HandOff, Turn
from services.bot.engine import Spoken

REACTIVATED = "/session_start"
MAX_MESSAGES = 10
MAX_TEXT = 4096

_ACTION: TypeAdapter[Action] = TypeAdapter(Action)

log = structlog.get_logger("bot")


@dataclass(frozen=True, slots=True)
class RasaEngine:
    """Forwards turns to Rasa, which keeps one session per conversation itself.

    After a crash a turn may be forwarded twice; its reply has the same id, so the customer gets one answer.
    """

    rasa: Rasa

    def answer(self, turn: Turn, state: bytes | None) -> Spoken:
        """Answer with what Rasa says; never retried, since the first request may have had an effect."""
        try:
            return _spoken(self.rasa.send(turn.conversation_id, _told(turn)))
        except RasaFailed as failed:
            log.warning("Rasa unavailable, handing off", reason=str(failed))
            return Spoken(action=HandOff(type="hand_off", reason=f"rasa_{failed.code}"))


def _told(turn: Turn) -> str:
    """Write a turn as text for Rasa; a picture or a voice message is its type in brackets."""
    if turn.message is None:
        return REACTIVATED
    return turn.message.text or f"[{turn.message.type}]"


def _spoken(said: list[RasaMessage]) -> Spoken:
    texts = tuple(one.text for one in said if one.text and one.text.strip())
    asked = [one.custom for one in said if one.custom is not None]
    if len(texts) > MAX_MESSAGES or any(len(text) > MAX_TEXT for text in texts) or len(asked) > 1:
        raise RasaFailed("garbage", "too many or too long messages, or several actions")
    if not (texts or asked):
        raise RasaFailed("empty", "no message")
    try:
        return Spoken(texts, _ACTION.validate_python(asked[0]) if asked else None)
    except ValidationError:
        raise RasaFailed("garbage", "not a valid action") from None
