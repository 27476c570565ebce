"""`python -m ledgerflow.embedded`; the package's docstring has the commands and the exit codes."""

import argparse
import sys
import traceback
from collections.abc import Sequence

from ledgerflow.embedded import command, environment, failures, roles, run, services
from ledgerflow.embedded.failures import ExitCode, LaunchError


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(prog="python -m ledgerflow.embedded", description=__doc__)
    commands = main.add_subparsers(dest="action", required=True)
    commands.add_parser("run", help="start everything, until Ctrl-C or SIGTERM")
    commands.add_parser("stop", help="stop what `run` started in another terminal")
    commands.add_parser("roles", help="start everything, each role as a process of its own")
    commands.add_parser("up", help="the same in the background")
    commands.add_parser("ps", help="what `up` has started")
    for name, what in (("logs", "follow what is written"), ("restart", "end and start again")):
        commands.add_parser(name, help=what).add_argument("role", nargs="?", choices=roles.ROLES)
    with_services = commands.add_parser("with", help="start the services for as long as a command runs")
    with_services.add_argument("--pg", type=int, choices=(16, 18), default=18, help="version of PostgreSQL")
    with_services.add_argument("--temporary", action="store_true", help="in a new folder, removed afterwards")
    with_services.add_argument("--fast", action="store_true", help="without fsync; for tests")
    with_services.add_argument("--redis", action="store_true", help="start Valkey too")
    with_services.add_argument("--kafka", action="store_true", help="start Kafka too; needs Java 17 and Maven")
    with_services.add_argument(
        "--kafka-if-possible", action="store_true", help="start Kafka too, or say why it cannot be had, and go on"
    )
    with_services.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return main


def dispatch(arguments: Sequence[str] | None = None) -> int:
    commands = parser()
    given = commands.parse_args(arguments)
    if given.action == "run":
        return run.run(environment.home())
    if given.action == "stop":
        return command.stop(environment.home())
    if given.action == "roles":
        return roles.run_roles(environment.home())
    if given.action == "up":
        return roles.up(environment.home())
    if given.action == "ps":
        return roles.ps(environment.home())
    if given.action == "logs":
        return roles.logs(environment.home(), given.role)
    if given.action == "restart":
        return roles.restart(environment.home(), given.role)
    words = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not words:
        commands.error("with: no command was given")
    if given.fast and not given.temporary:
        commands.error("with: --fast needs --temporary, because a power cut would ruin the data")
    wanted = services.Wanted(
        major=given.pg,
        fast=given.fast,
        redis=given.redis,
        temporary=given.temporary,
        kafka=given.kafka or given.kafka_if_possible,
        kafka_is_needed=given.kafka,
    )
    return command.run_with_services(words, wanted)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; whatever goes wrong is said in words."""
    try:
        return dispatch(arguments)
    except LaunchError as error:
        failure = error
    except OSError as error:
        failure = failures.from_os_error(error)
    except Exception as error:  # noqa: BLE001 - the last resort: words for the terminal, the rest into a file
        log = environment.home() / "log" / "launcher.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc())
        failure = LaunchError(ExitCode.CHILD_ENDED, f"{type(error).__name__}: {error}\nThe details are in {log}")
    sys.stderr.write(f"\n{failure}\n")
    return failure.exit_code


if __name__ == "__main__":
    sys.exit(main())
