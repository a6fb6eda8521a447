"""Dialogue flows in YAML: steps that say, ask or offer a choice, and hand off, close or end."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.bot import Card, Close, End, HandOff

MAX_STEPS = 20
"""Most steps between two answers of the customer; more is a loop."""

_BLANK = re.compile(r"\{(\w+)\}")

Action = HandOff | End | Close


class FlowRefused(ValueError):
    """The file is not a valid flow; the text says where."""


class Part(BaseModel):
    """A part of a flow; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(Part):
    """A choice of the customer: by number, label or one of `words`."""

    label: str
    go: str
    words: tuple[str, ...] = ()


class Ask(Part):
    """A question: the part of the answer that matches `pattern` is stored as `name`."""

    name: str
    pattern: re.Pattern[str]
    go: str


class Give(Part):
    """A hand-off to people; `{name}` stands for what was asked, and fields with unknown names are omitted."""

    reason: str
    queue: str | None = None
    card: Mapping[str, str] = Field(default_factory=dict)
    variables: Mapping[str, str] = Field(default_factory=dict)


class Step(Part):
    """Says something, then does one thing: wait for an answer, go on, or end."""

    say: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    ask: Ask | None = None
    unknown: str = ""
    """Reply to an answer that does not match; after `tries` of them the flow goes to `lost`."""

    go: str | None = None
    unless: str | None = None
    """With `go`: skip the step when this is known already."""

    hand_off: Give | None = None
    close: str | None = None
    end: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> "Step":
        ways = (self.options, self.ask, self.go, self.hand_off, self.close, self.end)
        wanted = 2 if self.unless else 1
        if sum(bool(way) for way in ways) != wanted or (self.unless and not self.go):
            raise ValueError("a step does one thing: options, ask, go, hand_off, close or end")
        return self

    @property
    def leads_to(self) -> Iterator[str]:
        yield from (option.go for option in self.options)
        yield from ([self.ask.go] if self.ask else [])
        yield from ([self.go] if self.go else [])


class Flow(Part):
    """All steps by name, and where conversations start."""

    start: str
    back: str
    """First step when an agent gives the ticket back to the bot."""

    lost: str
    """Next step when the customer was not understood `tries` times."""

    tries: int = Field(2, ge=1)
    only_text: str
    """Reply to a picture, a voice message …"""

    anywhere: tuple[Option, ...] = ()
    """Choices at every step."""

    steps: Mapping[str, Step]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Flow":
        named = {self.start, self.back, self.lost, *(option.go for option in self.anywhere)}
        named.update(target for step in self.steps.values() for target in step.leads_to)
        if missing := sorted(named - self.steps.keys()):
            raise ValueError(f"there is no step {', '.join(missing)}")
        return self


@dataclass(frozen=True, slots=True)
class Session:
    """State of one dialogue: the step that waits, what is known, and how often the answer did not match."""

    step: str
    known: Mapping[str, str] = field(default_factory=dict)
    missed: int = 0


@dataclass(frozen=True, slots=True)
class FlowAnswer:
    """What the bot says and does; without a session the flow has ended."""

    session: Session | None
    texts: tuple[str, ...]
    action: Action | None = None


def read_flow(path: Path) -> Flow:
    """Read a flow from a file.

    Raises:
        FlowRefused
    """
    try:
        return Flow.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise FlowRefused(f"{path}: {error}") from None
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc'])) or 'flow'}: {e['msg']}" for e in error.errors()[:5]]
        raise FlowRefused(f"{path}: {'; '.join(problems)}") from None


def begin(flow: Flow, known: Mapping[str, str], back: bool = False) -> FlowAnswer:
    """Start a dialogue; `back` when an agent gave the ticket back to the bot."""
    return _walk(flow, Session(flow.back if back else flow.start, dict(known)), ())


def answer(flow: Flow, session: Session, text: str | None) -> FlowAnswer:
    """Answer the customer; `text` is None for a picture or a voice message."""
    step = flow.steps[session.step]
    if text is None:
        return _missed(flow, session, flow.only_text)
    if (chosen := _chosen(step.options, text) or _chosen(flow.anywhere, text, numbered=False)) is not None:
        return _walk(flow, Session(chosen.go, session.known), ())
    if step.ask is not None and (found := step.ask.pattern.search(text)):
        known = {**session.known, step.ask.name: found[0].strip()}
        return _walk(flow, Session(step.ask.go, known), ())
    return _missed(flow, session, step.unknown)


def _walk(flow: Flow, session: Session, said: tuple[str, ...]) -> FlowAnswer:
    """Run steps until one waits for the customer or ends."""
    for _ in range(MAX_STEPS):
        step = flow.steps[session.step]
        skipped = step.unless is not None and step.unless in session.known
        if not skipped:
            said += tuple(_filled(text, session.known) for text in step.say)
        if step.options:
            menu = "\n".join(f"{n} - {option.label}" for n, option in enumerate(step.options, 1))
            return FlowAnswer(session, (*said[:-1], "\n".join((*said[-1:], menu))))
        if step.ask is not None and not skipped:
            return FlowAnswer(session, said)
        if step.go is None:
            return FlowAnswer(None, said, _ending(step, session.known))
        session = replace(session, step=step.go, missed=0)
    raise FlowRefused(f"the flow loops at {session.step}")


def _missed(flow: Flow, session: Session, told: str) -> FlowAnswer:
    missed = session.missed + 1
    if missed > flow.tries:
        return _walk(flow, Session(flow.lost, session.known), ())
    again = _walk(flow, Session(session.step, session.known), ())
    repeated = again.texts[-1:] if flow.steps[session.step].options else ()
    return FlowAnswer(replace(session, missed=missed), (_filled(told, session.known), *repeated))


def _chosen(options: tuple[Option, ...], text: str, numbered: bool = True) -> Option | None:
    said = _folded(text)
    for number, option in enumerate(options, 1):
        if numbered and said in (str(number), f"{number}.", f"opcao {number}"):
            return option
        if said == _folded(option.label) or any(_folded(word) in said.split() for word in option.words):
            return option
    return None


def _ending(step: Step, known: Mapping[str, str]) -> Action:
    if step.hand_off is not None:
        give = step.hand_off
        card = _all_filled(give.card, known)
        return HandOff(
            type="hand_off",
            queue=give.queue,
            reason=give.reason,
            card=Card(name=card.pop("name", None), email=card.pop("email", None), attributes=card),
            variables=_all_filled(give.variables, known),
        )
    return Close(type="close", reason=step.close) if step.close else End(type="end")


def _all_filled(values: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    """Fill in the values whose names are all known; omit the others."""
    return {
        name: _filled(value, known)
        for name, value in values.items()
        if all(blank in known for blank in _BLANK.findall(value))
    }


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Fill in known names; remove unknown ones."""
    return _BLANK.sub(lambda blank: known.get(blank[1], ""), text)


def _folded(text: str) -> str:
    """Normalise for comparison: no case, accents or punctuation."""
    plain = "".join(c for c in normalize("NFD", text.casefold()) if not combining(c))
    return re.sub(r"[^\w.]+", " ", plain).strip(" .!?")
