"""What tests of import and export have in common: files, commands, and the books as a dictionary."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Balance
from journals.portability.drafting import JournalOptions
from journals.portability.models import ImportRun, ImportUpload, UploadKind
from journals.portability.uploading.carrying_out import carry_out, send
from journals.portability.uploading.files import begin_upload, set_options
from ledgerflow.books.models import Entity
from ledgerflow.files.rejects import rejects_path

Refused = list[tuple[str, str]]  # (row, code)


def csv_file(path: Path, *rows: Iterable[object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def run_command(name: str, *arguments: object) -> str:
    """Its standard output. Progress goes to the error stream."""
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out)
    return out.getvalue()


def import_journals(entity: Entity, path: Path, *arguments: object) -> str:
    return run_command("import_journals", path, "--entity", entity.code, *arguments)


def import_history(entity: Entity, path: Path, *arguments: object) -> str:
    """Dates before the books began are meant."""
    return import_journals(entity, path, "--confirm-unusual-dates", *arguments)


def import_in_part(entity: Entity, path: Path, *arguments: object) -> None:
    """An import of hledger's books of which something is refused: exit code 1, when all else is posted."""
    with pytest.raises(CommandError, match="Refused transactions") as caught:
        import_history(entity, path, "--format", "hledger", *arguments)
    assert caught.value.returncode == 1


def import_accounts(entity: Entity, path: Path, *arguments: object) -> str:
    return run_command("import_accounts", path, "--entity", entity.code, *arguments)


def run_of(entity: Entity, **given: Any) -> ImportRun:
    return ImportRun.objects.get(entity=entity, **given)


def some_imports(entity: Entity, debit: str, credit: str) -> None:
    """A file that was imported, with a row that is refused, and one that is not imported yet."""
    header = ("debit_account", "credit_account", "amount")
    uploads = [
        begin_upload(entity, "test", UploadKind.TRANSFERS, "sales.csv", f"{','.join(header)}\n{rows}".encode())
        for rows in (f"{debit},{credit},1.00\n{debit},NOBODY,1.00\n", f"{debit},{credit},2.00\n")
    ]
    for upload in uploads:
        set_options(upload, JournalOptions(columns={name: name for name in header}, actor="test"))
    upload = ImportUpload.objects.get(pk=uploads[0].pk)
    send(upload)
    carry_out(upload)


def counts(run: ImportRun) -> dict[str, int]:
    names = ("opened", "existing", "posted", "replayed", "refused")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def balances(entity: Entity) -> dict[str, Decimal]:
    """Debits less credits of every account that is not at zero."""
    rows = Balance.objects.filter(account__entity=entity).values_list("account__code", "debits", "credits")
    return {code: debited - credited for code, debited, credited in rows if debited != credited}


def rejects(path: Path) -> list[dict[str, str]]:
    found = rejects_path(path)
    if not found.exists():
        return []
    with found.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def refused(path: Path) -> Refused:
    return [(row["row"], row.get("rejected_code") or row["code"]) for row in rejects(path)]


class Dictionary:
    """An independent replay of transfers between deposits: not to oneself, and not more than there is."""

    def __init__(self, funds: dict[str, Decimal]) -> None:
        self.funds = dict(funds)
        self.refused: list[tuple[str, str]] = []
        self.outcomes: Counter[str] = Counter()

    def transfer(self, row: int, source: str, target: str, amount: Decimal) -> None:
        if source == target:
            outcome = "same_account"
        elif self.funds[source] < amount:
            outcome = "insufficient_funds"
        else:
            outcome = "posted"
            self.funds[source] -= amount
            self.funds[target] += amount
        self.outcomes[outcome] += 1
        if outcome != "posted":
            self.refused.append((str(row), outcome))

    def balances(self) -> dict[str, Decimal]:
        """As `balances` gives them: deposits are liabilities."""
        return {code: -amount for code, amount in self.funds.items() if amount}
