"""Real processes, killed at seeded moments."""

import csv
import os
import random
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from journals.models import Journal
from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity
from tests.importing import (
    Dictionary,
    balances,
    counts,
    csv_file,
    import_accounts,
    import_journals,
    refused,
    run_of,
)

pytestmark = pytest.mark.begins_first

PROJECT = Path(__file__).parents[2]
SMALL_BATCHES = """
import sys
from django.core.management import execute_from_command_line
import django; django.setup()
from journals.portability import runs
runs.BATCH = 20
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def test_a_slice_of_amlsim_equals_a_dictionary(data_folder: Path, tmp_path: Path) -> None:
    with (data_folder / "amlsim" / "transactions.csv").open(newline="") as stream:
        transfers = [row for row, _ in zip(csv.DictReader(stream), range(5000), strict=False)]
    named = {transfer[end] for transfer in transfers for end in ("sourceNodeId", "targetNodeId")}
    with (data_folder / "amlsim" / "accounts.csv").open(newline="") as stream:
        funds = {row["nodeid"]: row["init_balance"] for row in csv.DictReader(stream) if row["nodeid"] in named}
    model = Dictionary({code: Decimal(amount) for code, amount in funds.items()})
    for row, transfer in enumerate(transfers, 2):
        model.transfer(row, transfer["sourceNodeId"], transfer["targetNodeId"], Decimal(transfer["value"]))

    entity = an_entity()
    import_accounts(
        entity, csv_file(tmp_path / "accounts.csv", ("nodeid", "init_balance"), *funds.items()),
        "--columns", "code=nodeid,opening=init_balance", "--set", "type=liability", "--set", "currency=EUR",
        "--set", "min_balance=0", "--opening-account", "CASH", "--create-opening-account", "asset",
    )  # fmt: skip
    cash = balances(entity)["CASH"]
    assert cash == sum(Decimal(amount) for amount in funds.values())
    file = csv_file(tmp_path / "transactions.csv", list(transfers[0]), *(transfer.values() for transfer in transfers))
    import_journals(entity, file, "--columns", "debit_account=sourceNodeId,credit_account=targetNodeId,amount=value")
    assert balances(entity) == model.balances() | {"CASH": cash}
    assert refused(file) == model.refused
    assert run_of(entity, kind="journals").posted == model.outcomes["posted"] > 1000


@pytest.fixture
def entity() -> Entity:
    made = an_entity()
    an_account(made, "CASH")
    return made


def start(database_url: str, *arguments: object) -> "subprocess.Popen[str]":
    environment = os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "ledgerflow.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", SMALL_BATCHES, *map(str, arguments)],
        cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def wait_for_a_batch(entity: Entity, process: "subprocess.Popen[str]", beyond: int) -> None:
    """Until the books have more events than `beyond`, or the process has ended."""
    while process.poll() is None and Journal.objects.filter(entity=entity).count() <= beyond:
        try:
            process.wait(timeout=0.01)
        except subprocess.TimeoutExpired:
            continue


def test_killed_at_any_moment_it_goes_on_where_it_was(entity: Entity, tmp_path: Path, database_url: str) -> None:
    chance = random.Random(20260302)
    funds = {f"D{n}": Decimal(10) for n in range(20)}
    model = Dictionary(funds)
    rows = [(*chance.choices(sorted(funds), k=2), str(chance.randint(1, 900) / Decimal(100))) for _ in range(2500)]
    for number, (source, target, amount) in enumerate(rows, 2):
        model.transfer(number, source, target, Decimal(amount))
    import_accounts(
        entity, csv_file(tmp_path / "accounts.csv", ("code", "opening"), *funds.items()), "--set", "type=liability",
        "--set", "currency=EUR", "--set", "min_balance=0", "--opening-account", "CASH",
    )  # fmt: skip
    file = csv_file(tmp_path / "transfers.csv", ("debit_account", "credit_account", "amount"), *rows)
    command = ("import_journals", file, "--entity", entity.code)
    kills = 0
    for _ in range(4):
        process = start(database_url, *command)
        wait_for_a_batch(entity, process, Journal.objects.filter(entity=entity).count())
        try:
            process.wait(timeout=chance.uniform(0, 0.15))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    assert kills > 1
    import_journals(entity, file)
    assert balances(entity) == model.balances() | {"CASH": Decimal(200)}
    assert refused(file) == model.refused
    assert counts(run_of(entity, kind="journals")) == {
        "posted": model.outcomes["posted"], "refused": len(model.refused),
    }  # fmt: skip


def test_ctrl_c_stops_between_batches_and_says_how_to_go_on(entity: Entity, tmp_path: Path, database_url: str) -> None:
    an_account(entity, "BANK")
    file = csv_file(
        tmp_path / "x.csv", ("debit_account", "credit_account", "amount"), *[("CASH", "BANK", "0.01")] * 4000
    )
    process = start(database_url, "import_journals", file, "--entity", entity.code)
    wait_for_a_batch(entity, process, 0)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert "The same command goes on from there." in told
    done = run_of(entity).posted
    assert 0 < done < 4000
    assert done % 20 == 0
    assert Journal.objects.filter(entity=entity).count() == done
    import_journals(entity, file)
    assert counts(run_of(entity)) == {"posted": 4000}
