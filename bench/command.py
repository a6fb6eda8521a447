"""How long an agent waits for the answer to a command, and for a list, while customers write."""

import threading
import time
import uuid

import httpx2

from bench.figures import Figure, percentile
from bench.system import System, fire

RATES = (100, 250, 500, 1_000)
"""From few messages to those of the bar: where two cores are full, it is seen up to which rate it holds."""

EVERY_S = 0.1


def measure(measured: System, rate: int, seconds: int) -> list[Figure]:
    """Ana marks a ticket answered and unanswered in turns. `balcao api` and `balcao work` run already."""
    took: list[float] = []
    listed: list[float] = []
    over = threading.Event()
    with measured.running.agent() as client:
        working = threading.Thread(target=_work, args=[client, _ticket(client), took, listed, over])
        working.start()
        fire(measured, f"cmd{rate}", rate, seconds)
        over.set()
        working.join()
    what = f"command → answer at {rate} messages/s"
    return [
        Figure(f"{what}, p50", percentile(took, 50), "ms", bar="≤ 5"),
        Figure(f"{what}, p99", percentile(took, 99), "ms", bar="≤ 25", note=f"{len(took)} commands"),
        Figure(f"ticket list at {rate} messages/s, p50", percentile(listed, 50), "ms", bar="≤ 8"),
        Figure(f"ticket list at {rate} messages/s, p99", percentile(listed, 99), "ms", bar="≤ 20"),
    ]


def _ticket(client: httpx2.Client) -> str:
    items = client.get("/v1/tickets", params={"view": "queue"}).json()["items"]
    return str(items[0]["conversation_id"])


def _work(
    client: httpx2.Client, conversation_id: str, took: list[float], listed: list[float], over: threading.Event
) -> None:
    answered = False
    while not over.wait(EVERY_S):
        answered = not answered
        began = time.perf_counter()
        answer = client.put(
            f"/v1/conversations/{conversation_id}/answered",
            json={"answered": answered},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code < 300, answer.text
        began = time.perf_counter()
        answer = client.get("/v1/tickets", params={"view": "queue"})
        listed.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
