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


class TopicLag(ResponseModel):
    """How far our own consumer group is in a topic, as measured a few seconds ago."""

    topic: str
    group: str | None
    """Null when nobody of ours reads it."""

    unread: int
    """Number of records that the group has not read yet."""

    oldest_age_s: float | None
    """Age of the oldest unread record; null if there is none."""

    parked: int
    """Number of records that could not be processed, and were neither replayed nor dropped."""

    stopped: list[int]
    """Partitions whose next record is not there any more."""


class Readiness(ResponseModel):
    """Whether this process and all workers can work; `parked` is the sum of their parked events."""

    ready: bool
    database: bool
    """Whether the database answered this process."""

    followers: list[Follower]
    parked: int

    topics: list[TopicLag]
    """Empty until they were measured."""

    problems: list[str]
    """What makes it not ready, each beginning with the name of the part."""

    warnings: list[str]
    """What needs a person but stops nothing yet, in the same form."""

    clock_skew_s: float | None = None
    """How far the database's clock is ahead of this process's."""


class Health(ResponseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"
