"""A simulator in a process of its own, to be driven and killed."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from adapters.whatsapp.graph import GraphApi
from tests.services.simulator.receiver import SECRET, TOKEN, VERIFY

PNID = "123450000000001"
ROOT = Path(__file__).parents[3]


class SimulatorProcess:
    """`balcao simulator` with its state in `folder`."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        self.folder, self._webhook_url = folder, webhook_url
        self.start()

    def start(self) -> None:
        command = [
            sys.executable, "-m", "services.cli", "simulator", "--port", "0", "--folder", str(self.folder),
            "--webhook-url", self._webhook_url, "--app-secret", SECRET, "--verify-token", VERIFY,
            "--token", TOKEN,
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.base = f"http://127.0.0.1:{self.port}/simulator"
        self.http = httpx2.Client(base_url=self.base, trust_env=False)
        self.graph = GraphApi(f"{self.base}/graph/v26.0", TOKEN)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self._over()

    def stop(self) -> int:
        self.process.terminate()
        return self._over()

    def _over(self) -> int:
        code = self.process.wait(10)
        self.http.close()
        self.graph.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def settle(self) -> None:
        """Wait until no webhook of an earlier test is under way."""
        self.post("/reset")
        time.sleep(0.05)

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"/v1{path}", params=query).raise_for_status().json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.http.post(f"/v1{path}", json=body).raise_for_status()
        return answer.json() if answer.content else None

    def faults(self, **knobs: Any) -> None:
        self.post("/faults", knobs)

    def phone(self, name: str = "Marina Teixeira", **more: Any) -> str:
        return str(self.post("/phones", {"name": name, **more})["wa_id"])

    def writes(self, wa_id: str, text: str) -> str:
        return str(self.post(f"/phones/{wa_id}/messages", {"text": text})["id"])

    def bubbles(self, wa_id: str, after: int = 0) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get(f"/phones/{wa_id}/messages", after=after)["items"]
        return items

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.get("/ledger")["calls"]
        return calls


def soon(seconds: float = 5.0) -> float:
    """A deadline for a call."""
    return time.monotonic() + seconds
