"""Books for worksheets in functional currency, and what their reports say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from fx.deals.role_accounts import open_missing
from fx.functional.proof import check_functional
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.valuation_pairs import pair_missing
from journals.days.closing.running import close_day
from journals.drafts import Draft
from journals.events import read_fact
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from reports.shapes import TreeReport
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
from tests.approving import go_on_to
from tests.builders import a_transfer, an_account, an_entity, posted

JANUARY, FEBRUARY = date(2026, 1, 15), date(2026, 2, 15)
JANUARY_END, FEBRUARY_END = date(2026, 1, 31), date(2026, 2, 28)
RESULT = CURRENT = "Profit or loss for the period"  # of the income statement, and on the balance sheet
PRIOR = "Prior-year earnings not yet allocated"


def books(start: date = JANUARY, **given: Any) -> Entity:
    """Books in euro with dollars in the bank, and sales and costs in dollars."""
    entity = an_entity(business_date=start, **given)
    base = entity.base_currency
    an_account(entity, "BANK", currency=base)
    an_account(entity, "CAPITAL", "equity", currency=base)
    an_account(entity, "PROFITS", "equity", currency=base, role="retained_earnings")
    dollars(entity)
    return entity


def dollars(entity: Entity, currency: str = "USD") -> None:
    an_account(entity, f"BANK-{currency}", currency=currency)
    an_account(entity, f"SALES-{currency}", "income", currency=currency)
    an_account(entity, f"COSTS-{currency}", "expense", currency=currency)
    an_account(entity, f"PROFITS-{currency}", "equity", currency=currency, role="retained_earnings")
    open_missing(entity.id, [currency], actor="test")
    pair_missing(entity.id, entity.base_currency, actor="test")


def a_rate(entity: Entity, day: date, value: str, currency: str = "USD", kind: str = "spot") -> None:
    """One unit of a foreign currency in base currency."""
    wanted = Quote(currency, entity.base_currency, day, kind, Decimal(value))
    (outcome,) = record_rates(entity.id, [wanted], source="worksheet", actor="test", confirm_jump=True)
    assert outcome.refusal is None


def moved(entity: Entity, debit: str, credit: str, amount: str, day: date | None = None) -> Journal:
    """Post a transfer, on the business date unless given."""
    return journal_of(entity, a_transfer(debit, credit, amount, effective_date=day))


def journal_of(entity: Entity, draft: Draft) -> Journal:
    answer = posted(entity, draft)
    assert answer.refusal is None
    return Journal.objects.get(id=read_fact(answer.journal).id)


def go_to(entity: Entity, day: date) -> None:
    go_on_to(entity, day)


def closed(entity: Entity, *days: date) -> None:
    for day in days:
        assert close_day(entity.id, day, actor="test", accept="meant").status == "closed"


def shown(report: TreeReport, key: str = "amount") -> dict[str, str]:
    """The accounts, computed lines and totals of a report in one currency."""
    (block,) = report.blocks
    return {
        row.account or row.name: row.amounts[key]
        for row in block.rows
        if row.kind in {"account", "computed"} or row.name == RESULT
    }


def sheet(entity: Entity, as_of: date | None = None, **asked: Any) -> dict[str, str]:
    return shown(balance_sheet(entity.id, as_of=as_of, currency="functional", **asked))


def income(entity: Entity, start: date, end: date, **asked: Any) -> dict[str, str]:
    return shown(income_statement(entity.id, from_date=start, to_date=end, currency="functional", **asked))


def trial(entity: Entity, as_of: date | None = None, **asked: Any) -> dict[str, str]:
    """Debit positive."""
    (block,) = trial_balance(entity.id, as_of=as_of, currency="functional", **asked).blocks
    return {
        row.account or row.name: str(Decimal(row.amounts["debit"]) - Decimal(row.amounts["credit"]))
        for row in block.rows
        if row.kind in {"account", "computed"}
    }


def is_proven(entity: Entity) -> bool:
    with snapshot() as connection:
        return list(check_functional(connection, entity.id)) == [] and verify_books(entity.id) == []
