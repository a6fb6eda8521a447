"""The engine before a Rasa: its texts are said, its `custom` actions done; what fails goes to people."""

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
    """Asks Rasa, which keeps the sessions itself, one for each conversation.

    A turn that comes again after a crash is asked again: what is said to it has the same id, so it is heard
    once, whatever Rasa says the second time.
    """

    rasa: Rasa

    def answer(self, turn: Turn, state: bytes | None) -> Spoken:
        """What Rasa says; nothing is tried twice, for nobody knows what became of the first time."""
        try:
            return _spoken(self.rasa.send(turn.conversation_id, _told(turn)))
        except RasaFailed as failed:
            log.warning("Rasa did not answer", reason=str(failed))
            return _to_people(f"rasa_{failed.code}")


def _told(turn: Turn) -> str:
    """What Rasa gets to read: a picture or a voice message is its type in brackets."""
    if turn.message is None:
        return REACTIVATED
    return turn.message.text or f"[{turn.message.type}]"


def _spoken(said: list[RasaMessage]) -> Spoken:
    texts = tuple(one.text for one in said if one.text and one.text.strip())
    asked = [one.custom for one in said if one.custom is not None]
    if len(texts) > MAX_MESSAGES or any(len(text) > MAX_TEXT for text in texts) or len(asked) > 1:
        raise RasaFailed("garbage", "more than can be said")
    if not (texts or asked):
        raise RasaFailed("empty", "no message")
    try:
        return Spoken(texts, _ACTION.validate_python(asked[0]) if asked else None)
    except ValidationError:
        raise RasaFailed("garbage", "an action that is none") from None


def _to_people(reason: str) -> Spoken:
    return Spoken(action=HandOff(type="hand_off", reason=reason))
