"""What the books answer to the question of a check, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from django.test import RequestFactory

from bench.statements.books import Books
from bench.statements.cases import Check
from fx.rates.conversion import REGULATION, Leg, Rounding, converted
from journals.periods.fiscal_years import Weeks, YearPlan, spans_of
from journals.taxes.splitting import split
from ledgerflow.core.money import plain
from reports.kinds import KINDS
from reports.shapes import TreeReport, TreeRow

LINES = {"account", "computed"}
KEY = "key"


def wrong_lines(books: Books, check: Check) -> list[str]:
    """One sentence for each line that is missing, too much, or has another figure."""
    answer = ANSWERS.get(check.about, report)
    found = answer(books, check)
    wrong = [
        f"{name}: {found.get(name)} instead of {amount}"
        for name, amount in check.right.items()
        if found.get(name) != amount
    ]
    wrong += [f"{name}: {amount} is too much" for name, amount in found.items() if name in _more(found, check)]
    return [f"{check.about} {' '.join(f'{key}={value}' for key, value in check.asked.items())}: {one}" for one in wrong]


def _more(found: dict[str, str], check: Check) -> set[str]:
    return {name for name in found if name not in check.right and not name.startswith("(")}


def report(books: Books, check: Check) -> dict[str, str]:
    """The lines of a report in one currency: accounts by their code, others by their name.

    Sections and totals are looked up where the case names them, and are not too much where it does not. `key` is the
    column, the first one unless given; a trial balance has debits positive.
    """
    asked = {name: value for name, value in check.asked.items() if name not in {KEY, "block"}}
    kind = KINDS[check.about]
    with kind.making(books.id, kind.parameters_in(RequestFactory().get("/", asked))) as made:
        body = made.body()
    assert isinstance(body, TreeReport)
    blocks = [block for block in body.blocks if check.asked.get("block") in (None, block.currency)]
    (block,) = blocks
    key = check.asked.get(KEY) or body.columns[0].key
    found = {}
    for row in block.rows:
        name = row.account or row.name
        amount = _amount(row, key)
        if amount is not None and (name in check.right or (row.kind in LINES and Decimal(amount))):
            found[name] = amount
    return found


def _amount(row: TreeRow, key: str) -> str | None:
    if key in row.amounts and key != "debit":
        return row.amounts[key]
    prefix = key.removesuffix("debit")
    debit, credit = row.amounts.get(f"{prefix}debit"), row.amounts.get(f"{prefix}credit")
    if not debit and not credit:
        return None
    return plain(Decimal(debit or 0) - Decimal(credit or 0))


def conversion(_: Books, check: Check) -> dict[str, str]:
    """Amounts converted at fixed rates, "one euro is so many": by division, multiplication, or both through the euro.

    `from` and `to` are currencies, `rate_CODE` their rates; each right line is an amount, and what it comes to.
    """
    source, target = check.asked["from"], check.asked["to"]
    legs = [
        Leg("EUR", code, date(1999, 1, 1), "fixed", Decimal(check.asked[f"rate_{code}"]), 1, "regulation", operation)  # type: ignore[arg-type] # one of the two
        for code, operation in ((source, "divide"), (target, "multiply"))
        if code != "EUR"
    ]
    units = int(check.asked.get("minor_units", "2"))
    rounding = Rounding(REGULATION, int(check.asked.get("between", "3")))
    return {amount: plain(converted(Decimal(amount), legs, units, rounding)) for amount in check.right}


def fiscal_years(_: Books, check: Check) -> dict[str, str]:
    """The last days of years of 52 and 53 weeks, and how many weeks each has."""
    weekday, month = int(check.asked["weekday"]), int(check.asked["month"])
    weeks = Weeks(weekday, month, check.asked["ends"], check.asked.get("pattern", "4-4-5"))
    return dict(_years(date.fromisoformat(check.asked["from"]), weeks, len(check.right)))


def _years(first: date, weeks: Weeks, years: int) -> Iterator[tuple[str, str]]:
    for _ in range(years):
        year = next(span for span in spans_of(YearPlan(first, weeks=weeks)) if span.kind == "year")
        length = (year.ends_on - year.starts_on).days + 1
        yield str(year.ends_on), f"{length // 7} weeks"
        first = date.fromordinal(year.ends_on.toordinal() + 1)


def tax_split(_: Books, check: Check) -> dict[str, str]:
    """Amounts with their tax split off, or without it and their tax added, in a currency of two decimals."""
    rate, is_gross = Decimal(check.asked["rate"]), check.asked["amount_is"] == "gross"
    found = {amount: split(Decimal(amount), rate, 2, gross=is_gross) for amount in check.right}
    return {amount: f"{plain(one.net)} + {plain(one.tax)}" for amount, one in found.items()}


ANSWERS: dict[str, Callable[[Books, Check], dict[str, str]]] = {
    "conversion": conversion,
    "fiscal-years": fiscal_years,
    "tax-split": tax_split,
}
