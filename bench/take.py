"""How long fifty agents wait who take one ticket at the same moment: one gets it, the others learn who."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx2
from argon2 import PasswordHasher

from adapters.postgres.log.event_log import PostgresLog
from bench.figures import Figure, percentile
from bench.system import System, fire, settings_of
from services.access.passwords import KIND
from services.app.demo import COMPANY
from services.commands.installation import InstallationCommands

AGENTS, ROUNDS = 50, 20
PASSWORD = "uma senha de medida"


def measure(measured: System, agents: int = AGENTS, rounds: int = ROUNDS) -> list[Figure]:
    """`balcao api` and `balcao work` run already."""
    emails = _hired(measured, agents)
    fire(measured, "take", 20, rounds / 20, customers=rounds)
    took: list[float] = []
    owned = 0
    with ExitStack() as logged_in, ThreadPoolExecutor(agents) as pool:
        people = [logged_in.enter_context(measured.running.agent(email, PASSWORD)) for email in emails]
        for _ in range(rounds):
            answers = _taken(people, pool, took)
            owned += sorted(answers) == [200] + [409] * (agents - 1)
    what = f"{agents} agents take one ticket"
    return [
        Figure(f"{what}, rounds without exactly one owner", rounds - owned, "rounds", most=0),
        Figure(f"{what}, answer p50", percentile(took, 50), "ms"),
        Figure(f"{what}, answer p99", percentile(took, 99), "ms", note=f"{len(took)} answers"),
    ]


def _hired(measured: System, agents: int) -> list[str]:
    """So many people more; one hash for all, because a password costs a core for a while."""
    hashed = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD).encode()
    emails = [f"pessoa{n}@example.com" for n in range(agents)]
    with PostgresLog(measured.url, settings_of(measured.running).master_key, pool_size=1) as log:
        administration = InstallationCommands(log, "system:bench")
        tenant_id = administration.tenant_named(COMPANY)
        for email in emails:
            agent_id = administration.add_agent(tenant_id, email.partition("@")[0].title(), email, "agent")
            log.secrets.put(KIND, agent_id, hashed)
    return emails


def _taken(people: Sequence[httpx2.Client], pool: ThreadPoolExecutor, took: list[float]) -> list[int]:
    """All of them take the first ticket of the queue, as they saw it; how each was answered."""
    ticket = people[0].get("/v1/tickets", params={"view": "queue", "limit": 1}).json()["items"][0]
    path = f"/v1/conversations/{ticket['conversation_id']}/assignee"
    seen = {"If-Match": f'"{ticket["control"]}"'}
    ready = threading.Barrier(len(people))

    def take(person: httpx2.Client) -> int:
        me = person.get("/v1/me").json()["id"]
        ready.wait()
        began = time.perf_counter()
        answer = person.put(path, json={"assignee_id": me}, headers=seen)
        took.append((time.perf_counter() - began) * 1000)
        return answer.status_code

    return list(pool.map(take, people))
