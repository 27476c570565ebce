"""The main load, end to end: open 20,000 accounts, fund them, replay 120,558 transfers, compare with a dictionary.

    python -m bench.amlsim --data ../shared/data/amlsim [--kills 20 --seed 7]

Runs the commands as an operator would, against the server of DATABASE_URL, into an entity of its own. With `--kills`
a second entity gets the same files while the importers are killed at seeded moments and started again: its figures
and its refused rows must be the same.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

PROJECT = Path(__file__).parents[1]
START_DATE = date(2026, 1, 1)
ACCOUNT_OPTIONS = [
    "--columns",
    "code=nodeid,opening=init_balance",
    "--set",
    "name=Deposit {nodeid}",
    "--set",
    "type=liability",
    "--set",
    "currency=EUR",
    "--set",
    "min_balance=0",
    "--opening-account",
    "CASH",
    "--create-opening-account",
    "asset",
]
TRANSFER_OPTIONS = [
    "--columns",
    "debit_account=sourceNodeId,credit_account=targetNodeId,amount=value,date=time",
    "--start-date",
    str(START_DATE),
    "--advance",
]


class Replay(NamedTuple):
    """What a dictionary makes of the same files."""

    balances: dict[str, Decimal]
    outcomes: Counter[str]


class Measured(NamedTuple):
    seconds: float
    cpu_seconds: float  # of the importer alone
    peak_megabytes: float


def replay(data: Path) -> Replay:
    """Every transfer in file order: not to oneself, and not more than there is."""
    with (data / "accounts.csv").open(newline="") as file:
        balances = {row["nodeid"]: Decimal(row["init_balance"]) for row in csv.DictReader(file)}
    outcomes: Counter[str] = Counter()
    with (data / "transactions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            source, target, amount = row["sourceNodeId"], row["targetNodeId"], Decimal(row["value"])
            if source == target:
                outcomes["same_account"] += 1
            elif balances[source] < amount:
                outcomes["insufficient_funds"] += 1
            else:
                balances[source] -= amount
                balances[target] += amount
                outcomes["posted"] += 1
    return Replay(balances, outcomes)


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(PROJECT / "manage.py"), name, *arguments]


def measured(arguments: list[str]) -> Measured:
    """Run a command to its end."""
    started = time.monotonic()
    process = subprocess.Popen(arguments)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{arguments} ended with {process.returncode}"
    return Measured(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def killed_at(job: list[str], entity: str, kind: str, places: list[tuple[int, int]], chance: random.Random) -> int:
    """Start a command again and again and SIGKILL it a moment after its run has come to each place.

    A place is a phase and a row; the moment is up to 50 ms, about a batch, so kills land before, in and after COMMIT.
    Gives how often the process was still running.
    """
    from journals.portability.models import ImportRun  # noqa: PLC0415

    run = ImportRun.objects.filter(entity__code=entity, kind=kind)
    hits = 0
    for place in places:
        process = subprocess.Popen(job, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and (run.values_list("phase", "next_row").first() or (0, 0)) < place:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            hits += 1
        process.wait()
    return hits


def jobs(data: Path, entity: str, rejected: Path) -> tuple[list[str], list[str]]:
    """The two commands of the main load."""
    return (
        command(
            "import_accounts",
            str(data / "accounts.csv"),
            "--entity",
            entity,
            *ACCOUNT_OPTIONS,
            "--rejected",
            f"{rejected}.accounts.csv",
        ),
        command(
            "import_journals",
            str(data / "transactions.csv"),
            "--entity",
            entity,
            *TRANSFER_OPTIONS,
            "--rejected",
            f"{rejected}.csv",
        ),
    )


def new_entity() -> str:
    from django.core.management import call_command  # noqa: PLC0415 - after django.setup()

    from accounts.founding import found_books  # noqa: PLC0415

    call_command("migrate", verbosity=0)

    code = f"amlsim-{uuid4().hex[:8]}"
    found_books(code=code, name="AMLSim", base_currency="EUR", business_date=START_DATE)
    return code


def check(entity: str, expected: Replay, rejected: Path) -> None:
    """Balances and outcomes equal to the dictionary's, and the books in order."""
    from accounts.models import Balance  # noqa: PLC0415
    from journals.portability.models import ImportRun  # noqa: PLC0415

    rows = Balance.objects.filter(account__entity__code=entity, account__type="liability")
    balances = {
        code: credited - debited for code, debited, credited in rows.values_list("account__code", "debits", "credits")
    }
    assert balances == expected.balances, "balances differ from the dictionary's"
    run = ImportRun.objects.get(entity__code=entity, kind="journals")
    with Path(f"{rejected}.csv").open(newline="") as file:
        refused = Counter(row["code"] for row in csv.DictReader(file))
    assert refused + Counter(posted=run.posted) == expected.outcomes, (refused, run.posted)
    assert run.replayed == 0
    subprocess.run(command("verify_ledger", "--entity", entity), check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data" / "amlsim")
    parser.add_argument("--output", type=Path, default=PROJECT / ".ledgerflow" / "amlsim")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    set_up()
    expected = replay(given.data)
    print(f"expected: {dict(expected.outcomes)}, funded with {sum(expected.balances.values())}")

    entity = new_entity()
    rejected = given.output / entity
    done = [measured(job) for job in jobs(given.data, entity, rejected)]
    for name, one in zip(("import_accounts", "import_journals"), done, strict=True):
        print(f"{name}: {one.seconds:.1f} s ({one.cpu_seconds:.1f} s of CPU), peak {one.peak_megabytes:.0f} MB")
    print(f"together: {sum(one.seconds for one in done):.1f} s")
    check(entity, expected, rejected)
    if given.kills:
        with_kills(given.data, given.output, expected, rejected, random.Random(given.seed), given.kills)


def with_kills(data: Path, output: Path, expected: Replay, unkilled: Path, chance: random.Random, kills: int) -> None:
    """The same job killed at seeded places, a quarter of them among the accounts; then once to its end."""
    entity = new_entity()
    rejected = output / entity
    accounts, journals = jobs(data, entity, rejected)
    quarter = kills // 4
    places = sorted((chance.randint(0, 1), chance.randint(0, 19_000)) for _ in range(quarter))
    hits = killed_at(accounts, entity, "accounts", places, chance)
    measured(accounts)
    places = sorted((0, chance.randint(0, 119_000)) for _ in range(kills - quarter))
    hits += killed_at(journals, entity, "journals", places, chance)
    measured(journals)
    print(f"killed {hits} times of {kills}")
    check(entity, expected, rejected)
    assert Path(f"{rejected}.csv").read_bytes() == Path(f"{unkilled}.csv").read_bytes(), "refused rows differ"
    print("killed and unkilled agree, refused rows byte for byte")


def set_up() -> None:
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()


if __name__ == "__main__":
    main()
