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

    clock_skew_s: float | None = None
    """How far the database's clock is ahead of the worker's; null for followers of the log."""


class Readiness(ResponseModel):
    """Whether this process and all workers can work; `parked` is the sum of their parked events."""

    ready: bool
    database: bool
    """Whether the database answered this process."""

    followers: list[Follower]
    parked: int

    problems: list[str]
    """What makes it not ready, each beginning with the name of the part."""

    warnings: list[str]
    """What needs a person but stops nothing yet, in the same form."""

    clock_skew_s: float | None = None
    """How far the database's clock is ahead of this process's."""


class Health(ResponseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"
