"""How late a snoozed ticket wakes, when thousands are due while customers write."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.postgres.log.event_log import PostgresLog
from bench.figures import Figure, percentile
from bench.system import System, fire, settings_of
from domain import streams
from domain.conversation.assign import assign
from domain.conversation.snooze import SnoozeRequest, snooze
from domain.conversation.state import Conversation
from domain.decision import Decision
from domain.log.append import Conflict
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork
from tests.support.waiting import until

TICKETS, WITHIN_S, RATE = 10_000, 60, 500
MEETING_RATE = 400
LEAD_S, LAST_S = 30.0, 30.0
BATCH = 500

STARTED = "select conversation_id from events where topic = 'conversation.started'"
KNOWN = "select position from positions where name = 'timers' and not building"
LATE = """
select extract(epoch from w.recorded_at - (convert_from(s.state, 'UTF8')::jsonb ->> 'until')::timestamptz)
    * 1000
from events w join events s on s.originator_id = w.originator_id and s.topic = 'conversation.snoozed'
where w.topic = 'conversation.woken'
"""


def measure(measured: System, tickets: int = TICKETS, within_s: int = WITHIN_S) -> list[Figure]:
    """`balcao api` and `balcao work` run already. The tickets stay snoozed on a reply."""
    fire(measured, "meet", MEETING_RATE, tickets / MEETING_RATE, customers=tickets)
    settings = settings_of(measured.running)
    with PostgresLog(measured.url, settings.master_key, pool_size=2) as log:
        met = _met(log, tickets)
        first = datetime.now(UTC) + timedelta(seconds=LEAD_S)
        hours = {id: first + timedelta(seconds=within_s * n / len(met)) for n, id in enumerate(met)}
        agent_id = log._ask("select id from directory where kind = 'agent' order by email limit 1", ())[0][0]
        for batch in _batches(met):
            _snooze_all(log, batch, hours, agent_id)
        # Hours are chosen long before they come: what is measured is not how fast timers are learnt.
        head = log.head()
        until("the timers", lambda: log._ask(KNOWN, ())[0][0] >= head, LEAD_S)
        spent = measured.spent()
        shots = fire(measured, "due", RATE, LEAD_S + within_s)
        until("the last ones", lambda: len(log._ask(LATE, ())) >= len(met), LAST_S)
        used = spent.seconds()
        late = [float(row[0]) for row in log._ask(LATE, ())]
    what = f"{len(met):,} tickets due in {within_s} s at {RATE} messages/s"
    note = ", ".join(f"{name} {seconds / (LEAD_S + within_s):.0%} CPU" for name, seconds in used.items())
    return [
        Figure(f"{what}, messages refused", shots.refused, "messages", most=0),
        Figure(f"{what}, not back or twice", abs(len(met) - len(late)), "tickets", most=0),
        Figure(f"{what}, late p50", percentile(late, 50), "ms"),
        Figure(f"{what}, late p99", percentile(late, 99), "ms", most=1000, bar="≤ 1,000", note=note),
        Figure(f"{what}, late at most", max(late), "ms", bar="≤ 1,000"),
    ]


def _met(log: PostgresLog, tickets: int) -> list[UUID]:
    """The conversations, once all of them have begun."""
    until("the customers", lambda: len(log._ask(STARTED, ())) >= tickets, 120.0)
    return [row[0] for row in log._ask(STARTED, ())]


def _snooze_all(log: PostgresLog, ids: Sequence[UUID], hours: dict[UUID, datetime], agent_id: UUID) -> None:
    """Let Ana take and snooze them, in one append."""
    cache = StreamCache(log)
    tenant_id = log._ask("select tenant_id from directory where id = %s", (agent_id,))[0][0]
    while True:
        cache.load(ids, streams.conversation)
        unit = UnitOfWork(cache)
        for id in ids:
            for decide in (_take, _snooze):
                state = unit.conversation(id).state
                assert state is not None, "it was met"
                facts, origin = decide(state, hours[id], agent_id), Origin(tenant_id, f"agent:{agent_id}")
                unit.record(id, facts, streams.conversation, origin, id, state.contact_id)
        if not isinstance(unit.commit(), Conflict):
            return


def _take(state: Conversation, _: datetime, agent_id: UUID) -> Decision:
    return assign(state, agent_id, agent_id, state.control)


def _snooze(state: Conversation, until: datetime, agent_id: UUID) -> Decision:
    at = datetime.now(UTC)
    request = SnoozeRequest(until, "America/Sao_Paulo", stays_on_reply=True)
    return snooze(state, request, agent_id, at, state.control)


def _batches(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
