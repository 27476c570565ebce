"""Lines of a budget from a CSV file: account, period, amount and, where it is by a value, dimension and value. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.core.money import parse_signed
from ledgerflow.files.items import check_cells
from ledgerflow.files.problems import FileProblem
from ledgerflow.files.rows import FileRow, examine, open_rows
from reports.budgets.specs import BudgetSpec

NEEDED = ("account", "period", "amount")
COLUMNS = (*NEEDED, "dimension", "value")


class BudgetFile(NamedTuple):
    """A file that was read whole: its hash, its lines with where each stands, and what is wrong with other rows."""

    sha256: str
    specs: list[BudgetSpec]
    rows: list[int]
    wrong: list[str]


def read_budget(path: Path) -> BudgetFile:
    """The lines of a file in UTF-8 whose first line names the columns, in any order.

    Raises `FileProblem` for another encoding, and for columns that are missing, unknown or named twice.
    """
    source = examine(path)
    found = BudgetFile(source.sha256, [], [], [])
    with open_rows(source) as (header, rows):
        names = [name.lower() for name in header]
        if not set(NEEDED) <= set(names) <= set(COLUMNS) or len(set(names)) != len(names):
            message = (
                f"{path}: the first line must name the columns {', '.join(COLUMNS)} (the last two if you need them)."
            )
            raise FileProblem(message)
        for row in rows:
            try:
                found.specs.append(_spec(names, row))
                found.rows.append(row.number)
            except LedgerError as refusal:
                found.wrong.append(f"line {row.number}: {refusal.message}")
    return found


def _spec(names: list[str], row: FileRow) -> BudgetSpec:
    check_cells(row, names)
    given = dict(zip(names, (cell.strip() for cell in row.cells), strict=True))
    if not given["account"] or not given["period"]:
        message = "A line of a budget needs an account and a period."
        raise Malformed(message)
    amount = parse_signed(given.pop("amount"), "/amount")
    return BudgetSpec(amount=amount, **given)
