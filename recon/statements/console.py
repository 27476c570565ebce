"""`manage.py recon import FILE…`: files of statements into the books of an entity."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from ledgerflow.books.management.file_command import entity_called
from ledgerflow.core.errors import OutcomeUnknown, TryAgain
from ledgerflow.files.problems import BooksBusy
from recon.statements.bank_accounts import bank_account_called
from recon.statements.errors import BankAccountNotFound, StatementFileKnown, StatementRefused
from recon.statements.files import bytes_of
from recon.statements.importing import import_file, preview
from recon.statements.reading import ImportAnswer, ImportedStatement


def add_import(subparsers: Any) -> None:
    """The options of the subcommand."""
    parser = subparsers.add_parser("import", help="bring in files of bank statements, each as a whole")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="MT940, CAMT, OFX, BAI2 or CSV")
    parser.add_argument("--entity", required=True, metavar="CODE")
    parser.add_argument(
        "--account", metavar="CODE", help="our account, which is a bank account; those that the files name without it"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would come, write nothing")
    parser.add_argument("--allow-gap", action="store_true", help="take what does not go on from what is there")
    parser.add_argument("--actor", default="import", help="who is named in the event log")


def run_import(options: dict[str, Any], stdout: Any) -> None:
    """Import the files in their order, each in a transaction of its own; the first that is refused ends it.

    A file that is there already is passed over, so that the same command goes on after it was killed.
    """
    entity = entity_called(options["entity"])
    bank_account_id = None
    if options["account"] is not None:
        try:
            bank_account_id = bank_account_called(entity.id, options["account"]).pk
        except BankAccountNotFound as error:
            raise CommandError(error.message, returncode=2) from error
    for path in options["files"]:
        stdout.write(f"{path}: {_import_one(entity.id, bank_account_id, path, options)}")


def _import_one(entity_id: UUID, bank_account_id: UUID | None, path: Path, options: dict[str, Any]) -> str:
    try:
        data = bytes_of(path)
        if options["dry_run"]:
            return told(preview(entity_id, bank_account_id, data, path.name))
        answer = import_file(
            entity_id, bank_account_id, data, path.name, actor=options["actor"], allow_gap=options["allow_gap"]
        )
        return told(answer)
    except StatementFileKnown as known:
        return known.message
    except (TryAgain, OutcomeUnknown) as error:
        raise BooksBusy(error.message) from error
    except StatementRefused as refusal:
        message = f"{path}: {refusal.message}"
        raise CommandError(message, returncode=2) from refusal
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise CommandError(message, returncode=2) from error


def told(answer: ImportAnswer) -> str:
    """An answer in a line, and a line more for each problem."""
    would = "would bring" if answer.status == "preview" else "brought"
    count = len(answer.statements)
    first = (
        f"{answer.format}, {would} {count} statement{'' if count == 1 else 's'} with {answer.new_count:,} new lines; "
        f"{answer.seen_count:,} were there already"
    )
    accounts = Counter(one.account for one in answer.statements)
    each = [f"{account}: {of_it}" for account, of_it in sorted(accounts.items())]
    unproven = [_name(one, accounts) for one in answer.statements if not one.is_proven]
    rest = [f"Statement {', '.join(unproven)}: state the balances, the file has none."] if unproven else []
    breaks = [
        f"Statement {_name(one, accounts)}: {broken.kind} of {broken.difference} {broken.side} statement"
        f" {broken.statement}"
        for one in answer.statements
        for broken in one.breaks
    ]
    told_of_each = [f"of {', '.join(each)}"] if len(each) > 1 else []
    return "\n  ".join([first, *told_of_each, *rest, *breaks, *(problem.message for problem in answer.problems)])


def _name(one: ImportedStatement, accounts: Counter[str]) -> str:
    return f"{one.number} of {one.account}" if len(accounts) > 1 else str(one.number)
