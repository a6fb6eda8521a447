"""Routes of health, readiness and metrics: for supervisors, load balancers and Prometheus."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.follower_states import FollowerState, served_followers
from adapters.postgres.follow.heartbeats import PostgresHeartbeats
from domain.log.port import LogUnavailable
from schemas.health import Follower, Health, Readiness

SILENT_S = 6.0
"""A worker sends a heartbeat every second; after this time without one it counts as stopped."""

lag = Gauge("balcao_follower_lag_events", "Events that a follower has not handled yet.", ["follower"])
silence = Gauge("balcao_follower_silence_seconds", "Since a follower last said that it lives.", ["follower"])
parked = Gauge("balcao_follower_parked_events", "Events that a follower has parked.", ["follower"])
streams = Gauge("balcao_live_streams", "Open live streams of this process.")


@dataclass(frozen=True, slots=True)
class RequiredWorkers:
    """The workers that must run: followers of the log, and workers that follow topics or the clock.

    The assigner is required once a channel assigns automatically, and every worker that ever sent a
    heartbeat. `pool` is for health checks alone, so that load cannot fail them.
    """

    pool: QueryPool
    heartbeats: PostgresHeartbeats
    expected_followers: Sequence[str] = (
        "contacts",
        "directory",
        "publisher",
        "scheduled",
        "timeline",
        "timers",
        "workspace",
    )
    expected_heartbeats: Sequence[str] = ("bot-replies", "ingest", "schedule", "send")

    def readiness(self) -> Readiness:
        """Check that all required workers run."""
        try:
            states = {state.name: state for state in served_followers(self.pool)}
            ages = self.heartbeats.ages_s()
            expected = {*self.expected_heartbeats, *ages}
            if self.heartbeats.assignment_is_on():
                expected.add("assign")
        except LogUnavailable:
            return Readiness(ready=False, database=False, followers=[], parked=0)
        following = [_follower(state) for state in states.values()]
        following += [_silent(name) for name in self.expected_followers if name not in states]
        beating = [_beating(name, ages.get(name)) for name in sorted(expected)]
        return Readiness(
            ready=all(each.ok for each in following + beating),
            database=True,
            followers=following + beating,
            parked=sum(each.parked for each in following),
        )


def health_routes(workers: RequiredWorkers, viewers: Callable[[], int]) -> APIRouter:
    """Create the routes of health, readiness and metrics."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> Health:
        """Check that this process is alive."""
        return Health()

    @routes.get("/readyz", responses={503: {"model": Readiness}})
    def readyz(response: Response) -> Readiness:
        """Check that the database answers and all workers run.

        503 with the same body if not.
        """
        readiness = workers.readiness()
        response.status_code = 200 if readiness.ready else 503
        return readiness

    @routes.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """Get metrics for Prometheus.

        Contains no message content and no names.
        """
        try:
            for state in served_followers(workers.pool):
                lag.labels(state.name).set(state.lag)
                silence.labels(state.name).set(state.heartbeat_age_s)
                parked.labels(state.name).set(state.parked)
        except LogUnavailable:
            pass  # the metrics of this process alone are still useful
        streams.set(viewers())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _follower(state: FollowerState) -> Follower:
    return Follower(
        name=state.name,
        lag=state.lag,
        heartbeat_age_s=round(state.heartbeat_age_s, 1),
        parked=state.parked,
        ok=state.heartbeat_age_s < SILENT_S,
    )


def _silent(name: str) -> Follower:
    return Follower(name=name, lag=0, heartbeat_age_s=None, parked=0, ok=False)


def _beating(name: str, age_s: float | None) -> Follower:
    if age_s is None:
        return _silent(name)
    return Follower(name=name, lag=0, heartbeat_age_s=round(age_s, 1), parked=0, ok=age_s < SILENT_S)
