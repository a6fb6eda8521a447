"""Looking up quick replies among 5,000 while one types: each letter is a search, 20 a second."""

import time
from collections.abc import Iterator

import httpx2
import psycopg

from bench.figures import Figure, percentile
from bench.lists import ANA
from bench.system import System
from tests.support.waiting import until

REPLIES, AGENTS = 5_000, 60
RATE = 20
TYPED = ("/resp12", "endereço cep", "quem recebe", "prazo de reenvio", "não há", "obrigada pela espera")
"""Searches, typed letter by letter; some match every reply, some none."""

FILL = r"""
    insert into quick_replies_1 (
        tenant_id, quick_reply_id, name, shortcut, text, version, teams, versions, suggesters, state,
        revision, name_key, search, position, archived
    )
    select %(tenant)s, md5('r' || i)::uuid, name, 'resp' || i, text, 1,
        case when i %% 3 = 0 then array[md5('team' || i %% 7)::uuid] else '{}' end, '[]', '{}', 'approved',
        1, lower(name), lower(name) || E'\n/resp' || i || E'\n' || replace(lower(text), 'ç', 'c'), i, false
    from (
        select i, 'Resposta ' || md5(i::text) as name,
            repeat('Me manda o endereço completo com CEP e o nome de quem recebe, por favor? ', 1 + i %% 5)
            || case when i %% 20 = 0 then 'O prazo de reenvio chega a 2 dias.' else '' end as text
        from generate_series(1, %(replies)s) i
    ) made
"""
USES = """
    insert into quick_reply_uses_1 (tenant_id, quick_reply_id, agent_id, uses, last_used_at, position)
    select %(tenant)s, md5('r' || i)::uuid, case a when 1 then %(ana)s else md5('a' || a)::uuid end,
        i * a %% 97 + 1, now(), i
    from generate_series(1, %(replies)s) i, generate_series(1, %(agents)s) a where (i + a) %% 3 = 0
"""


def measure(measured: System, seconds: int) -> Iterator[Figure]:
    """`balcao api` and `balcao project` run already."""
    with psycopg.connect(measured.url, autocommit=True) as db:
        tenant, ana = until("Ana to be known", lambda: db.execute(ANA.encode()).fetchone())
        given = {"tenant": tenant, "ana": ana, "replies": REPLIES, "agents": AGENTS}
        db.execute(FILL.encode(), given)
        db.execute(USES.encode(), given)
        db.execute("vacuum analyze")
    with measured.running.agent() as client:
        took = _typed(client, seconds)
    what = f"quick replies at {REPLIES:,}, {RATE} look-ups/s"
    note = f"{len(took)} look-ups"
    yield Figure(f"{what}, p50", percentile(took, 50), "ms")
    yield Figure(f"{what}, p99", percentile(took, 99), "ms", most=20, note=note)


def _typed(client: httpx2.Client, seconds: int) -> list[float]:
    """Milliseconds of each answer, from the moment at which its letter was typed."""
    letters = [words[: end + 1] for words in TYPED for end in range(len(words))]
    for words in letters[:10]:
        client.get("/v1/quick-replies", params={"q": words})  # connections and plans
    took = []
    first = time.perf_counter()
    for n in range(RATE * seconds):
        due_at = first + n / RATE
        if (early := due_at - time.perf_counter()) > 0:
            time.sleep(early)
        answer = client.get("/v1/quick-replies", params={"q": letters[n % len(letters)]})
        took.append((time.perf_counter() - due_at) * 1000)
        assert answer.status_code == 200, answer.text
    return took
