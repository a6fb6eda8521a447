"""Routes of health, readiness and metrics: for supervisors, load balancers and Prometheus."""

import asyncio
import hmac
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

import psycopg
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.connection.failures import DiskFull, ReadOnly
from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool
from adapters.postgres.connection.write_check import check_room
from adapters.postgres.follow.follower_states import FollowerState, all_followers, count_unreadable
from adapters.postgres.follow.heartbeats import Heartbeat, assignment_is_on, beat, heartbeats
from adapters.postgres.schema.migrate import LogMoved, SchemaRefused, check_log
from adapters.postgres.topics.topic_states import MeasuredStates, load_states
from domain.log.port import LogUnavailable
from schemas.health import Follower, Health, Readiness
from schemas.topics import INBOUND, Topics, TopicsRefused, TopicsUnavailable
from services.http.answers.topics import topic_lags, topic_problems, topic_warnings
from services.http.edge.problems import Refused
from services.runtime.addresses import is_loopback
from services.runtime.clock import Clock, skew_alarm, utc_now
from services.runtime.shared_check import SharedCheck

FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
"""Headers of a proxy: what comes through one on this machine is not from this machine."""

ANSWER_S = 1.2
"""Whoever asks is answered within two seconds."""

AGAIN_FOR_S, AGAIN_S = 0.7, 0.05
"""A pool is asked again for so long: a burst of requests may have all of its connections."""

SILENT_S = 6.0
"""A worker sends a heartbeat every second; after this time without one it counts as stopped."""

LAGS_EVENTS = 1_000
LITTLE_ROOM_BYTES = 1_000_000_000
PROCESS = "api"

FOLLOWERS = (
    "contacts",
    "directory",
    "participants",
    "publisher",
    "quick_replies",
    "quick_reply_uses",
    "scheduled",
    "templates",
    "timeline",
    "timers",
    "workspace",
)
WORKERS = ("bot-replies", "ingest", "schedule", "send")

lag = Gauge("balcao_follower_lag_events", "Events that a follower has not handled yet.", ["follower"])
silence = Gauge("balcao_follower_silence_seconds", "Since a follower last said that it lives.", ["follower"])
parked = Gauge("balcao_follower_parked_events", "Events that a follower has parked.", ["follower"])
unreadable = Gauge("balcao_unreadable_events", "Events of the log that followers could not read.")
streams = Gauge("balcao_live_streams", "Open live streams of this process.")
ready = Gauge("balcao_ready", "1 if /readyz answers 200.")
answers = Gauge("balcao_pool_answers", "1 if a pool of this process got an answer of the database.", ["pool"])
worker_silence = Gauge("balcao_worker_silence_seconds", "Since a worker last sent a heartbeat.", ["worker"])
skew = Gauge(
    "balcao_clock_skew_seconds", "How far the database's clock is ahead of that of a process.", ["process"]
)
unread = Gauge("balcao_topic_unread_records", "Records that our group has not read yet.", ["topic", "group"])
oldest = Gauge(
    "balcao_topic_oldest_unread_seconds",
    "Age of the oldest record that our group has not read.",
    ["topic", "group"],
)
stopped = Gauge("balcao_topic_stopped_partitions", "Partitions whose next record is not there.", ["topic"])
topic_parked = Gauge(
    "balcao_topic_parked_records", "Parked records, neither replayed nor dropped.", ["topic"]
)
free_bytes = Gauge("balcao_disk_free_bytes", "Free space on the disk of the embedded database.")


@dataclass(frozen=True, slots=True)
class ReportedWorkers:
    """What the database knows of followers and workers."""

    followers: Sequence[FollowerState]
    rebuilding: Sequence[FollowerState]
    heartbeats: Sequence[Heartbeat]
    assigns: bool
    topics: MeasuredStates | None
    unreadable: int


@dataclass
class HealthChecks:
    """Checks through the pools that serve, each one at a time, so that asking often or long costs nothing.

    The assigner is required once a channel assigns automatically, and every worker that ever sent a
    heartbeat. `disk` is the folder of an embedded database, `broker` the topics when they are not in the
    database.
    """

    queries: AsyncQueryPool
    threads: QueryPool
    log: LogDatastore
    now: Clock
    disk: Path | None = None
    broker: Topics | None = None
    _reported: ReportedWorkers | None = None
    _clock_skew_s: float | None = None
    _free_bytes: int | None = None
    _checks: Mapping[str, SharedCheck[str]] = field(init=False)

    def __post_init__(self) -> None:
        checks: dict[str, Callable[[], Awaitable[str]]] = {
            "queries": partial(_problem, self._read_workers),
            "threads": partial(_problem, partial(asyncio.to_thread, self._ask_in_thread)),
            "log": partial(_problem, partial(asyncio.to_thread, self._write)),
        }
        if self.disk is not None:
            checks["disk"] = partial(_problem, partial(asyncio.to_thread, self._measure_disk))
        if self.broker is not None:
            checks["topics"] = partial(_problem, partial(asyncio.to_thread, self._ask_broker))
        self._checks = {name: SharedCheck(check) for name, check in checks.items()}

    async def readiness(self) -> Readiness:
        """Check everything, within `ANSWER_S`; what did not answer is named."""
        problems = await self._run_checks()
        reported = self._reported if not problems["queries"] else None
        workers = list(_workers(reported)) if reported is not None else []
        named = [f"{name}: {problem}" for name, problem in problems.items() if problem]
        named += [f"{worker.name}: {_silence(worker)}" for worker in workers if not worker.ok]
        measured = reported.topics if reported is not None else None
        named += topic_problems(measured)
        result = Readiness(
            ready=not named,
            database=not any(problems.get(pool) for pool in ("queries", "threads", "log")),
            followers=workers,
            parked=sum(worker.parked for worker in workers),
            topics=list(topic_lags(measured, self.now())),
            problems=named,
            warnings=[*self._warnings(workers), *topic_warnings(measured, self.now())],
            clock_skew_s=None if self._clock_skew_s is None else round(self._clock_skew_s, 1),
        )
        self._measure(problems, result)
        return result

    async def _run_checks(self) -> dict[str, str]:
        """Return the problem of each check, empty if there is none."""
        results = await asyncio.gather(*(check.result(ANSWER_S) for check in self._checks.values()))
        silent = f"no answer within {ANSWER_S} s"
        return {
            name: silent if problem is None else problem
            for name, problem in zip(self._checks, results, strict=True)
        }

    def _warnings(self, workers: Sequence[Follower]) -> Iterator[str]:
        if self._reported is not None and (count := self._reported.unreadable):
            yield f"log: {count} events cannot be read; see `balcao doctor --deep`"
        for table in self._reported.rebuilding if self._reported is not None else ():
            yield f"{table.name}: rebuilt up to {table.position} of {table.head}, the one before serves"
        for worker in workers:
            if worker.parked:
                yield f"{worker.name}: {worker.parked} parked events; see `balcao project status`"
            if worker.lag > LAGS_EVENTS:
                yield f"{worker.name}: {worker.lag} events behind"
        skews = [(PROCESS, self._clock_skew_s), *((worker.name, worker.clock_skew_s) for worker in workers)]
        for name, skew_s in skews:
            if skew_s is not None and (alarm := skew_alarm(skew_s)) is not None:
                yield f"{name}: its {alarm}"
        if self._free_bytes is not None and self._free_bytes < LITTLE_ROOM_BYTES:
            yield f"disk: {self._free_bytes // 1_000_000} MB are free"

    def _measure(self, problems: Mapping[str, str], readiness: Readiness) -> None:
        ready.set(readiness.ready)
        if self._reported is not None:
            unreadable.set(self._reported.unreadable)
        for name, problem in problems.items():
            if name != "disk":
                answers.labels(name).set(not problem)
        for worker in readiness.followers:
            if worker.heartbeat_age_s is None:
                continue
            if worker.name in FOLLOWERS:
                lag.labels(worker.name).set(worker.lag)
                silence.labels(worker.name).set(worker.heartbeat_age_s)
                parked.labels(worker.name).set(worker.parked)
            else:
                worker_silence.labels(worker.name).set(worker.heartbeat_age_s)
            if worker.clock_skew_s is not None:
                skew.labels(worker.name).set(worker.clock_skew_s)
        for topic in readiness.topics:
            if topic.group is not None:
                unread.labels(topic.topic, topic.group).set(topic.unread)
                oldest.labels(topic.topic, topic.group).set(topic.oldest_age_s or 0)
                stopped.labels(topic.topic).set(len(topic.stopped))
            topic_parked.labels(topic.topic).set(topic.parked)
        if self._clock_skew_s is not None:
            skew.labels(PROCESS).set(self._clock_skew_s)
        if self._free_bytes is not None:
            free_bytes.set(self._free_bytes)

    async def _read_workers(self) -> None:
        self._reported = ReportedWorkers(
            *await self._followers(),
            [each for each in await heartbeats(self.queries) if each.name != PROCESS],
            await assignment_is_on(self.queries),
            await load_states(self.queries),
            await count_unreadable(self.queries),
        )

    async def _followers(self) -> tuple[list[FollowerState], list[FollowerState]]:
        """Read the states of those that are served from, and of those that are being rebuilt."""
        states = await all_followers(self.queries)
        return [one for one in states if not one.building], [one for one in states if one.building]

    def _ask_in_thread(self) -> None:
        self.threads.read(lambda db: db.execute("select 1").fetchone())

    def _write(self) -> None:
        with self.log.checkout() as db:
            check_log(db)
            check_room(db)
            self._clock_skew_s = beat(db, PROCESS, utc_now.local())

    def _ask_broker(self) -> None:
        assert self.broker is not None
        self.broker.bounds(INBOUND)

    def _measure_disk(self) -> None:
        assert self.disk is not None
        self._free_bytes = shutil.disk_usage(self.disk).free


def health_routes(checks: HealthChecks, viewers: Callable[[], int], metrics_token: str) -> APIRouter:
    """Create the routes of health, readiness and metrics."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> Health:
        """Check that this process is alive."""
        return Health()

    @routes.get("/readyz", responses={503: {"model": Readiness}})
    async def readyz(response: Response) -> Readiness:
        """Check that this process gets answers of the database and that all workers run.

        Answers within two seconds, whatever hangs; 503 with the same body if something is wrong.
        """
        readiness = await checks.readiness()
        response.status_code = 200 if readiness.ready else 503
        return readiness

    @routes.get("/metrics", response_class=PlainTextResponse)
    async def metrics(request: Request) -> Response:
        """Get metrics for Prometheus, within two seconds.

        Contains no message content and no names. Needs the bearer token `BALCAO_METRICS_TOKEN`; where none is
        set, only this machine may ask, and not through a proxy.

        401 `metrics_token_required`
        """
        _require_metrics_access(request, metrics_token)
        await checks.readiness()
        streams.set(viewers())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _require_metrics_access(request: Request, token: str) -> None:
    """Allow whoever has the token; without a token to have, whoever is on this machine.

    Raises:
        Refused: 401
    """
    if token:
        given = request.headers.get("authorization", "")
        allowed = hmac.compare_digest(given.encode(errors="replace"), f"Bearer {token}".encode())
    else:
        here = request.client is not None and is_loopback(request.client.host)
        allowed = here and not any(name in request.headers for name in FORWARDED)
    if not allowed:
        title = "Send BALCAO_METRICS_TOKEN as a bearer token; where none is set, only this machine may ask"
        raise Refused(401, "metrics_token_required", title, {"WWW-Authenticate": "Bearer"})


async def _problem(work: Callable[[], Awaitable[None]]) -> str:
    """Return why `work` fails, in words that tell strangers nothing; empty if it does not."""
    until = monotonic() + AGAIN_FOR_S
    while True:
        try:
            await work()
            return ""
        except DiskFull:
            return "the disk of the database is full"
        except ReadOnly:
            return "the database takes no writes: a standby, or read-only"
        except LogMoved:
            return "restored, or moved to another server: run `balcao migrate --restored`"
        except LogUnavailable:
            if monotonic() > until:
                return "no connection, or the database refuses"
            await asyncio.sleep(AGAIN_S)
        except TopicsRefused as refused:
            return f"Kafka does not let us in: {refused.why}"
        except TopicsUnavailable:
            return "the broker does not answer"
        except (psycopg.Error, SchemaRefused, OSError) as error:
            return f"refused ({type(error).__name__})"


def _workers(reported: ReportedWorkers) -> Iterator[Follower]:
    """Yield the followers, then the other workers: those that report, and those that should."""
    states = {state.name for state in reported.followers}
    for state in reported.followers:
        yield Follower(
            name=state.name,
            lag=state.lag,
            heartbeat_age_s=round(state.heartbeat_age_s, 1),
            parked=state.parked,
            ok=state.heartbeat_age_s < SILENT_S,
        )
    for name in FOLLOWERS:
        if name not in states:
            yield _never_ran(name)
    beats = {heartbeat.name: heartbeat for heartbeat in reported.heartbeats}
    for name in sorted({*WORKERS, *beats, *(["assign"] if reported.assigns else [])}):
        yield _beating(beats[name]) if name in beats else _never_ran(name)


def _beating(heartbeat: Heartbeat) -> Follower:
    return Follower(
        name=heartbeat.name,
        lag=0,
        heartbeat_age_s=round(heartbeat.age_s, 1),
        parked=0,
        ok=heartbeat.age_s < SILENT_S,
        clock_skew_s=None if heartbeat.clock_skew_s is None else round(heartbeat.clock_skew_s, 1),
    )


def _never_ran(name: str) -> Follower:
    return Follower(name=name, lag=0, heartbeat_age_s=None, parked=0, ok=False)


def _silence(worker: Follower) -> str:
    age_s = worker.heartbeat_age_s
    return "never ran" if age_s is None else f"silent for {age_s:.0f} s"
