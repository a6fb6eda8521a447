"""Whether it lives and works, as balancers and supervisors ask it."""

from typing import Literal

from schemas.http import Answer


class Follower(Answer):
    """One that works behind this interface: how far behind the log, and when it last said that it lives."""

    name: str
    lag: int
    """Events that it has not handled yet."""

    heartbeat_age_s: float | None
    """Null for one that was never there."""

    parked: int
    """Events that it set aside for a person to look at."""

    ok: bool


class Readiness(Answer):
    """Whether everybody is at work; `parked` counts the events set aside by all."""

    ready: bool
    database: bool
    followers: list[Follower]
    parked: int


class Health(Answer):
    """This process answers."""

    status: Literal["ok"] = "ok"
