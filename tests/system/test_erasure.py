"""Half of the people are erased while all write and processes are killed; see `canaries`."""

from collections.abc import Callable
from pathlib import Path

from tests.support import counts
from tests.system.canaries import run

PEOPLE, KILLS = 4, 2


def test_no_canary_of_an_erased_person_is_left_and_each_of_the_others_is_there(
    data_folder: Path, record_property: Callable[[str, object], None]
) -> None:
    verdict = run(data_folder, PEOPLE, KILLS)
    record_property(counts.KILLS, verdict.kills)
    print(verdict.sentence)  # noqa: T201 (what it went through)
    assert verdict.wrong == []
    assert verdict.kills >= KILLS
