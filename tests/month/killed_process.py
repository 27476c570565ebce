"""A process whose children do an operator's hour on the command line: undisturbed, or killed around each commit.

python -m tests.month.killed_process WHOLE KILLED

Both are files of JSON: the arguments of each command, in their order. Of KILLED each command is started again until it
is through: a child is killed, by turns, in its first transaction that records an event, when all is written and COMMIT
is not sent, and right after it is committed. Prints how the children of each command have ended. They are forks:
Django is set up once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import django

BUSY = 3  # the session of the one before is not gone yet
MOST_CHILDREN = 60


def arm(*, within: bool) -> None:
    """Put the end of this process into its first transaction that records something, or after it."""
    from ledgerflow.books.writing import Transaction

    commit = Transaction._commit

    def killing(tx: Transaction) -> None:
        if not tx.has_recorded:
            commit(tx)
            return
        if within:
            tx.write_log()
        else:
            commit(tx)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Transaction, "_commit", killing)  # noqa: B010 - nothing that the module exports


def child(arguments: list[str]) -> int:
    from django.core.management import CommandError, call_command

    from ledgerflow.core.errors import TryAgain

    with Path(os.devnull).open("w") as nowhere:
        try:
            call_command("recon", *arguments, stdout=nowhere)
        except CommandError as error:
            if isinstance(error.__cause__, TryAgain):
                return BUSY
            sys.stderr.write(f"{arguments}: {error}\n")
            return 1
    return 0


def ended(arguments: list[str], *, within: bool | None) -> int:
    """How a child ends that carries out a command; `within` None: undisturbed."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            if within is not None:
                arm(within=within)
            code = child(arguments)
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def small_batches() -> None:
    """A few matches and exceptions take several transactions."""
    from recon.cases import running as cases
    from recon.matching import running as matching

    cases.AT_ONCE = matching.MATCHES_AT_ONCE = 3


def until_through(arguments: list[str]) -> list[int]:
    """How the children of one command have ended, each killed at its first commit until one has nothing to commit."""
    ends: list[int] = []
    while len(ends) < MOST_CHILDREN:
        end = ended(arguments, within=len(ends) % 2 == 0)
        if end != BUSY:
            ends.append(end)
        if end not in {BUSY, -signal.SIGKILL}:
            break
    return ends


def main(whole: str, killed: str) -> None:
    small_batches()
    told = [[ended(arguments, within=None)] for arguments in json.loads(Path(whole).read_text())]
    told += [until_through(arguments) for arguments in json.loads(Path(killed).read_text())]
    print(json.dumps(told))  # noqa: T201 - this is how it talks to the test


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    from recon.reports.management.commands import recon  # noqa: F401 - imported once for all children

    main(*sys.argv[1:])
