"""`balcao doctor --deep`: walk log, read models, keys and topics, and say what is wrong."""

from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress

from adapters.postgres.follow.inspection import Problem, inspect
from services.app.doctor import DOUBTFUL, RIGHT, WRONG, examine
from services.app.serve import with_running_database
from services.runtime.settings import Settings
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
    for note in notes:
        console.print(f"{DOUBTFUL} {note}")
    if not problems:
        console.print(f"{RIGHT} log, read models, keys, message ids and topics agree")
    return int(bool(problems))
