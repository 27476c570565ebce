"""`manage.py recon set-account|finish`: what an hour of an operator begins and ends with."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from ledgerflow.books.management.file_command import entity_called
from ledgerflow.core import canonical
from ledgerflow.core.dates import read_day
from recon.reports.bodies import run_response
from recon.reports.console.options import ISSUER, add_bank, add_key, desk_of
from recon.reports.console.tables import write_json
from recon.reports.finishing import finish_reconciliation
from recon.statements.bank_accounts import BankAccountSpec, set_bank_account
from recon.statements.reading import bank_account_response

LARGEST_MAP_BYTES = 1 << 20


def add_bank_account(commands: Any) -> None:
    """The options of these subcommands."""
    account = commands.add_parser("set-account", help="make an account a bank account, or say anew what is known of it")
    add_bank(account)
    account.add_argument("--name", required=True)
    account.add_argument("--identifier", default="", help="what its files call it, such as an IBAN; any without it")
    account.add_argument("--column-map", type=Path, metavar="FILE", help="JSON that says how its CSV files are read")
    finish = commands.add_parser("finish", help="keep the statement at a date, which has to tie")
    add_bank(finish)
    add_key(finish)
    finish.add_argument("--date", type=read_day, required=True, metavar="DATE", help="YYYY-MM-DD")


def run_set_account(options: dict[str, Any], stdout: Any) -> None:
    """All of it as it is to be; the same again changes nothing."""
    entity = entity_called(options["entity"])
    spec = BankAccountSpec(options["name"], options["identifier"], _column_map(options["column_map"]))
    bank = set_bank_account(entity.id, options["account"], spec, actor=f"shell:{getpass.getuser()}")
    if options["json"]:
        write_json(stdout, bank_account_response(bank))
    else:
        stdout.write(f"{bank.name} ({options['account']}), {bank.currency}, at revision {bank.event_sequence}.")


def run_finish(options: dict[str, Any], stdout: Any) -> None:
    """Without a key of the caller a date is finished once; another key finishes it again, as it is then."""
    desk, day = desk_of(options), options["date"]
    keys = desk.keys if desk.key else desk.keys | {"key": f"finish:{desk.bank.id}:{day}", "issuer": ISSUER}
    done = finish_reconciliation(desk.bank.entity_id, desk.bank.account, day, **keys)
    if desk.as_json:
        write_json(stdout, run_response(done.run))
        return
    again = " This was done before under the same key." if done.is_replayed else ""
    stdout.write(f"Reconciliation {done.run.number} at {day} is finished, SHA-256 {done.run.sha256}.{again}")


def _column_map(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return canonical.decode(file.read(LARGEST_MAP_BYTES))
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise CommandError(message, returncode=2) from error
    except ValueError as error:  # also what is no JSON
        message = f"{path}: {error}"
        raise CommandError(message, returncode=2) from error
