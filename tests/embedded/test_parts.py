"""How the launcher judges what it finds: data folders, programs, rights, addresses, arguments."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledgerflow.embedded import __main__ as entry
from ledgerflow.embedded import command, postgres, privileges, processes, run, services, valkey
from ledgerflow.embedded.failures import ExitCode, LaunchError
from ledgerflow.embedded.processes import Family
from tests.services.launching import code_of


def server(home: Path, **more: Any) -> postgres.Server:
    values: dict[str, Any] = {
        "folder": home, "major": 18, "fast": False, "binaries": Path("/none"), "identity": None, "sockets": home,
    } | more  # fmt: skip
    return postgres.Server(**values)


def a_data_folder(data: Path, *, version: str = "18", control: int = 8192, segments: int = 1) -> None:
    (data / "global").mkdir(parents=True)
    (data / "pg_wal").mkdir()
    if version:
        (data / "PG_VERSION").write_text(version)
    if control:
        (data / "global" / "pg_control").write_bytes(bytes(control))
    for number in range(1, segments + 1):
        (data / "pg_wal" / f"0000000100000000000000{number:02d}").touch()


@pytest.mark.parametrize(
    "given, complete, books",
    [
        ({}, True, False),
        ({"segments": 3}, True, True),
        ({"control": 0}, False, False),
        ({"control": 100}, False, False),
        ({"control": 0, "segments": 2}, False, True),
        ({"version": ""}, False, True),
        ({"version": "x"}, False, False),
    ],
)
def test_unfinished_and_damaged_folders_are_told_apart(
    tmp_path: Path, given: dict[str, Any], complete: bool, books: bool
) -> None:
    a_data_folder(tmp_path / "postgres", **given)
    assert postgres.is_complete(tmp_path / "postgres") is complete
    assert postgres.holds_books(tmp_path / "postgres") is books


def test_a_damaged_folder_is_not_touched(family: Family, home: Path) -> None:
    a_data_folder(home / "postgres", control=0, segments=2)
    with pytest.raises(LaunchError, match="damaged") as raised:
        postgres.initialise(family, server(home))
    assert code_of(raised) is ExitCode.DAMAGED
    assert (home / "postgres" / "PG_VERSION").exists()


def test_another_version_is_not_touched(family: Family, home: Path) -> None:
    a_data_folder(home / "postgres", version="16")
    with pytest.raises(LaunchError, match="made by PostgreSQL 16") as raised:
        postgres.initialise(family, server(home))
    assert code_of(raised) is ExitCode.DAMAGED


def test_an_initdb_that_fails_is_shown(family: Family, home: Path) -> None:
    (home / "postgres.initialising").mkdir()
    (home / "initdb").write_text("#!/bin/sh\necho 'No space left on device' >&2\nexit 1\n")
    (home / "initdb").chmod(0o700)
    with pytest.raises(LaunchError, match="initdb failed") as raised:
        postgres.initialise(family, server(home, binaries=home))
    assert code_of(raised) is ExitCode.DISK
    assert not (home / "postgres").exists()


@contextmanager
def a_stranger(name: str, *arguments: str) -> Iterator[int]:
    """A process of somebody else under the given name."""
    words = [name, "-c", "import time; time.sleep(600)", *arguments]
    with subprocess.Popen(words, executable=sys.executable) as process:
        try:
            while not Path(f"/proc/{process.pid}/cmdline").read_bytes():
                assert process.poll() is None  # between its exec and its words, a process has none
            yield process.pid
        finally:
            process.kill()


@pytest.mark.parametrize("text", ["", "x", "4194305"])
def test_an_old_lock_is_left_to_postgres(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    postgres.refuse_if_in_use(tmp_path)
    assert (tmp_path / "postmaster.pid").exists()


def test_a_lock_with_the_number_of_another_program_is_put_aside(tmp_path: Path) -> None:
    with a_stranger("tail", "-f", str(tmp_path)) as pid:
        (tmp_path / "postmaster.pid").write_text(f"{pid}\n")
        postgres.refuse_if_in_use(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_running_postgres_of_somebody_else_is_respected(tmp_path: Path) -> None:
    with a_stranger("/usr/bin/postgres", "-D", str(tmp_path)) as pid:
        (tmp_path / "postmaster.pid").write_text(f"{pid}\n")
        with pytest.raises(LaunchError, match="did not start") as raised:
            postgres.refuse_if_in_use(tmp_path)
    assert code_of(raised) is ExitCode.IN_USE
    with a_stranger("/usr/bin/postgres", "-D", "/elsewhere") as pid:
        (tmp_path / "postmaster.pid").write_text(f"{pid}\n")
        postgres.refuse_if_in_use(tmp_path)
    assert (tmp_path / "postmaster.pid").exists()


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(LaunchError, match="is missing") as raised:
        postgres.find_binaries(18)
    assert code_of(raised) is ExitCode.NOT_INSTALLED
    with pytest.raises(LaunchError, match="is missing") as raised:
        valkey.find_program()
    assert code_of(raised) is ExitCode.NOT_INSTALLED


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_a_server_on_the_path_serves_where_the_wheel_is_absent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda wanted: f"/usr/bin/{name}" if wanted == name else None)
    assert valkey.find_program() == Path("/usr/bin") / name


def test_only_tests_run_without_fsync(home: Path) -> None:
    durable, fast = postgres.arguments(server(home)), postgres.arguments(server(home, fast=True))
    assert "fsync=on" in durable
    assert "synchronous_commit=on" in durable
    assert "fsync=off" in fast


def test_shells_meant_for_another_server_do_not_reach_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/other")
    assert "PGDATA" not in postgres.bare_environment()


# --- Whose rights -------------------------------------------------------------------------------


def test_an_ordinary_user_stays_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert privileges.unprivileged(tmp_path / "postgres", tmp_path) is None


def test_root_gets_the_least_that_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tried: list[int | None] = []

    def can_run(identity: privileges.Identity, *_: Path) -> bool:
        tried.append(identity.capability)
        return identity.capability == privileges.CAP_DAC_OVERRIDE

    monkeypatch.setattr(privileges, "can_run", can_run)
    found = privileges.unprivileged(tmp_path / "postgres", tmp_path)
    assert tried == [None, privileges.CAP_DAC_READ_SEARCH, privileges.CAP_DAC_OVERRIDE]
    assert found is not None
    assert found.uid != 0
    monkeypatch.setattr(privileges, "can_run", lambda *_: False)
    with pytest.raises(LaunchError, match="does not run as root") as raised:
        privileges.unprivileged(tmp_path / "postgres", tmp_path)
    assert code_of(raised) is ExitCode.ROOT


def test_a_program_that_is_not_there_cannot_run(tmp_path: Path) -> None:
    assert not privileges.can_run(privileges.Identity(65534, 65534), tmp_path / "none", tmp_path)


def test_a_machine_without_nobody_has_its_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def getpwnam(_: str) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwnam", getpwnam)
    assert privileges.owner_for(tmp_path / "none") == (65534, 65534)


def test_who_may_come_in_without_a_password(home: Path) -> None:
    ours = postgres.name_of(os.geteuid())
    shared = privileges.Identity(*privileges.nobody())
    assert postgres.system_users(server(home)) == {ours}
    assert postgres.system_users(server(home, identity=shared)) == {ours}
    somebody = privileges.Identity(4_000_000, 4_000_000)  # the owner of the folder, whom root serves
    assert postgres.system_users(server(home, identity=somebody)) == {ours, "4000000"}
    postgres.write_access_rules(server(home))
    assert "trust" not in (home / "run" / postgres.HBA_FILE).read_text()


# --- Services of somebody else, and the command line --------------------------------------------


@pytest.mark.parametrize(
    "url, expected",
    [
        ("postgresql://u:hidden@127.0.0.1:1/books", ExitCode.DATABASE),
        ("postgresql://u:hidden@h:x/books?nonsense=1", ExitCode.BAD_SETTING),
    ],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(url: str, expected: ExitCode) -> None:
    with pytest.raises(LaunchError, match="DATABASE_URL") as raised:
        services.reachable_database(url)
    assert code_of(raised) is expected
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "url, expected", [("redis://u:hidden@127.0.0.1:1/0", ExitCode.REDIS), ("nonsense", ExitCode.BAD_SETTING)]
)
def test_a_redis_that_cannot_be_reached_is_named_without_its_password(url: str, expected: ExitCode) -> None:
    with pytest.raises(LaunchError, match="REDIS_URL") as raised:
        services.reachable_redis(url)
    assert code_of(raised) is expected
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["with"], ["with", "--pg", "15", "--", "true"], ["with", "--fast", "--", "true"]]
)
def test_bad_arguments(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        entry.main(arguments)
    assert raised.value.code == ExitCode.BAD_SETTING


@pytest.mark.parametrize(
    "error, expected, said",
    [
        (LaunchError(ExitCode.PORT_TAKEN, "taken"), 4, "taken"),
        (OSError(28, "No space left on device", "/data"), 5, "No space left on device: /data"),
        (RuntimeError("a fault of ours"), 1, "RuntimeError: a fault of ours"),
    ],
)
def test_whatever_goes_wrong_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    error: Exception, expected: int, said: str,
) -> None:  # fmt: skip
    def fail(_: Path) -> int:
        raise error

    monkeypatch.setenv("LEDGERFLOW_HOME", str(tmp_path))
    monkeypatch.setattr(run, "run", fail)
    assert entry.main(["run"]) == expected
    assert said in capsys.readouterr().err


def test_stopping_what_does_not_run(home: Path) -> None:
    assert command.stop(home) == ExitCode.STOPPED


def test_addresses_to_click_on() -> None:
    assert run.Options("::", 8000, 1, 1, 1).url == "http://127.0.0.1:8000"
    assert run.Options("::1", 8000, 1, 1, 1).url == "http://[::1]:8000"


@pytest.mark.parametrize("value", ["0", "65536", "x", "-1", "٣"])
def test_a_bad_port(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(LaunchError, match="PORT must be a whole number") as raised:
        run.options_from_environment()
    assert code_of(raised) is ExitCode.BAD_SETTING


def test_time_to_wait_is_bounded() -> None:
    assert processes.wait_until(lambda: False, 0.1) is False
