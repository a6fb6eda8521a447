"""A receiver of webhooks and a simulator that posts to it."""

from collections.abc import Iterator

import pytest

from tests.services.simulator.processes import PNID, SimulatorProcess
from tests.services.simulator.receiver import Receiver


@pytest.fixture(scope="package")
def one_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="package")
def one_simulator(
    tmp_path_factory: pytest.TempPathFactory, one_receiver: Receiver
) -> Iterator[SimulatorProcess]:
    simulator = SimulatorProcess(tmp_path_factory.mktemp("simulator"), one_receiver.url)
    simulator.post("/numbers", {"phone_number_id": PNID, "business_name": "Loja Aurora"})
    yield simulator
    if simulator.process.poll() is None:
        simulator.kill()


@pytest.fixture
def simulator(one_simulator: SimulatorProcess, one_receiver: Receiver) -> SimulatorProcess:
    """The same process for all tests, emptied."""
    if one_simulator.process.poll() is not None:
        one_simulator.start()
    one_simulator.settle()
    one_simulator.post("/reset")
    one_receiver.clear()
    return one_simulator


@pytest.fixture
def receiver(one_receiver: Receiver, simulator: SimulatorProcess) -> Receiver:
    return one_receiver
