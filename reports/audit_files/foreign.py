"""Foreign accounts in audit files: base amounts of balances and lines, and the account for what rounding leaves.

Amounts are those of the reports in functional currency, account by account. There what rounding leaves is a line of
the result without an account; in a file, where each journal must balance, it is a line of the journal on the account
with the role `rounding` in base currency.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from accounts.bases.eras import Era
from accounts.dimensions.specs import PARTY
from fx.deals.role_accounts import ROUNDING
from fx.functional.base_amounts import base_totals
from fx.functional.line_amounts import LineAmounts
from ledgerflow.core.dates import day_before
from ledgerflow.core.money import CONTEXT, ZERO
from reports.audit_files.errors import AuditNeedsRounding
from reports.currencies.functional import RETAINED, FunctionalAmounts, by_account, functional_books
from reports.reading.figures import RESULT_TYPES, VIEWS, Reader
from reports.statements.income import Range


class ForeignAmount(NamedTuple):
    """A line in its own currency, debit positive; one unit is worth `rate` in base currency."""

    currency: str
    amount: Decimal
    rate: Decimal


class ForeignBooks:
    """What foreign accounts of a file are worth in base currency. All amounts are debit positive.

    Raises `AuditNeedsRounding`, `RateMissing`, `RateTooOld`.
    """

    def __init__(self, reader: Reader, era: Era, dates: Range) -> None:
        self._reader, self._dates = reader, dates
        self._books = functional_books(reader, era)
        self.rounding = _rounding_account(reader, era)

    def opening(self, start: date, year_start: date) -> dict[UUID, Decimal]:
        """What stands on each account before a day, by its base amounts; they add up to zero.

        What earlier years have left on income and expenses in base currency alone, and by rounding, is on retained
        earnings: no year end can take it there.
        """
        found, left = self._before(start), self._before(year_start)
        retained = _first(self._reader, RETAINED, "equity", self._books.base)
        amounts = dict(found.amounts)
        with localcontext(CONTEXT):
            rounded = found.leftover
            if retained is not None:
                results = [one for one in left.amounts if self._reader.accounts[one].type in RESULT_TYPES]
                for one in results:
                    amounts[one] -= left.amounts[one]
                carried = sum((left.amounts[one] for one in results), -left.leftover)
                amounts[retained] = amounts.get(retained, ZERO) + carried
                rounded -= left.leftover
            amounts[self.rounding] = amounts.get(self.rounding, ZERO) - rounded
        return amounts

    @cached_property
    def moved(self) -> dict[UUID, Decimal]:
        """What each foreign account that ever moved did between the dates of the file."""
        return self._moved(*self._dates)

    @cached_property
    def lines(self) -> LineAmounts:
        """The base amounts of all lines of the file."""
        return self._lines_of(*self._dates)

    def _moved(self, start: date, end: date) -> dict[UUID, Decimal]:
        before = base_totals(self._books, day_before(start)) if start > date.min else {}
        totals = base_totals(self._books, end)
        return {one: CONTEXT.subtract(total, before.get(one, ZERO)) for one, total in totals.items()}

    def _lines_of(self, start: date, end: date, accounts: Collection[UUID] | None = None) -> LineAmounts:
        moved = self._moved(start, end)
        wanted = moved if accounts is None else {one: amount for one, amount in moved.items() if one in accounts}
        return LineAmounts(
            self._books, self._reader.stream, start=start, end=end, until=self._reader.known, moved=wanted
        )

    def by_party(self, accounts: Collection[UUID]) -> list[tuple[UUID, str, Decimal, Decimal]]:
        """Account, party, opening balance and movement, from all lines that the accounts ever had in this currency.

        Of books whose base currency has changed there are none: what was before is converted by account.
        """
        if self._books.era.starts_on is not None:
            return []
        start, end = self._dates
        found: dict[tuple[UUID, str], list[Decimal]] = {}
        moved = set()
        for place, (first, last) in enumerate([(date.min, day_before(start)), (start, end)]):
            lines = self._lines_of(first, last, accounts)
            for account, party, amount in lines.by_dimension(self._reader.stream, PARTY):
                sums = found.setdefault((account, party), [ZERO, ZERO])
                sums[place] = CONTEXT.add(sums[place], amount)
                if place:
                    moved.add((account, party))
        return [(*key, opening, moves) for key, (opening, moves) in found.items() if opening or key in moved]

    def _before(self, day: date) -> FunctionalAmounts:
        if day == date.min:
            return FunctionalAmounts({}, ZERO, ZERO, None, ZERO)
        return by_account(self._reader, self._books, day_before(day), VIEWS["after"])


def _rounding_account(reader: Reader, era: Era) -> UUID:
    found = _first(reader, ROUNDING, None, era.currency)
    if found is None or reader.accounts[found].currency != era.currency:
        raise AuditNeedsRounding(currency=era.currency)
    return found


def _first(reader: Reader, role: str, type_: str | None, currency: str) -> UUID | None:
    """The first account with a role, those in a currency before others."""
    found = [
        one for one in reader.accounts.values()
        if one.role == role and type_ in {None, one.type} and not one.is_header
    ]  # fmt: skip
    return min(found, key=lambda one: (one.currency != currency, one.code)).id if found else None
