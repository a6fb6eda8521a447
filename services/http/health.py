"""Is it alive, is it of use, how does it do: for supervisors, balancers and Prometheus."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from adapters.postgres.followers import FollowerState, PostgresFollowers
from domain.log import LogUnavailable
from schemas.http import Follower, Health, Readiness

SILENT_S = 6.0
"""A follower says that it lives every second; after this silence it counts as stopped."""

lag = Gauge("balcao_follower_lag_events", "Events that a follower has not handled yet.", ["follower"])
silence = Gauge("balcao_follower_silence_seconds", "Since a follower last said that it lives.", ["follower"])
parked = Gauge("balcao_follower_parked_events", "Events that a follower has put aside.", ["follower"])
streams = Gauge("balcao_live_streams", "Open live streams of this process.")


def health_routes(
    followers: PostgresFollowers, expected: Sequence[str], viewers: Callable[[], int]
) -> APIRouter:
    """`expected` are the followers without which this installation is not of use."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> Health:
        """This process runs."""
        return Health()

    @routes.get("/readyz", responses={503: {"model": Readiness}})
    def readyz(response: Response) -> Readiness:
        """The database answers, and every follower of the log is at work; 503 if not."""
        readiness = _readiness(followers, expected)
        response.status_code = 200 if readiness.ready else 503
        return readiness

    @routes.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """For Prometheus; no content, no names of people."""
        try:
            for state in followers.states():
                lag.labels(state.name).set(state.lag)
                silence.labels(state.name).set(state.heartbeat_age_s)
                parked.labels(state.name).set(state.parked)
        except LogUnavailable:
            pass  # what this process counts by itself is told all the same
        streams.set(viewers())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _readiness(followers: PostgresFollowers, expected: Sequence[str]) -> Readiness:
    try:
        states = {state.name: state for state in followers.states()}
    except LogUnavailable:
        return Readiness(ready=False, database=False, followers=[], parked=0)
    found = [_follower(state) for state in states.values()]
    missing = [
        Follower(name=name, lag=0, heartbeat_age_s=None, parked=0, ok=False)
        for name in expected
        if name not in states
    ]
    return Readiness(
        ready=not missing and all(follower.ok for follower in found),
        database=True,
        followers=[*found, *missing],
        parked=sum(follower.parked for follower in found),
    )


def _follower(state: FollowerState) -> Follower:
    return Follower(
        name=state.name,
        lag=state.lag,
        heartbeat_age_s=round(state.heartbeat_age_s, 1),
        parked=state.parked,
        ok=state.heartbeat_age_s < SILENT_S,
    )
