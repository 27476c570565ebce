"""`manage.py import_journals FILE`: journals from a CSV file or from hledger."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from journals.portability import hledger
from journals.portability.drafting import LINE_FIELDS, TRANSFER_FIELDS, JournalOptions, rounding_options
from journals.portability.journals import JournalImport
from journals.portability.management.import_command import (
    ImportingCommand,
    add_mapping_arguments,
    check_nothing_refused,
    layout_from,
)
from journals.portability.preview import preview_journals
from journals.portability.runs import without_a_trace
from ledgerflow.books.models import Entity
from ledgerflow.files.columns import read_pairs
from ledgerflow.files.items import start_date_of
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import examine


class Command(ImportingCommand):
    help = (
        "Post journals from a CSV file, in its order: a transfer per row, or with --group-by one journal per group of "
        "consecutive rows. Example: import_journals transactions.csv --entity BANK --columns "
        "debit_account=sourceNodeId,credit_account=targetNodeId,amount=value"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        fields = ", ".join(sorted(TRANSFER_FIELDS))
        add_mapping_arguments(parser, f"{fields}; with --group-by {', '.join(sorted(LINE_FIELDS))}")
        parser.add_argument(
            "--format",
            choices=("csv", "hledger"),
            default="csv",
            help="hledger: what `hledger -f FILE print --infer-equity -x -O csv` wrote",
        )
        parser.add_argument("--group-by", default="", metavar="COLUMN", help="rows with the same cell are one journal")
        parser.add_argument(
            "--start-date", default="", metavar="DATE", help="the dates in the file are numbers of days after this one"
        )
        parser.add_argument("--advance", action="store_true", help="move the business date on with the journals")
        parser.add_argument(
            "--confirm-unusual-dates",
            action="store_true",
            help="dates before the first business date are meant: do not refuse them",
        )
        parser.add_argument(
            "--post-again",
            action="store_true",
            help="rows without keys that were posted before are meant once more: do not refuse them",
        )
        parser.add_argument(
            "--rounding-account",
            default="",
            metavar="CODE",
            help="takes what a journal lacks to balance, up to the tolerance; of hledger's, each line is rounded first",
        )
        parser.add_argument("--rounding-tolerance", default="0", metavar="AMOUNT")
        only = parser.add_argument_group("only with --format hledger")
        only.add_argument("--open-accounts", action="store_true", help="open accounts and currencies that are missing")
        only.add_argument(
            "--types",
            action="append",
            default=[],
            metavar="PREFIX=TYPE,…",
            help="their types by the beginning of their names, beside hledger's own",
        )
        only.add_argument("--default-type", default="asset", metavar="TYPE", help="of accounts no prefix fits (asset)")
        only.add_argument(
            "--commodities",
            action="append",
            default=[],
            metavar="COMMODITY=CODE,…",
            help="codes of commodities that cannot be one, as in '$=USD,€=EUR'",
        )
        only.add_argument(
            "--posting-dates",
            choices=("refuse", "transaction"),
            default="refuse",
            help="of postings with a date of their own: refuse their transactions, or take them at its date",
        )
        only.add_argument("--slash", default="", metavar="CHARACTER", help="what a / in an account's name becomes")

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        wanted = _options_from(options)
        source = examine(options["file"], wanted.encoding)
        if options["dry_run"]:
            self.stdout.write(preview_journals(entity, source, wanted))
            return
        importing = JournalImport(entity, source, wanted, abandon=options["abandon"])
        with without_a_trace(importing.run):
            self.run_watched(source, importing.run, options, importing.work)
        check_nothing_refused(importing.run)


def _options_from(options: dict[str, Any]) -> JournalOptions:
    account, tolerance = rounding_options(options["rounding_account"], options["rounding_tolerance"])
    wanted = JournalOptions(
        format=options["format"],
        **layout_from(options, LINE_FIELDS | TRANSFER_FIELDS, frozenset({"group_by", "start_date"})),
        advance=options["advance"],
        confirm_unusual_dates=options["confirm_unusual_dates"],
        post_again=options["post_again"],
        actor=options["actor"],
        open_accounts=options["open_accounts"],
        types=read_pairs("--types", options["types"]),
        default_type=options["default_type"],
        commodities=read_pairs("--commodities", options["commodities"]),
        slash=options["slash"],
        rounding_account=account,
        rounding_tolerance=tolerance,
        posting_dates=options["posting_dates"],
    )
    start_date_of(wanted.start_date)
    return hledger.complete(wanted) if wanted.format == "hledger" else _plain(wanted)


def _plain(wanted: JournalOptions) -> JournalOptions:
    if wanted.open_accounts or wanted.types or wanted.commodities or wanted.slash or wanted.posting_dates != "refuse":
        message = "--open-accounts, --types, --commodities, --posting-dates and --slash go with --format hledger."
        raise OptionProblem(message)
    if wanted.rounding_account and not wanted.group_by:
        message = "--rounding-account goes with --group-by: a transfer always balances."
        raise OptionProblem(message)
    return wanted
