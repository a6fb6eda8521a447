"""How fast a webhook is answered while messages come in at a constant rate; answered means durable."""

from bench.figures import Figure, percentile
from bench.system import System, fire

RATE, SECONDS = 500, 20
WARM_UP = 200


def measure(measured: System, rate: int = RATE, seconds: int = SECONDS) -> list[Figure]:
    """`balcao api` and `balcao work` run already."""
    fire(measured, "warm", WARM_UP, 2)
    spent = measured.spent()
    shots = fire(measured, f"web{rate}", rate, seconds)
    used = spent.seconds()
    answers = shots.answers_ms
    what = f"webhook answer at {rate} items/s"
    asked = rate == RATE
    note = ", ".join(f"{name} {seconds_used / seconds:.0%} CPU" for name, seconds_used in used.items())
    return [
        Figure(f"{what}, refused", shots.refused, "requests", most=0),
        Figure(f"{what}, p50", percentile(answers, 50), "ms", bar="10 at 1,000/s"),
        Figure(
            f"{what}, p99",
            percentile(answers, 99),
            "ms",
            most=100 if asked else None,
            bar="100 at 1,000/s",
            note=note,
        ),
        Figure(f"{what}, longest", max(answers), "ms"),
    ]
