"""Children of the launcher: started, written down, recognised later, ended in order."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from ledgerflow.embedded import environment
from ledgerflow.embedded.failures import ExitCode, LaunchError, StopRequestedError, from_log
from ledgerflow.embedded.privileges import Identity, become, die_with_parent

POLL_SECONDS = 0.05
LAST_WAIT_SECONDS = 30
HASTY_SECONDS = 3
# Pauses before a program is started again: they double from the first to the longest, and begin anew for one that
# ran long enough to be called sound.
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 30
SOUND_AFTER_SECONDS = 60
LARGEST_LOG_BYTES = 20 * environment.MEBIBYTE
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


Command = Sequence[str | Path]


@dataclass(frozen=True)
class Program:
    name: str
    command: Command
    log: Path
    stop_signal: int = signal.SIGTERM
    # After the patience a second signal is sent: SIGKILL for what keeps nothing, SIGQUIT for PostgreSQL, which
    # then recovers at its next start.
    patience_seconds: int = 30
    last_signal: int = signal.SIGKILL
    # Started again when it ends by itself. The end of any other program is the end of the run.
    is_replaced: bool = False


@dataclass(frozen=True)
class Mark:
    """Enough to recognise a process after the launcher that started it is gone; a process id alone is reused."""

    name: str
    pid: int
    boot: str
    started_ticks: int
    program: str
    stop_signal: int
    patience_seconds: int
    last_signal: int


def say(message: str) -> None:
    # The terminal may be gone; the work is not.
    with suppress(OSError):
        print(message, flush=True)


def live_fields(pid: int) -> list[str]:
    """proc_pid_stat(5) from its third field on; nothing if the process is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] in {"Z", "X"} else fields


def started_ticks(pid: int) -> int | None:
    """The start of a process in clock ticks since boot; None if it is gone."""
    fields = live_fields(pid)
    return int(fields[19]) if fields else None


def program_of(pid: int) -> str:
    # Not the command line: Redis and others write over theirs.
    try:
        return str(Path(f"/proc/{pid}/exe").readlink()).removesuffix(" (deleted)")
    except OSError:
        return ""


def boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def mark_of(program: Program, pid: int) -> Mark:
    ticks = started_ticks(pid) or 0
    return Mark(
        program.name,
        pid,
        boot(),
        ticks,
        program_of(pid),
        program.stop_signal,
        program.patience_seconds,
        program.last_signal,
    )


def still_runs(mark: Mark) -> bool:
    return (mark.boot, mark.started_ticks, mark.program) == (boot(), started_ticks(mark.pid), program_of(mark.pid))


class StopSwitch:
    """Remembers that a signal asked for the end; whoever waits looks at it."""

    def __init__(self) -> None:
        self.requested = 0

    def __enter__(self) -> Self:
        self.before = [(number, signal.signal(number, self.request)) for number in STOP_SIGNALS]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before:
            signal.signal(number, handler)

    def request(self, number: int, _frame: object) -> None:
        if self.requested:
            say("Still stopping; PostgreSQL writes everything to disk first.")
        self.requested = number

    def check(self) -> None:
        if self.requested:
            raise StopRequestedError


def session_members(mark: Mark) -> list[int]:
    """The process and all that it started and that stayed in its session (web and task workers)."""
    if mark.boot != boot() or started_ticks(mark.pid) not in {None, mark.started_ticks}:
        return []
    # The kernel does not reuse a number as long as a session carries it.
    return [pid for pid in all_pids() if session_of(pid) == mark.pid]


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def session_of(pid: int) -> int | None:
    fields = live_fields(pid)
    return int(fields[3]) if fields else None


def send(pid: int, signal_number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal_number)


def wait_until(is_over: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(mark: Mark) -> None:
    """Ask, wait, insist; then sweep up what the process left behind in its session."""
    if still_runs(mark):
        send(mark.pid, mark.stop_signal)
        if not wait_until(lambda: not still_runs(mark), mark.patience_seconds):
            say(f"{mark.name} does not stop; it gets {signal.Signals(mark.last_signal).name}.")
            send(mark.pid, mark.last_signal)
    if mark.last_signal == signal.SIGKILL:
        for pid in session_members(mark):
            send(pid, signal.SIGKILL)
    if not wait_until(lambda: not session_members(mark), LAST_WAIT_SECONDS):
        message = f"{mark.name} (process {mark.pid}) cannot be stopped; is its disk stuck?"
        raise LaunchError(ExitCode.IN_USE, message)


@dataclass
class Child:
    """A program that was started, and what is needed to start it again."""

    program: Program
    process: subprocess.Popen[bytes]
    mark: Mark
    env: Mapping[str, str] | None
    identity: Identity | None
    started_at: float
    failures: int = 0
    # Set while it is gone: when it is started again, on the monotonic clock.
    again_at: float | None = None


class Family:
    """The running children. Stopped in the reverse order of their start."""

    def __init__(self, folder: Path, switch: StopSwitch) -> None:
        self.record = folder / "run" / "processes.json"
        self.switch = switch
        self.children: list[Child] = []

    def end_leftovers(self) -> None:
        """After a launcher that was killed: end what it started and could not stop any more."""
        try:
            marks = [Mark(**written) for written in json.loads(self.record.read_text())]
        except (OSError, ValueError, TypeError):
            return
        for mark in reversed(marks):
            if session_members(mark):
                say(f"Stopping {mark.name} (process {mark.pid}), left over from a run that was killed.")
                end(mark)
        self.record.unlink(missing_ok=True)

    def start(
        self, program: Program, *, env: Mapping[str, str] | None = None, identity: Identity | None = None
    ) -> Child:
        self.switch.check()
        process = spawn(program, env, identity)
        child = Child(program, process, mark_of(program, process.pid), env, identity, time.monotonic())
        self.children.append(child)
        self.write_down()
        return child

    def write_down(self) -> None:
        environment.write_private(self.record, json.dumps([asdict(child.mark) for child in self.children]))

    def check(self) -> None:
        """Raises when the end was asked for, or when a child ended by itself."""
        self.switch.check()
        for child in self.children:
            if child.process.poll() is not None:
                raise self.ended(child)

    def tend(self) -> None:
        """As `check`, but a program that can be replaced is started again, after a pause that grows."""
        self.switch.check()
        for child in self.children:
            if child.again_at is None:
                if child.process.poll() is not None:
                    self.plan_replacement(child)
            elif time.monotonic() >= child.again_at:
                self.replace(child)

    def plan_replacement(self, child: Child) -> None:
        if not child.program.is_replaced:
            raise self.ended(child)
        now = time.monotonic()
        child.failures = 1 if now - child.started_at > SOUND_AFTER_SECONDS else child.failures + 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (child.failures - 1))
        child.again_at = now + pause
        name = child.program.name
        say(
            f"{name} ended by itself ({how_it_ended(child)}). It is started again in {pause} s; see {child.program.log}"
        )
        # What it started outlives it and keeps its port: these have the pause to finish what they do.
        for pid in session_members(child.mark):
            send(pid, child.program.stop_signal)

    def replace(self, child: Child) -> None:
        end(child.mark)
        try:
            child.process = spawn(child.program, child.env, child.identity)
        except OSError as error:
            child.again_at = time.monotonic() + LONGEST_PAUSE_SECONDS
            say(f"{child.program.name} cannot be started: {error.strerror}. Next try in {LONGEST_PAUSE_SECONDS} s.")
            return
        child.mark, child.started_at, child.again_at = (
            mark_of(child.program, child.process.pid),
            time.monotonic(),
            None,
        )
        self.write_down()
        say(f"{child.program.name} runs again (process {child.process.pid}).")

    def ended(self, child: Child) -> LaunchError:
        message = f"{child.program.name} ended by itself ({how_it_ended(child)})."
        return from_log(ExitCode.CHILD_ENDED, message, child.program.log)

    def run(self, program: Program, *, env: Mapping[str, str] | None = None, identity: Identity | None = None) -> int:
        """Start a child that ends by itself, and wait for it; its exit code comes out."""
        child = self.start(program, env=env, identity=identity)
        while child.process.poll() is None:
            self.switch.check()
            time.sleep(POLL_SECONDS)
        self.children.pop()
        self.write_down()
        return child.process.returncode

    def hasten(self) -> None:
        """The newest child never answered, so nothing waits for it to finish: it gets little time to stop."""
        newest = self.children[-1]
        newest.mark = replace(newest.mark, patience_seconds=HASTY_SECONDS)

    def stop(self) -> None:
        while self.children:
            child = self.children[-1]
            end(child.mark)
            child.process.wait()
            self.children.pop()
        self.record.unlink(missing_ok=True)


def spawn(program: Program, env: Mapping[str, str] | None, identity: Identity | None) -> subprocess.Popen[bytes]:
    with opened_log(program.log) as log:
        return subprocess.Popen(
            [str(part) for part in program.command],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal must reach the launcher alone: it stops the others in order.
            start_new_session=True,
            umask=0o077,
            cwd="/" if identity else environment.PROJECT,
            preexec_fn=last_steps(program.stop_signal, identity),  # noqa: PLW1509 - the launcher has no threads
        )


def how_it_ended(child: Child) -> str:
    code = child.process.returncode
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def wait_ready(
    family: Family, is_ready: Callable[[], bool], exit_code: ExitCode, program: Program, seconds: float
) -> None:
    """Until the newest child answers; if it or another one ends instead, that is raised under `exit_code`."""
    deadline = time.monotonic() + seconds
    try:
        while not is_ready():
            family.check()
            if time.monotonic() > deadline:
                raise from_log(exit_code, f"{program.name} does not answer after {seconds:.0f} s.", program.log)
            time.sleep(POLL_SECONDS)
    except (LaunchError, StopRequestedError) as error:
        family.hasten()
        if isinstance(error, LaunchError) and error.exit_code is ExitCode.CHILD_ENDED:
            error.exit_code = exit_code
        raise


def last_steps(stop_signal: int, identity: Identity | None) -> Callable[[], None]:
    """What a child does between fork and exec."""
    launcher = os.getpid()

    def prepare() -> None:  # pragma: no cover - between fork and exec nothing is measured
        if identity is not None:
            become(identity)
        # After become(): a change of user clears it. A launcher that is killed takes its children along.
        die_with_parent(stop_signal)
        if os.getppid() != launcher:
            os._exit(1)

    return prepare


@contextmanager
def opened_log(path: Path) -> Iterator[int]:
    if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
