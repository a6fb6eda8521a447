"""What is loaded is what was appended: whole streams, snapshots, erased keys, unknown events."""

import base64
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.postgres.log import snapshots
from adapters.postgres.log.append_writer import append
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.log.sealing import WrongMasterKey
from adapters.postgres.schema.migrate import migrate
from domain.conversation.message_events import MessageReceived
from domain.conversation.state import Conversation, evolve
from domain.conversation.ticket_events import Assigned, Closed, HandedOff, MarkedAnswered, TicketOpened
from domain.event import ERASED, Event
from domain.log.append import Append, Appended, Conflict
from domain.log.port import UnknownEvent, UnreadableEvent
from domain.registry import FACTS
from tests.adapters.postgres.conftest import MASTER_KEY
from tests.adapters.postgres.thread_builder import NOON, ThreadBuilder

AGENT = UUID(int=7)


class Unheard(Event):
    """Written by a newer program."""

    TOPIC: ClassVar = "conversation.unheard_of"
    what: str = "?"


def folded(facts: list[Event]) -> Conversation | None:
    state: Conversation | None = None
    for fact in facts:
        state = evolve(state, fact)
    return state


def a_life(story: ThreadBuilder) -> Iterator[Event]:
    """Tickets open, are answered and close, for ever."""
    number = 0
    while True:
        number += 1
        yield TicketOpened(
            ticket=number,
            channel_id=story.channel_id,
            contact_id=story.contact_id,
            name="Maria das Dores",
            phone="5511987654321",
            with_bot=False,
            window_ends_at=NOON,
            opened_at=NOON,
        )
        yield HandedOff(ticket=number, queue="default", reason="no_bot")
        for text in ("bom dia", "meu segredo"):
            yield story.message(text, version=0, ticket=number).fact
        yield Assigned(ticket=number, agent_id=AGENT, by=AGENT)
        yield MarkedAnswered(ticket=number, by=AGENT)
        yield Closed(ticket=number, by=AGENT)


def lived(log: PostgresLog, events: int) -> tuple[ThreadBuilder, list[Event]]:
    """A thread of so many events, and its facts."""
    story = ThreadBuilder()
    facts = list(islice(a_life(story), events - 1))
    beginning = story.beginning()
    told = [story.event(fact, version) for version, fact in enumerate(facts, 2)]
    answer = log.append(Append(events=[*beginning.events, *told], new_contacts=[story.contact_id]))
    assert isinstance(answer, Appended)
    return story, [beginning.events[0].fact, *facts]


def kept_snapshots(log: PostgresLog) -> list[tuple[int, bytes]]:
    return log._ask("select originator_version, state from snapshots order by 1", ())


def test_a_loaded_conversation_is_the_fold_of_its_facts(log: PostgresLog) -> None:
    story, facts = lived(log, 30)

    loaded = log.load([story.conversation_id], evolve)[story.conversation_id]

    assert (loaded.state, loaded.version) == (folded(facts), 30)
    assert [event.fact for event in log.read(0, 100)] == facts


def test_a_long_load_leaves_a_snapshot_that_folds_on_to_the_same(log: PostgresLog) -> None:
    story, facts = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    log.load([story.conversation_id], evolve)
    assert [version for version, _ in kept_snapshots(log)] == [len(facts)]
    more = [story.event(fact, len(facts) + n) for n, fact in enumerate(islice(a_life(story), 5), 1)]
    log.append(Append(events=more))

    loaded = log.load([story.conversation_id], evolve)[story.conversation_id]

    assert loaded.state == folded([*facts, *(event.fact for event in more)])
    assert loaded.version == len(facts) + 5


def test_a_snapshot_spares_the_events_before_it(log: PostgresLog) -> None:
    story, facts = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    log.load([story.conversation_id], evolve)
    log._ask("update events set state = '{}' where originator_version < 200 returning 1", ())

    assert log.load([story.conversation_id], evolve)[story.conversation_id].state == folded(facts)


def test_a_short_load_leaves_no_snapshot(log: PostgresLog) -> None:
    story, _ = lived(log, snapshots.SNAPSHOT_AFTER)
    log.load([story.conversation_id], evolve)
    assert kept_snapshots(log) == []


def test_a_snapshot_holds_nothing_personal(log: PostgresLog) -> None:
    story, _ = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    log.load([story.conversation_id], evolve)
    [(version, stored)] = kept_snapshots(log)
    [name] = log._snapshots.names
    assert name.startswith(snapshots.name_of(Conversation))
    about = f"{story.conversation_id} {version} {name}".encode()
    plain = log._master.open("snapshots", stored, about)
    assert b"channel_id" in plain
    for personal in (b"segredo", b"Maria", b"5511987654321", b"wamid"):
        assert personal not in plain


ANOTHER_STREAMS = """update snapshots set state = (
    select state from snapshots o where o.originator_id <> snapshots.originator_id) returning 1"""
DAMAGES = {
    "garbage": "update snapshots set state = 'xx' returning 1",
    "nothing": "update snapshots set state = '' returning 1",
    "one bit": "update snapshots set state = set_bit(state, 300, 1 - get_bit(state, 300)) returning 1",
    "another stream's": ANOTHER_STREAMS,
    "another version's": "update snapshots set originator_version = originator_version - 3 returning 1",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_forged_snapshot_is_told_and_replaced(log: PostgresLog, damage: str) -> None:
    story, facts = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    other, _ = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    log.load([story.conversation_id, other.conversation_id], evolve)
    log._ask(DAMAGES[damage], ())

    with capture_logs() as lines:
        assert log.load([story.conversation_id], evolve)[story.conversation_id].state == folded(facts)
    assert [(line["log_level"], line["stream"]) for line in lines] == [("error", str(story.conversation_id))]
    with capture_logs() as lines:
        assert log.load([story.conversation_id], evolve)[story.conversation_id].state == folded(facts)
    assert lines == []


@pytest.mark.parametrize(
    "change", ["topic = 'Conversation:older'", "originator_version = originator_version + 7"]
)
def test_a_snapshot_of_other_code_or_of_a_version_that_never_was_is_ignored(
    log: PostgresLog, change: str
) -> None:
    story, facts = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    log.load([story.conversation_id], evolve)
    log._ask(f"update snapshots set {change} returning 1", ())

    with capture_logs() as lines:
        loaded = log.load([story.conversation_id], evolve)[story.conversation_id]
    assert (loaded.state, loaded.version) == (folded(facts), len(facts))
    assert lines == []


def test_another_tenant_sees_no_snapshot_either(log: PostgresLog) -> None:
    story, _ = lived(log, snapshots.SNAPSHOT_AFTER + 20)
    id = story.conversation_id
    log.load([id], evolve)

    assert log.load([id], evolve, tenant_id=UUID(int=5))[id].state is None
    assert log.load([id], evolve, tenant_id=story.tenant_id)[id].version == snapshots.SNAPSHOT_AFTER + 20


def test_no_plain_text_of_a_person_stands_in_the_database(log: PostgresLog) -> None:
    lived(log, 20)
    whole = log._ask("select e::text, convert_from(state, 'UTF8') from events e", ())
    for personal in ("segredo", "Maria", "5511987654321", "wamid"):
        assert personal not in str(whole)


def test_a_destroyed_key_reads_erased_everywhere_at_once(log: PostgresLog) -> None:
    story, _ = lived(log, 6)
    log._ask("delete from contact_keys where contact_id = %s returning 1", (story.contact_id,))

    messages = [event.fact for event in log.read(0, 10) if isinstance(event.fact, MessageReceived)]
    assert all(m.text is m.wamid is m.sender_name is m.raw is ERASED for m in messages)
    assert log.load([story.conversation_id], evolve)[story.conversation_id].version == 6


def test_nothing_personal_can_be_written_about_an_erased_contact(log: PostgresLog) -> None:
    story, _ = lived(log, 6)
    log._ask("delete from contact_keys returning 1", ())

    assert log.append(Append(events=[story.message(version=7)])) == Conflict(contacts={story.contact_id})
    closed = story.event(Closed(ticket=1, by=AGENT), 7)
    assert isinstance(log.append(Append(events=[closed])), Appended)


def test_a_key_destroyed_between_reading_and_writing_loses(log: PostgresLog) -> None:
    story, _ = lived(log, 2)
    what = Append(events=[story.message(version=3)])
    batch = log._codec.encode(what, log._keys.get([story.contact_id]))
    log._ask("delete from contact_keys returning 1", ())

    with log.datastore.checkout() as db:
        answer = log._codec.decode(what, append(db, batch))

    assert answer == Conflict(contacts=frozenset({story.contact_id}))


def test_an_unknown_event_is_named_with_the_events_before_it(log: PostgresLog, database_url: str) -> None:
    story, facts = lived(log, 4)
    with PostgresLog(database_url, MASTER_KEY, facts=(*FACTS, Unheard)) as newer:
        newer.append(Append(events=[story.event(Unheard(), 5)]))
    log.append(Append(events=[story.message(version=6)]))

    with pytest.raises(UnknownEvent) as unknown:
        log.read(1, 10)
    assert [event.fact for event in unknown.value.before] == facts[1:]
    assert (unknown.value.position, unknown.value.conversation_id) == (5, story.conversation_id)
    assert len(log.read(unknown.value.position, 10)) == 1
    with pytest.raises(UnknownEvent):
        log.load([story.conversation_id], evolve)


def test_damaged_events_are_unreadable_not_unknown(log: PostgresLog) -> None:
    lived(log, 3)
    log._ask("update events set state = 'nonsense' where notification_id = 2 returning 1", ())

    with pytest.raises(UnreadableEvent) as damaged:
        log.read(0, 10)
    assert not isinstance(damaged.value, UnknownEvent)
    assert len(damaged.value.before) == 1


def test_another_master_key_is_refused_at_the_door(log: PostgresLog, database_url: str) -> None:
    for wrong in (base64.b64encode(b"1" * 32).decode(), "not base64!", "c2hvcnQ="):
        with pytest.raises(WrongMasterKey):
            PostgresLog(database_url, wrong)


Appends = st.lists(
    st.tuples(
        st.integers(0, 2),  # which of three threads
        st.lists(
            st.one_of(
                st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20),
                st.none(),
            ),
            min_size=1,
            max_size=4,
        ),
        st.booleans(),  # the answer is lost, so it is sent again
    ),
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(appends=Appends)
def test_any_sequence_of_appends_replays_as_it_was_told(
    log: PostgresLog, appends: list[tuple[int, list[str | None], bool]]
) -> None:
    head = log.head()
    stories = [ThreadBuilder() for _ in range(3)]
    told: list[Event] = []
    for story in stories:
        log.append(story.beginning())
        told.append(story.started().fact)
    for which, texts, again in appends:
        story = stories[which]
        events = [
            story.message(text) if text is not None else story.event(Closed(ticket=1, by=AGENT))
            for text in texts
        ]
        for _ in range(1 + again):
            assert isinstance(log.append(Append(events=events)), Appended)
        told += [event.fact for event in events]

    assert [event.fact for event in log.read(head, 1000)] == told
    for story in stories:
        own = [e.fact for e in log.read(head, 1000, conversation_id=story.conversation_id)]
        assert log.load([story.conversation_id], evolve)[story.conversation_id].state == folded(own)


def test_the_log_keeps_its_name_until_it_is_restored(fresh_database_url: str) -> None:
    with PostgresLog(fresh_database_url, MASTER_KEY) as log:
        name = log.log_id()
    migrate(fresh_database_url)
    with PostgresLog(fresh_database_url, MASTER_KEY) as log:
        assert log.log_id() == name
    migrate(fresh_database_url, restored=True)
    with PostgresLog(fresh_database_url, MASTER_KEY) as log:
        assert log.log_id() != name
