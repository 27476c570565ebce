"""How long a large account takes, and how much memory: imported and reconciled, each in a process of its own.

`python -m bench.recon.speed import|reconcile ENTITY BANK_ACCOUNT [FILE]` is such a process.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

A_DAY = 40
FEES_A_DAY = 10
FEE = Decimal("29.90")
FIRST_DAY = date(2020, 1, 1)
BANK, SEED = "BANK", 1


class Large(NamedTuple):
    """Books with one bank account that was posted into, and the file of its bank."""

    entity: UUID
    bank_account: UUID
    file: Path


class Spent(NamedTuple):
    """What a step took. Processor seconds are of its process and of PostgreSQL; `others` are of everybody else."""

    seconds: float
    client: float
    database: float
    others: float
    peak_megabytes: float
    done: int  # lines that came in, or matches
    cases: int = 0

    @property
    def processor(self) -> float:
        return self.client + self.database


def made(name: str, count: int, folder: Path, *, is_gym: bool) -> Large:
    """Books with so many postings, 40 a day; at a gym ten of them are the same fee."""
    from bench.recon.books import CURRENCY, OTHERS, Transfer, new_books, post  # noqa: PLC0415 - after django.setup
    from bench.recon.files import mt940  # noqa: PLC0415
    from bench.recon.mangling import LATEST_DAYS, bank_lines  # noqa: PLC0415
    from recon.matching.passes.shapes import ReconItem  # noqa: PLC0415

    transfers = [
        Transfer(day, BANK, OTHERS, amount, f"INV-{2025 + number // 100_000}-{number % 100_000:05}")
        for number, (day, amount) in enumerate(_amounts(count, is_gym=is_gym))
    ]
    ours = [ReconItem(one.reference, "books", one.day, one.amount, CURRENCY, (one.reference,)) for one in transfers]
    lines, _ = bank_lines(ours, SEED)
    file = folder / f"{name}.sta"
    file.write_bytes(mt940(BANK, CURRENCY, lines))
    books = new_books(name, [BANK], FIRST_DAY)
    post(books.entity, transfers, transfers[-1].day + timedelta(days=LATEST_DAYS))
    return Large(books.entity, books.bank_accounts[BANK], file)


def _amounts(count: int, *, is_gym: bool) -> Iterator[tuple[date, Decimal]]:
    chance = random.Random(SEED)
    for number in range(count):
        is_fee = is_gym and number % A_DAY < FEES_A_DAY
        amount = FEE if is_fee else Decimal(chance.randrange(100, 500_000)).scaleb(-2)
        yield FIRST_DAY + timedelta(days=number // A_DAY), amount


def in_a_process(step: str, large: Large) -> Spent:
    """Measured alone, because memory is told of a whole process."""
    words = [
        sys.executable,
        "-m",
        "bench.recon.speed",
        step,
        str(large.entity),
        str(large.bank_account),
        str(large.file),
    ]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE)
    return Spent(*json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    import django  # noqa: PLC0415

    django.setup()
    from bench.books import ACTOR  # noqa: PLC0415
    from bench.cpu import usage  # noqa: PLC0415
    from recon.cases.running import reconcile  # noqa: PLC0415
    from recon.statements.importing import import_file  # noqa: PLC0415

    step, entity, bank_account, path = sys.argv[1:]
    file = Path(path)
    before, began = usage([]), time.perf_counter()
    if step == "import":
        answer = import_file(UUID(entity), UUID(bank_account), file.read_bytes(), file.name, actor=ACTOR)
        counted = sum(one.new_count for one in answer.statements), 0
    else:
        done = reconcile(UUID(entity), UUID(bank_account), actor=ACTOR)
        counted = done.confirmed, sum(done.opened.values())
    seconds, spent = time.perf_counter() - began, usage([]).since(before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Spent(seconds, spent["client"], spent["database"], spent["others"], peak, *counted)))


if __name__ == "__main__":
    main()
