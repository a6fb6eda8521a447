"""What readers of the events rely on: a schema that says what each field is and shows each event once."""

import inspect
import json
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest

from domain.event import ERASED, Event
from domain.registry import FACTS
from services.queries import event_examples
from services.queries.cloudevents import PERSONAL, SCHEMA_FILE, UNPUBLISHED, data_of, schema, schema_text
from services.queries.event_examples import EXAMPLES

ROOT = Path(__file__).parents[2]
EXAMPLES_FILE = Path(event_examples.__file__).relative_to(ROOT)
GENERATE = "then run `python -m tests.samples.generate`"


def undescribed(fact: type[Event]) -> list[str]:
    """What is missing in the class of an event, as sentences that say what to write where."""
    file = Path(inspect.getfile(fact))
    where = f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}, class {fact.__name__}"
    missing = [
        f'{where}: write a docstring under the field `{name}`, such as """When it was sent.""", {GENERATE}'
        for name, field in fact.model_fields.items()
        if not field.description
    ]
    if not inspect.cleandoc(fact.__dict__.get("__doc__") or ""):
        missing.append(f"{where}: write a docstring that says what happened, {GENERATE}")
    return missing


def without_example(facts: tuple[type[Event], ...], examples: tuple[Event, ...]) -> list[str]:
    """The events that have not exactly one example, as sentences that say what to write where."""
    return [
        f"{EXAMPLES_FILE}: EXAMPLES has {found} of {fact.__name__} ({fact.TOPIC}), write one:"
        f" `{fact.__name__}({', '.join(f'{name}=…' for name in fact.model_fields)})`, {GENERATE}"
        for fact in facts
        if (found := sum(type(example) is fact for example in examples)) != 1
    ]


def test_every_event_and_every_field_of_it_is_described() -> None:
    missing = [sentence for fact in FACTS for sentence in undescribed(fact)]
    assert not missing, "\n".join(["published events must be described:", *missing])


def test_every_event_has_one_example() -> None:
    missing = without_example(FACTS, EXAMPLES)
    assert not missing, "\n".join(["published events must have an example:", *missing])


def test_the_published_schema_is_the_one_that_is_kept() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), (
        "run `python -m tests.samples.generate`, and look at the diff"
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TOPIC)
def test_an_example_fits_its_schema_also_when_it_is_withheld_or_erased(example: Event) -> None:
    described = schema()["$defs"][example.TOPIC]
    validator = jsonschema.Draft202012Validator({**described, "additionalProperties": False})
    personal = PERSONAL[type(example)]
    erased = example.model_copy(update=dict.fromkeys(personal, ERASED))
    for fact, withholds in ((example, False), (example, True), (erased, False), (erased, True)):
        data = json.loads(data_of(fact, withholds))
        validator.validate(data)
        hidden = sorted(personal) if withholds or fact is erased else []
        assert [name for name in hidden if data[name] is not None] == []
        assert data.get("erased", []) == (hidden if fact is erased else [])
        assert data.get("withheld", []) == (hidden if withholds and fact is not erased else [])
        assert not UNPUBLISHED.get(type(fact), frozenset()) & data.keys()


def test_no_email_of_an_agent_is_published() -> None:
    agent = next(example for example in EXAMPLES if example.TOPIC == "agent.added")
    assert "email" not in json.loads(data_of(agent))
    assert "email" not in schema()["$defs"]["agent.added"]["properties"]


class Silent(Event):
    TOPIC: ClassVar = "test.silent"
    told: int
    """A number."""

    untold: int


def test_an_event_that_says_nothing_is_found_with_the_place_to_mend_it() -> None:
    field, description = undescribed(Silent)
    assert "tests/schemas/test_published_events.py, class Silent" in field
    assert "under the field `untold`" in field
    assert "says what happened" in description
    (example,) = without_example((Silent,), EXAMPLES)
    assert example.startswith("services/queries/event_examples.py: EXAMPLES has 0 of Silent")
    assert "Silent(told=…, untold=…)" in example
    assert without_example((Silent,), (Silent(told=1, untold=2), Silent(told=1, untold=2)))
