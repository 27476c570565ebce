"""Importing accounts, and their opening balances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import psycopg

from accounts.errors import AccountExists
from accounts.opening import open_account, open_accounts
from accounts.specs import AccountSpec
from journals.portability.chart import ACCOUNT_FIELDS, AMOUNTS, AccountOptions, Charting
from journals.portability.committing import InParts, ItemOutcome, RefusedItem, Settle, Writer
from journals.portability.journals import journal_writer
from journals.portability.models import ImportKind, ImportRefusal, ImportRun
from journals.portability.runs import Worker, begin, enter_phase, finish
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import refusal_for
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.files.items import start_date_of, without_done
from ledgerflow.files.layout import layout_of
from ledgerflow.files.problems import ImportProblem
from ledgerflow.files.rows import FileRow, SourceFile, open_rows
from ledgerflow.files.watching import Watch

OPENING, FUNDING = 0, 1


class AccountImport:
    """One start of an import of accounts: all are opened first, then funded. `run` tells how far it is."""

    def __init__(self, entity: Entity, source: SourceFile, options: AccountOptions, *, abandon: bool = False) -> None:
        """Take up or begin the run. Raises `ImportProblem` kinds; nothing is opened yet."""
        self.source = source
        self._entity = entity
        self._options = options
        self._layout = layout_of(source, options, ACCOUNT_FIELDS, AMOUNTS)
        self.charting = Charting(self._layout.header, options, self._layout.numbers)
        self.run = begin(entity, ImportKind.ACCOUNTS, source, self._layout.header, options, abandon=abandon)

    def work(self, watch: Watch | None = None) -> ImportRun:
        """Open and fund what is left of the file; gives the run. Raises what `Worker.work_through` raises."""
        watch = watch or Watch()
        if self.run.finished_at is None and self.run.phase == OPENING:
            with open_rows(self.source, self._layout.delimiter.mark) as (_, rows):
                items = self.charting.accounts(without_done(rows, self.run.next_row))
                self._worker(account_writer(self._entity, self._options.actor), watch).work_through(items)
            enter_phase(self.run, FUNDING)
        if self.run.finished_at is None:
            if self._options.opening_account:
                with open_rows(self.source, self._layout.delimiter.mark) as (_, rows):
                    items_of_money = self.charting.openings(
                        self._opened(rows), opening_day(self._entity, self._options)
                    )
                    self._worker(journal_writer(self._entity.id), watch).work_through(items_of_money)
            finish(self.run)
        return self.run

    def _worker(self, writer: Writer, watch: Watch) -> Worker:
        return Worker(self.run, self.source, writer, watch)

    def _opened(self, rows: Iterator[FileRow]) -> Iterator[FileRow]:
        """The rows still to be funded whose account was not refused."""
        refused = set(ImportRefusal.objects.filter(run=self.run).values_list("row", flat=True))
        return (row for row in without_done(rows, self.run.next_row) if row.number not in refused)


def opening_day(entity: Entity, options: AccountOptions) -> date:
    """The day before the first business day, unless the options name another."""
    return start_date_of(options.opening_date) or day_before(entity.first_business_date)


def account_writer(entity: Entity, actor: str) -> Writer:
    """Opens accounts and settles them in the same transaction."""

    def write(specs: Sequence[AccountSpec], settle: Settle) -> Sequence[ItemOutcome]:
        try:
            return open_accounts(entity.id, specs, actor=actor, hook=settle)
        except (psycopg.IntegrityError, psycopg.DataError, psycopg.InternalError) as error:
            if len(specs) > 1:
                raise InParts from error
            return [RefusedItem(refusal_for(error))]

    return write


def ensure_opening_account(entity: Entity, spec: AccountSpec, *, actor: str) -> None:
    """Open the account that opening balances come from, unless the code is there already.

    Raises `ImportProblem` when it cannot be opened.
    """
    try:
        open_account(entity.id, spec, actor=actor)
    except AccountExists:
        pass
    except LedgerError as error:
        message = f"The opening account {spec.code!r} cannot be opened: {error.message}"
        raise ImportProblem(message) from error
