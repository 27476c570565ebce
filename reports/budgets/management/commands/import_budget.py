"""`manage.py import_budget FILE`: lines of a budget from a CSV file, all of them or none."""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgerflow.books.management.file_command import FileCommand
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.files.problems import BooksBusy
from reports.budgets.csv_budget import BudgetFile, read_budget
from reports.budgets.setting import set_budget

ISSUER = "budget_file"
SHOWN = 20
_LINE = re.compile(r"/lines/(\d+)")


class Command(FileCommand):
    help = (
        "Set lines of a budget from a CSV file with the columns account, period and amount, and if you like dimension "
        "and value. A period is a month such as 2026-03 or the name of a fiscal period. One line that is wrong stops "
        "all. Example: import_budget budget.csv --entity ACME --budget plan-2026"
    )
    epilog = (
        "Exit codes: 0 done, 1 refused by the books or a line is wrong, 2 file or options are wrong, 75 the books "
        "could not be written. The same file once more changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--budget", required=True, metavar="NAME", help="the budget they belong to")
        parser.add_argument("--actor", default="import", help="who is named in the event log")

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        file = read_budget(options["file"])
        if file.wrong:
            raise CommandError("\n".join(["Nothing was set.", *file.wrong[:SHOWN]]), returncode=1)
        budget, key = options["budget"], f"{options['budget']}:{file.sha256}"
        try:
            done = set_budget(entity.id, budget, file.specs, key=key, issuer=ISSUER, actor=options["actor"])
        except (TryAgain, OutcomeUnknown) as error:  # again, what is set already is left as it is
            raise BooksBusy(error.message) from error
        except LedgerError as refusal:
            message = f"Nothing was set. {_where(file, refusal)}{refusal.message}"
            raise CommandError(message, returncode=1) from refusal
        self.stdout.write(f"{'unchanged' if done.replayed else 'set'} {done.lines:,} lines of {budget}")


def _where(file: BudgetFile, refusal: LedgerError) -> str:
    found = _LINE.match(refusal.pointer)
    return f"line {file.rows[int(found[1])]}: " if found else ""
