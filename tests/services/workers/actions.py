"""What tests of the workers wait for."""

from services.runtime.settings import Settings
from services.workers.project.project import status
from tests.support.waiting import until


def caught_up(settings: Settings) -> None:
    until("the head of the log", lambda: not any(one.lag for one in status(settings)))
