"""The hand-written PL/pgSQL transfer under pgbench, in a schema of its own."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import psycopg

from bench.cpu import usage
from bench.options import Options
from bench.results import Sample
from ledgerflow.embedded.postgres import bare_environment, find_binaries

SQL = Path(__file__).parent / "sql"
FILL = """
    INSERT INTO baseline.account SELECT n, 'A' || n, 'EUR' FROM generate_series(1, %(accounts)s::int) AS n;
    INSERT INTO baseline.balance (account_id) SELECT id FROM baseline.account;
"""
FAULTS = """
    SELECT (SELECT count(*) FROM baseline.posting) <> 2 * (SELECT count(*) FROM baseline.journal)
        OR (SELECT count(*) FROM baseline.outbox) <> (SELECT count(*) FROM baseline.journal)
        OR (SELECT sum(debits - credits) FROM baseline.balance) <> 0
        OR (SELECT sum(debits) FROM baseline.balance)
           IS DISTINCT FROM (SELECT sum(amount) FROM baseline.posting WHERE amount > 0)
"""


def create(options: Options) -> None:
    """The schema with its accounts, dropping what an earlier run left."""
    with psycopg.connect(os.environ["DATABASE_URL"], cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("DROP SCHEMA IF EXISTS baseline CASCADE")
        connection.execute((SQL / "baseline.sql").read_text())
        connection.execute(FILL, {"accounts": options.accounts})


def measure(options: Options, spread: str) -> Sample:
    """One run of pgbench; raises when a transfer failed."""
    before = usage([])
    finished = subprocess.run(
        [
            str(find_binaries(18) / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
            "--jobs=2",
            f"--client={options.plpgsql_clients}",
            f"--time={options.plpgsql_seconds:.0f}",
            f"--define=accounts={options.accounts}",
            f"--file={SQL / f'{spread}.pgbench'}",
            os.environ["DATABASE_URL"],
        ],
        env=bare_environment() | {"PGOPTIONS": "-c default_transaction_isolation=read\\ committed"},
        capture_output=True,
        text=True,
        check=True,
    )
    spent = usage([]).since(before)
    transfers = _number(r"transactions actually processed: (\d+)", finished.stdout)
    assert _number(r"failed transactions: (\d+)", finished.stdout) == 0, finished.stdout
    rate = _number(r"tps = ([\d.]+)", finished.stdout)
    return Sample(f"plpgsql {spread}", rate, int(transfers), transfers / rate, cpu_seconds=spent)


def check() -> None:
    """The baseline keeps books too: a fast one that loses something would be no yardstick."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        faulty = connection.execute(FAULTS).fetchone()
        assert faulty == (False,), "the PL/pgSQL baseline lost something"


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])
