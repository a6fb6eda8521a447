"""Golden samples: one stored event per topic and version, as bytes that must be readable for ever."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.sealing import ContactKey
from domain.event import Event
from domain.log.append import NewEvent

FOLDER = Path(__file__).parent / "events"
KEY = bytes(range(32))
EVENT = UUID("01960000-0000-7000-8000-000000000001")
SOMEBODY = UUID("01960000-0000-7000-8000-000000000002")
MOMENT = datetime(2026, 3, 3, 14, 5, 6, 789000, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """Bytes of the log and what they read as, with their contact's key and without."""

    topic: str
    version: int
    state: str
    reads: dict[str, Any]
    reads_erased: dict[str, Any]

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.topic}.v{self.version}.json"

    def read(self, mapper: EventCodec, erased: bool = False) -> Any:
        """What today's program makes of it, as JSON."""
        key = None if erased else ContactKey(KEY)
        fact = mapper.decode(self.topic, self.version, self.state.encode(), EVENT, key)
        return fact.model_dump(mode="json")

    def write(self) -> None:
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(vars(self), ensure_ascii=False, indent=2) + "\n")


def stored_samples() -> Iterator[Sample]:
    for path in sorted(FOLDER.glob("*.json")):
        yield Sample(**json.loads(path.read_text()))


def sample_of(kind: type[Event], mapper: EventCodec) -> Sample:
    """A new golden sample, with a value for every field."""
    fields = {name: _value(name, field.annotation) for name, field in kind.model_fields.items()}
    fact = kind(**fields)
    new = NewEvent(fact, SOMEBODY, 1, EVENT, SOMEBODY, None, SOMEBODY, "bot")
    state = mapper.encode(new, ContactKey(KEY), bytes(12))[1].decode()
    blank = Sample(kind.TOPIC, kind.VERSION, state, {}, {})
    return Sample(kind.TOPIC, kind.VERSION, state, blank.read(mapper), blank.read(mapper, erased=True))


def _value(name: str, annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(name, arguments[0])
    if origin in (Union, UnionType):
        return _value(name, next(a for a in arguments if a is not NoneType))
    if origin is Literal:
        return arguments[0]
    if origin is dict and arguments[1] is not Any:
        return {name: _value(name, arguments[1])}
    if origin is dict:
        return {"type": "text", "text": {"body": "olá, tudo bem? 👍"}, "n": 1}
    if origin in (list, tuple, set, frozenset):
        return origin([_value(name, arguments[0])])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation(**{n: _value(n, field.annotation) for n, field in annotation.model_fields.items()})
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    plain = {str: f"{name} é", int: 7, bool: True, float: 1.5, UUID: SOMEBODY, bytes: b"x"}
    return plain.get(annotation, MOMENT)
