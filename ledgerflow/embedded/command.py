"""`with`: the services for as long as one command runs. `stop`: the end of a `run` in another terminal."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from ledgerflow.embedded import environment, services
from ledgerflow.embedded.failures import ExitCode, LaunchError, StopRequestedError
from ledgerflow.embedded.processes import POLL_SECONDS, Family, StopSwitch, say

SIGNAL_BASE = 128


def run_with_services(command: Sequence[str], wanted: services.Wanted) -> int:
    """The exit code of the command comes out, as a shell would give it."""
    if wanted.temporary:
        with environment.temporary_home() as folder:
            return run_in(folder, command, wanted)
    folder = environment.home()
    running = environment.running_services(folder)
    if running:
        if wanted.kafka and wanted.kafka_is_needed and not kafka_is_there(running):
            raise LaunchError(
                ExitCode.IN_USE,
                f"LedgerFlow runs on {folder} without Kafka. Stop it, then start it by `make run KAFKA=1`.",
            )
        # `make run` is on: its services are the ones meant.
        with StopSwitch() as switch:
            return run_command(command, os.environ | services.as_owner(running), switch)
    return run_in(folder, command, wanted)


def kafka_is_there(running: dict[str, str]) -> bool:
    return bool((os.environ | running).get("KAFKA_BOOTSTRAP_SERVERS"))


def run_in(folder: Path, command: Sequence[str], wanted: services.Wanted) -> int:
    environment.prepare(folder)
    with environment.locked(folder), StopSwitch() as switch:
        family = Family(folder, switch)
        try:
            family.end_leftovers()
            started = services.start(family, folder, wanted)
            return run_command(command, os.environ | services.as_owner(started), switch)
        except StopRequestedError:
            return SIGNAL_BASE + switch.requested
        finally:
            family.stop()


def run_command(command: Sequence[str], env: dict[str, str], switch: StopSwitch) -> int:
    try:
        child = subprocess.Popen(command, env=env)
    except OSError as error:
        raise LaunchError(ExitCode.NOT_INSTALLED, f"{command[0]} cannot be started: {error.strerror}") from None
    forwarded = False
    while child.poll() is None:
        # Ctrl-C reaches the command by itself: it shares our terminal. The others only reach us.
        if switch.requested not in {0, signal.SIGINT} and not forwarded:
            child.send_signal(switch.requested)
            forwarded = True
        time.sleep(POLL_SECONDS)
    return child.returncode if child.returncode >= 0 else SIGNAL_BASE - child.returncode


def stop(folder: Path) -> int:
    pid = environment.running_pid(folder)
    if pid is None:
        say(f"LedgerFlow does not run on {folder}.")
        return ExitCode.STOPPED
    os.kill(pid, signal.SIGTERM)
    while environment.running_pid(folder) == pid:
        time.sleep(POLL_SECONDS)
    say("Stopped.")
    return ExitCode.STOPPED
