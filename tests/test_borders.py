"""Who may look at whom: the rooms' imports, read from the source; and no test module looks at another."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_SEE = {
    "domain": {"domain"},
    "schemas": {"schemas"},
    "projections": {"projections", "domain"},
    "adapters": {"adapters", "projections", "schemas", "domain"},
    "services": {"services", "adapters", "projections", "schemas", "domain"},
}
# One cleaner of text for all that comes in or goes out; schemas know nothing else of the domain.
ALSO = {"schemas": {"domain.text"}}
# The domain's only library; everything else is the standard one.
DOMAIN_LIBRARIES = {"pydantic"}

# From the top down: a folder imports only from floors below its own. What shares a floor does not meet.
FLOORS = {
    "services": [
        {"cli"},
        {"app"},
        {"bot"},
        {"http", "workers", "simulator"},
        {"inbound"},
        {"commands"},
        {"write", "queries", "access"},
        {"runtime"},
    ],
    "services/http": [
        {"openapi"},
        {"app"},
        {"routes", "webhook"},
        {"live"},
        {"answers"},
        {"edge"},
    ],
}

# What every act may import: the state, what it consists of, its events, and the number of a ticket.
SHARED_BY_ACTS = {
    *("state", "holder", "unanswered", "participants", "window"),
    *("ticket_events", "message_events", "protocol"),
}
# Acts that are built on others.
BUILT_ON = {
    "active_message": {"reply"},
    "bot": {"close"},
    "close": {"schedule", "tags"},
    "erase": {"schedule"},
    "receive": {"bot", "returning", "schedule"},
    "reply": {"assign"},
    "schedule": {"assign", "reply"},
    "snooze": {"assign", "returning"},
    "timers": {"bot", "returning"},
}


def imported(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and module of each import, wherever in the file it stands; relative ones resolved."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
            case ast.ImportFrom():
                yield node.lineno, package


def breaches(room: str, source: str, path: str) -> list[str]:
    """Each import of `source` that its room may not make, as `file:line` and a reason."""
    found = []
    for line, module in imported(ast.parse(source), room):
        name = module.split(".")[0]
        if module in ALSO.get(room, ()):
            continue
        if name in {*MAY_SEE, "tests", "bench"} - MAY_SEE[room]:
            found.append(f"{path}:{line} {room} may not look at {name}")
        elif room == "domain" and name not in {*sys.stdlib_module_names, *DOMAIN_LIBRARIES, *MAY_SEE[room]}:
            found.append(f"{path}:{line} domain knows no library but pydantic, this imports {name}")
    return found


@pytest.mark.parametrize("room", MAY_SEE)
def test_no_arrow_turns_back(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    found = [
        breach for file in files for breach in breaches(room, file.read_text(), str(file.relative_to(ROOT)))
    ]
    assert not found, "\n".join(found)


def arrows(folder: str, source: str, parts: tuple[str, ...]) -> set[str]:
    """The names directly inside `folder` that a module there imports; `parts` is its path inside it."""
    package, found = folder.split("/"), set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                imported_names = [name.name for name in names]
            case ast.ImportFrom(module=str(module), level=0, names=names):
                imported_names = [f"{module}.{name.name}" for name in names]
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"relative import in {'/'.join((folder, *parts))}")
            case _:
                continue
        for name in imported_names:
            at = name.split(".")
            if at[: len(package)] == package and len(at) > len(package):
                found.add(at[len(package)])
    return found - {parts[0]}


def all_arrows(folder: str) -> dict[str, set[str]]:
    """What each name directly inside `folder` imports of the others."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / folder).rglob("*.py")):
        parts = file.relative_to(ROOT / folder).with_suffix("").parts
        if parts[0] != "__init__":
            found.setdefault(parts[0], set()).update(arrows(folder, file.read_text(), parts))
    return found


def climbs(folder: str, found: dict[str, set[str]]) -> set[tuple[str, str, str]]:
    """The arrows between folders that do not lead to a lower floor."""
    level = {name: number for number, floor in enumerate(FLOORS[folder]) for name in floor}
    return {
        (folder, above, below)
        for above, belows in found.items()
        for below in belows
        if level[below] <= level[above]
    }


@pytest.mark.parametrize("folder", FLOORS)
def test_each_floor_looks_only_down(folder: str) -> None:
    found = all_arrows(folder)
    assert found.keys() == set().union(*FLOORS[folder]), "a folder that stands on no floor"
    assert not climbs(folder, found)


def test_an_act_imports_the_state_and_its_events_and_only_few_another_act() -> None:
    found = all_arrows("domain/conversation")
    built_on = {name: others - SHARED_BY_ACTS for name, others in found.items()}
    assert {name: others for name, others in built_on.items() if others} == BUILT_ON


@pytest.mark.parametrize(
    ("folder", "source", "inside", "found"),
    [
        ("services", "from services.app import api", "queries", {"app"}),
        ("services", "def f():\n    import services.cli.commands", "runtime", {"cli"}),
        ("services", "from services import workers, queries", "queries", {"workers"}),
        ("services/http", "from services.http.live.presence import Presence", "edge", {"live"}),
        ("domain/conversation", "from domain.conversation import bot", "close", {"bot"}),
        ("services", "from domain.conversation import bot", "queries", set()),
    ],
)
def test_an_arrow_is_found(folder: str, source: str, inside: str, found: set[str]) -> None:
    assert arrows(folder, source, (inside, "new")) == found


def test_an_arrow_upward_or_to_the_same_floor_is_a_climb() -> None:
    assert climbs("services", {"queries": {"app", "write", "runtime"}}) == {
        ("services", "queries", "app"),
        ("services", "queries", "write"),
    }


@pytest.mark.parametrize(
    ("room", "source", "reason"),
    [
        ("domain", "import schemas.inbound", "may not look at schemas"),
        ("domain", "def f():\n    import orjson", "imports orjson"),
        ("projections", "from adapters.postgres import log", "may not look at adapters"),
        ("schemas", "from domain import events", "may not look at domain"),
        ("adapters", "from services.runtime.settings import Settings", "may not look at services"),
        ("services", "from tests.support import databases", "may not look at tests"),
    ],
)
def test_a_breach_is_found_with_file_and_line(room: str, source: str, reason: str) -> None:
    (found,) = breaches(room, source, f"{room}/new.py")
    assert found.startswith(f"{room}/new.py:{len(source.splitlines())} ")
    assert reason in found


def test_what_is_allowed_passes() -> None:
    assert not breaches("domain", "import uuid\nfrom pydantic import BaseModel\nfrom . import events", "x")
    assert not breaches("adapters", "import psycopg\nfrom projections.rows import Row", "x")


def test_no_test_module_imports_another() -> None:
    found = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        for module in modules_of(node)
        if module.split(".")[0] == "tests" and any(part.startswith("test_") for part in module.split("."))
    ]
    assert not found, "shared steps belong into actions.py or tests/support: " + ", ".join(found)


def modules_of(node: ast.AST) -> list[str]:
    """What an import may load, by its full name."""
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=module, names=names):
            return [f"{module or 'tests'}.{name.name}" for name in names]
        case _:
            return []


def test_only_the_unit_of_work_appends_to_the_log() -> None:
    """Decision 8: every other file records facts on a unit of work, and commits it."""
    found = [
        str(file.relative_to(ROOT))
        for room in ("services", "projections", "adapters/kafka", "adapters/whatsapp", "adapters/bot")
        for file in sorted((ROOT / room).rglob("*.py"))
        if _takes(ast.parse(file.read_text()), "domain.log.append", {"Append", "NewEvent"})
    ]
    assert found == ["services/write/unit_of_work.py"]


def _takes(tree: ast.AST, module: str, names: set[str]) -> bool:
    """Whether it imports one of these names, or the module itself, which has them all."""
    package, _, last = module.rpartition(".")
    return any(
        (isinstance(node, ast.Import) and any(alias.name == module for alias in node.names))
        or (
            isinstance(node, ast.ImportFrom)
            and any(
                (node.module == module and alias.name in names)
                or (node.module == package and alias.name == last)
                for alias in node.names
            )
        )
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from domain.log.append import Append", True),
        ("def f():\n    from domain.log import append", True),
        ("import domain.log.append as log", True),
        ("from domain.log.append import Conflict", False),
        ("from domain.log import port", False),
    ],
)
def test_what_could_append_is_found(source: str, found: bool) -> None:
    assert _takes(ast.parse(source), "domain.log.append", {"Append", "NewEvent"}) is found
