"""A Kafka broker of one node: Java runs it, and Maven fetches its jars once for all data folders.

It is for tests, benchmarks and trying out. A real cluster is named by KAFKA_BOOTSTRAP_SERVERS.
"""

import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ledgerflow.embedded.failures import ExitCode, LaunchError, from_log
from ledgerflow.embedded.processes import Command, Family, Program, say, wait_ready

POM = Path(__file__).with_name("kafka-pom.xml")
COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
LEAST_JAVA = 17
HOST = "127.0.0.1"
START_SECONDS = 120
ANSWER_SECONDS = 2
FORMATTED = "meta.properties"
# Small and quick to start: the second compiler makes a broker faster only after minutes of load.
JAVA_OPTIONS = (
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)


@dataclass(frozen=True)
class Broker:
    folder: Path
    java: Path
    jars: Path
    port: int
    controller_port: int

    @property
    def data(self) -> Path:
        return self.folder / "kafka"

    @property
    def settings(self) -> Path:
        return self.folder / "run" / "kafka.properties"

    def command(self, main: str, *arguments: str | Path) -> Command:
        return [self.java, *JAVA_OPTIONS, "-cp", f"{self.jars}/*", main, *arguments]


def start(family: Family, folder: Path, *, port: int = 0) -> str:
    """Start it on `port` of this machine, 0 for any that is free. Its address comes out."""
    java = find_java()
    if port:
        require_free(port)
    broker = Broker(folder, java, jars(family, folder), port or free_port(), free_port())
    broker.settings.write_text("".join(f"{name}={value}\n" for name, value in settings(broker).items()))
    if not (broker.data / FORMATTED).exists():
        format_storage(family, broker)
    program = Program(
        "Kafka", broker.command("kafka.Kafka", broker.settings), folder / "log" / "kafka.log", is_replaced=True
    )
    family.start(program)
    address = f"{HOST}:{broker.port}"
    client = client_of(address)
    wait_ready(family, lambda: answered(client), ExitCode.KAFKA, program, START_SECONDS)
    return address


def settings(broker: Broker) -> dict[str, object]:
    """What a cluster of one needs, and what keeps tests quick."""
    own, controller = f"PLAINTEXT://{HOST}:{broker.port}", f"CONTROLLER://{HOST}:{broker.controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{broker.controller_port}",
        "listeners": f"{own},{controller}",
        "advertised.listeners": own,
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": broker.data,
        # A misspelt topic is an error, and not a topic with the wrong retention.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        # A broker that was killed is taken for alive for so long, and its next start waits for the end of it.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        "num.network.threads": 2,
        "num.io.threads": 2,
    }


def format_storage(family: Family, broker: Broker) -> None:
    log = broker.folder / "log" / "kafka-format.log"
    # A first character that no program takes for an option.
    cluster = "L" + secrets.token_urlsafe(16)[1:]
    command = broker.command("kafka.tools.StorageTool", "format", "--config", broker.settings, "--cluster-id", cluster)
    code = family.run(Program("Kafka's storage tool", command, log))
    if code != 0:
        raise from_log(ExitCode.KAFKA, f"Kafka's storage cannot be made in {broker.data} (exit code {code}).", log)


# --- Java and the jars --------------------------------------------------------------------------


def find_java() -> Path:
    """Java, new enough to run Kafka 4."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise LaunchError(
            ExitCode.NOT_INSTALLED,
            f"Kafka needs Java {LEAST_JAVA}, and there is no java {where}. Debian: apt-get install"
            " default-jre-headless. Or set KAFKA_BOOTSTRAP_SERVERS to a cluster of your own.",
        )
    version = java_version(found)
    if version < LEAST_JAVA:
        raise LaunchError(ExitCode.NOT_INSTALLED, f"Kafka needs Java {LEAST_JAVA}, and {found} is Java {version}.")
    return Path(found)


def java_version(java: str) -> int:
    """17 of `openjdk version "17.0.15"`; 1 of "1.8.0"; 0 where nothing is said."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else 0


def cache() -> Path:
    """Outside the data folder: tests have a new one each time, and fetch nothing anew."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "ledgerflow"


def jars(family: Family, folder: Path) -> Path:
    """The folder of the jars, fetched in whole or not at all."""
    place = cache() / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if place.is_dir():
        return place
    maven = shutil.which("mvn")
    if maven is None:
        raise LaunchError(
            ExitCode.NOT_INSTALLED,
            "Kafka's jars are fetched by Maven, and there is no mvn on the PATH. Debian: apt-get install maven."
            " Or set KAFKA_BOOTSTRAP_SERVERS to a cluster of your own.",
        )
    say(f"Fetching the jars of Kafka into {place} (once)")
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="kafka-unfinished-", dir=place.parent))
    try:
        fetch(family, Path(maven), unfinished, folder / "log" / "maven.log")
        # Another launcher may have been first, with the same jars.
        with suppress(OSError):
            unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return place


def fetch(family: Family, maven: Path, into: Path, log: Path) -> None:
    only_at_run_time = "-DincludeScope=runtime"
    command: Command = [
        maven, "--batch-mode", "--quiet", "--file", POM, COPY_JARS, only_at_run_time, f"-DoutputDirectory={into}",
    ]  # fmt: skip
    code = family.run(Program("Maven", command, log))
    if code != 0:
        raise from_log(ExitCode.NOT_INSTALLED, f"Maven cannot fetch the jars of Kafka (exit code {code}).", log)


# --- Addresses ----------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except OSError as error:
        raise LaunchError(
            ExitCode.PORT_TAKEN,
            f"Port {port} on {HOST} cannot be used for Kafka: {error.strerror}. Choose another one: KAFKA_PORT=9093",
        ) from None


def client_of(address: str) -> AdminClient:
    # Level 0: that nobody answers yet is no news.
    return AdminClient({"bootstrap.servers": address, "log_level": 0, "reconnect.backoff.max.ms": 200})


def answered(client: AdminClient) -> bool:
    """Whether a broker tells who belongs to the cluster."""
    try:
        return bool(client.list_topics(timeout=ANSWER_SECONDS).brokers)
    except KafkaException:
        return False


def answers(address: str) -> bool:
    return answered(client_of(address))
