"""The servers that all workers of a run share: who needs one first starts it, the run's end stops it."""

import fcntl
import json
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.kafka.broker import KafkaBroker
from adapters.postgres.server.embedded import EmbeddedPostgres
from tests.support.waiting import until

# Not BALCAO_…: the product's processes refuse keys of that kind that they do not know.
BIN_DIR = "TESTS_PG_BIN"


def shared_postgres(run: Path) -> str:
    """URL of the run's PostgreSQL as its superuser; not safe against a crash of the machine."""
    return _shared(run, "postgres", _start_postgres)


def shared_broker(run: Path) -> str:
    """Bootstrap servers of the run's Kafka."""
    need_java()
    return _shared(run, "kafka", _start_broker)


def need_java() -> None:
    """Leave the test out where there is no Java, unless this run has to prove that all is green."""
    missing = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if missing:
        reason = f"a broker needs {' and '.join(missing)}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def find_program(name: str) -> str:
    """The path of a program of the system; leaves the test out without it, as `need_java`."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        reason = f"there is no {name} on this machine"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    assert found is not None
    return found


def stop_shared(run: Path) -> None:
    """Stop what was started; the servers are no children of the process that ends the run."""
    if (kafka := _known(run, "kafka")) is not None:
        KafkaBroker.end(kafka["pid"])
    if (postgres := _known(run, "postgres")) is not None:
        with suppress(ProcessLookupError):
            os.kill(postgres["pid"], signal.SIGINT)
        until("the end of PostgreSQL", lambda: EmbeddedPostgres.find(run / "postgres") is None, 60.0)


def _shared(run: Path, name: str, start: Callable[[Path], tuple[str, int]]) -> str:
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (known := _known(run, name)) is None:
            where, pid = start(run / name)
            known = {"where": where, "pid": pid}
            (run / f"{name}.json").write_text(json.dumps(known))
        return str(known["where"])


def _known(run: Path, name: str) -> dict[str, Any] | None:
    file = run / f"{name}.json"
    known: dict[str, Any] | None = json.loads(file.read_text()) if file.exists() else None
    return known


def _start_postgres(folder: Path) -> tuple[str, int]:
    bin_dir = os.environ.get(BIN_DIR)
    server = EmbeddedPostgres(
        durable=False,
        bin_dir=Path(bin_dir) if bin_dir else None,
        settings={"max_connections": "500", "shared_buffers": "128MB"},
    )
    return server.start(folder), server.pid


def _start_broker(folder: Path) -> tuple[str, int]:
    broker = KafkaBroker(folder)
    return broker.start(), broker.pid
