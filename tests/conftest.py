"""What every test may ask for: a real PostgreSQL, a real broker, folders that their servers can reach."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from adapters.kafka.broker import KafkaBroker
from tests.support.databases import Emptied, make_database, temporary_database
from tests.support.servers import BIN_DIR, need_java, shared_broker, shared_postgres, stop_shared

# Not BALCAO_…: the product's processes refuse keys of that kind that they do not know.
RUN, PROFILE = "TESTS_FOLDER", "TESTS_HYPOTHESIS"
SHARED = {"browser", "breakable", "one_simulator"}
"""Fixtures whose tests run in one worker, because each would make its own."""

LONGEST = (
    "system/test_faults.py",
    "browser/",
    "laws/test_whole_system.py",
    "system/",
    "adapters/topics/",
    "services/app/",
    "laws/",
)
"""What takes longest, in this order."""

pytest_plugins = ["tests.support.counts"]

settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", max_examples=50, deadline=None)
settings.load_profile(
    os.environ.setdefault(
        PROFILE, os.environ.get("BALCAO_HYPOTHESIS") or ("ci" if os.environ.get("CI") else "dev")
    )
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run, which the workers find in their environment; servers start when needed."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if bin_dir := os.environ.get("BALCAO_TEST_PG_BIN"):
        os.environ[BIN_DIR] = bin_dir
    for key in [key for key in os.environ if key.startswith("BALCAO_")]:
        del os.environ[key]  # a developer's own settings must not reach the processes under test
    os.environ[RUN] = str(_reachable_folder())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started, and take its folder away."""
    if hasattr(config, "workerinput") or RUN not in os.environ:
        return
    run = Path(os.environ.pop(RUN))
    stop_shared(run)
    shutil.rmtree(run, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whoever uses a broker or a browser, so that `-m "not kafka"` leaves all of them out.

    Under `--dist loadgroup` what shares something that takes long to make runs in one worker, and what takes
    longest begins first: at the end no worker waits for another.
    """
    for item in items:
        wanted = set(getattr(item, "fixturenames", ()))
        if {"kafka", "own_kafka"} & wanted:
            item.add_marker(pytest.mark.kafka)
        if {"browser", "page"} & wanted:
            item.add_marker(pytest.mark.browser)
        for group in SHARED & wanted:
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """The place of a test in the order of the run."""
    begins = (n for n, name in enumerate(LONGEST) if item.nodeid.startswith(f"tests/{name}"))
    return next(begins, len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """The browser's driver leaves an event loop running in this thread; other tests do not see it."""
    if item.get_closest_marker("browser") is not None:
        return (yield)
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def server_url() -> str:
    """The PostgreSQL server of this run, as its superuser; not safe against a crash."""
    return shared_postgres(Path(os.environ[RUN]))


@pytest.fixture(scope="session")
def _worker_database(server_url: str) -> Emptied:
    return Emptied(make_database(server_url, migrated=True))


@pytest.fixture
def database_url(_worker_database: Emptied) -> str:
    """A migrated database without rows; the same one for each test of a worker."""
    _worker_database.empty()
    return _worker_database.url


@pytest.fixture
def fresh_database_url(request: pytest.FixtureRequest, server_url: str) -> Iterator[str]:
    """A database of the test's own: migrated, or nothing in it when parametrized with `"empty"`."""
    with temporary_database(server_url, migrated=getattr(request, "param", "migrated") != "empty") as url:
        yield url


@pytest.fixture(scope="session")
def kafka() -> str:
    """Bootstrap servers of a broker that all tests of the run share: take topics under `topic_prefix`."""
    return shared_broker(Path(os.environ[RUN]))


@pytest.fixture
def own_kafka() -> Iterator[KafkaBroker]:
    """A started broker of the test's own, which it may kill, stop and start again."""
    need_java()
    folder = _reachable_folder()
    broker = KafkaBroker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The machine's own Chromium, which asks nobody outside for anything."""
    found = [
        path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))
    ]
    if not found:
        reason = "there is no Chromium on this machine"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {"executable_path": found[0], "args": ["--no-sandbox", *quiet]}


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}."


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder for BALCAO_DATA or a server; unlike `tmp_path` open to the server's user when we are root."""
    folder = _reachable_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _reachable_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="balcao-test-"))
    folder.chmod(0o711)
    return folder
