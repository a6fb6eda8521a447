"""Commands about topics: how far our groups are, what is lost, and what was parked."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.command_line import command_settings, opened_log, print_line

if TYPE_CHECKING:
    from adapters.postgres.topics.topic_states import TopicState
    from services.commands.topics import ParkedCommands, ParkedRecord, TopicCommands

MOST_LISTED = 200

topics_app = typer.Typer(help="Show how far our groups are in the topics, or manage them.")
parked_app = typer.Typer(help="Records that could not be processed.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
Topic = Annotated[str, typer.Option(help="Those that came from this topic.")]
All = Annotated[bool, typer.Option("--all", help="Those of all topics.")]
Ids = Annotated[
    list[str] | None, typer.Argument(help="As `balcao parked list` shows them.", show_default=False)
]


@topics_app.callback(invoke_without_command=True)
def topics(context: typer.Context) -> None:
    """List the partitions in which our groups have something to read, or cannot go on."""
    if context.invoked_subcommand is None:
        _list_topics()


def _list_topics() -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from services.queries.topic_states import measure

    with _opened() as (commands, _):
        states = measure(commands.topics, commands.offsets)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("topic", "partition", "group", "unread", "oldest, UTC", ""):
        table.add_column(name, no_wrap=True, justify="right" if name in ("partition", "unread") else "left")
    shown = [state for state in states if state.unread or state.lost or state.stopped]
    for state in shown:
        table.add_row(
            state.topic,
            str(state.partition),
            state.group,
            str(state.unread),
            _minute(state.oldest_at),
            _remark(state),
        )
    if shown:
        Console(soft_wrap=True).print(table)
    others = "other partitions" if shown else "partitions"
    print_line(f"{len(states) - len(shown)} {others}: all read, nothing parked")


@topics_app.command("skip")
def topics_skip(
    topic: Annotated[str, typer.Argument(help="Such as whatsapp.inbound.v1.")],
    partition: Annotated[int, typer.Argument(min=0)],
    yes: Yes = False,
) -> None:
    """Let a stopped partition go on at the first record that is there; says what is lost."""
    from schemas.topics import OUTBOUND

    with _opened() as (commands, _):
        gap = commands.gap(topic, partition)
        first, end = gap.bounds.earliest, gap.bounds.end
        if gap.lost:
            age = f", all older than {_minute(gap.first_at)} UTC" if gap.first_at else ""
            print_line(f"{topic}/{partition}: {gap.lost} records are lost, {gap.offset} to {first - 1}{age}")
        else:
            print_line(
                f"{topic}/{partition}: the next record would be {gap.offset}, but the topic ends at {end}"
            )
            print_line(
                "It was emptied or made again: what was in it and not read is lost, how many is unknown"
            )
        _require_yes(yes, f"Go on at {first}?")
        if topic == OUTBOUND:
            # Before the move, so that a crash between the two loses none.
            print_line(f"{_ask_again(commands, partition)} attempts without an outcome are asked for again")
        commands.skip(gap)
        print_line(f"{topic}/{partition} goes on at {first}")


def _remark(state: "TopicState") -> str:
    if state.stopped:
        return f"stopped at {state.offset}, first available {state.earliest}"
    if state.lost:
        return f"{state.lost} expired"
    return "late" if state.late else ""


def _ask_again(commands: "TopicCommands", partition: int) -> int:
    from services.workers.publish.publisher import Publisher

    publisher = Publisher(commands.log, commands.topics, commands.log.log_id())
    return commands.offsets.pool.read(lambda db: publisher.ask_again(db, partition))


@topics_app.command("forget-bot")
def topics_forget_bot(yes: Yes = False) -> None:
    """Forget that `balcao bot` ever read the turns: they expire by age, and it would begin anew."""
    with _opened() as (commands, _):
        _require_yes(yes, "Forget how far it had read?")
        partitions = commands.offsets.forget_bot()
        print_line(f"forgotten in {partitions} partitions")


@parked_app.command("list")
def parked_list(topic: Topic = "") -> None:
    """List the open parked records, oldest first within a partition."""
    from itertools import islice

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    with _opened() as (_, parked):
        listed = list(islice(parked.open(_of(topic)), MOST_LISTED + 1))
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("id", "parked, UTC", "read at", "reason"):
        table.add_column(name, no_wrap=name != "reason", min_width=12)
    for each in listed[:MOST_LISTED]:
        table.add_row(each.id, _minute(each.record.produced_at), _read_at(each), each.reason)
    if not listed:
        print_line("nothing is parked")
        return
    Console().print(table)
    if len(listed) > MOST_LISTED:
        print_line(f"only the first {MOST_LISTED} are shown; `balcao topics` counts them")


@parked_app.command("show")
def parked_show(
    id: str,
    personal: Annotated[bool, typer.Option("--personal", help="Show key and value, unsealed.")] = False,
) -> None:
    """Show a parked record; what customers wrote only with --personal."""
    with _opened() as (_, parked):
        (found,) = parked.find([id])
    key, value = found.record.key or b"", found.record.value or b""
    print_line(f"id       {found.id}")
    print_line(f"parked   {_minute(found.record.produced_at)} UTC")
    print_line(f"read at  {_read_at(found)}")
    print_line(f"reason   {found.reason}")
    print_line(f"key      {key.decode(errors='backslashreplace') if personal else '‹sealed›'}")
    print_line(f"value    {value.decode(errors='backslashreplace') if personal else f'{len(value)} bytes'}")


@parked_app.command("replay")
def parked_replay(ids: Ids = None, topic: Topic = "", every: All = False) -> None:
    """Produce parked records again to the topic that they came from, each once."""
    with _opened() as (_, parked):
        done = parked.replay(_chosen(parked, ids, topic, every))
        print_line(f"{done} records replayed")


@parked_app.command("drop")
def parked_drop(ids: Ids = None, topic: Topic = "", every: All = False, yes: Yes = False) -> None:
    """Give up parked records: they count no more, and expire by age."""
    with _opened() as (_, parked):
        records = _chosen(parked, ids, topic, every)
        _require_yes(yes, "Give them up?")
        print_line(f"{parked.drop(records)} records dropped")


def _chosen(
    parked: "ParkedCommands", ids: list[str] | None, topic: str, every: bool
) -> "list[ParkedRecord] | Iterator[ParkedRecord]":
    if sum(map(bool, (ids, topic, every))) != 1:
        raise typer.BadParameter("give either ids, or --topic, or --all")
    return parked.find(ids) if ids else parked.open(_of(topic))


def _of(topic: str) -> tuple[str, ...]:
    from schemas.topics import TOPICS

    if topic and topic not in TOPICS:
        raise typer.BadParameter(f"{topic} is not one of {', '.join(TOPICS)}", param_hint="--topic")
    return (topic,) if topic else TOPICS


def _require_yes(yes: bool, question: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo("nothing was done; it needs --yes", err=True)
        raise typer.Exit(1)
    typer.confirm(question, abort=True)


def _read_at(parked: "ParkedRecord") -> str:
    headers = parked.record.headers
    return "/".join(headers.get(name, b"?").decode(errors="replace") for name in ("partition", "offset"))


def _minute(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""


@contextmanager
def _opened() -> Iterator[tuple["TopicCommands", "ParkedCommands"]]:
    from adapters.postgres.agents.bot_sessions import PostgresBotSessions
    from adapters.postgres.connection.pool import QueryPool
    from adapters.postgres.topics.stored_offsets import StoredOffsets
    from services.commands.topics import ParkedCommands, TopicCommands
    from services.runtime.topics import topics_of

    with (
        command_settings() as settings,
        opened_log(settings) as log,
        closing(topics_of(settings)) as topics,
        QueryPool(settings.database_url, 1, "topics") as pool,
    ):
        offsets = StoredOffsets(pool)
        bot = PostgresBotSessions(pool, settings.master_key)
        yield TopicCommands(log, topics, offsets, bot), ParkedCommands(topics, offsets)
