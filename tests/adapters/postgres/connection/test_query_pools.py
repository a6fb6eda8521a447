"""What happens to queries when the database is away for a while, or changes below them."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from time import monotonic

import psycopg
import pytest

from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool
from domain.log.port import LogUnavailable
from tests.support.proxy import proxied

OUTAGE_S, ASKERS, EVERY_S = 10.0, 10, 0.2

Ask = Callable[[], Awaitable[object]]


async def answers(ask: Ask) -> bool:
    """Whether a query is answered; if not, it is refused soon."""
    begun = monotonic()
    try:
        await ask()
    except LogUnavailable:
        assert monotonic() - begun < 2
        return False
    return True


async def answered_within(seconds: float, ask: Ask) -> None:
    deadline = monotonic() + seconds
    while not await answers(ask):
        assert monotonic() < deadline, "no answer"
        await asyncio.sleep(EVERY_S)


async def keep_asking(ask: Ask, until: float) -> None:
    while monotonic() < until:
        await answers(ask)
        await asyncio.sleep(EVERY_S)


def test_queries_are_answered_again_after_an_outage_in_which_many_asked(database_url: str) -> None:
    async def go_through_it() -> None:
        with proxied(database_url) as (proxy, url), QueryPool(url, 1, "threads") as in_threads:
            async with AsyncQueryPool(url, 2, "loop") as on_loop:

                def ask_in_thread() -> Awaitable[object]:
                    return asyncio.to_thread(in_threads.read, lambda db: db.execute("select 1").fetchone())

                asks: list[Ask] = [ask_in_thread, lambda: on_loop.rows("select 1 as one")]
                for ask in asks:
                    await answered_within(5, ask)
                proxy.vanish()
                over = monotonic() + OUTAGE_S
                await asyncio.gather(*(keep_asking(ask, over) for ask in asks for _ in range(ASKERS)))
                assert [await answers(ask) for ask in asks] == [False, False]
                proxy.come_back()
                for ask in asks:
                    await answered_within(10, ask)

    asyncio.run(go_through_it())


def test_a_dead_connection_costs_a_reader_nothing_and_a_writer_an_error(database_url: str) -> None:
    def end_all() -> None:
        with psycopg.connect(database_url, autocommit=True) as db:
            db.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    async def write(pool: AsyncQueryPool) -> None:
        async with pool.transaction() as db:
            await db.execute("select 5")

    async def lose_connections() -> None:
        async with AsyncQueryPool(database_url, 2, "loop") as pool:
            await pool.rows("select 1 as one")
            end_all()
            assert await pool.rows("select 2 as two") == [(2,)]
            await asyncio.gather(pool.rows("select 3"), pool.rows("select 4"))
            end_all()
            with pytest.raises(LogUnavailable):
                await write(pool)

    asyncio.run(lose_connections())


def test_a_statement_is_prepared_again_when_its_table_has_changed(fresh_database_url: str) -> None:
    def change(statement: str) -> None:
        with psycopg.connect(fresh_database_url, autocommit=True) as db:
            db.execute(statement.encode())

    async def read_through_a_change() -> None:
        async with AsyncQueryPool(fresh_database_url, 1, "loop") as pool:
            assert await pool.rows("select * from probe") == [(1,)]
            assert len(await pool.rows("select from pg_prepared_statements")) == 2, "prepared at once"
            change("alter table probe add column b text default 'x'")
            assert await pool.rows("select * from probe") == [(1, "x")]

    change("create table probe (a integer); insert into probe values (1)")
    asyncio.run(read_through_a_change())


def test_whoever_finds_all_connections_busy_is_refused_within_a_second(database_url: str) -> None:
    async def ask_while_busy() -> None:
        async with AsyncQueryPool(database_url, 1, "loop") as pool, pool.transaction():
            begun = monotonic()
            with pytest.raises(LogUnavailable):
                await pool.rows("select 1")
            assert monotonic() - begun < 1

    asyncio.run(ask_while_busy())


def test_no_query_holds_its_connection_without_an_end(database_url: str) -> None:
    async def ask() -> object:
        async with AsyncQueryPool(database_url, 1, "loop") as pool:
            return await pool.rows("show statement_timeout")

    with QueryPool(database_url, 1, "threads") as in_threads:
        shown = in_threads.read(lambda db: db.execute("show statement_timeout").fetchall())
    assert shown == asyncio.run(ask()) == [("8s",)]


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_frozen_server_is_left_after_a_while(database_url: str, in_transaction: bool) -> None:
    async def ask_while_frozen() -> None:
        async with AsyncQueryPool(database_url, 1, "loop", frozen_s=0.5) as pool:
            ((frozen,),) = await pool.rows("select pg_backend_pid()")
            os.kill(frozen, signal.SIGSTOP)
            try:
                if in_transaction:
                    with pytest.raises(LogUnavailable):
                        async with pool.transaction() as db:
                            await db.execute("select 1")
                # A read is asked again on another connection.
                assert await pool.rows("select 2 as two") == [(2,)]
            finally:
                os.kill(frozen, signal.SIGCONT)

    asyncio.run(asyncio.wait_for(ask_while_frozen(), 30))
