"""`manage.py recon …`: bring statements in, match, work on the rest, print the statement at a date, and finish it.

Exit code 0 when it is done, 1 when the books refuse it or the statement does not tie, 2 for options that are wrong, 75
when the database cannot be reached. Killed in the middle, the same command goes on, and nothing is there twice.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.management.file_command import entity_called, plain_errors
from ledgerflow.core import canonical, clocks
from ledgerflow.core.dates import read_day
from ledgerflow.core.documents import FORMATS
from ledgerflow.documents.files import write_document
from recon.cases.running import reconcile
from recon.reports.console.bank_account import add_bank_account, run_finish, run_set_account
from recon.reports.console.listing import (
    add_listing,
    list_exceptions,
    list_matches,
    list_suggestions,
    list_unmatched,
)
from recon.reports.console.tables import lines_by_name
from recon.reports.console.working import (
    add_working,
    run_confirm,
    run_join,
    run_match,
    run_post,
    run_reject,
    run_resolve,
    run_split,
    run_unmatch,
)
from recon.reports.documents import recon_document
from recon.reports.shapes import ReconStatement
from recon.reports.statement import recon_report
from recon.statements.bank_accounts import bank_account_called
from recon.statements.console import add_import, run_import

TEXT = "text"
WORK: dict[str, Callable[[dict[str, Any], Any], None]] = {
    "set-account": run_set_account,
    "import": run_import,
    "unmatched": list_unmatched,
    "suggestions": list_suggestions,
    "matches": list_matches,
    "exceptions": list_exceptions,
    "match": run_match,
    "unmatch": run_unmatch,
    "confirm": run_confirm,
    "reject": run_reject,
    "post": run_post,
    "split": run_split,
    "join": run_join,
    "resolve": run_resolve,
    "finish": run_finish,
}


class Command(BaseCommand):
    help = "Reconcile bank accounts: import statements, match, work on the rest, print the statement at a date."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True, parser_class=argparse.ArgumentParser)
        add_bank_account(commands)
        add_import(commands)
        add_listing(commands)
        add_working(commands)
        run = commands.add_parser("run", help="match what has no match, and bring the exceptions in line")
        report = commands.add_parser("report", help="the statement of reconciliation at a date")
        for one in (run, report):
            one.add_argument("--entity", metavar="CODE", required=True)
            one.add_argument("--account", metavar="CODE", required=one is run, help="the account that the bank's is")
        run.add_argument("--dry-run", action="store_true", help="only say what would be done")
        report.add_argument("--date", type=read_day, metavar="DATE", help="YYYY-MM-DD; the business date without it")
        report.add_argument("--format", choices=(TEXT, *FORMATS), default=TEXT)
        report.add_argument("--output", type=Path, metavar="PATH", help="a file; standard output without it")

    def handle(self, *_args: Any, what: str, **options: Any) -> None:
        own = {"run": self._run, "report": self._report}
        with plain_errors(), lines_by_name():
            (WORK | own)[what](options, self.stdout)

    def _run(self, options: dict[str, Any], _stdout: Any) -> None:
        entity = entity_called(options["entity"])
        bank_account = bank_account_called(entity.id, options["account"])
        actor, dry_run = f"shell:{getpass.getuser()}", options["dry_run"]
        done = reconcile(entity.id, bank_account.pk, actor=actor, dry_run=dry_run)
        opened = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in sorted(done.opened.items()))
        self.stdout.write(
            f"{'Would be done: ' if dry_run else ''}matches {done.confirmed}, suggestions {done.suggested}, exceptions"
            f" opened {sum(done.opened.values())}{f' ({opened})' if opened else ''}, changed {done.changed}, resolved"
            f" {done.resolved}, unchanged {done.unchanged}."
        )

    def _report(self, options: dict[str, Any], _stdout: Any) -> None:
        entity = entity_called(options["entity"])
        report = recon_report(entity.id, options["date"] or entity.business_date, options["account"])
        if options["format"] == TEXT:
            content = "".join(map(_text, report.statements)).encode()
            _put(options["output"], lambda file: file.write(content))
        elif options["format"] == "json":
            _put(options["output"], lambda file: file.write(canonical.encode(report) + b"\n"))
        else:
            document = recon_document(report, clocks.now())
            _put(options["output"], lambda file: write_document(options["format"], document, file))
        unfinished = [one.account for one in report.statements if not one.can_finish]
        if unfinished:
            message = f"Not finished: {', '.join(unfinished)}."
            raise CommandError(message, returncode=1)


def _put(path: Path | None, write: Callable[[BinaryIO], object]) -> None:
    if path is None:
        write(cast("BinaryIO", sys.stdout.buffer))
        sys.stdout.buffer.flush()
        return
    with path.open("wb") as file:
        write(file)


def _text(one: ReconStatement) -> str:
    """A statement for a terminal."""
    width = max(len(one.book_balance), len(one.bank_balance or ""), len(one.explained)) + 2
    lines = [
        f"{one.name} ({one.account}), {one.currency}, at the end of {one.day}",
        f"{one.book_balance:>{width}}  balance of the books",
        *(f"{item.effect:>{width}}  {item.day}  {item.id}  {item.text}" for item in one.outstanding_books),
        *(f"{item.effect:>{width}}  {item.day}  {item.id}  {item.text}" for item in one.outstanding_bank),
        *(f"{item.effect:>{width}}  match {item.match}: {item.explanation}" for item in one.residuals),
        f"{one.explained:>{width}}  explained",
        f"{one.bank_balance or 'not known':>{width}}  balance of the bank",
        *(f"{one.unexplained or '':>{width}}  {reason}" for reason in one.reasons),
    ]
    return "\n".join(lines) + "\n\n"
