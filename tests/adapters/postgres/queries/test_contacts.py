"""The list of contacts: the same in one page and in many, for every role; and read off an index."""

import asyncio
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL

from adapters.postgres.connection.arrays import register_arrays
from adapters.postgres.connection.pool import AsyncQueryPool
from adapters.postgres.queries import contacts as module
from adapters.postgres.queries.contacts import (
    Beginning,
    ContactAfter,
    PostgresContacts,
    Words,
    page_of,
    searches,
)
from adapters.postgres.queries.visibility import Visibility
from projections.names import pieces_of, words_of
from tests.adapters.postgres.queries.viewers import ANA, BRUNO, NOW, TEAMS, TENANT, VIEWERS, nodes_of
from tests.support.databases import temporary_database

ASKED = [
    *("", "ana", "ana b", "bia", "zzz", "5511", "98", "987", "+55 (11) 98", "4321", "ana.", "bia.7@", "7"),
    *("bia ana", "avi", "davi caio", "1198", "11988765", "ana 988", "ana'b", "b ana", "an bi", "\\"),
    "🌸 ana",
]
FIRST = ["ana", "bia", "caio", "davi", ""]


@dataclass(frozen=True)
class MadeContact:
    """A contact and its ticket, if it has one, as this test keeps them beside the database."""

    number: int
    person: int
    name: str
    email: str | None
    phone: str | None
    ticket: tuple[str, UUID | None, str | None] | None
    people: tuple[UUID, ...]

    @property
    def contact_row(self) -> tuple[Any, ...]:
        turned = self.phone and self.phone[::-1]
        return (
            *(TENANT, UUID(int=self.number), UUID(int=self.person), self.name or None, "profile", self.name),
            *("", self.email, self.email, False, "{}", "[]", 1, self.phone, turned),
            *(json.dumps([self.phone] if self.phone else []), "[]", "[]", NOW, False, self.number),
            " ".join([*words_of(self.name), *pieces_of(self.phone or "")]),
        )

    @property
    def ticket_row(self) -> tuple[Any, ...]:
        assert self.ticket is not None
        state, owner, team = self.ticket
        return (
            *(TENANT, UUID(int=self.number + 10**9), 1, UUID(int=5), UUID(int=self.number)),
            *(UUID(int=self.person), self.number, "", state, owner, team, 1, self.name, self.name, ""),
            *(0, NOW, self.number, NOW, NOW, False, "[]", False, self.number),
        )

    @property
    def participants_row(self) -> tuple[Any, ...]:
        return TENANT, UUID(int=self.number + 10**9), 1, list(self.people), None, self.number

    def begins(self, asked: str) -> int | None:
        """The first of the meanings of a text that this contact has."""
        turned = self.phone and self.phone[::-1]
        values = {"name_key": self.name, "email_key": self.email, "phone": self.phone} | {
            "phone_reversed": turned
        }
        for place, wanted in enumerate(searches(asked)):
            if isinstance(wanted, Words):
                whole = all(len(word) < 3 for word in wanted.words)
                if all(self._has_word(word, whole) for word in wanted.words):
                    return place
                continue
            value = values[wanted.column]
            if value is not None and value.startswith(wanted.prefix):
                return place
        return None

    def _has_word(self, word: str, whole: bool) -> bool:
        if whole:
            return word in self.name.split()
        part_of_number = word.isdecimal() and len(word) > 2 and word in (self.phone or "")
        return part_of_number or any(own.startswith(word) for own in self.name.split())


def made(count: int, tickets: float, seed: int = 1) -> list[MadeContact]:
    """Contacts of every kind: nameless, without a phone, merged; with and without a ticket."""
    dice = random.Random(seed)
    found: list[MadeContact] = []
    mains: list[int] = []
    for number in range(1, count + 1):
        first = dice.choice(FIRST)
        person = dice.choice(mains[-9:]) if mains and dice.random() < 0.2 else number
        mains += [number] if person == number else []
        state = dice.choice(["open", "closed", "closed", "queue", "snoozed"])
        owner = dice.choice([ANA, BRUNO]) if state in ("open", "closed") else None
        ticket = (state, owner, dice.choice([None, *map(str, TEAMS)])) if dice.random() < tickets else None
        found.append(
            MadeContact(
                number,
                person,
                f"{first} {dice.choice(FIRST)}".strip(),
                f"{first or 'x'}.{dice.randrange(20)}@example.com" if dice.random() < 0.7 else None,
                f"55119{dice.randrange(87, 99)}{dice.randrange(10**6):06}" if dice.random() < 0.8 else None,
                ticket,
                dice.choice([(), (), (BRUNO,), (BRUNO, ANA)]),
            )
        )
    return found


def store(url: str, people: Sequence[MadeContact]) -> None:
    contacts = (
        "tenant_id, contact_id, person_id, name, named_by, name_key, initials, email, email_key, keeps_email,"
        " attributes, kept_attributes, version, phone, phone_reversed, phones, bsuids, conflicts, created_at,"
        " erased, position, search_words"
    )
    tickets = (
        "tenant_id, conversation_id, number, channel_id, contact_id, person_id, opened_position, protocol,"
        " state, owner, team, control, name, name_key, initials, unread, last_at, last_position, opened_at,"
        " queued_at, window_warned, tags, erased, position"
    )
    with psycopg.connect(url) as db, db.cursor() as cursor:
        with cursor.copy(f"copy contacts_1 ({contacts}) from stdin") as copy:
            for each in people:
                copy.write_row(each.contact_row)
        with cursor.copy(f"copy workspace_1 ({tickets}) from stdin") as copy:
            for each in people:
                if each.ticket is not None:
                    copy.write_row(each.ticket_row)
        with cursor.copy("copy participants_1 from stdin") as copy:
            for each in people:
                if each.ticket is not None:
                    copy.write_row(each.participants_row)


async def listed(contacts: PostgresContacts, visibility: Visibility, asked: str, page: int) -> list[int]:
    """All pages of a list, by the ids of its people."""
    found: list[int] = []
    after: ContactAfter | None = None
    while True:
        rows = await contacts.page(visibility, searches(asked), after, page)
        found += [row.row.contact_id.int for row in rows]
        if len(rows) < page:
            return found
        after = rows[-1].place


def expected(people: Sequence[MadeContact], visibility: Visibility, asked: str) -> set[int]:
    """The people of whom a contact is meant, and of whom a ticket is seen or taken part in."""
    seen = {
        each.person
        for each in people
        if visibility.everything
        or (
            each.ticket is not None
            and (
                visibility.me in each.people
                or visibility.sees(TENANT, each.ticket[1], each.ticket[2], each.ticket[0])
            )
        )
    }
    return {each.person for each in people if each.begins(asked) is not None} & seen


def test_every_list_is_the_same_in_one_page_and_in_many_however_much_is_seen(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = made(200, tickets=0.6)
    store(database_url, people)

    async def compare() -> None:
        async with AsyncQueryPool(database_url, 1, "contacts") as pool:
            contacts = PostgresContacts(pool)
            for (name, visibility), asked in itertools.product(VIEWERS.items(), ASKED):
                lists = []
                for few, page in itertools.product((10_000, -1), (40, 400)):
                    monkeypatch.setattr(module, "FEW", few)
                    lists.append(await listed(contacts, visibility, asked, page))
                assert all(one == lists[0] for one in lists), (name, asked)
                assert len(set(lists[0])) == len(lists[0]), (name, asked)
                assert set(lists[0]) == expected(people, visibility, asked), (name, asked)

    asyncio.run(compare())


def test_people_stand_in_the_order_of_what_was_meant_and_then_by_name(database_url: str) -> None:
    store(database_url, people := made(300, tickets=1.0))
    by_number = {each.number: each for each in people}

    async def read() -> list[int]:
        async with AsyncQueryPool(database_url, 1, "contacts") as pool:
            return await listed(PostgresContacts(pool), VIEWERS["admin"], "", 50)

    found = asyncio.run(read())
    assert found == sorted(found, key=lambda number: (by_number[number].name, number))


@pytest.fixture(scope="module")
def large(server_url: str) -> Iterator[psycopg.Connection[Any]]:
    with temporary_database(server_url, migrated=True) as url:
        store(url, made(20_000, tickets=1.0))
        with psycopg.connect(url, autocommit=True) as db:
            register_arrays(db)
            db.execute("vacuum analyze")
            yield db


@pytest.mark.parametrize("role", ["supervisor", "admin"])
@pytest.mark.parametrize("continued", [False, True])
def test_every_page_is_read_off_an_index_in_its_order(
    large: psycopg.Connection[Any], role: str, continued: bool
) -> None:
    for asked in ("", "ana", "987", "55119", "ana.1"):
        wanted = searches(asked)
        for place in range(len(wanted)):
            each = wanted[place]
            prefix = each.prefix if isinstance(each, Beginning) else ""
            after = ContactAfter(place, prefix, UUID(int=500)) if continued else None
            query, values = page_of(VIEWERS[role], wanted, place, after, 51, few=False)
            explain = SQL("explain (analyze, format json) {}").format(query)
            ((found,),) = large.execute(explain, values).fetchall()
            for node in nodes_of(found[0]["Plan"]):
                kind = node["Node Type"]
                # Words are found in no order.
                bad = ("Seq Scan", "Sort", "Hash Join") if isinstance(each, Beginning) else ("Seq Scan",)
                assert kind not in bad, (asked, place, kind)
                if kind == "Index Scan" and node["Relation Name"] == "workspace_1":
                    assert node["Actual Rows"] <= 1, "a ticket of each contact, no list of all"
