"""The Kafka broker of the launcher: it keeps its data, comes back on its port, and says what it lacks."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import NewTopic

from ledgerflow.embedded import kafka, services
from ledgerflow.embedded.failures import ExitCode, LaunchError
from ledgerflow.embedded.processes import Family
from tests.services.launching import code_of, free_port, launch

pytestmark = pytest.mark.begins_first


def a_program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o700)
    return folder


@pytest.fixture
def no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))


@pytest.fixture
def no_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Java, as far as one looks at its version, and an empty cache."""
    java = a_program(tmp_path / "java", "unused", "") / "bin"
    a_program(java, "java", "echo 'openjdk version \"21.0.1\" 2023-10-17' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    assert list((tmp_path / "cache").rglob("*unfinished*")) == []


@pytest.mark.usefixtures("kafka")
def test_a_killed_broker_comes_back_with_its_topics_and_the_next_start_finds_them(family: Family, home: Path) -> None:
    address = kafka.start(family, home)
    client = kafka.client_of(address)
    client.create_topics([NewTopic("kept", 3)])["kept"].result()

    os.kill(family.children[-1].process.pid, signal.SIGKILL)
    family.children[-1].process.wait()
    tend_until_it_answers(family, address)
    assert set(client.list_topics(timeout=10).topics) == {"kept"}
    family.stop()

    address = kafka.start(family, home)  # on other ports than before
    assert len(kafka.client_of(address).list_topics(timeout=10).topics["kept"].partitions) == 3


def tend_until_it_answers(family: Family, address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        family.tend()
        if family.children[-1].again_at is None and kafka.answers(address):
            return
        assert time.monotonic() < deadline


@pytest.mark.usefixtures("kafka")
def test_the_command_gets_the_address_of_the_broker(tmp_path: Path, kafka: str) -> None:
    words = ["--", sys.executable, "-c", "import os; print(os.environ['KAFKA_BOOTSTRAP_SERVERS'])"]
    database = os.environ["DATABASE_URL"]
    own = launch(tmp_path, "with", "--kafka", *words, DATABASE_URL=database, KAFKA_BOOTSTRAP_SERVERS=kafka)
    assert (own.returncode, own.stdout.split()) == (0, [kafka])  # one that is named is used as it is


def test_a_kafka_that_does_not_answer_is_named(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    finished = launch(
        tmp_path, "with", "--", "true", DATABASE_URL=os.environ["DATABASE_URL"], KAFKA_BOOTSTRAP_SERVERS=nobody
    )
    assert (finished.returncode, nobody in finished.stderr) == (ExitCode.KAFKA, True)


def test_a_missing_java_is_named(family: Family, home: Path, no_java: None) -> None:
    with pytest.raises(LaunchError, match="there is no java in JAVA_HOME") as raised:
        kafka.start(family, home)
    assert code_of(raised) is ExitCode.NOT_INSTALLED


def test_where_kafka_need_not_be_a_missing_java_is_only_told(
    family: Family, home: Path, no_java: None, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted = services.Wanted(kafka=True, kafka_is_needed=False)
    assert "there is no java" in services.kafka_of(family, home, wanted)["LEDGERFLOW_WITHOUT_KAFKA"]
    assert "Without Kafka: Kafka needs Java 17" in capfd.readouterr().out


@pytest.mark.parametrize("said", ['java version "1.8.0_402"', 'openjdk version "11.0.20" 2023-07-18', "nonsense"])
def test_an_old_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    a_program(tmp_path / "bin", "java", f"echo '{said}' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(LaunchError, match="needs Java 17") as raised:
        kafka.find_java()
    assert code_of(raised) is ExitCode.NOT_INSTALLED


def test_a_missing_maven_is_named(family: Family, home: Path, no_jars: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **more: None if name == "mvn" else which(name, **more))
    with pytest.raises(LaunchError, match="there is no mvn") as raised:
        kafka.start(family, home)
    assert code_of(raised) is ExitCode.NOT_INSTALLED


def test_jars_that_cannot_be_had_are_shown_and_none_are_left(
    family: Family, home: Path, no_jars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = a_program(tmp_path / "maven", "mvn", "echo 'Could not transfer artifact' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{maven}:{os.environ['PATH']}")
    with pytest.raises(LaunchError, match=r"(?s)cannot fetch.*Could not transfer") as raised:
        kafka.start(family, home)
    assert code_of(raised) is ExitCode.NOT_INSTALLED


def test_storage_that_cannot_be_made_is_shown(
    family: Family, home: Path, no_jars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = a_program(tmp_path / "maven", "mvn", "exit 0")
    monkeypatch.setenv("PATH", f"{maven}:{os.environ['PATH']}")
    a_program(tmp_path / "java" / "bin", "java", "echo 'openjdk version \"17.0.1\"' >&2; [ $# -eq 1 ]")
    with pytest.raises(LaunchError, match="storage cannot be made") as raised:
        kafka.start(family, home)
    assert code_of(raised) is ExitCode.KAFKA
    assert list(no_jars.rglob("kafka-*"))  # fetched: the next start goes on from there


def test_a_taken_port_is_named(family: Family, home: Path, no_jars: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(LaunchError, match="cannot be used for Kafka") as raised:
            kafka.start(family, home, port=taken.getsockname()[1])
    assert code_of(raised) is ExitCode.PORT_TAKEN
