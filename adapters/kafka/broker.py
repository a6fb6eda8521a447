"""An Apache Kafka broker on this machine, for development and tests."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VERSION = "4.4.0"
FILES = Path(__file__).parent / "broker_files"
START_S = 90.0
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={logs}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# A killed broker can register again only after its former session has expired.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


class BrokerFailed(RuntimeError):
    """The broker cannot be installed or does not start; the text says why."""


def jars() -> Path:
    """Return the folder with Kafka's jars; Maven fetches them once into the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "balcao"
    target = cache / f"kafka-{VERSION}"
    if target.is_dir():
        return target
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise BrokerFailed(f"Kafka needs `{program}`: install a JRE (17 or newer) and Maven")
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=cache, prefix="new-"))
    fetch = ["mvn", "-q", "-B", "-f", str(FILES / "pom.xml"), "dependency:copy-dependencies"]
    fetched = subprocess.run(
        [*fetch, f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"], capture_output=True, text=True
    )
    if fetched.returncode != 0:
        shutil.rmtree(fresh)
        raise BrokerFailed(f"Maven could not fetch Kafka {VERSION}:\n{fetched.stdout[-2000:]}")
    try:
        fresh.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(fresh)
    return target


class KafkaBroker:
    """A broker (KRaft: broker and controller in one process) with its data in one folder.

    It can be stopped or killed and started again, on the same port with the same data. `more` are properties
    for a new folder, which may name `{port}` and `{controller}`; `users` have passwords for SCRAM-SHA-512.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        more: str = "",
        users: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = Path(folder).absolute()
        self._port = port
        self._more, self._users = more, users or {}
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Address that clients connect to."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the broker."""
        if self._child is None:
            raise BrokerFailed("not started")
        return self._child.pid

    def start(self) -> str:
        """Format a new folder, start, and wait until a client gets metadata; return `bootstrap`."""
        libraries = jars()
        if not (self._folder / "server.properties").exists():
            self._format(libraries)
        elif self._port is None:
            self._port = _port_in(self._folder / "server.properties")
        memory = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"]
        command = ["java", *memory, f"-Dlog4j2.configurationFile={FILES / 'log4j2.yaml'}"]
        command += ["-cp", f"{libraries}/*", "kafka.Kafka", str(self._folder / "server.properties")]
        with (self._folder / "broker.log").open("ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._wait(self._child)
        return self.bootstrap

    def stop(self) -> None:
        """Stop the broker; does nothing when it does not run."""
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(30)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None

    def kill(self) -> None:
        """Kill the broker (SIGKILL)."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    @staticmethod
    def end(pid: int) -> None:
        """Stop a broker that another process started; returns when it is gone."""
        for sent in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, sent)
            for _ in range(200):
                if not _runs(pid):
                    return
                time.sleep(0.1)

    def _format(self, libraries: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        free, controller = _free_ports()
        self._port = self._port or free
        properties = self._folder / "server.properties"
        fresh = self._folder / "new.properties"  # renamed last: the final name means that all is formatted
        ports = {"port": self._port, "controller": controller}
        fresh.write_text(PROPERTIES.format(**ports, logs=self._folder / "logs") + self._more.format(**ports))
        shutil.rmtree(self._folder / "logs", ignore_errors=True)
        tool = ["java", "-cp", f"{libraries}/*", "kafka.tools.StorageTool"]
        drawn = subprocess.run([*tool, "random-uuid"], capture_output=True, text=True, check=True)
        cluster = drawn.stdout.split()[-1]
        command = [*tool, "format", "--standalone", "-t", cluster, "-c", str(fresh)]
        for name, password in self._users.items():
            command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        formatted = subprocess.run(command, capture_output=True, text=True)
        if formatted.returncode != 0:
            raise BrokerFailed(f"{self._folder} cannot be formatted:\n{formatted.stderr[-2000:]}")
        fresh.rename(properties)

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        """Wait until a client gets metadata; an open port is not enough."""
        deadline = time.monotonic() + START_S
        while child.poll() is None and time.monotonic() < deadline:
            if _answers(self.bootstrap):
                return
            time.sleep(0.1)
        self.kill()
        words = (self._folder / "broker.log").read_text(errors="replace")[-2000:]
        raise BrokerFailed(f"the broker in {self._folder} does not start:\n{words}")


def _answers(bootstrap: str) -> bool:
    host, _, port = bootstrap.partition(":")
    with socket.socket() as probe:
        if probe.connect_ex((host, int(port))) != 0:
            return False
    # Imported here, so that test runs without a broker do not load the client.
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    except KafkaError:
        return False
    try:
        admin.list_topics()
    except KafkaError:
        return False
    finally:
        admin.close()
    return True


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _port_in(properties: Path) -> int:
    line = next(
        line for line in properties.read_text().splitlines() if line.startswith("advertised.listeners=")
    )
    return int(line.rpartition(":")[2])


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def main() -> None:
    """Run a broker until a signal ends it: `python -m adapters.kafka.broker --port 9092 --folder F`."""
    asked = argparse.ArgumentParser(prog="balcao-broker", description=__doc__)
    asked.add_argument("--port", type=int, default=9092)
    asked.add_argument("--folder", type=Path, default=Path("data/kafka"))
    wanted = asked.parse_args()
    ended: list[bool] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.append(True))
    broker = KafkaBroker(wanted.folder, wanted.port)
    try:
        broker.start()
    except BrokerFailed as failed:
        sys.exit(str(failed))
    sys.stdout.write(f"Kafka {VERSION} answers on {broker.bootstrap} (Ctrl-C ends it)\n")
    sys.stdout.flush()
    while not ended:
        time.sleep(0.2)
    broker.stop()


if __name__ == "__main__":
    main()
