"""One broker for all workers of a run: who needs it first starts it, the run's end stops it."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from adapters.kafka.broker import KafkaBroker


def need_java() -> None:
    """Leave the test out where there is no Java, unless this run has to prove that all is green."""
    missing = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if missing:
        reason = f"a broker needs {' and '.join(missing)}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def shared_broker(run: Path) -> str:
    """Bootstrap servers of the run's broker, started now if nobody did."""
    need_java()
    with (run / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = run / "kafka.json"
        if not known.exists():
            broker = KafkaBroker(run / "kafka")
            broker.start()
            known.write_text(json.dumps({"bootstrap": broker.bootstrap, "pid": broker.pid}))
        return str(json.loads(known.read_text())["bootstrap"])


def stop_shared_broker(run: Path) -> None:
    """Stop it, if it was started; it is no child of the process that ends the run."""
    if (run / "kafka.json").exists():
        KafkaBroker.end(json.loads((run / "kafka.json").read_text())["pid"])
