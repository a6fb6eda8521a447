"""Health and readiness, for load balancers and supervisors."""

from typing import Literal

from schemas.http import ResponseModel


class Follower(ResponseModel):
    """A worker: its lag behind the log and its last heartbeat."""

    name: str
    lag: int
    """Number of events that it has not handled yet."""

    heartbeat_age_s: float | None
    """Null if it never ran."""

    parked: int
    """Number of parked events, which it could not handle."""

    ok: bool


class Readiness(ResponseModel):
    """Whether all workers run; `parked` is the sum of their parked events."""

    ready: bool
    database: bool
    followers: list[Follower]
    parked: int


class Health(ResponseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"
