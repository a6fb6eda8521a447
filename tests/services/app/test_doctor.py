"""What `balcao doctor` says of the configuration alone."""

from pathlib import Path
from typing import Literal

import pytest

from services.app.doctor import findings
from services.runtime.settings import Settings
from tests.support.certificates import Authority


@pytest.mark.parametrize(("personal", "told"), [("clear", True), ("none", False)])
def test_the_doctor_tells_that_what_customers_write_leaves_in_clear(
    personal: Literal["clear", "none"], told: bool
) -> None:
    configuration = next(findings(Settings(_env_file=None, events_personal=personal)))
    assert configuration.what == "configuration"
    assert ("BALCAO_EVENTS_PERSONAL=clear" in configuration.advice) == told


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, True), (0o604, True)])
def test_the_doctor_tells_that_others_may_read_the_key_for_kafka(
    tmp_path: Path, mode: int, told: bool
) -> None:
    key = Authority(tmp_path).pair("client").key
    key.chmod(mode)
    configuration = next(findings(Settings(_env_file=None, kafka="k:9093", kafka_key=str(key))))
    assert (f"BALCAO_KAFKA_KEY: other users may read it; run chmod 600 {key}" in configuration.advice) == told
