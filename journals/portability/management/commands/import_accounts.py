"""`manage.py import_accounts FILE`: accounts and their opening balances from a CSV file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.specs import AccountSpec
from journals.portability.accounts import AccountImport, ensure_opening_account
from journals.portability.chart import ACCOUNT_FIELDS, AccountOptions
from journals.portability.management.import_command import ImportingCommand, add_mapping_arguments, layout_from
from journals.portability.preview import preview_accounts
from journals.portability.runs import without_a_trace
from ledgerflow.books.models import Entity
from ledgerflow.files.items import start_date_of
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import examine


class Command(ImportingCommand):
    help = (
        "Open accounts from a CSV file. An identical account that is there is skipped, a different one refused. "
        "Example: import_accounts accounts.csv --entity BANK --columns code=nodeid,opening=init_balance "
        "--set type=liability --set currency=EUR --set min_balance=0 --opening-account CASH"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_mapping_arguments(parser, ", ".join(sorted(ACCOUNT_FIELDS)))
        parser.add_argument(
            "--opening-account",
            default="",
            metavar="CODE",
            help="where opening balances come from: one journal per account that has one, with key opening:<code>",
        )
        parser.add_argument(
            "--create-opening-account",
            default="",
            metavar="TYPE",
            help="open that account first, as asset, equity …, in the currency given by --set currency=",
        )
        parser.add_argument(
            "--opening-date",
            default="",
            metavar="DATE",
            help="what opening balances are dated (the day before the first business day)",
        )
        parser.add_argument(
            "--confirm-unusual-dates",
            action="store_true",
            help="an --opening-date before the first business date, or outside the fiscal calendar, is meant",
        )

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        wanted = AccountOptions(
            **layout_from(options, ACCOUNT_FIELDS),
            opening_account=options["opening_account"],
            opening_date=options["opening_date"],
            actor=options["actor"],
            confirm_unusual_dates=options["confirm_unusual_dates"],
        )
        start_date_of(wanted.opening_date)
        source = examine(options["file"], wanted.encoding)
        if options["dry_run"]:
            self.stdout.write(preview_accounts(source, wanted))
            return
        importing = AccountImport(entity, source, wanted, abandon=options["abandon"])
        with without_a_trace(importing.run):
            if options["create_opening_account"]:
                spec = _opening_spec(wanted, options["create_opening_account"])
                ensure_opening_account(entity, spec, actor=wanted.actor)
            self.run_watched(source, importing.run, options, importing.work)


def _opening_spec(wanted: AccountOptions, of_type: str) -> AccountSpec:
    if not wanted.opening_account or not wanted.constants.get("currency"):
        message = "--create-opening-account needs --opening-account CODE and --set currency=CODE."
        raise OptionProblem(message)
    code = wanted.opening_account
    return AccountSpec(code=code, name=code, currency=wanted.constants["currency"], type=of_type)
