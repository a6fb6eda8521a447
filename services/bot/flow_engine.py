"""Bot engine that follows a flow; its state is the step and what was asked."""

from dataclasses import dataclass

import orjson

from schemas.bot import Turn
from services.bot.engine import Spoken
from services.bot.flow import Flow, FlowAnswer, Session, answer, begin


@dataclass(frozen=True, slots=True)
class FlowEngine:
    """Answers by a flow: the same turn and state give the same answer."""

    flow: Flow

    def answer(self, turn: Turn, state: bytes | None) -> Spoken:
        """Answer a turn; starts over at a step that the flow no longer has."""
        session = None if state is None else _read(state)
        if turn.kind == "reactivated":
            return _spoken(begin(self.flow, _texts(turn.variables), back=True))
        if session is None or session.step not in self.flow.steps:
            return _spoken(begin(self.flow, {}))
        said = turn.message.text if turn.message is not None else None
        return _spoken(answer(self.flow, session, said))


def _spoken(answered: FlowAnswer) -> Spoken:
    state = None if answered.session is None else _written(answered.session)
    return Spoken(answered.texts, answered.action, state)


def _texts(variables: dict[str, object]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def _written(session: Session) -> bytes:
    return orjson.dumps([session.step, dict(session.known), session.missed])


def _read(state: bytes) -> Session:
    step, known, missed = orjson.loads(state)
    return Session(step, known, missed)
