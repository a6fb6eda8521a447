"""`balcao serve` as a process, for tests."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen


def clean_environment() -> dict[str, str]:
    """The environment of this process without settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}


class Serving:
    """One `balcao serve` on a data folder."""

    def __init__(self, data: Path, port: int) -> None:
        environment = {
            **clean_environment(),
            "BALCAO_DATA": str(data),
            "BALCAO_PORT": str(port),
        }
        self.data, self.port = data, port
        self.errors = data.parent / f"serve-{time.monotonic_ns()}.log"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "serve"],
                env=environment,
                cwd=data.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    def ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()[-4000:]
        said = json.loads(line)
        assert isinstance(said, dict)
        return said

    def children(self) -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        return [int(pid) for pid in found.stdout.split()]

    def answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(10)
