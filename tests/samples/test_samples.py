"""Every event ever stored can be read: golden samples, and a check that no shape changes in silence."""

import json
from typing import ClassVar, Literal
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from pydantic import AwareDatetime

from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.upcasters import UPCASTERS
from domain.event import Event, Personal
from domain.registry import FACTS
from tests.samples.compatibility import SCHEMAS, breaks, schema_of, schema_path, written
from tests.samples.sample import Sample, stored_samples

MAPPER = EventCodec(FACTS, UPCASTERS)
SAMPLES = list(stored_samples())
NEWEST = {fact.TOPIC: fact.VERSION for fact in FACTS}
UP_TO_DATE = "run `python -m tests.samples.generate`"


def named(thing: type[Event] | Sample) -> str:
    if isinstance(thing, Sample):
        return f"{thing.topic}.v{thing.version}"
    return f"{thing.TOPIC}.v{thing.VERSION}"


def described(change: type[Event]) -> str:
    return change.__name__


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_stored_event_reads_today_as_it_did_when_it_was_written(sample: Sample) -> None:
    read, erased = sample.read(MAPPER), sample.read(MAPPER, erased=True)
    if sample.version == NEWEST[sample.topic]:
        assert {name: read[name] for name in sample.reads} == sample.reads
        assert {name: erased[name] for name in sample.reads_erased} == sample.reads_erased


@pytest.mark.parametrize("fact", FACTS, ids=named)
def test_every_event_has_a_sample_and_a_schema_that_it_fits(fact: type[Event]) -> None:
    sample = next((s for s in SAMPLES if (s.topic, s.version) == (fact.TOPIC, fact.VERSION)), None)
    assert sample is not None, UP_TO_DATE
    assert schema_path(fact).exists(), UP_TO_DATE
    Draft202012Validator(json.loads(schema_path(fact).read_text())).validate(sample.reads)


@pytest.mark.parametrize("fact", FACTS, ids=named)
def test_no_event_changes_in_a_way_that_old_ones_could_not_be_read(fact: type[Event]) -> None:
    kept = json.loads(schema_path(fact).read_text())
    assert breaks(kept, schema_of(fact)) == []
    assert schema_path(fact).read_text() == written(schema_of(fact)), UP_TO_DATE


def test_no_topic_that_was_ever_stored_is_forgotten() -> None:
    sampled = {named(sample) for sample in SAMPLES}
    for path in SCHEMAS.glob("*.json"):
        topic, _, version = path.stem.rpartition(".v")
        assert int(version) <= NEWEST.get(topic, 0), f"{path.stem} has no class any more"
        assert path.stem in sampled


class SampleBefore(Event):
    """As it was stored."""

    TOPIC: ClassVar = "test.changed"
    name: Personal[str]
    at: AwareDatetime
    kind: Literal["a", "b"]
    count: int = 0


class Removed(Event):
    TOPIC: ClassVar = "test.changed"
    name: Personal[str]
    kind: Literal["a", "b"]
    count: int = 0


class Renamed(Removed):
    moment: AwareDatetime | None = None


class Retyped(SampleBefore):
    at: str  # type: ignore[assignment]


class Referred(SampleBefore):
    count: UUID  # type: ignore[assignment]


class Narrowed(SampleBefore):
    kind: Literal["a"]


class Public(SampleBefore):
    name: str


class NewlyRequired(SampleBefore):
    reason: str


class DefaultLost(SampleBefore):
    count: int


class NewOptional(SampleBefore):
    reason: str | None = None


class Widened(SampleBefore):
    kind: Literal["a", "b", "c"]  # type: ignore[assignment]


BREAKING = [Removed, Renamed, Retyped, Referred, Narrowed, Public, NewlyRequired, DefaultLost]


@pytest.mark.parametrize("after", BREAKING, ids=described)
def test_the_check_catches_a_change_that_breaks(after: type[Event]) -> None:
    assert breaks(schema_of(SampleBefore), schema_of(after))


@pytest.mark.parametrize("after", [SampleBefore, NewOptional, Widened], ids=described)
def test_the_check_lets_a_harmless_change_pass(after: type[Event]) -> None:
    assert breaks(schema_of(SampleBefore), schema_of(after)) == []
