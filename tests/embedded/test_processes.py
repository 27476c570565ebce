"""The launcher's data folder, its failures and its children, without a server."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ledgerflow.embedded import environment, processes
from ledgerflow.embedded.failures import ExitCode, LaunchError, StopRequestedError, from_log, from_os_error, last_lines
from ledgerflow.embedded.processes import Family, Mark, Program, StopSwitch
from tests.services.launching import code_of, wait_for


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def python(home: Path, code: str, **more: Any) -> Program:
    return Program("example", [sys.executable, "-c", code], home / "log" / "example.log", **more)


# --- The data folder ----------------------------------------------------------------------------


def test_a_full_disk_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1024))
    with pytest.raises(LaunchError, match="The disk is full") as raised:
        environment.prepare(tmp_path / "home")
    assert code_of(raised) is ExitCode.DISK


def test_a_secret_is_made_once_and_is_private(home: Path) -> None:
    secret = environment.secret_key(home)
    assert len(secret) > 50
    assert environment.secret_key(home) == secret
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_put_in_place_leaves_no_half(home: Path) -> None:
    (home / "taken").mkdir()
    before = sorted(home.iterdir())
    with pytest.raises(OSError, match="directory"):
        environment.write_private(home / "taken", "text")
    assert sorted(home.iterdir()) == before


def test_one_launcher_per_folder(home: Path) -> None:
    assert environment.running_pid(home) is None
    with environment.locked(home):
        assert environment.running_pid(home) == os.getpid()
        with pytest.raises(LaunchError, match=str(os.getpid())) as raised, environment.locked(home):
            pass
    assert code_of(raised) is ExitCode.IN_USE
    with environment.locked(home):
        pass


def test_a_command_elsewhere_finds_the_services_while_they_run(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("LEDGERFLOW_HOME", str(home))
    monkeypatch.setenv("REDIS_URL", "redis://chosen")
    monkeypatch.delenv("DATABASE_URL")
    written = {"DATABASE_URL": "postgresql:///found", "REDIS_URL": "redis://found"}
    with environment.locked(home):
        assert environment.running_services(home) == {}
        with environment.published(home, written):
            environment.adopt_running_services()
            assert os.environ["DATABASE_URL"] == "postgresql:///found"
            assert os.environ["REDIS_URL"] == "redis://chosen"
    monkeypatch.setenv("DATABASE_URL", "postgresql:///chosen")
    environment.adopt_running_services()
    assert os.environ["DATABASE_URL"] == "postgresql:///chosen"


def test_what_a_killed_launcher_wrote_down_is_not_believed(home: Path) -> None:
    (home / "run" / "environment.json").write_text('{"DATABASE_URL": "postgresql:///gone"}')
    assert environment.running_services(home) == {}


def test_sockets_move_where_the_path_is_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "SHORT_PLACE", tmp_path)
    monkeypatch.setattr(environment, "LONGEST_SOCKET_PATH", 1000)
    (tmp_path / "run").mkdir()
    assert environment.socket_folder(tmp_path, "redis", os.geteuid()) == tmp_path / "run" / "redis"
    monkeypatch.undo()
    monkeypatch.setattr(environment, "SHORT_PLACE", tmp_path)
    place = environment.socket_folder(tmp_path / ("long" * 30), "redis", os.geteuid())
    assert place.parent == tmp_path
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_trap_in_a_shared_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "SHORT_PLACE", tmp_path)
    folder = tmp_path / ("long" * 30)
    place = environment.socket_folder(folder, "redis", os.geteuid())
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(LaunchError, match="belongs to somebody else"):
        environment.socket_folder(folder, "redis", os.geteuid())


# --- Failures -----------------------------------------------------------------------------------


def test_a_full_disk_is_recognised_in_the_log_of_what_it_stopped(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\nPANIC: could not write to file: No space left on device\n")
    failure = from_log(ExitCode.CHILD_ENDED, "PostgreSQL ended by itself.", log)
    assert failure.exit_code is ExitCode.DISK
    assert "PANIC" in str(failure)


def test_without_a_log_the_message_stands_alone(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none") == ""
    assert str(from_log(ExitCode.REDIS, "Redis ended.", tmp_path / "none")) == "Redis ended."


@pytest.mark.parametrize(
    "error, expected",
    [
        (OSError(28, "No space left on device", "/data"), ExitCode.DISK),
        (PermissionError(13, "Permission denied", "/data"), ExitCode.DISK),
        (OSError(5, "Input/output error"), ExitCode.CHILD_ENDED),
    ],
)
def test_errors_of_the_system(error: OSError, expected: ExitCode) -> None:
    assert from_os_error(error).exit_code is expected


# --- Children -----------------------------------------------------------------------------------


def test_a_child_that_ends_by_itself_is_named(family: Family, home: Path) -> None:
    family.start(python(home, "print('its last words', flush=True); raise SystemExit(3)"))
    wait_for(lambda: family.children[0].process.poll() is not None)
    with pytest.raises(LaunchError, match=r"example ended by itself \(exit code 3\)[\s\S]*its last words") as raised:
        family.check()
    assert code_of(raised) is ExitCode.CHILD_ENDED


def test_a_child_that_was_killed_is_named_with_the_signal(family: Family, home: Path) -> None:
    family.start(python(home, "import os; os.kill(os.getpid(), 9)"))
    wait_for(lambda: family.children[0].process.poll() is not None)
    with pytest.raises(LaunchError, match="SIGKILL"):
        family.check()


def test_a_child_that_can_be_replaced_is_started_again_after_growing_pauses(
    family: Family, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(processes, "LONGEST_PAUSE_SECONDS", 0.03)
    child = family.start(python(home, "raise SystemExit(3)", is_replaced=True))

    def has_failed_four_times() -> bool:
        family.tend()
        return child.failures == 4

    wait_for(has_failed_four_times)
    pauses = [
        line.split(" again in ")[1].split()[0] for line in capsys.readouterr().out.splitlines() if "again in" in line
    ]
    assert pauses == ["0.01", "0.02", "0.03", "0.03"]


def test_the_end_of_what_cannot_be_replaced_is_the_end(family: Family, home: Path) -> None:
    family.start(python(home, "import time; time.sleep(600)", is_replaced=True))
    child = family.start(python(home, "raise SystemExit(3)"))
    child.process.wait()
    with pytest.raises(LaunchError, match=r"example ended by itself \(exit code 3\)"):
        family.tend()


def test_a_replacement_waits_for_what_the_killed_one_left_behind(
    family: Family, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.01)
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    child = family.start(python(home, code, is_replaced=True))
    wait_for(lambda: child.program.log.read_text().endswith("\n"))
    grandchild, first = int(child.program.log.read_text()), child.process.pid
    child.process.kill()
    child.process.wait()

    def runs_again() -> bool:
        family.tend()
        return child.process.pid != first

    wait_for(runs_again)
    assert processes.started_ticks(grandchild) is None
    assert str(child.process.pid) in family.record.read_text()


def test_a_program_that_cannot_be_started_is_tried_again_later(
    family: Family, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0)
    child = family.start(python(home, "", is_replaced=True))
    child.process.wait()
    family.tend()
    child.program = Program("example", ["/nonexistent"], child.program.log, is_replaced=True)
    family.tend()
    assert "example cannot be started: No such file or directory" in capsys.readouterr().out
    assert child.again_at is not None


def test_a_child_that_does_not_listen_is_killed(family: Family, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    program = python(home, code, patience_seconds=0)
    family.start(program)
    wait_for(lambda: "deaf" in program.log.read_text())
    child = family.children[0].process
    family.stop()
    assert child.returncode == -signal.SIGKILL
    assert "does not stop" in capsys.readouterr().out
    assert not family.record.exists()


def test_what_a_child_left_behind_ends_with_it(family: Family, home: Path) -> None:
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    program = python(home, code)
    family.start(program)
    wait_for(lambda: program.log.read_text().endswith("\n"))
    grandchild = int(program.log.read_text())
    family.children[0].process.kill()
    family.stop()
    assert processes.started_ticks(grandchild) is None


def test_leftovers_of_a_killed_launcher_are_ended(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    killed = Family(home, StopSwitch())
    killed.start(python(home, "import time; time.sleep(600)"))
    child = killed.children[0].process
    Family(home, StopSwitch()).end_leftovers()
    assert child.wait() == -signal.SIGTERM
    assert "left over from a run that was killed" in capsys.readouterr().out
    assert not killed.record.exists()


def test_a_process_that_only_has_the_same_number_is_left_alone(home: Path) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
    try:
        mark = processes.mark_of(python(home, ""), stranger.pid)
        for changed in ({"started_ticks": mark.started_ticks - 1}, {"boot": "an earlier one"}):
            assert processes.session_members(Mark(**{**vars(mark), **changed})) == []
            processes.end(Mark(**{**vars(mark), **changed}))
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("written", ["", "[", '[{"name": "of another version"}]', "{}"])
def test_a_spoiled_record_is_no_obstacle(home: Path, written: str) -> None:
    family = Family(home, StopSwitch())
    family.record.write_text(written)
    family.end_leftovers()


def test_waiting_ends_with_the_reason(family: Family, home: Path) -> None:
    program = python(home, "import time; time.sleep(600)")
    family.start(program)
    with pytest.raises(LaunchError, match="does not answer after 0 s") as raised:
        processes.wait_ready(family, lambda: False, ExitCode.DATABASE, program, 0)
    assert code_of(raised) is ExitCode.DATABASE
    family.children[0].process.kill()
    family.children[0].process.wait()
    with pytest.raises(LaunchError, match="ended by itself") as raised:
        processes.wait_ready(family, lambda: False, ExitCode.REDIS, program, 60)
    assert code_of(raised) is ExitCode.REDIS


def test_a_signal_ends_any_wait(family: Family, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(StopRequestedError):
        family.start(python(home, ""))
    os.kill(os.getpid(), signal.SIGINT)
    assert "Still stopping" in capsys.readouterr().out


def test_what_cannot_be_stopped_is_said(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(processes, "LAST_WAIT_SECONDS", 0)
    monkeypatch.setattr(processes, "session_members", lambda _: [])
    monkeypatch.setattr(processes, "wait_until", lambda *_: False)
    mark = processes.mark_of(python(home, "", last_signal=signal.SIGQUIT), 2**22 + 1)
    with pytest.raises(LaunchError, match="cannot be stopped"):
        processes.end(mark)


def test_long_logs_are_turned_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "LARGEST_LOG_BYTES", 3)
    log = tmp_path / "web.log"
    log.write_text("long")
    with processes.opened_log(log):
        pass
    assert (tmp_path / "web.log.1").read_text() == "long"
    assert log.read_text() == ""
