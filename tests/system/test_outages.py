"""What goes away for some seconds comes back by itself, with all its parts; the long ones: `make faults`."""

from pathlib import Path

from tests.system.installation import BOT_NUMBER, installation
from tests.system.outages import Outages
from tests.system.parts import give_by_rule
from tests.system.servers import Machine


def test_after_an_outage_every_part_works_again_by_itself(data_folder: Path) -> None:
    with (
        Machine.running(data_folder, small_disk=True) as machine,
        installation(data_folder, machine.database_url) as running,
    ):
        running.balcao("channel", "add", "--phone-number-id", BOT_NUMBER, "--name", "Robô", "--bot")
        running.start("api", "work", "bot")
        give_by_rule(running)
        with Outages.of(running, machine, seed=1) as outages:
            outages.in_time = False
            for outage in (
                outages.of_postgres_stopped(5.0),
                outages.of_process("work", 7.5),
                outages.of_idle_connections(2.0),
                outages.of_poison(),
            ):
                assert outages.go_through(outage).wrong == []
