"""An append happens wholly, once, and says what it lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.log.event_log import PostgresLog
from domain.conversation.state import evolve
from domain.log.append import (
    Advance,
    Append,
    Appended,
    Conflict,
    IdempotencyKey,
    Idempotent,
    IdentityKey,
    KeptNotice,
    KnownWamid,
    Name,
    NewIdentity,
    NewName,
    NewThread,
    Quarantined,
    StoredResponse,
    ThreadKey,
)
from domain.log.port import NotStorable
from tests.adapters.postgres.thread_builder import NOON, ThreadBuilder


def counted(log: PostgresLog, table: str) -> int:
    return int(log._scalar(f"select count(*) from {table}"))


def test_positions_have_no_gaps_and_follow_the_order_of_appends(log: PostgresLog) -> None:
    first, second = ThreadBuilder(), ThreadBuilder()

    assert log.append(first.beginning()) == Appended(range(1, 2), head=1)
    assert log.append(Append(events=[first.message()])) == Appended(range(2, 3), head=2)
    assert log.append(second.beginning(*second.messages(2))) == Appended(range(3, 6), head=5)
    assert [event.position for event in log.read(0, 10)] == [1, 2, 3, 4, 5]
    assert log.head() == 5


def test_recorded_at_never_runs_backwards(log: PostgresLog) -> None:
    story = ThreadBuilder()
    log.append(story.beginning())
    log._ask("update events set recorded_at = now() + interval '1 hour' returning 1", ())
    future = log.read(0, 1)[0].recorded_at

    log.append(Append(events=[story.message()]))

    assert log.read(1, 1)[0].recorded_at == future


def test_a_moved_stream_loses_and_names_its_present_version(log: PostgresLog) -> None:
    story = ThreadBuilder()
    log.append(story.beginning())
    log.append(Append(events=story.messages(2)))

    lost = log.append(Append(events=[story.message(version=2)]))

    assert lost == Conflict(streams={story.conversation_id: 3})
    assert log.head() == 3


def test_a_stream_that_must_not_have_moved_loses_though_nothing_is_written_to_it(log: PostgresLog) -> None:
    story, other = ThreadBuilder(), ThreadBuilder()
    log.append(story.beginning())
    log.append(other.beginning(*other.messages(2)))
    said = story.message()

    moved = log.append(Append(events=[said], expected_versions={other.conversation_id: 2}))

    assert moved == Conflict(streams={other.conversation_id: 3})
    assert log.append(Append(events=[said], expected_versions={other.conversation_id: 3})) == Appended(
        range(5, 6), 5
    )
    assert log.append(Append(events=[said], expected_versions={uuid7(): 0})) == Appended(range(5, 6), 5), (
        "it stands"
    )
    assert log.append(Append(events=[said], expected_versions={other.conversation_id: 1})) == Appended(
        range(5, 6), 5
    )


def test_a_version_that_follows_nothing_loses(log: PostgresLog) -> None:
    story = ThreadBuilder()
    log.append(story.beginning())

    lost = log.append(Append(events=[story.message(version=7)]))

    assert isinstance(lost, Conflict)
    assert lost.streams == {story.conversation_id: 1}


def test_versions_that_jump_within_one_append_are_a_bug(log: PostgresLog) -> None:
    story = ThreadBuilder()
    with pytest.raises(ValueError, match="jumps"):
        log.append(story.beginning(story.message(version=3)))


def test_one_key_for_two_holders_in_one_append_is_a_bug(log: PostgresLog) -> None:
    story = ThreadBuilder()
    phone = IdentityKey(story.tenant_id, "p", "phone", "55")
    name = Name("agent_email", "ana@demo.balcao")
    wamid = story.wamid("w")
    doubled: list[dict[str, Any]] = [
        {"identities": [NewIdentity(phone, uuid7()), NewIdentity(phone, uuid7())]},
        {"names": [NewName(name, uuid7(), uuid7()), NewName(name, uuid7(), uuid7())]},
        {"wamids": [wamid, replace(wamid, message_id=uuid7())]},
    ]
    for parts in doubled:
        with pytest.raises(ValueError, match=r"two holders|twice"):
            log.append(replace(story.beginning(), **parts))


def test_the_same_append_again_finds_its_own_events(log: PostgresLog) -> None:
    story = ThreadBuilder()
    what = replace(
        story.beginning(),
        wamids=[story.wamid("w")],
        advances=[Advance("in/0", 0, 5)],
        idempotent=Idempotent(IdempotencyKey(story.tenant_id, "agent:1", "k"), b"body", 202, {}),
    )

    once, again = log.append(what), log.append(what)

    assert once == again == Appended(range(1, 2), head=1)


def test_everything_lost_is_said_at_once_and_nothing_is_written(log: PostgresLog) -> None:
    story, other = ThreadBuilder(), ThreadBuilder()
    phone = IdentityKey(story.tenant_id, "p", "phone", "5511987654321")
    thread = ThreadKey(story.tenant_id, story.channel_id, story.contact_id)
    name = Name("agent_email", "ana@demo.balcao")
    taken = story.wamid("w")
    log.append(
        replace(
            story.beginning(),
            wamids=[taken],
            identities=[NewIdentity(phone, story.contact_id)],
            threads=[NewThread(thread, story.conversation_id)],
            names=[NewName(name, story.tenant_id, story.contact_id)],
            advances=[Advance("in/0", 0, 3)],
        )
    )

    lost = log.append(
        Append(
            events=[story.message(version=1)],
            wamids=[replace(story.wamid("w"), message_id=uuid7()), story.wamid("other")],
            identities=[NewIdentity(phone, other.contact_id)],
            threads=[NewThread(thread, other.conversation_id)],
            names=[NewName(name, other.tenant_id, other.contact_id)],
            advances=[Advance("in/0", 2, 9)],
            quarantined=[Quarantined("c", "r", b"", NOON)],
        )
    )

    assert lost == Conflict(
        streams={story.conversation_id: 1},
        sources={"in/0": 3},
        wamids={taken.key: KnownWamid(taken.message_id, taken.conversation_id)},
        identities={phone: story.contact_id},
        threads={thread: story.conversation_id},
        names={name: story.contact_id},
        contacts=frozenset(),
    )
    assert (log.head(), counted(log, "wamids"), counted(log, "quarantine")) == (1, 1, 0)


def test_keys_that_one_holds_already_are_not_lost(log: PostgresLog) -> None:
    story = ThreadBuilder()
    kept: dict[str, Any] = {
        "identities": [NewIdentity(IdentityKey(story.tenant_id, "p", "bsuid", "x"), story.contact_id)],
        "names": [NewName(Name("tenant", "aurora"), story.tenant_id, story.tenant_id)],
    }
    log.append(replace(story.beginning(), **kept))

    assert isinstance(log.append(Append(events=[story.message()], **kept)), Appended)


def test_one_message_id_is_claimed_once_by_many_at_the_same_time(log: PostgresLog) -> None:
    stories = [ThreadBuilder(channel_id=UUID(int=1)) for _ in range(8)]

    def receive(story: ThreadBuilder) -> Appended | StoredResponse | Conflict:
        return log.append(replace(story.beginning(), wamids=[story.wamid("wamid.same")]))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(receive, stories))

    assert sum(isinstance(answer, Appended) for answer in answers) == 1
    assert all(len(answer.wamids) == 1 for answer in answers if isinstance(answer, Conflict))
    assert (log.head(), counted(log, "wamids")) == (1, 1)


def test_a_command_repeated_fifty_times_at_once_has_one_effect_and_one_answer(log: PostgresLog) -> None:
    stories = [ThreadBuilder() for _ in range(50)]
    key = IdempotencyKey(uuid7(), "agent:ana", "key")

    def command(story: ThreadBuilder) -> tuple[int, Any]:
        kept = Idempotent(key, b"body", 202, {"message_id": str(story.conversation_id)})
        answer = log.append(replace(story.beginning(), idempotent=kept))
        if isinstance(answer, StoredResponse):
            return answer.position, answer.answer
        assert isinstance(answer, Appended)
        return answer.positions[-1], kept.answer

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(command, stories))

    assert len({str(answer) for answer in answers}) == 1
    assert log.head() == 1
    assert log.stored_response(key) == StoredResponse(b"body", 202, answers[0][1], 1)


def test_a_command_that_had_nothing_to_do_is_remembered_too(log: PostgresLog) -> None:
    log.append(ThreadBuilder().beginning())
    key = IdempotencyKey(uuid7(), "agent:ana", "key")

    assert log.append(Append(idempotent=Idempotent(key, b"b", 202, {"ok": True}))) == Appended(range(2, 2), 1)
    assert log.stored_response(key) == StoredResponse(b"b", 202, {"ok": True}, 1)
    assert log.stored_response(replace(key, tenant_id=uuid7())) is None


def test_a_lost_command_keeps_no_answer(log: PostgresLog) -> None:
    story = ThreadBuilder()
    log.append(story.beginning())
    key = IdempotencyKey(story.tenant_id, "agent:ana", "key")

    log.append(Append(events=[story.message(version=1)], idempotent=Idempotent(key, b"b", 202, {})))

    assert log.stored_response(key) is None


def test_answers_are_forgotten_after_seven_days(log: PostgresLog) -> None:
    old, new = (IdempotencyKey(uuid7(), "agent:ana", key) for key in ("old", "new"))
    for key in (old, new):
        log.append(Append(idempotent=Idempotent(key, b"b", 202, {})))
    log._ask(
        "update idempotency set answered_at = now() - interval '8 days' where key = 'old' returning 1", ()
    )

    assert log.delete_old_responses() == 1
    assert log.stored_response(old) is None
    assert log.stored_response(new) is not None


def test_a_stale_owners_batch_is_refused_whole(log: PostgresLog) -> None:
    """Two consumers started at offset 0; the one that slept must not write its records again."""
    story = ThreadBuilder()
    log.append(replace(story.beginning(), advances=[Advance("in/0", 0, 10), Advance("in/1", 0, 4)]))

    stale = Append(events=[story.message()], advances=[Advance("in/1", 4, 8), Advance("in/0", 0, 12)])

    assert log.append(stale) == Conflict(sources={"in/0": 10})
    assert log.offsets("in", 3) == {0: 10, 1: 4, 2: 0}


class TestOrphans:
    """What names an unknown message waits for it."""

    def test_the_append_that_brings_the_message_must_adopt_it(self, log: PostgresLog) -> None:
        story = ThreadBuilder()
        orphan = story.orphan("wamid.later")
        log.append(Append(orphans=[orphan, orphan, story.orphan("wamid.other")]))
        brings = replace(story.beginning(), wamids=[story.wamid("wamid.later")])

        assert log.append(brings) == Conflict(orphans=(orphan,))
        assert isinstance(log.append(replace(brings, adopted=[orphan])), Appended)
        assert counted(log, "orphans") == 1

    def test_one_whose_message_became_known_meanwhile_is_not_left_waiting(self, log: PostgresLog) -> None:
        story = ThreadBuilder()
        known = story.wamid("w", NOON - timedelta(days=400))
        log.append(replace(story.beginning(), wamids=[known]))
        orphan = story.orphan("w")

        lost = log.append(Append(orphans=[orphan]))

        assert isinstance(lost, Conflict)
        assert lost.wamids == {story.key("w"): KnownWamid(known.message_id, known.conversation_id)}

    def test_one_of_the_same_append_must_be_adopted_too(self, log: PostgresLog) -> None:
        story = ThreadBuilder()
        orphan = story.orphan("w")
        both = replace(story.beginning(), wamids=[story.wamid("w")], orphans=[orphan])

        assert log.append(both) == Conflict(orphans=(orphan,))
        assert isinstance(log.append(replace(both, adopted=[orphan])), Appended)
        assert counted(log, "orphans") == 0


class TestFinding:
    """Keys resolve in one round trip."""

    def test_a_named_message_is_found_in_whatever_week_it_is(self, log: PostgresLog) -> None:
        story = ThreadBuilder()
        weeks = {"now": NOON, "old": NOON - timedelta(days=700), "timeless": None}
        claims = {name: story.wamid(name, at) for name, at in weeks.items()}
        log.append(replace(story.beginning(), wamids=list(claims.values())))

        found = log.find(wamids=[story.key(name) for name in (*weeks, "unknown")])

        assert found.wamids == {
            story.key(name): KnownWamid(claim.message_id, claim.conversation_id)
            for name, claim in claims.items()
        }

    def test_an_arriving_message_is_looked_for_in_its_own_week_alone(self, log: PostgresLog) -> None:
        story = ThreadBuilder()
        log.append(replace(story.beginning(), wamids=[story.wamid("w")]))

        assert story.key("w") in log.find(arriving=[story.key("w")]).wamids
        assert not log.find(arriving=[story.key("w", NOON - timedelta(days=30))]).wamids

    def test_people_threads_and_names(self, log: PostgresLog) -> None:
        story = ThreadBuilder()
        phone = IdentityKey(story.tenant_id, "p", "phone", "55")
        thread = ThreadKey(story.tenant_id, story.channel_id, story.contact_id)
        name = Name("phone_number_id", "123")
        log.append(
            replace(
                story.beginning(),
                identities=[NewIdentity(phone, story.contact_id)],
                threads=[NewThread(thread, story.conversation_id)],
                names=[NewName(name, story.tenant_id, story.channel_id)],
            )
        )
        foreign = phone._replace(tenant_id=uuid7())

        found = log.find(identities=[phone, foreign], threads=[thread])

        assert found.identities == {phone: story.contact_id}
        assert found.threads == {thread: story.conversation_id}
        assert log.owners_of_names([name, Name("tenant", "123")]) == {
            name: (story.tenant_id, story.channel_id)
        }

    def test_damaged_text_is_simply_unknown(self, log: PostgresLog) -> None:
        tenant = uuid7()
        for text in ("a\0b", "\ud800"):
            key = IdentityKey(tenant, "p", "phone", text)
            assert not log.find([ThreadBuilder().key(text)], [key]).identities
            assert log.owners_of_names([Name("tenant", text)]) == {}
            assert log.stored_response(IdempotencyKey(tenant, "a", text)) is None


def test_damaged_keys_are_refused_by_name(log: PostgresLog) -> None:
    story = ThreadBuilder()
    for text in ("a\0b", "\ud800"):
        bad = NewIdentity(IdentityKey(story.tenant_id, "p", "phone", text), story.contact_id)
        with pytest.raises(NotStorable):
            log.append(replace(story.beginning(), identities=[bad]))
        kept = Idempotent(IdempotencyKey(story.tenant_id, "a", "k"), b"", 202, {"text": text})
        with pytest.raises(NotStorable):
            log.append(Append(idempotent=kept))


def test_quarantine_and_notices_keep_any_bytes_sealed_until_released(log: PostgresLog) -> None:
    raw = b'{"from": "5511987654321"}\0\xff'
    item = Quarantined("unknown_number", "número \0desconhecido", raw, NOON, "123", b"d")
    notice = KeptNotice(None, None, "account_update", b"digest", raw, NOON)
    log.append(Append(quarantined=[item], notices=[notice, notice]))

    held = log.quarantined("123")
    assert held[0].item == replace(item, reason="número \ufffddesconhecido")
    assert counted(log, "notices") == 1
    assert not log._scalar("select sealed from quarantine").count(b"55119")

    log.append(Append(released=[held[0].id]))
    assert log.quarantined("123") == []


def test_another_tenants_stream_does_not_exist(log: PostgresLog) -> None:
    story = ThreadBuilder()
    log.append(story.beginning())
    id = story.conversation_id

    assert log.load([id], evolve, tenant_id=uuid7())[id].state is None
    assert log.load([id], evolve, tenant_id=story.tenant_id)[id].version == 1
    assert log.read(0, 10, tenant_id=uuid7()) == []
    assert len(log.read(0, 10, tenant_id=story.tenant_id, conversation_id=id)) == 1


def test_secrets_are_sealed_for_their_owner(log: PostgresLog) -> None:
    owner, other = uuid7(), uuid7()
    log.secrets.put("password", owner, b"argon2:first")
    log.secrets.put("password", owner, b"argon2:second")

    assert log.secrets.get("password", owner) == b"argon2:second"
    assert log.secrets.get("password", other) is None
    assert b"argon2" not in log._scalar("select sealed from secrets")
