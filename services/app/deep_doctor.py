"""`balcao doctor --deep`: walk log, read models, keys and topics, and say what is wrong."""

from collections.abc import Callable
from contextlib import closing

from rich.console import Console
from rich.progress import Progress

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.inspection import Problem, inspect
from adapters.postgres.topics.stored_offsets import StoredOffsets
from services.app.doctor import DOUBTFUL, RIGHT, WRONG, examine
from services.app.serve import with_running_database
from services.queries.topic_states import measure
from services.runtime.settings import Settings
from services.runtime.topics import topics_of
from services.workers.project.projectors import PROJECTIONS


def examine_deeply(settings: Settings) -> int:
    """Print what is wrong, beginning with what `balcao doctor` finds; return 1 when something is, else 0."""
    if examine(settings):
        return 1
    settings = with_running_database(settings)
    console = Console(highlight=False, soft_wrap=True)
    problems: list[Problem] = []

    def found(problem: Problem) -> None:
        problems.append(problem)
        console.print(f"{WRONG} {problem.where}: {problem.what}. What to do: {problem.advice}.", markup=True)

    with Progress(console=Console(stderr=True), transient=True) as bar:

        def started(head: int) -> Callable[[int], None]:
            task = bar.add_task("reading the log", total=head)
            return lambda events: bar.advance(task, events)

        notes = inspect(settings.database_url, settings.master_key, PROJECTIONS, found, started)
    for problem in _topics(settings):
        found(problem)
    for note in notes:
        console.print(f"{DOUBTFUL} {note}")
    if not problems:
        console.print(f"{RIGHT} log, read models, keys, message ids and topics agree")
    return int(bool(problems))


def _topics(settings: Settings) -> list[Problem]:
    with closing(topics_of(settings)) as topics, QueryPool(settings.database_url, 1, "doctor") as pool:
        states = [state for state in measure(topics, StoredOffsets(pool)) if state.stopped]
    advice = "see `balcao topics`, then `balcao topics skip`"
    return [
        Problem(
            "topics",
            f"{state.topic}/{state.partition} is to be read from {state.offset} on, and has records"
            f" {state.earliest} to {state.end}",
            advice,
        )
        for state in states
    ]
