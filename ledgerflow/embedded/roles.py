"""The parts of the whole as processes of their own, on one machine: `make up` and what goes with it.

python -m ledgerflow.embedded roles     the services and each role, until Ctrl-C or SIGTERM
python -m ledgerflow.embedded up        the same in the background; comes back when all of them answer
python -m ledgerflow.embedded ps        what runs, and where it answers
python -m ledgerflow.embedded logs      what they write, until Ctrl-C
python -m ledgerflow.embedded restart   one role, or everything
python -m ledgerflow.embedded stop      the end
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from ledgerflow.embedded import environment, postgres, run
from ledgerflow.embedded.command import stop
from ledgerflow.embedded.failures import ExitCode, LaunchError, from_log
from ledgerflow.embedded.processes import POLL_SECONDS, Family, Mark, Program, say, send, still_runs, wait_ready

# In the order of their start; each answers on PORT plus its place here.
ROLES = ("command", "processor", "projector", "query", "web")
# What no role does: `processor` and `projector` are the rest.
FOLLOWING = {
    "The webhooks' consumer": ["consume", "webhooks"],
    "The webhook dispatcher": ["dispatch_webhooks"],
}
START_SECONDS = 90
UP_SECONDS = 300
# What a role may know: `projector` and `query` have no books, `command` and `processor` no read models.
BOOKS = frozenset({"DATABASE_URL"})
READ_MODELS = frozenset({"READMODEL_DATABASE_URL"})
HIDDEN = {"command": READ_MODELS, "processor": READ_MODELS, "projector": BOOKS, "query": BOOKS}
LINES_SHOWN = "50"


def run_roles(folder: Path) -> int:
    """The services and each role, until somebody stops it."""
    options = run.options_from_environment()
    if options.port + len(ROLES) - 1 > run.HIGHEST_PORT:
        raise LaunchError(ExitCode.BAD_SETTING, f"PORT={options.port} leaves no ports for {len(ROLES)} roles")
    for number in range(len(ROLES)):
        run.require_free_port(replace(options, port=options.port + number))
    return run.run_with(folder, replace(options, kafka=True), start_roles)


def start_roles(family: Family, folder: Path, options: run.Options, env: dict[str, str]) -> str:
    """Prepare the books and the topics; then tasks, and the roles."""
    web = replace(options, port=port_of("web", options.port))
    env |= read_models(env)
    env = run.prepare_books(family, folder, web, env)
    run.start_background(family, folder, options, env, FOLLOWING)
    for role in ROLES:
        port = port_of(role, options.port)
        words = [sys.executable, "-m", "ledgerflow", "serve", role, "--port", str(port), "--bind", options.address]
        program = Program(f"The role {role}", words, folder / "log" / f"{role}.log", is_replaced=True)
        known = {name: value for name, value in env.items() if name not in HIDDEN.get(role, frozenset())}
        family.start(program, env=known)
    for role, child in zip(ROLES, family.children[-len(ROLES) :], strict=True):
        host, port = options.host, port_of(role, options.port)
        wait_ready(family, partial(answers, host, port), ExitCode.CHILD_ENDED, child.program, START_SECONDS)
    return where(options, folder)


def read_models(env: dict[str, str]) -> dict[str, str]:
    """Where read models are: a database of their own on the embedded server, on another one what its owner says."""
    if env.get("READMODEL_DATABASE_URL"):
        return {}
    if os.environ.get("DATABASE_URL"):
        return {"READMODEL_DATABASE_URL": env["DATABASE_URL"]}
    return {"READMODEL_DATABASE_URL": postgres.read_models_of(env["DATABASE_OWNER_URL"], env["DATABASE_URL"])}


def where(options: run.Options, folder: Path) -> str:
    """What is shown when all of it runs."""
    lines = [f"    {role:13}{replace(options, port=port_of(role, options.port)).url}" for role in ROLES]
    rest = f"    Credentials  {folder / 'credentials.json'}\n    Logs         {folder / 'log'}\n"
    return "`make down` stops it.\n\n" + "\n".join(lines) + f"\n{rest}"


def port_of(role: str, first: int) -> int:
    """Where a role answers: what it is for, its health and its metrics."""
    return first + ROLES.index(role)


def answers(host: str, port: int) -> bool:
    """Whether somebody there says that he can work."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        for path in ("/api/health/ready", "/health/ready"):
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            response.read()
            if response.status == http.client.OK:
                return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return False


def up(folder: Path) -> int:
    """Start `roles` in the background; what it says is shown when all answer, or when it gave up."""
    if environment.running_pid(folder) is not None:
        say(f"LedgerFlow runs on {folder} already. `make ps` shows what runs.")
        return ExitCode.IN_USE
    environment.prepare(folder)
    is_up = folder / "run" / "up"
    is_up.unlink(missing_ok=True)  # left over from a launcher that was killed
    log = folder / "log" / "launcher.log"
    began = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "ledgerflow.embedded", "roles"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=environment.PROJECT,
        )  # fmt: skip
    deadline = time.monotonic() + UP_SECONDS
    while not is_up.exists():
        if launcher.poll() is not None:
            sys.stderr.write(log.read_bytes()[began:].decode(errors="replace"))
            return launcher.returncode
        if time.monotonic() > deadline:
            launcher.send_signal(signal.SIGTERM)
            raise from_log(ExitCode.CHILD_ENDED, f"Not everything answers after {UP_SECONDS} s.", log)
        time.sleep(POLL_SECONDS)
    say(log.read_bytes()[began:].decode(errors="replace").rstrip())
    return ExitCode.STOPPED


def ps(folder: Path) -> int:
    """A line for each process: its name, its number, and whether it runs."""
    if environment.running_pid(folder) is None:
        say(f"LedgerFlow does not run on {folder}.")
        return ExitCode.STOPPED
    for mark in marks(folder):
        say(f"{mark.name:24}{mark.pid:>8}  {'runs' if still_runs(mark) else 'is started again'}")
    return ExitCode.STOPPED


def logs(folder: Path, role: str | None) -> int:
    """Follow what one role writes, or all of them."""
    files = [folder / "log" / f"{role}.log"] if role else sorted((folder / "log").glob("*.log"))
    there = [str(file) for file in files if file.exists()]
    if not there:
        raise LaunchError(ExitCode.BAD_SETTING, f"There is no log of {role or 'anything'} in {folder / 'log'}.")
    sys.stdout.flush()
    os.execvp("tail", ["tail", "-n", LINES_SHOWN, "-F", *there])  # noqa: S606, S607 - follows files that are replaced


def restart(folder: Path, role: str | None) -> int:
    """End a role, which its launcher starts again; without a name, everything."""
    if role is None:
        stop(folder)
        return up(folder)
    found = [mark for mark in marks(folder) if mark.name == f"The role {role}" and still_runs(mark)]
    if not found:
        raise LaunchError(ExitCode.BAD_SETTING, f"The role {role} does not run on {folder}.")
    for mark in found:
        send(mark.pid, mark.stop_signal)
    while any(still_runs(mark) for mark in found):
        time.sleep(POLL_SECONDS)
    say(f"The role {role} has ended and is started again.")
    return ExitCode.STOPPED


def marks(folder: Path) -> list[Mark]:
    """What the launcher of this folder has written down of its processes."""
    try:
        return [Mark(**written) for written in json.loads((folder / "run" / "processes.json").read_text())]
    except (OSError, ValueError, TypeError):
        return []
