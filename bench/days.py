"""AMLSim's 149 steps as 149 business days: import, close all of them, and compare every balance of every day.

    python -m bench.days --data ../shared/data/amlsim [--backdated 1000 --seed 7]

Runs `import_accounts`, `import_journals` and `close_day --through` as an operator would, against the server of
DATABASE_URL, into an entity of its own. Gross debits, gross credits and the balance of each of 20,000 accounts at the
end of each day must equal what a dictionary makes of the same file. Then day 75 is reopened by two people, seeded
journals are dated into the days from there on, all are closed again, and everything must be equal once more.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from bench.amlsim import PROJECT, START_DATE, command, jobs, measured, set_up

STEPS = 149
FIRST_DAY = START_DATE + timedelta(days=1)
LAST_DAY = START_DATE + timedelta(days=STEPS)
REOPENED = START_DATE + timedelta(days=75)
ZERO = Decimal(0)
AS_OF_DAYS = 10  # on so many days balances are asked for one by one, as the API does
Moves = dict[date, list[tuple[str, str, Decimal]]]  # day -> (debited, credited, amount)


class Line(NamedTuple):
    debits: Decimal
    credits: Decimal
    closing: Decimal  # debit-positive


def replay_days(data: Path) -> tuple[dict[str, Decimal], Moves]:
    """Opening balances, and the transfers of each day that a dictionary lets through."""
    with (data / "accounts.csv").open(newline="") as file:
        opening = {row["nodeid"]: Decimal(row["init_balance"]) for row in csv.DictReader(file)}
    balances, moves = dict(opening), defaultdict(list)
    with (data / "transactions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            source, target, amount = row["sourceNodeId"], row["targetNodeId"], Decimal(row["value"])
            if source != target and balances[source] >= amount:
                balances[source] -= amount
                balances[target] += amount
                moves[START_DATE + timedelta(days=int(row["time"]))].append((source, target, amount))
    return opening, moves


def compare(entity: Any, opening: dict[str, Decimal], moves: Moves) -> None:
    """Every account on every day: the frozen trial balance, and on some days the balance as it is asked for."""
    from journals.reading.as_of import balance_then  # noqa: PLC0415 - after django.setup()

    chance = random.Random(1)
    balances = {code: -amount for code, amount in opening.items()}
    asked = set(chance.sample(range(STEPS), AS_OF_DAYS))
    compared = 0
    for number in range(STEPS):
        day = FIRST_DAY + timedelta(days=number)
        expected = _expected(balances, moves.get(day, []))
        frozen = _frozen(entity, day)
        for code, line in expected.items():
            found = frozen.get(code, Line(ZERO, ZERO, ZERO))
            assert found == line, f"{code} on {day}: {found}, the file gives {line}"
            compared += 1
        for code in chance.sample(sorted(expected), 100) if number in asked else ():
            assert Decimal(balance_then(entity.id, code, as_of=day).balance) == -expected[code].closing, (code, day)
    print(f"{compared:,} daily balances with their gross debits and credits equal the dictionary's")


def _expected(balances: dict[str, Decimal], moved: list[tuple[str, str, Decimal]]) -> dict[str, Line]:
    debits: dict[str, Decimal] = defaultdict(Decimal)
    credits_: dict[str, Decimal] = defaultdict(Decimal)
    for source, target, amount in moved:
        debits[source] += amount
        credits_[target] += amount
        balances[source] += amount
        balances[target] -= amount
    return {code: Line(debits.get(code, ZERO), credits_.get(code, ZERO), balances[code]) for code in balances}


def _frozen(entity: Any, day: date) -> dict[str, Line]:
    from journals.days.closing.snapshots import frozen_trial_balance  # noqa: PLC0415
    from journals.days.models import DayClose  # noqa: PLC0415
    from ledgerflow.books.snapshots import snapshot  # noqa: PLC0415

    run = DayClose.objects.filter(entity=entity, day=day).latest("number")
    with snapshot() as connection:
        connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL jit = off")
        lines = frozen_trial_balance(connection, entity.id, day, run.number)
        return {line.code: Line(line.debits, line.credits, line.closing) for line in lines}


def backdate(entity: Any, moves: Moves, count: int, seed: int) -> None:
    """Reopen a day by two people and date seeded transfers into it and the days after it."""
    from accounts.models import Balance  # noqa: PLC0415
    from journals.drafts import Draft, transfer_lines  # noqa: PLC0415
    from journals.posting import post_many  # noqa: PLC0415

    reopen(entity, REOPENED)
    chance = random.Random(seed)
    rows = Balance.objects.filter(account__entity=entity, account__type="liability")
    left = {code: given - taken for code, taken, given in rows.values_list("account__code", "debits", "credits")}
    rich = sorted(code for code, amount in left.items() if amount > 1000)  # noqa: PLR2004 - enough for some cents
    drafts = []
    for number in range(count):
        source, target = chance.choice(rich), chance.choice(sorted(left))
        day = REOPENED + timedelta(days=chance.randrange((LAST_DAY - REOPENED).days + 1))
        amount = Decimal(chance.randint(1, 99)).scaleb(-2)
        if source == target:
            target = next(code for code in rich if code != source)
        moves[day].append((source, target, amount))
        lines = transfer_lines(source, target, amount)
        drafts.append(Draft(f"backdated-{number}", lines, "transfer", effective_date=day, actor="bench"))
    answers = post_many(entity.id, drafts)
    assert {answer.status for answer in answers} == {"posted"}, [one.refusal for one in answers if one.refusal][:3]
    print(f"{count:,} journals dated into {REOPENED} to {LAST_DAY}")


def reopen(entity: Any, day: date) -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415

    from journals.days.reopening import propose_reopening  # noqa: PLC0415
    from ledgerflow.approvals.use_cases import decide  # noqa: PLC0415

    ann, bob = (
        f"user:{User.objects.create_superuser(f'{name}-{uuid4().hex[:8]}').username}" for name in ("ann", "bob")
    )
    proposal = propose_reopening(entity.id, day, reason="Late transfers", person=ann, via=ann)
    outcome = decide(entity.id, proposal.id, "approved", person=bob, via=bob)
    assert outcome.failure is None, outcome.failure


def close_all(entity: Any, name: str) -> None:
    closed = measured(command("close_day", "--entity", entity.code, "--through", str(LAST_DAY)))
    print(f"{name}: {closed.seconds:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data" / "amlsim")
    parser.add_argument("--output", type=Path, default=PROJECT / ".ledgerflow" / "amlsim")
    parser.add_argument("--backdated", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    set_up()
    from django.core.management import call_command  # noqa: PLC0415

    from accounts.founding import found_books  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    code = f"days-{uuid4().hex[:8]}"
    entity = found_books(code=code, name="AMLSim by day", base_currency="EUR", business_date=FIRST_DAY)
    opening, moves = replay_days(given.data)
    for job in jobs(given.data, code, given.output / code):
        measured(job)
    close_all(entity, f"{STEPS} days closed")
    compare(entity, opening, moves)
    backdate(entity, moves, given.backdated, given.seed)
    close_all(entity, f"{(LAST_DAY - REOPENED).days + 1} days closed again")
    compare(entity, opening, moves)
    measured(command("verify_ledger", "--entity", code))


if __name__ == "__main__":
    main()
