"""The tax report of a period: per code and rate what was taxable, what was booked, what the rate makes of it.

Taxable amounts are the lines that bear a code and do not stand on its tax accounts; those that do are the tax. What a
rate makes of each line is rounded for itself, halves up, as when it is posted. Closing entries do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from journals.taxes.kinds import EXEMPT, INPUT, NONE, OUTPUT, REVERSE_CHARGE
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, normalised, plain
from reports.heads import head_of
from reports.reading.figures import VIEWS, Reader, reading
from reports.shapes import AmountColumn, Block, RowKind, TreeReport, TreeRow
from reports.statements.income import Range, range_of

COLUMNS = [
    AmountColumn("base", "Taxable amount"), AmountColumn("booked", "Tax booked"),
    AmountColumn("expected", "Tax expected"), AmountColumn("difference", "Difference"),
]  # fmt: skip
TITLES = {
    OUTPUT: "Output tax",
    REVERSE_CHARGE: "Reverse charge, owed",
    INPUT: "Input tax",
    "deducted": "Reverse charge, deducted",
    EXEMPT: "Exempt",
    NONE: "Outside of the tax",
    "unknown": "Codes that are not declared on their day",
}
DEDUCTED, UNKNOWN = "deducted", "unknown"
OWED, DEDUCTIBLE = (OUTPUT, REVERSE_CHARGE), (INPUT, DEDUCTED)
CREDITS = (OUTPUT, REVERSE_CHARGE, EXEMPT, NONE)  # taxes of these sections are credits
TIE = "Tax accounts: their movement, what of it bears a tax code, and the rest."
# The rate of a line is that of the newest version of its code whose days hold its date.
LINES = """
    SELECT p.dimensions->>'tax', p.account_id, p.currency, r.kind, r.name, r.rate,
           sum(p.amount), sum(round(p.amount * r.rate / 100, %(scale)s))
    FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id AND p.dimensions ? 'tax'
    LEFT JOIN LATERAL (
        SELECT kind, name, rate FROM taxes_taxrate
        WHERE entity_id = j.entity_id AND code = p.dimensions->>'tax' AND event_sequence <= %(known)s
          AND starts_on <= j.effective_date AND coalesce(ends_on, 'infinity') >= j.effective_date
        ORDER BY version DESC LIMIT 1
    ) r ON true
    WHERE j.entity_id = %(entity)s AND j.effective_date BETWEEN %(start)s AND %(end)s
      AND j.event_sequence <= %(known)s AND j.layer = ANY (%(layers)s)
    GROUP BY 1, 2, 3, 4, 5, 6
"""
TAX_ACCOUNTS = """
    SELECT code, account_id, deduct_account_id FROM taxes_taxrate
    WHERE entity_id = %s AND event_sequence <= %s AND account_id IS NOT NULL
"""


class TaxKey(NamedTuple):
    """What has a line of the report."""

    section: str
    code: str
    name: str
    rate: Decimal


class TaxFigures(NamedTuple):
    """Debit positive, in base currency."""

    base: Decimal = ZERO
    booked: Decimal = ZERO
    expected: Decimal = ZERO

    def plus(self, other: TaxFigures) -> TaxFigures:
        return TaxFigures(*map(CONTEXT.add, self, other))

    def turned(self) -> TaxFigures:
        return TaxFigures(*map(CONTEXT.minus, self))


class _CodedLine(NamedTuple):
    code: str
    account: UUID
    currency: str
    kind: str | None
    name: str
    rate: Decimal
    amount: Decimal
    expected: Decimal


def tax_report(
    entity_id: UUID, *, from_date: date | None = None, to_date: date | None = None, known_at: datetime | None = None
) -> TreeReport:
    """The taxes of what is dated between two days, in the base currency of the second.

    Without `from_date`: from the first day of the fiscal year; without `to_date`: to the business date. Output taxes
    are credit positive, input taxes debit positive. Raises `Malformed`, `FutureDate`.
    """
    with reading(entity_id, known_at) as reader:
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        accounts = _TaxAccounts(reader)
        notes = [TIE]
        base = reader.era_on(dates.end).currency
        figures, coded = _figures(reader, dates, accounts, base, notes)
        rows = [*_sections(figures, reader.scales[base]), *_ties(reader, dates, accounts, coded, base)]
        head = head_of(reader, "Tax report", notes, from_=dates.start, to=dates.end)
        return TreeReport(**head, columns=COLUMNS, blocks=[Block(base, rows)])


class _TaxAccounts:
    """Which accounts take the tax of a code, what is owed and what is deducted."""

    def __init__(self, reader: Reader) -> None:
        self.owed: set[tuple[str, UUID]] = set()
        self.deducted: set[tuple[str, UUID]] = set()
        for code, account, deduct in reader.rows(TAX_ACCOUNTS, (reader.entity_id, reader.known)):
            self.owed.add((code, account))
            if deduct is not None:
                self.deducted.add((code, deduct))

    @property
    def ids(self) -> set[UUID]:
        return {account for _, account in self.owed | self.deducted}


def _figures(
    reader: Reader, dates: Range, accounts: _TaxAccounts, base: str, notes: list[str]
) -> tuple[dict[TaxKey, TaxFigures], dict[UUID, Decimal]]:
    """The figures of each line of the report, and what of each tax account bears a code."""
    params = {
        "entity": reader.entity_id, "start": dates.start, "end": dates.end, "known": reader.known,
        "layers": list(VIEWS["adjusted"]), "scale": reader.scales[base],
    }  # fmt: skip
    found: dict[TaxKey, TaxFigures] = defaultdict(TaxFigures)
    coded: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    foreign: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in map(_CodedLine._make, reader.rows(LINES, params)):
        if line.currency != base:
            foreign[line.currency] = CONTEXT.add(foreign[line.currency], line.amount.copy_abs())
            continue
        if line.account in accounts.ids:
            coded[line.account] = CONTEXT.add(coded[line.account], line.amount)
        for section, figures in _shares(line, accounts):
            key = TaxKey(section, line.code, line.name or "", line.rate or ZERO)
            found[key] = found[key].plus(figures)
    notes += [
        f"Lines in {code} that bear tax codes are not in this report: {plain(foreign[code])}." for code in foreign
    ]
    return found, coded


def _shares(line: _CodedLine, accounts: _TaxAccounts) -> Iterator[tuple[str, TaxFigures]]:
    """The sections that a line stands in, with its figures there: a taxable amount or a tax."""
    kind = line.kind or UNKNOWN
    if (line.code, line.account) in accounts.owed:
        yield kind, TaxFigures(booked=line.amount)
    elif (line.code, line.account) in accounts.deducted:
        yield DEDUCTED, TaxFigures(booked=line.amount)
    elif kind == REVERSE_CHARGE:  # a purchase: what is owed on it is a credit
        yield REVERSE_CHARGE, TaxFigures(line.amount, expected=line.expected).turned()
        yield DEDUCTED, TaxFigures(line.amount, expected=line.expected)
    else:
        yield kind, TaxFigures(line.amount, expected=line.expected or ZERO)


def _sections(figures: Mapping[TaxKey, TaxFigures], scale: int) -> Iterator[TreeRow]:
    totals: dict[str, TaxFigures] = {}
    for section, title in TITLES.items():
        keys = sorted(key for key in figures if key.section == section)
        if not keys:
            continue
        yield TreeRow("section", 0, title, None, {})
        total = TaxFigures()
        for key in keys:
            shown = figures[key].turned() if section in CREDITS else figures[key]
            total = total.plus(shown)
            name = f"{key.code} {key.name} {normalised(key.rate)} %" if key.name else key.code
            yield _row("computed", 1, name, shown, scale)
        totals[section] = total
        yield _row("subtotal", 0, f"Total {title[0].lower()}{title[1:]}", total, scale)
    payable = _sum(totals, OWED).plus(_sum(totals, DEDUCTIBLE).turned())
    row = _row("total", 0, "Tax payable", payable, scale)
    yield TreeRow(row.kind, row.level, row.name, None, {name: row.amounts[name] for name in list(row.amounts)[1:]})


def _sum(totals: Mapping[str, TaxFigures], sections: Iterable[str]) -> TaxFigures:
    total = TaxFigures()
    for section in sections:
        total = total.plus(totals.get(section, TaxFigures()))
    return total


def _row(kind: RowKind, level: int, name: str, figures: TaxFigures, scale: int) -> TreeRow:
    difference = CONTEXT.subtract(figures.booked, figures.expected)
    amounts = (*figures, difference)
    texts = {column.key: _text(amount, scale) for column, amount in zip(COLUMNS, amounts, strict=True)}
    return TreeRow(kind, level, name, None, texts)


def _ties(
    reader: Reader, dates: Range, accounts: _TaxAccounts, coded: Mapping[UUID, Decimal], base: str
) -> Iterator[TreeRow]:
    """Each tax account with its movement, credit positive: what of it bears a code is the tax of the report."""
    ids = sorted(accounts.ids, key=lambda one: reader.accounts[one].code)
    ids = [one for one in ids if reader.accounts[one].currency == base]
    if not ids:
        return
    yield TreeRow("section", 0, "Tax accounts", None, {})
    moved = reader.movements(*dates, VIEWS["adjusted"], accounts=ids)
    for one in ids:
        movement, of_codes = CONTEXT.minus(moved[one].net), CONTEXT.minus(coded.get(one, ZERO))
        account, rest = reader.accounts[one], CONTEXT.subtract(movement, of_codes)
        amounts = {"booked": movement, "expected": of_codes, "difference": rest}
        texts = {name: _text(amount, reader.scales[base]) for name, amount in amounts.items()}
        yield TreeRow("account", 1, account.name, account.code, texts)


def _text(amount: Decimal, scale: int) -> str:
    return plain(at_scale(CONTEXT.plus(amount), scale))
