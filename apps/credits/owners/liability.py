"""What is owed to owners in credits: outstanding by the month of the last day, what led there, and what it is in money.

Outstanding is what remains of lots, less what wallets owe, and what stands on wallets without lots. It is the balance
of all wallets, as the general ledger has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from accounts.errors import UnknownCurrency
from apps.credits.owners.shapes import LiabilityLine, LiabilityReport, UnitLiability
from apps.credits.owners.wallets import units_of
from ledgerflow.core.documents import Column, Document, DocumentRow, Style
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from reports.heads import document_head, head_of
from reports.reading.figures import GrossTotals, Reader, reading
from reports.statements.income import Range, range_of

TITLE = "Liability of credits"
TIES = "Outstanding is the balance of all wallets, of postings in all layers."
COSTS = "Cost is money: no income yet where credits are outstanding, income where they were redeemed, else breakage."
OVER, NEVER = "over", "never"
NAMES = {OVER: "Over, not expired yet", NEVER: "Never expires"}
WALLETS = """
    SELECT id, currency FROM accounts_account
    WHERE entity_id = %s AND role = 'wallet' AND currency = ANY (%s) AND NOT is_header
"""
MONTH = """
    CASE WHEN l.expires_on IS NULL THEN 'never' WHEN l.expires_on < %s THEN 'over'
         ELSE to_char(l.expires_on, 'YYYY-MM') END
"""
OF_WALLETS = "a.entity_id = %s AND a.role = 'wallet' AND a.currency = ANY (%s)"
SIGNED = "sum(CASE WHEN e.action IN ('granted', 'returned') THEN e.{0} ELSE -e.{0} END)"
# Of lots as they are.
NOW = f"""
    SELECT l.currency, {MONTH}, l.paid, l.cost_currency, sum(l.remaining), sum(l.cost_left)
    FROM accounts_account a JOIN lots_lot l ON l.account_id = a.id AND l.is_open
    WHERE {OF_WALLETS} GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - put together from constants
# Of lots as they stood, by their entries. Those of journals that are dated before the lot itself was count as well.
THEN = f"""
    SELECT l.currency, {MONTH}, l.paid, l.cost_currency, {SIGNED.format("amount")}, {SIGNED.format("cost")}
    FROM accounts_account a JOIN lots_lotentry e ON e.account_id = a.id JOIN lots_lot l ON l.id = e.lot_id
    WHERE {OF_WALLETS} AND e.effective_date <= %s AND e.event_sequence <= %s GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - put together from constants
# What a reversal gave back is no longer redeemed, or expired.
MOVES = f"""
    SELECT l.currency,
           CASE WHEN e.action IN ('granted', 'reversed') THEN 'granted'
                WHEN e.action = 'expired' OR r.kind = 'lot_expiry' THEN 'expired' ELSE 'redeemed' END,
           l.paid, l.cost_currency, {SIGNED.format("amount")}, {SIGNED.format("cost")}
    FROM accounts_account a JOIN lots_lotentry e ON e.account_id = a.id JOIN lots_lot l ON l.id = e.lot_id
    JOIN journals_journal j ON j.id = e.journal_id LEFT JOIN journals_journal r ON r.id = j.reverses_id
    WHERE {OF_WALLETS} AND e.effective_date BETWEEN %s AND %s AND e.event_sequence <= %s GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - put together from constants
COLUMNS = (
    Column("Credits", width=30),
    Column("Paid", "amount", 14),
    Column("Promotional", "amount", 14),
    Column("Total", "amount", 14),
    Column("Cost", "amount", 14),
    Column("Currency", width=9),
)
MOVED = ("granted", "redeemed", "expired")


class Sums:
    """Credits that were paid for and that were not, and their cost by currency."""

    def __init__(self) -> None:
        self.paid = self.promotional = self.other = ZERO
        self.cost: dict[str, Decimal] = {}

    @property
    def total(self) -> Decimal:
        return CONTEXT.add(CONTEXT.add(self.paid, self.promotional), self.other)

    def add(self, amount: Decimal, cost: Mapping[str, Decimal], *, is_paid: bool) -> None:
        if is_paid:
            self.paid = CONTEXT.add(self.paid, amount)
        else:
            self.promotional = CONTEXT.add(self.promotional, amount)
        for currency, money in cost.items():
            self.cost[currency] = CONTEXT.add(self.cost.get(currency, ZERO), money)

    def take(self, other: Sums, sign: int = 1) -> Sums:
        """The sums of both; with `sign` -1 of this one less the other."""
        factor = Decimal(sign)
        taken = Sums()
        for one, by in ((self, Decimal(1)), (other, factor)):
            costs = {currency: CONTEXT.multiply(money, by) for currency, money in one.cost.items()}
            taken.add(CONTEXT.multiply(one.paid, by), costs, is_paid=True)
            taken.add(CONTEXT.multiply(one.promotional, by), {}, is_paid=False)
            taken.other = CONTEXT.add(taken.other, CONTEXT.multiply(one.other, by))
        return taken


class Figures(NamedTuple):
    """All sums of one unit: of lots by month, of what moved them, and the balances at both ends."""

    months: dict[str, Sums]
    moves: dict[str, Sums]
    before: Decimal
    after: Decimal


class Liability:
    """The report while its snapshot lasts."""

    def __init__(self, reader: Reader, head: dict[str, Any], units: Mapping[str, Figures]) -> None:
        self._reader, self._head, self._units = reader, head, units

    def report(self) -> LiabilityReport:
        """The report as its body."""
        return LiabilityReport(**self._head, units=[self._unit(unit, found) for unit, found in self._units.items()])

    def document(self) -> Document:
        """The report as a table: for each unit what is outstanding by month, and what led there."""
        report = self.report()
        rows = (row for one in report.units for row in _rows(one))
        return Document(**document_head(report), columns=COLUMNS, rows=rows)

    def _unit(self, unit: str, found: Figures) -> UnitLiability:
        lots = _together(found.months.values())
        beyond = Sums()
        beyond.other = CONTEXT.subtract(found.after, lots.total)
        closing = lots.take(beyond)
        moved = _together(found.moves.values())
        opening = closing.take(moved, -1)
        opening.other = CONTEXT.subtract(found.before, CONTEXT.add(opening.paid, opening.promotional))
        rest = Sums()
        rest.other = CONTEXT.subtract(closing.other, opening.other)
        lines = [(NAMES.get(month, month), sums) for month, sums in sorted(found.months.items(), key=_order)]
        lines += [("Owed, or without lots", beyond)] if beyond.other else []
        movements = [("Outstanding before", opening)]
        movements += [(name.capitalize(), found.moves.get(name, Sums())) for name in MOVED]
        movements += [("Owed, or without lots", rest)] if rest.other else []
        return UnitLiability(
            unit=unit,
            outstanding=[self._line(unit, name, one) for name, one in (*lines, ("Outstanding", closing))],
            movements=[self._line(unit, name, one) for name, one in (*movements, ("Outstanding", closing))],
        )

    def _line(self, unit: str, name: str, sums: Sums) -> LiabilityLine:
        scales = self._reader.scales

        def text(amount: Decimal, currency: str = unit) -> str:
            return plain(at_scale(CONTEXT.plus(amount), scales[currency]))

        return LiabilityLine(
            name=name,
            paid=text(sums.paid),
            promotional=text(sums.promotional),
            total=text(sums.total),
            cost={currency: text(money, currency) for currency, money in sorted(sums.cost.items())},
        )


@contextmanager
def credits_liability(
    entity_id: UUID,
    *,
    as_of: date | None = None,
    from_date: date | None = None,
    known_at: datetime | None = None,
    unit: str | None = None,
) -> Iterator[Liability]:
    """What is owed in credits at the end of `as_of` (the business date), and what happened from `from_date` on.

    From the first day of the fiscal year unless given. Of all units, or of one. Raises `UnknownCurrency`, `Malformed`,
    `FutureDate`.
    """
    units = list(units_of(entity_id).minor_units)
    with reading(entity_id, known_at) as reader:
        if unit is not None and unit not in {*reader.scales, *units}:
            raise UnknownCurrency(pointer="/unit", currency=unit)
        day = as_of or reader.books.business_date
        reader.check_date(day, "as_of")
        dates = range_of(reader, from_date or reader.year_of(day).start, day)
        wanted = sorted(one for one in units if one in reader.scales and unit in (None, one))
        head = head_of(reader, TITLE, (TIES, COSTS), as_of=day, from_=dates.start, unit=unit)
        yield Liability(reader, head, _figures(reader, wanted, dates))


def _figures(reader: Reader, units: Sequence[str], dates: Range) -> dict[str, Figures]:
    wallets: dict[str, list[UUID]] = {}
    for id_, currency in reader.rows(WALLETS, (reader.entity_id, units)):
        wallets.setdefault(currency, []).append(id_)
    every = [id_ for ids in wallets.values() for id_ in ids]
    if not every:
        return {}
    before, after = reader.before(dates.start, accounts=every), reader.figures(dates.end, accounts=every)
    of_wallets = (reader.entity_id, units)
    is_now = reader.known_at is None and dates.end == reader.books.business_date
    asked = (dates.end, *of_wallets)
    lots = reader.rows(NOW, asked) if is_now else reader.rows(THEN, (*asked, dates.end, reader.known))
    months = _by_unit(lots)
    moves = _by_unit(reader.rows(MOVES, (*of_wallets, dates.start, dates.end, reader.known)))
    return {
        unit: Figures(months.get(unit, {}), moves.get(unit, {}), _balance(before, ids), _balance(after, ids))
        for unit, ids in sorted(wallets.items())
    }


def _by_unit(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, Sums]]:
    found: dict[str, dict[str, Sums]] = {}
    for unit, name, is_paid, cost_currency, amount, cost in rows:
        if amount or cost:
            sums = found.setdefault(unit, {}).setdefault(name, Sums())
            sums.add(amount, {cost_currency: cost} if cost else {}, is_paid=is_paid)
    return found


def _balance(figures: Mapping[UUID, GrossTotals], wallets: Iterable[UUID]) -> Decimal:
    """What wallets owe their owners, as a sum; they are liabilities."""
    total = ZERO
    for one in wallets:
        total = CONTEXT.subtract(total, figures[one].net)
    return total


def _together(parts: Iterable[Sums]) -> Sums:
    total = Sums()
    for one in parts:
        total = total.take(one)
    return total


def _order(item: tuple[str, Sums]) -> tuple[bool, bool, str]:
    """What is over first, then month after month, then what never expires."""
    return item[0] == NEVER, item[0] != OVER, item[0]


def _rows(one: UnitLiability) -> Iterator[DocumentRow]:
    nothing = (None,) * (len(COLUMNS) - 1)
    for title, lines in (("Outstanding by last day", one.outstanding), ("Movements", one.movements)):
        yield DocumentRow((f"{one.unit}: {title}", *nothing), "heading")
        for number, line in enumerate(lines, 1):
            style: Style = "total" if number == len(lines) else "normal"
            (currency, cost), *others = line.cost.items() or ((None, None),)
            yield DocumentRow((line.name, line.paid, line.promotional, line.total, cost, currency), style)
            for more, money in others:
                yield DocumentRow((None, None, None, None, money, more), style)
