"""Queries of contacts: lists, pages and cards, restricted to what the caller may see; aliases are merged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from uuid import UUID

from psycopg.rows import class_row
from psycopg.sql import SQL, Composable, Composed, Identifier

from adapters.postgres.connection.pool import AsyncQueryPool, Row
from adapters.postgres.connection.text import storable
from adapters.postgres.queries.columns import IS_OF_TICKET
from adapters.postgres.queries.visibility import TAKES_PART, Reach, Visibility
from domain.contact.phone import canonical_phone
from projections.contacts import ContactRow
from projections.names import MIN_DIGITS, PIECE, folded, words_of

MAX_GROUP = 100
MIN_LETTERS = 3
FEW = 10_000
_HIGHEST = "\U0010ffff"
_DIALLED = re.compile(r"[+0-9().\s-]+")

CONTACT = SQL(", ").join(SQL("c.{}").format(Identifier(name)) for name in ContactRow._fields)
TICKET = SQL(
    "w.conversation_id, w.number, w.protocol, w.state, w.owner, w.team, w.opened_at, w.closed_at,"
    " w.close_reason, w.tags, w.opened_position"
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Rows whose column begins with a text: a range of one index."""

    column: Literal["name_key", "email_key", "phone", "phone_reversed"]
    prefix: str

    def of(self, table: str, at: int) -> Composed:
        """Write as a condition on a row, with the parameters `low<at>` and `high<at>`."""
        column = SQL("{}.{}").format(Identifier(table), Identifier(self.column))
        if not self.prefix:
            return SQL("{} is not null").format(column)
        return SQL("{0} >= %({1})s and {0} < %({2})s").format(column, SQL(f"low{at}"), SQL(f"high{at}"))

    def values(self, at: int) -> dict[str, Any]:
        return {f"low{at}": self.prefix, f"high{at}": self.prefix + _HIGHEST}


@dataclass(frozen=True, slots=True)
class Words:
    """Rows with each of these words in the name, whole or as the start of a longer one, or in a phone number.

    One index finds them, unordered; they are sorted by name. Words of one or two letters start too many
    others: they only filter what longer ones find, or, without longer ones, must match whole.
    """

    words: tuple[str, ...]

    column: ClassVar = "name_key"

    def of(self, table: str, at: int) -> Composed:
        """Write as a condition on a row, with the parameters of `values`."""
        row = Identifier(table)
        parts = [SQL("{}.search @@ %({})s::tsquery").format(row, SQL(f"words{at}"))]
        if self._narrowing:
            begun = SQL("(' ' || {}.search_words) like all(%({})s)")
            parts.append(begun.format(row, SQL(f"short{at}")))
        if self._long_numbers:
            parts.append(SQL("{}.phones::text like all(%({})s)").format(row, SQL(f"numbers{at}")))
        return SQL("({})").format(SQL(" and ").join(parts))

    def values(self, at: int) -> dict[str, Any]:
        indexed = [_word(word) for word in self.words if word not in self._narrowing]
        return {
            f"words{at}": " & ".join(indexed),
            f"short{at}": [f"% {word}%" for word in self._narrowing],
            f"numbers{at}": [f"%{number}%" for number in self._long_numbers],
        }

    @property
    def _narrowing(self) -> list[str]:
        short = [word for word in self.words if len(word) < MIN_LETTERS]
        return short if len(short) < len(self.words) else []

    @property
    def _long_numbers(self) -> list[str]:
        """Numbers of which the index knows only pieces."""
        return [word for word in self.words if word.isdecimal() and len(word) > PIECE]


Search = Beginning | Words
"""One way to search for contacts: a condition with its parameters, and the column that sorts the results."""


@dataclass(frozen=True, slots=True)
class ContactAfter:
    """Where the next page begins: in which search prefix, after which value of its column and which
    contact."""

    beginning: int
    key: str
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact in a list, with the cursor position after it."""

    row: ContactRow
    place: ContactAfter


def searches(asked: str) -> list[Search]:
    """Interpret a search text: the start of a name, e-mail or phone number, or the end of a phone number;
    then words of a name and parts of a number, in any order.

    A phone number may lack Brazil's country code and ninth digit.
    """
    text = asked.strip()
    if not storable(text):
        return []
    if not text:
        return [Beginning("name_key", "")]
    found: list[Search] = [Beginning("name_key", key)] if (key := folded(text)) else []
    if " " not in text:
        found.append(Beginning("email_key", text.casefold()))
    digits = "".join(c for c in text if c in "0123456789")
    words = words_of(text)
    if len(digits) >= MIN_DIGITS and _DIALLED.fullmatch(text):
        national = canonical_phone(f"55{digits}") or f"55{digits}"
        first = [digits, canonical_phone(digits) or digits, f"55{digits}", national]
        last = [digits, national.removeprefix("55")]
        found += [Beginning("phone", digits) for digits in first]
        found += [Beginning("phone_reversed", digits[::-1]) for digits in last]
        words = [digits]
    if words:
        found.append(Words(tuple(words)))
    return list(dict.fromkeys(found))


def _word(word: str) -> str:
    """Write a word as a part of a `tsquery`; a number also as a piece of a phone number."""
    if len(word) < MIN_LETTERS:
        return f"'{word}'"
    named = f"'{word}':*"
    if not (word.isascii() and word.isdecimal() and len(word) >= MIN_DIGITS):
        return named
    return f"({named} | '#{word[:PIECE]}':*)"


class PostgresContacts:
    """Queries of the list of contacts and of a contact's page."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def page(
        self, visibility: Visibility, wanted: Sequence[Search], after: ContactAfter | None, limit: int
    ) -> list[FoundContact]:
        """Return at most `limit` contacts, by prefix; merged ones once, whichever alias matches."""
        few, found = await self._sees_few(visibility), list[FoundContact]()
        begun = 0 if after is None else after.beginning
        for place in range(begun, len(wanted)):
            if len(found) < limit:
                here = after if place == begun else None
                query, values = page_of(visibility, wanted, place, here, limit - len(found), few)
                found += [_found(row, place) for row in await self._pool.rows(query, values)]
        return found

    async def _sees_few(self, visibility: Visibility) -> bool:
        """Return whether the caller sees so few tickets that the query can start at them."""
        if visibility.everything:
            return False
        counted = SQL("select count(*) from (({}) limit {}) seen").format(_tickets_of(visibility), FEW + 1)
        row = await self._pool.row(counted, visibility.values)
        return row is not None and bool(row.count <= FEW)

    async def person(self, visibility: Visibility, contact_id: UUID) -> list[ContactRow]:
        """Return the main contact and its aliases, oldest first; empty if the caller may not see them."""
        query = SQL(
            "select {} from contacts a join contacts c on c.tenant_id = a.tenant_id"
            " and (c.contact_id = a.person_id or c.person_id = a.person_id and c.person_id <> c.contact_id)"
            " where a.tenant_id = %(tenant)s and a.contact_id = %(contact)s and {}"
            " order by c.person_id <> c.contact_id, c.contact_id limit %(limit)s"
        ).format(CONTACT, _seen(visibility, "a"))
        values = {**visibility.values, "contact": contact_id, "limit": MAX_GROUP}
        return await self._pool.rows_as(class_row(ContactRow), query, values)

    async def waits(self, contact_ids: Sequence[UUID]) -> bool:
        """Return whether an event of these contacts is parked."""
        query = SQL(
            "select from parked_events where name = 'contacts' and conversation_id = any(%(ids)s) limit 1"
        )
        return bool(await self._pool.rows(query, {"ids": list(contact_ids)}))

    async def access(self, visibility: Visibility, contact_id: UUID) -> Reach | None:
        """Return `full` when a ticket of the contact is visible, `read` when one is readable, else None."""
        query = SQL(
            "select {} as visible from contacts a"
            " where a.tenant_id = %(tenant)s and a.contact_id = %(contact)s and {}"
        ).format(_seen(visibility, "a", visibility.rule), _seen(visibility, "a"))
        row = await self._pool.row(query, {**visibility.values, "contact": contact_id})
        return None if row is None else "full" if row.visible else "read"

    async def named(self, visibility: Visibility, contact_ids: Sequence[UUID]) -> dict[UUID, ContactRow]:
        """Return those of the contacts that the caller may see."""
        if not contact_ids:
            return {}
        query = SQL(
            "select {} from contacts c where c.tenant_id = %(tenant)s and c.contact_id = any(%(ids)s) and {}"
        ).format(CONTACT, _seen(visibility, "c"))
        values = {**visibility.values, "ids": list(contact_ids)}
        rows = await self._pool.rows_as(class_row(ContactRow), query, values)
        return {row.contact_id: row for row in rows}

    async def tickets(
        self, visibility: Visibility, person_id: UUID, after: int | None, limit: int
    ) -> Sequence[Row]:
        """Return tickets of a contact and its aliases, newest first, opened before position `after`."""
        query = SQL(
            "select {} from workspace w where {} and w.person_id = %(person)s{}"
            " order by w.opened_position desc limit %(limit)s"
        ).format(
            TICKET, visibility.readable, SQL("" if after is None else " and w.opened_position < %(after)s")
        )
        return await self._pool.rows(
            query, {**visibility.values, "person": person_id, "after": after, "limit": limit}
        )

    async def handed_off(self, visibility: Visibility, person_id: UUID) -> Row | None:
        """Return reason and variables of the newest ticket's hand-off."""
        query = SQL(
            "select w.hand_off_reason, w.bot_variables from workspace w where {} and w.person_id = %(person)s"
            " order by w.opened_position desc limit 1"
        ).format(visibility.readable)
        return await self._pool.row(query, {**visibility.values, "person": person_id})

    async def hand_offs(self, visibility: Visibility, person_id: UUID, limit: int) -> Sequence[Row]:
        """Return protocol and the bot's variables of a contact's newest tickets, those of aliases too."""
        query = SQL(
            "select w.protocol, w.bot_variables from workspace w where {} and w.person_id = %(person)s"
            " order by w.opened_position desc limit %(limit)s"
        ).format(visibility.readable)
        return await self._pool.rows(query, {**visibility.values, "person": person_id, "limit": limit})

    async def of_ticket(self, tenant_id: UUID, conversation_id: UUID, number: int) -> Row | None:
        """Return the card of a ticket's contact, with the hand-off; None if there is no ticket."""
        query = SQL(
            "select w.person_id, coalesce(c.name, w.name) as name, c.email, c.attributes, c.version, w.phone,"
            " w.hand_off_reason, w.bot_variables, (select json_agg(json_build_object('id', a.contact_id,"
            " 'email', a.email, 'attributes', a.attributes) order by a.contact_id) from contacts a"
            " where a.tenant_id = w.tenant_id and a.person_id = w.person_id and a.person_id <> a.contact_id)"
            " as aliases from workspace w"
            " left join contacts c on c.tenant_id = w.tenant_id and c.contact_id = w.person_id"
            " where w.tenant_id = %(tenant)s"
            " and w.conversation_id = %(conversation)s and w.number = %(number)s"
        )
        values = {"tenant": tenant_id, "conversation": conversation_id, "number": number}
        return await self._pool.row(query, values)


def page_of(
    visibility: Visibility,
    wanted: Sequence[Search],
    place: int,
    after: ContactAfter | None,
    limit: int,
    few: bool,
) -> tuple[Composed, dict[str, Any]]:
    """Build the query of one prefix, without contacts of earlier ones, in index order; and its parameters.

    For callers who see `few` tickets it starts at those tickets: the index has too many other contacts.
    """
    column = Identifier("c", wanted[place].column)
    conditions: list[Composable] = [
        *(SQL("c.tenant_id = %(tenant)s"), SQL("not c.erased")),  # of somebody erased nothing could be listed
        wanted[place].of("c", place),
    ]
    conditions += [SQL("not coalesce({}, false)").format(wanted[at].of("c", at)) for at in range(place)]
    conditions += [_once(wanted)] if few else [_once(wanted), _seen(visibility, "c")]
    if after is not None:
        conditions.append(SQL("({}, c.contact_id) > (%(key)s, %(after)s)").format(column))
    query = SQL(
        "{} select f.key as found_key, f.contact_id as found_id, {}"
        " from (select {} as key, c.contact_id, c.person_id from {} c where {}"
        " order by {}, c.contact_id limit %(limit)s) f"
        " join contacts c on c.tenant_id = %(tenant)s and c.contact_id = f.person_id"
        " order by f.key, f.contact_id"
    ).format(
        _picked(visibility) if few else SQL(""),
        CONTACT,
        column,
        Identifier("picked" if few else "contacts"),
        SQL(" and ").join(conditions),
        column,
    )
    values: dict[str, Any] = {**visibility.values, "limit": limit}
    for at, each in enumerate(wanted):
        values |= each.values(at)
    if after is not None:
        values |= {"key": after.key, "after": after.contact_id}
    return query, values


def _picked(visibility: Visibility) -> Composed:
    """Build the query of the contacts of all readable tickets, with their aliases."""
    listed = SQL(
        "c.tenant_id, c.contact_id, c.person_id, c.name_key, c.email_key, c.phone, c.phone_reversed,"
        " c.phones, c.search, c.search_words, c.erased"
    )
    return SQL(
        "with seen as materialized (select distinct person_id from ({0}) t), picked as materialized ("
        "select {1} from seen s join contacts c on c.tenant_id = %(tenant)s and c.contact_id = s.person_id"
        " union all select {1} from seen s join contacts c on c.tenant_id = %(tenant)s"
        " and c.person_id = s.person_id and c.person_id <> c.contact_id)"
    ).format(_tickets_of(visibility), listed)


def _tickets_of(visibility: Visibility) -> Composed:
    """Build the query of the contacts of all readable tickets, with duplicates; each part uses an index."""
    parts: list[Composable] = [
        SQL("select w.person_id from workspace w where w.tenant_id = %(tenant)s and {}").format(part.rule)
        for part in visibility.parts("all")
    ]
    taken_part = SQL(
        "select w.person_id from participants p join workspace w on {} where p.tenant_id = %(tenant)s and {}"
    ).format(IS_OF_TICKET, TAKES_PART)
    return SQL(" union all ").join([*parts, taken_part])


def _found(row: Row, place: int) -> FoundContact:
    return FoundContact(ContactRow._make(row[2:]), ContactAfter(place, row.found_key, row.found_id))


def _once(wanted: Sequence[Search]) -> Composed:
    """Build the condition that keeps one of merged contacts found together: the main one, else the oldest
    alias."""
    found = SQL(" or ").join(wanted[at].of("o", at) for at in range(len(wanted)))
    return SQL(
        "(c.contact_id = c.person_id or not exists (select from contacts o where o.tenant_id = c.tenant_id"
        " and (o.contact_id = c.person_id or o.person_id = c.person_id and o.person_id <> o.contact_id"
        " and o.contact_id < c.contact_id) and ({})))"
    ).format(found)


def _seen(visibility: Visibility, table: str, rule: Composable | None = None) -> Composable:
    """Build the condition that a ticket of the contact or its main contact is readable, or satisfies `rule`.

    Checks both, because the two read models may be a batch apart. Not `exists`: PostgreSQL might build a list
    of all tickets for one page.
    """
    if visibility.everything:
        return SQL("true")
    return SQL(
        "coalesce((select true from workspace w where {0} and w.person_id = {1}.person_id limit 1),"
        " (select true from workspace w where {0} and w.contact_id = {1}.contact_id limit 1), false)"
    ).format(rule or visibility.readable, Identifier(table))
