"""Faults of the simulator: on request, and the same ones for the same seed."""

import random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Chance = Annotated[float, Field(ge=0, le=1)]


class Faults(BaseModel):
    """Which faults occur, and how often; none by default.

    Before a message is accepted: `error_before` (500), `throttle` (429 with 130429), `pair_limit` (131056).
    After it was accepted: `timeout_after` (never answered), `error_after` (500), `answer_delay_ms`.
    Webhooks: `duplicate` (parallel copies), `shuffle` (any order), `delay_ms` (from, to), `batch` (all due
    ones in one request), `skip_delivered`, `status_first` (before the answer to the call).
    `window`: free text outside the 24 hours is refused at once, by a later webhook, or not at all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    duplicate: Annotated[int, Field(ge=1, le=20)] = 1
    duplicate_chance: Chance = 1.0
    shuffle: bool = False
    batch: bool = False
    delay_ms: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0, le=600_000)]] = (0, 0)
    answer_delay_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    timeout_after: Chance = 0.0
    error_after: Chance = 0.0
    error_before: Chance = 0.0
    throttle: Chance = 0.0
    pair_limit: Chance = 0.0
    skip_delivered: Chance = 0.0
    status_first: Chance = 0.0
    window: Literal["at_once", "later", "off"] = "at_once"
    enforce_pair_limit: bool = False
    status_form: Literal["v23", "v24"] = "v24"

    def dice(self, what: str, which: object) -> float:
        """Draw a number in [0, 1) from seed, fault and subject, whatever the order of calls."""
        return random.Random(f"{self.seed}:{what}:{which}").random()

    def happens(self, what: str, chance: float, which: object) -> bool:
        return self.dice(what, which) < chance

    def copies(self, webhook: int) -> int:
        return self.duplicate if self.dice("duplicate", webhook) < self.duplicate_chance else 1

    def delay_s(self, webhook: object) -> float:
        low, high = sorted(self.delay_ms)
        return (low + (high - low) * self.dice("delay", webhook)) / 1000
