"""Facts to bytes and back: sealing, erasing, versions, and text that nobody cleaned."""

import json
from typing import Any, ClassVar
from uuid import UUID

import pytest
from pydantic import BaseModel

from adapters.postgres.log.event_codec import EventCodec, Undecodable, UnknownType
from adapters.postgres.log.sealing import ContactKey
from domain.conversation.message_events import MessageReceived
from domain.conversation.ticket_events import Closed
from domain.event import ERASED, Event, Personal
from domain.log.port import NotStorable
from domain.registry import FACTS
from tests.adapters.postgres.thread_builder import ThreadBuilder

KEY = ContactKey(bytes(32))
NONCE = bytes(12)


class GreetedInFull(Event):
    """The first shape: one name."""

    TOPIC: ClassVar = "test.greeted"
    name: Personal[str]
    loud: bool


class Greeted(Event):
    """The second shape: the name in two parts, and loudness as a number."""

    TOPIC: ClassVar = "test.greeted"
    VERSION: ClassVar = 2
    first_name: Personal[str]
    last_name: Personal[str | None]
    volume: int


class LabelsSet(Event):
    """Nothing personal."""

    TOPIC: ClassVar = "test.tagged"
    tag: str
    numbers: tuple[int, ...] = ()


def in_two_parts(fields: dict[str, Any]) -> dict[str, Any]:
    first, _, last = fields.get("name", "").partition(" ")
    return {"first_name": first, "last_name": last or None, "volume": 11 if fields["loud"] else 1}


UPCASTERS = {("test.greeted", 1): in_two_parts}
OLD, NEW = EventCodec([GreetedInFull]), EventCodec([Greeted, LabelsSet], UPCASTERS)


def stored(mapper: EventCodec, fact: Event, key: ContactKey | None = KEY) -> tuple[bytes, UUID]:
    event = ThreadBuilder().event(fact)
    return mapper.encode(event, key, NONCE)[1], event.event_id


def round_trip(fact: Event, mapper: EventCodec | None = None) -> Event:
    state, event_id = stored(mapper or EventCodec(FACTS), fact)
    return (mapper or EventCodec(FACTS)).decode(fact.TOPIC, fact.VERSION, state, event_id, KEY)


def received(**fields: Any) -> MessageReceived:
    fact = ThreadBuilder().message(**fields).fact
    assert isinstance(fact, MessageReceived)
    return fact


def test_personal_fields_are_stored_together_sealed_and_the_others_are_json_for_sql() -> None:
    state, _ = stored(EventCodec(FACTS), received(text="meu segredo"))

    assert json.loads(state).keys() >= {"ticket", "message_id", "type", "sent_at", "sealed"}
    assert "text" not in json.loads(state)
    assert b"segredo" not in state


def test_a_destroyed_key_replays_as_erased() -> None:
    fact = received(text="meu segredo")
    state, event_id = stored(mapper := EventCodec(FACTS), fact)

    erased = mapper.decode(fact.TOPIC, 1, state, event_id, key=None)

    gone = dict.fromkeys(("text", "sender_name", "wamid", "raw", "quoted_wamid"), ERASED)
    assert erased == fact.model_copy(update=gone)


def test_the_word_erased_is_a_text_like_any_other() -> None:
    assert round_trip(fact := received(text="erased", raw={"erased": ["text"]})) == fact


def test_a_fact_made_from_erased_values_keeps_them_erased() -> None:
    partly, wholly = received(text=ERASED, raw=ERASED), Greeted(first_name=ERASED, last_name=ERASED, volume=1)
    assert round_trip(partly) == partly
    assert round_trip(wholly, NEW) == wholly


def test_sealed_bytes_do_not_open_as_another_event_or_with_another_key() -> None:
    fact = received()
    state, event_id = stored(mapper := EventCodec(FACTS), fact)

    for id, key in ((UUID(int=1), KEY), (event_id, ContactKey(b"1" * 32))):
        with pytest.raises(Undecodable, match="does not open"):
            mapper.decode(fact.TOPIC, 1, state, id, key)


def test_numbers_past_64_bits_survive() -> None:
    assert round_trip(fact := received(raw={"n": 2**70, "x": [1.5, None, {"é": True}]})) == fact


def test_nul_in_what_a_customer_wrote_survives() -> None:
    assert round_trip(fact := received(text="a\0b", raw={"k\0": "\0"})) == fact


def test_nul_where_sql_reads_is_refused() -> None:
    with pytest.raises(NotStorable):
        stored(NEW, LabelsSet(tag="a\0b"))
    assert round_trip(fact := LabelsSet(tag="a\\u0000b", numbers=(1, 2)), NEW) == fact


@pytest.mark.parametrize("fields", [{"text": "\ud800"}, {"raw": {"\udfff": 1}}])
def test_a_lone_surrogate_is_refused_by_name(fields: dict[str, Any]) -> None:
    with pytest.raises(NotStorable):
        stored(EventCodec(FACTS), received(**fields))


def test_an_actor_that_postgresql_would_not_take_is_refused() -> None:
    for actor in ("agent:\0", "agent:\ud800"):
        with pytest.raises(NotStorable):
            NEW.encode(ThreadBuilder().event(LabelsSet(tag="x"), actor=actor), None, NONCE)


def test_personal_fields_about_nobody_are_refused() -> None:
    with pytest.raises(NotStorable, match="no contact"):
        stored(EventCodec(FACTS), received(), key=None)


def test_a_fact_that_says_nothing_of_a_person_needs_no_key() -> None:
    mapper = EventCodec(FACTS)
    closed = Closed(ticket=1, by=UUID(int=1))

    state, event_id = stored(mapper, closed, key=None)

    assert b"sealed" not in state
    for key in (KEY, None):
        assert mapper.decode(Closed.TOPIC, Closed.VERSION, state, event_id, key) == closed
    with pytest.raises(NotStorable):
        stored(mapper, closed.model_copy(update={"reason": "mudou-se"}), key=None)


def test_an_old_version_is_upcast() -> None:
    state, event_id = stored(OLD, GreetedInFull(name="Maria das Dores", loud=True))

    assert NEW.decode("test.greeted", 1, state, event_id, KEY) == Greeted(
        first_name="Maria", last_name="das Dores", volume=11
    )


def test_an_old_version_is_upcast_after_its_key_is_gone() -> None:
    state, event_id = stored(OLD, GreetedInFull(name="Maria das Dores", loud=False))

    assert NEW.decode("test.greeted", 1, state, event_id, None) == Greeted(
        first_name=ERASED, last_name=ERASED, volume=1
    )


def test_a_newer_version_and_an_unknown_topic_have_a_name() -> None:
    state, event_id = stored(NEW, Greeted(first_name="Zé", last_name=None, volume=1))

    with pytest.raises(UnknownType, match="version 2"):
        OLD.decode("test.greeted", 2, state, event_id, KEY)
    with pytest.raises(UnknownType):
        OLD.decode("test.unheard_of", 1, state, event_id, KEY)


def test_an_old_version_without_an_upcaster_says_so() -> None:
    with pytest.raises(Undecodable, match="no upcaster from version 1"):
        EventCodec([Greeted]).decode("test.greeted", 1, b'{"loud":true}', UUID(int=1), None)


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b'{"tag":1}', b'{"tag":"x","more":1}', b"\xff"])
def test_damaged_bytes_are_told_without_their_content(state: bytes) -> None:
    with pytest.raises(Undecodable) as told:
        NEW.decode("test.tagged", 1, state, UUID(int=1), None)
    assert "x" not in str(told.value).replace("extra", "").replace("expected", "")


def test_registration_refuses_what_could_not_be_read_back() -> None:
    class Inner(BaseModel):
        name: Personal[str]

    class Nested(Event):
        TOPIC: ClassVar = "test.nested"
        inner: list[Inner]

    class Reserved(Event):
        TOPIC: ClassVar = "test.reserved"
        sealed: str

    cases: list[list[type[Event]]] = [[Nested], [Reserved], [Greeted, GreetedInFull]]
    for wrong in cases:
        with pytest.raises(TypeError):
            EventCodec(wrong)
