"""Races for one ticket, each in both orders by holding one of the two before it is written, and at random.

A thousand of each: `python -m tests.system.races --runs 1000`.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from domain.administration import AgentDeactivated, ChannelConfigured
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.ticket_events import BotReactivated, Closed, MoveUndone, Snoozed
from services.runtime.failpoint import held
from services.workers.scheduler import Scheduler
from tests.services.http.actions import contact_of, get_json, write_card
from tests.system import races
from tests.system.races import BOT_NUMBER, RACES, Arena, Met, agree

COMMAND, INGEST, REPLY = "before_append_command", "before_append", "before_reply"
ORGANISATION = "before_append_organisation"


@pytest.fixture
def arena(database_url: str, tmp_path: Path) -> Iterator[Arena]:
    with races.arena(database_url, tmp_path) as here:
        yield here
        agree(here)


def overtaken(failpoint: str, slow: Callable[[], Any], fast: Callable[[], Any]) -> tuple[Any, Any]:
    """`slow` has decided and is about to be written when `fast` happens; what each gave."""
    with ThreadPoolExecutor(1) as pool, held(failpoint) as hold:
        later: Future[Any] = pool.submit(slow)
        assert hold.reached.wait(10), f"nobody came to {failpoint}"
        sooner = fast()
        hold.released.set()
        return later.result(), sooner


def test_fifty_agents_take_one_ticket_and_one_has_it(arena: Arena) -> None:
    arena.crowded()
    races.fifty_take_one(arena, random.Random(1))


def test_whoever_decided_first_and_is_written_second_is_told_whose_it_is(arena: Arena) -> None:
    arena.crowd["bruno"] = arena.office.login("bruno")
    met = arena.meets()
    late, first = overtaken(
        COMMAND, lambda: races.take(arena, met, "bruno"), lambda: races.take(arena, met, "ana")
    )
    races.told_one_owner(arena, met, {"bruno": late, "ana": first})


def test_a_message_that_overtakes_a_snooze_does_not_wake_it(arena: Arena) -> None:
    met = arena.meets()
    answer, _ = overtaken(COMMAND, lambda: races.snooze(arena, met), lambda: arena.writes(met.customer))
    assert races.told_snooze_and_message(arena, met, answer) is MessageReceived


def test_a_snooze_that_overtakes_a_message_is_woken_by_it(arena: Arena) -> None:
    met = arena.meets()
    _, answer = overtaken(INGEST, lambda: arena.writes(met.customer), lambda: races.snooze(arena, met))
    assert races.told_snooze_and_message(arena, met, answer) is Snoozed


def test_a_message_that_overtakes_a_close_belongs_to_what_is_closed(arena: Arena) -> None:
    met = arena.meets()
    answer, _ = overtaken(COMMAND, lambda: races.close(arena, met), lambda: arena.writes(met.customer))
    assert races.told_close_and_message(arena, met, answer) is MessageReceived


def test_a_close_that_overtakes_a_message_leaves_it_the_next_ticket(arena: Arena) -> None:
    met = arena.meets()
    _, answer = overtaken(INGEST, lambda: arena.writes(met.customer), lambda: races.close(arena, met))
    assert races.told_close_and_message(arena, met, answer) is Closed


def test_an_answer_that_overtakes_the_bot_is_sent_and_the_bot_has_the_ticket(arena: Arena) -> None:
    met = races.taken(arena, arena.meets(BOT_NUMBER))
    given, said = overtaken(COMMAND, lambda: races.give_to_bot(arena, met), lambda: races.say(arena, met))
    assert races.told_bot_and_answer(arena, met, given, said) is MessageSent


def test_the_bot_that_overtakes_an_answer_loses_the_ticket_to_it(arena: Arena) -> None:
    met = races.taken(arena, arena.meets(BOT_NUMBER))
    said, given = overtaken(COMMAND, lambda: races.say(arena, met), lambda: races.give_to_bot(arena, met))
    assert races.told_bot_and_answer(arena, met, given, said) is BotReactivated


def test_an_answer_that_overtakes_what_the_bot_says_silences_it(arena: Arena) -> None:
    met = arena.meets(BOT_NUMBER)
    _, said = overtaken(REPLY, lambda: arena.bot_says(met), lambda: races.say(arena, met))
    assert races.told_reply_and_answer(arena, met, said) == "agent"


def test_what_the_bot_says_overtakes_an_answer_and_both_are_heard(arena: Arena) -> None:
    met = arena.meets(BOT_NUMBER)
    said, _ = overtaken(COMMAND, lambda: races.say(arena, met), lambda: arena.bot_says(met))
    assert races.told_reply_and_answer(arena, met, said) == "bot"


def test_whoever_leaves_while_a_ticket_is_handed_to_them_does_not_get_it(arena: Arena) -> None:
    met, bruno = arena.meets(), arena.office.people["bruno"]
    answer, _ = overtaken(
        COMMAND,
        lambda: races.hand_over(arena, met),
        lambda: arena.office.happens(bruno, AgentDeactivated()),
    )
    assert answer.status_code == 422
    races.told_transfer_and_leave(arena, met, answer)


def test_whoever_leaves_after_a_ticket_was_handed_to_them_had_it(arena: Arena) -> None:
    met, bruno = arena.meets(), arena.office.people["bruno"]
    answer = races.hand_over(arena, met)
    arena.office.happens(bruno, AgentDeactivated())
    assert answer.status_code == 200
    races.told_transfer_and_leave(arena, met, answer)


def test_whoever_leaves_while_they_answer_takes_no_ticket_and_says_nothing(arena: Arena) -> None:
    met, ana = arena.meets(), arena.office.people["ana"]
    answer, _ = overtaken(
        COMMAND, lambda: races.say(arena, met), lambda: arena.office.happens(ana, AgentDeactivated())
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_agent")
    assert (arena.thread(met.conversation).owner, arena.office.cell.facts(MessageSent)) == (None, [])


def test_whoever_leaves_while_they_snooze_a_ticket_does_not_take_it(arena: Arena) -> None:
    met, ana = arena.meets(), arena.office.people["ana"]
    answer, _ = overtaken(
        COMMAND, lambda: races.snooze(arena, met), lambda: arena.office.happens(ana, AgentDeactivated())
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_agent")
    assert arena.thread(met.conversation).state == "queue"


def test_what_was_answered_before_its_author_left_is_taken_and_given_back(arena: Arena) -> None:
    met, ana = arena.meets(), arena.office.people["ana"]
    assert races.say(arena, met).status_code == 202
    arena.office.happens(ana, AgentDeactivated())
    arena.office.settle()
    assert Scheduler(arena.office.cell.log).step() == 1
    arena.office.settle()
    assert arena.thread(met.conversation).state == "queue"
    assert [fact.author for fact in arena.office.cell.facts(MessageSent)] == ["agent"]


def test_a_transfer_undone_while_its_owner_leaves_puts_the_ticket_in_its_queue(arena: Arena) -> None:
    met, ana = races.taken(arena, arena.meets()), arena.office.people["ana"]
    moved = races.hand_over(arena, met)
    seen = {"If-Match": moved.headers["etag"]}

    answer, _ = overtaken(
        COMMAND,
        lambda: arena.davi.post(f"{met.path}/undo", headers=seen),
        lambda: arena.office.happens(ana, AgentDeactivated()),
    )

    assert answer.status_code == 200, answer.text
    thread = arena.thread(met.conversation)
    assert (thread.state, thread.owner) == ("queue", None)
    assert [fact.left for fact in arena.office.cell.facts(MoveUndone)] == [ana]


def to_team(arena: Arena, met: Met, team: UUID) -> httpx2.Response:
    return arena.davi.post(f"{met.path}/transfer", json={"team_id": str(team)}, headers=races.seen(met))


def test_whoever_leaves_a_team_while_its_ticket_is_handed_to_them_does_not_get_it(arena: Arena) -> None:
    one, two, bruno = arena.meets(), arena.meets(), arena.office.people["bruno"]
    team = arena.office.team("Vendas", "bruno")
    to = {"team_id": str(team), "agent_id": str(bruno)}
    many = {"action": "transfer", "items": [{"conversation_id": str(two.conversation), "control": 2}], **to}

    def handed() -> list[str]:
        alone = arena.davi.post(f"{one.path}/transfer", json=to, headers=races.seen(one)).json()
        return [alone["code"], *(item["code"] for item in bulk())]

    def bulk() -> Any:
        return arena.davi.post("/v1/tickets/bulk", json=many).json()["items"]

    refused, _ = overtaken(COMMAND, handed, lambda: arena.office.changed("bruno", teams=frozenset()))
    assert refused == ["not_in_team", "not_in_team"]
    arena.office.changed("bruno", teams=frozenset({team}))
    late, _ = overtaken(COMMAND, bulk, lambda: arena.office.changed("bruno", teams=frozenset()))
    assert [item["code"] for item in late] == ["not_in_team"]
    assert {arena.thread(met.conversation).owner for met in (one, two)} == {None}


def ended(arena: Arena, team: UUID) -> httpx2.Response:
    return arena.davi.delete(f"/v1/teams/{team}")


def test_a_team_that_ends_while_a_ticket_is_handed_to_it_does_not_get_it(arena: Arena) -> None:
    met, team = arena.meets(), arena.office.team("Vendas")
    handed, gone = overtaken(COMMAND, lambda: to_team(arena, met, team), lambda: ended(arena, team))
    assert (handed.status_code, handed.json()["code"], gone.status_code) == (422, "unknown_team", 200)
    assert arena.thread(met.conversation).team is None


def test_a_team_that_gets_a_ticket_while_it_is_to_end_stays(arena: Arena) -> None:
    met, team = arena.meets(), arena.office.team("Vendas")
    gone, handed = overtaken(ORGANISATION, lambda: ended(arena, team), lambda: to_team(arena, met, team))
    assert (gone.status_code, gone.json()["code"], handed.status_code) == (409, "in_use", 200)
    assert arena.thread(met.conversation).team == str(team)


def test_a_team_that_a_number_is_set_to_while_it_is_to_end_stays(arena: Arena) -> None:
    team, number = arena.office.team("Vendas"), arena.office.cell.channel_id

    given = behaves(team)
    gone, _ = overtaken(ORGANISATION, lambda: ended(arena, team), lambda: arena.office.happens(number, given))
    assert (gone.status_code, gone.json()["code"]) == (409, "in_use")


def test_a_team_that_ends_while_the_bot_hands_a_ticket_to_it_does_not_get_it(arena: Arena) -> None:
    met, team = arena.meets(BOT_NUMBER), arena.office.team("Vendas")
    off = {"type": "hand_off", "reason": "comprar", "queue": "Vendas"}
    _, gone = overtaken(REPLY, lambda: arena.bot_says(met, off), lambda: ended(arena, team))
    assert gone.status_code == 200
    thread = arena.thread(met.conversation)
    assert (thread.state, thread.team) == ("queue", None)


def test_a_team_that_ends_while_a_customer_comes_to_it_does_not_get_them(arena: Arena) -> None:
    team, number = arena.office.team("Vendas", channel=True), arena.office.cell.channel_id
    free = behaves(None)

    def ends() -> httpx2.Response:
        arena.office.happens(number, free)
        arena.office.settle()
        return ended(arena, team)

    conversation, gone = overtaken(INGEST, lambda: arena.writes(1), ends)
    assert gone.status_code == 200
    assert (arena.thread(conversation).state, arena.thread(conversation).team) == ("queue", None)


def behaves(team_id: UUID | None) -> ChannelConfigured:
    """A number that brings its tickets to a team, or to none."""
    return ChannelConfigured(
        team_id=team_id,
        has_bot=False,
        reopen_within_s=0,
        sends_read=True,
        sends_typing=False,
        auto_assign=False,
    )


def test_what_overtakes_one_of_many_changes_only_its_answer(arena: Arena) -> None:
    written, taken, quiet = (arena.meets() for _ in range(3))
    items = [{"conversation_id": str(met.conversation), "control": 2} for met in (written, taken, quiet)]
    body = {"action": "close", "items": items}

    def others() -> None:
        arena.writes(written.customer)
        races.taken(arena, taken)

    answer, _ = overtaken(COMMAND, lambda: arena.davi.post("/v1/tickets/bulk", json=body), others)

    told = [(item["status"], item["code"]) for item in answer.json()["items"]]
    assert told == [(200, None), (409, "control_moved"), (200, None)]
    assert answer.json()["items"][1]["owner"]["name"] == "Ana"
    assert [arena.thread(met.conversation).state for met in (written, taken, quiet)] == [
        *("closed", "open", "closed"),
    ]


def test_a_new_name_that_overtakes_a_ticket_is_the_one_it_shows(arena: Arena) -> None:
    met = arena.meets()
    contact = contact_of(arena.davi, met.conversation)

    opened, answer = overtaken(
        INGEST,
        lambda: arena.writes(met.customer, BOT_NUMBER),
        lambda: write_card(arena.davi, contact, name="Marina Prado"),
    )

    assert answer.status_code == 200
    arena.office.settle()
    shown = get_json(arena.davi, f"/v1/conversations/{opened}")
    assert (opened != met.conversation, shown["ticket"]["contact"]["name"]) == (True, "Marina Prado")


def test_a_merge_that_overtakes_a_ticket_makes_it_one_of_the_main_contact(arena: Arena) -> None:
    met, other = arena.meets(), arena.meets()
    alias, main = (contact_of(arena.davi, each.conversation) for each in (met, other))

    opened, answer = overtaken(
        INGEST,
        lambda: arena.writes(met.customer, BOT_NUMBER),
        lambda: arena.davi.post(f"/v1/contacts/{alias}/merge", json={"into": main}),
    )

    assert answer.status_code == 200
    arena.office.settle()
    shown = get_json(arena.davi, f"/v1/conversations/{opened}")
    listed = {ticket["conversation_id"] for ticket in get_json(arena.davi, f"/v1/contacts/{main}")["tickets"]}
    assert shown["ticket"]["contact"]["id"] == main
    assert listed == {str(id) for id in (met.conversation, other.conversation, opened)}


def test_any_of_them_at_random(arena: Arena) -> None:
    chance = random.Random(2)
    for name, race in RACES.items():
        if name != "fifty agents take one ticket":
            for _ in range(5):
                race(arena, chance)
