"""`make run`: services, migrations, demo data, web, worker, beat and what follows the log, until somebody stops it."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledgerflow.embedded import environment, services
from ledgerflow.embedded.failures import ExitCode, LaunchError, StopRequestedError, from_log
from ledgerflow.embedded.processes import POLL_SECONDS, Family, Program, StopSwitch, say, wait_ready

LIVE_PATH = "/api/health/live"
WEB_START_SECONDS = 90
HIGHEST_PORT = 65_535
# Posting, changing, reading and what the change feed holds have 5, 4, 2 and 2 times the places (`ledgerflow.settings`):
# one is left for health.
THREADS_FOR_EACH_PLACE = 14


# All that follows the log of events, in one process.
FOLLOWING = {"The background work": ["work"]}


@dataclass(frozen=True)
class Options:
    address: str
    port: int
    web_workers: int
    web_threads: int
    task_workers: int
    kafka: bool = False
    kafka_port: int = 0

    @property
    def host(self) -> str:
        """Where this machine reaches what listens there."""
        everywhere = self.address in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        return "127.0.0.1" if everywhere else self.address

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def number(name: str, default: int, most: int, *, least: int = 1) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise LaunchError(ExitCode.BAD_SETTING, f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def options_from_environment() -> Options:
    return Options(
        address=os.environ.get("LEDGERFLOW_BIND") or "127.0.0.1",
        port=number("PORT", 8000, HIGHEST_PORT),
        web_workers=number("LEDGERFLOW_WEB_WORKERS", 2, 64),
        web_threads=number("LEDGERFLOW_WEB_THREADS", 16, 256),
        task_workers=number("LEDGERFLOW_TASK_WORKERS", 2, 64),
        kafka=number("KAFKA", 0, 1, least=0) == 1,
        kafka_port=number("KAFKA_PORT", 0, HIGHEST_PORT, least=0),
    )


Start = Callable[[Family, Path, Options, dict[str, str]], str]


def run(folder: Path) -> int:
    """Everything in one group of processes, until somebody stops it."""
    return run_with(folder, options_from_environment(), start_all)


def run_with(folder: Path, options: Options, start_processes: Start) -> int:
    """The services, and what `start_processes` starts on them; what it gives says where things are."""
    began = time.monotonic()
    environment.prepare(folder)
    with environment.locked(folder), StopSwitch() as switch:
        family = Family(folder, switch)
        try:
            family.end_leftovers()
            require_free_port(options)
            wanted = services.Wanted(kafka=options.kafka, kafka_port=options.kafka_port)
            started = services.start(family, folder, wanted)
            with environment.published(folder, started):
                where = start_processes(family, folder, options, os.environ | started)
                where += kafka_line(started)
                say(f"\nLedgerFlow is up after {time.monotonic() - began:.1f} s. {where}")
                with environment.marked_up(folder):
                    watch(family)
        except StopRequestedError:
            say("\nStopping: first the web server finishes its requests, PostgreSQL goes last.")
        finally:
            family.stop()
    say("Stopped. Everything acknowledged is in the books.")
    return ExitCode.STOPPED


def require_free_port(options: Options) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(options.address, options.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: connections of the last run that wait for their end are no reason to refuse.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise LaunchError(ExitCode.BAD_SETTING, f"LEDGERFLOW_BIND={options.address} is not an address") from None
    except OSError as error:
        raise LaunchError(
            ExitCode.PORT_TAKEN,
            f"Port {options.port} on {options.address} cannot be used: {error.strerror}."
            " Choose another one: PORT=8001 make run",
        ) from None


def start_all(family: Family, folder: Path, options: Options, env: dict[str, str]) -> str:
    env = prepare_books(family, folder, options, env)
    start_background(family, folder, options, env, FOLLOWING)
    web = web_program(folder, options)
    family.start(web, env=env)
    wait_ready(family, lambda: is_live(options), ExitCode.CHILD_ENDED, web, WEB_START_SECONDS)
    return where_to_click(options, folder)


def prepare_books(family: Family, folder: Path, options: Options, env: dict[str, str]) -> dict[str, str]:
    """Tables, demo books and topics; the environment of everything that is started afterwards comes out."""
    manage(family, folder, env, "migrate", "--no-input")
    if options.kafka:
        manage(family, folder, env, "create_topics")
    # From here on nothing knows how to sign in as the owner of the tables.
    env = {name: value for name, value in env.items() if name != "DATABASE_OWNER_URL"}
    credentials = str(folder / "credentials.json")
    say(manage(family, folder, env, "seed_demo", "--url", options.url, "--credentials", credentials))
    fails = ["--fail-level", "CRITICAL"]
    found = manage(family, folder, env, "check", "--deploy", "--tag", "ledgerflow", "--database", "default", *fails)
    if "ledgerflow.E" in found:
        say(found)  # somebody's own server, and his own role in it: he is told, and it runs
    return env


def start_background(
    family: Family, folder: Path, options: Options, env: dict[str, str], following: Mapping[str, Sequence[str]]
) -> None:
    """What works by itself. Stopped in the reverse order: no new requests, then no new tasks.

    `following` are the commands that follow the log of events, and that carry commands out, by their names.
    """
    python = sys.executable
    celery = [python, "-m", "celery", "--app", "ledgerflow"]
    log = folder / "log"
    worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", str(options.task_workers), "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile="]
    family.start(Program("The task worker", worker, log / "worker.log", is_replaced=True), env=env)
    family.start(Program("The scheduler", beat, log / "beat.log", is_replaced=True), env=env)
    for name, words in following.items():
        command = [python, "-m", "ledgerflow", *words]
        family.start(Program(name, command, log / f"{words[0]}.log", is_replaced=True), env=env)


def web_program(folder: Path, options: Options) -> Program:
    command = web_command(options.address, options.port, options.web_workers, options.web_threads)
    return Program("The web server", command, folder / "log" / "web.log", is_replaced=True)


def web_command(address: str, port: int, workers: int, threads: int) -> list[str]:
    """The web server as a command: the same for `make run`, `manage.py serve` and the benchmark."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        address,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--no-ws",
        "--blocking-threads",
        str(THREADS_FOR_EACH_PLACE * threads),
        # Version 2 can leave out the length of a body, and one address could send hundreds in one connection.
        "--http",
        "1",
        "--http1-header-read-timeout",
        "10000",
        "--workers-kill-timeout",
        "25s",
        "--respawn-failed-workers",
        "ledgerflow.wsgi:application",
    ]


def manage(family: Family, folder: Path, env: dict[str, str], command: str, *arguments: str) -> str:
    """Run one management command; what it printed comes out."""
    log = folder / "log" / f"{command}.log"
    log.unlink(missing_ok=True)
    code = family.run(Program(command, [sys.executable, "-m", "ledgerflow", command, *arguments], log), env=env)
    if code != 0:
        exit_code = ExitCode.BAD_SETTING if code == ExitCode.BAD_SETTING else ExitCode.PREPARATION
        raise from_log(exit_code, f"`ledgerflow {command}` failed (exit code {code}).", log)
    printed = log.read_text(errors="replace").rstrip()
    # What is printed once, to one person, does not stay among the logs: it can hold a password.
    log.unlink()
    return printed


def is_live(options: Options) -> bool:
    connection = http.client.HTTPConnection(options.host, options.port, timeout=5)
    try:
        connection.request("GET", LIVE_PATH, headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def where_to_click(options: Options, folder: Path) -> str:
    return (
        "Ctrl-C stops it.\n\n"
        f"    Admin        {options.url}/admin/\n"
        f"    API          {options.url}/api/docs\n"
        f"    Health       {options.url}/api/health/ready\n"
        f"    Credentials  {folder / 'credentials.json'}\n"
        f"    Logs         {folder / 'log'}\n"
    )


def kafka_line(started: Mapping[str, str]) -> str:
    address = started.get("KAFKA_BOOTSTRAP_SERVERS")
    return f"    Kafka        {address}\n" if address else ""


def watch(family: Family) -> None:
    """Until a signal or the end of PostgreSQL, which raise; what else ends is started again."""
    while True:
        family.tend()
        time.sleep(5 * POLL_SECONDS)
