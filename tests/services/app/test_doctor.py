"""What `balcao doctor` says of the configuration alone."""

from typing import Literal

import pytest

from services.app.doctor import findings
from services.runtime.settings import Settings


@pytest.mark.parametrize(("personal", "told"), [("clear", True), ("none", False)])
def test_the_doctor_tells_that_what_customers_write_leaves_in_clear(
    personal: Literal["clear", "none"], told: bool
) -> None:
    configuration = next(findings(Settings(_env_file=None, events_personal=personal)))
    assert configuration.what == "configuration"
    assert ("BALCAO_EVENTS_PERSONAL=clear" in configuration.advice) == told
