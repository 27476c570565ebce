"""Units that are not money, such as credits: reports in each currency show them, and nothing converts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from accounts.bases.use_cases import change_base_currency
from accounts.currencies import add_currency
from accounts.errors import NotMoney
from accounts.models import Currency
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import settle
from fx.functional.own_rates import carry_at
from fx.rates.errors import UnitHasRates
from fx.rates.finding import convert
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.closing_checks import unrevalued_currencies
from fx.revaluation.valuation_pairs import pair_missing, pair_valuation
from journals.days.closing.running import close_day
from journals.days.models import DayCloseStep
from journals.models import Posting
from journals.periods.year_end import close_year
from ledgerflow.books.models import Entity
from reports.equity.statement import changes_in_equity
from reports.flows.statement import cash_flow
from reports.shapes import TreeReport
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
from tests.audit_files.company import SIREN, numbered, written
from tests.builders import a_transfer, an_account, posted
from tests.calendars import YEAR_END, books_on, close, close_months, year
from tests.functional.worksheets import JANUARY, a_rate, books, is_proven, moved

WHOLE_MONTH: dict[str, Any] = {"from_date": date(2026, 1, 1), "to_date": JANUARY}
FUNCTIONAL: dict[str, Callable[[Entity], TreeReport]] = {
    "sheet": lambda entity: balance_sheet(entity.id, currency="functional", zeros=True),
    "income": lambda entity: income_statement(entity.id, currency="functional", **WHOLE_MONTH, zeros=True),
    "trial": lambda entity: trial_balance(entity.id, currency="functional", zeros=True),
    "range": lambda entity: trial_balance(entity.id, currency="functional", **WHOLE_MONTH, zeros=True),
    "cash": lambda entity: cash_flow(entity.id, currency="functional", **WHOLE_MONTH),
    "equity": lambda entity: changes_in_equity(entity.id, currency="functional", **WHOLE_MONTH),
}
TRANSLATED: dict[str, Callable[[Entity], TreeReport]] = {
    "sheet_in_dollars": lambda entity: balance_sheet(entity.id, currency="USD", zeros=True),
    "income_in_dollars": lambda entity: income_statement(entity.id, currency="USD", **WHOLE_MONTH, zeros=True),
    "trial_in_dollars": lambda entity: trial_balance(entity.id, currency="USD", zeros=True),
    "equity_in_dollars": lambda entity: changes_in_equity(entity.id, currency="USD", **WHOLE_MONTH),
}


def credits_in(entity: Entity) -> None:
    """Credits on accounts of all types: 100 issued to a wallet, 40 of them spent on what is counted as income."""
    add_currency(entity, code="CREDIT", name="Credits", minor_units=0, is_money=False, actor="test")
    for code, type_, role in (
        ("WALLET", "liability", ""), ("ISSUED", "equity", ""), ("USED", "income", ""), ("GIFTS", "expense", ""),
        ("MACHINE", "asset", "cash"), ("STRAY", "asset", "fx_clearing"),
    ):  # fmt: skip
        an_account(entity, code, type_, currency="CREDIT", role=role)
    for debit, credit, amount in (
        ("ISSUED", "WALLET", "100"), ("WALLET", "USED", "40"), ("GIFTS", "WALLET", "5"), ("MACHINE", "ISSUED", "7"),
        ("STRAY", "ISSUED", "1"),
    ):  # fmt: skip
        moved(entity, debit, credit, amount)


@contextmanager
def not_money(pointer: str | None = None) -> Iterator[None]:
    with pytest.raises(NotMoney) as caught:
        yield
    assert caught.value.data["currency"] == "CREDIT"
    assert pointer in {None, caught.value.pointer}


def test_reports_in_one_currency_and_closes_leave_units_out() -> None:
    entity = books(dimensions=[])
    an_account(entity, "TILL", role="cash")
    a_rate(entity, JANUARY, "0.80")
    for kind in ("average", "closing"):
        a_rate(entity, JANUARY, "0.80", kind=kind)
    moved(entity, "TILL", "CAPITAL", "100.00")
    moved(entity, "BANK-USD", "SALES-USD", "50.00")
    reports = FUNCTIONAL | TRANSLATED
    before = {name: report(entity).blocks for name, report in reports.items()}
    credits_in(entity)
    assert {name: report(entity).blocks for name, report in reports.items()} == before
    for report in (balance_sheet, income_statement, trial_balance, changes_in_equity, cash_flow):
        assert "CREDIT" in {block.currency for block in report(entity.id).blocks}
        with not_money("/currency"):
            report(entity.id, currency="CREDIT")
    assert pair_missing(entity.id, "EUR", actor="test") == []
    assert unrevalued_currencies(entity.id, JANUARY) == []
    assert close_day(entity.id, JANUARY, actor="test").status == "closed"
    steps = DayCloseStep.objects.filter(close__entity=entity).exclude(step="proof").values_list("step", "detail")
    assert not [step for step, detail in steps if "refused" in detail or "CREDIT" in str(detail)]
    assert {name: report(entity).blocks for name, report in reports.items()} == before
    assert is_proven(entity)


def test_a_unit_has_no_rates_and_is_not_exchanged() -> None:
    entity = books()
    credits_in(entity)
    a_rate(entity, JANUARY, "0.80")
    quotes = [Quote("CREDIT", "EUR", JANUARY, "spot", Decimal(1)), Quote("EUR", "CREDIT", JANUARY, "spot", Decimal(1))]
    for outcome, pointer in zip(
        record_rates(entity.id, quotes, source="test", actor="test"), ("/base", "/quote"), strict=True
    ):
        assert isinstance(outcome.refusal, NotMoney)
        assert outcome.refusal.pointer == pointer
    for pair in (("CREDIT", "EUR"), ("EUR", "CREDIT")):
        with not_money():
            convert(entity.id, Decimal(1), *pair, JANUARY)
    price = partial(Deal, "CREDIT", "EUR", sell_amount=Decimal(1))
    for deal in (price(), price(buy_amount=Decimal(2))):
        with not_money("/direct/sell_currency"):
            settle(
                entity.id, Order(deal=deal, sell_account="WALLET", buy_account="BANK"), key=uuid4().hex, actor="test",
                may_choose_rate=True,
            )  # fmt: skip
    with not_money("/currencies"):
        open_missing(entity.id, ["USD", "CREDIT"], actor="test")
    with not_money("/currency"):
        journal = moved(entity, "WALLET", "ISSUED", "1")
        carry_at(entity.id, journal.id, "2", currency="CREDIT", key=uuid4().hex, actor="test")
    an_account(entity, "VALUATION", "liability", role="valuation")
    with not_money("/account"):
        pair_valuation(entity.id, "WALLET", "VALUATION", actor="test")
    with not_money("/currency"):
        change_base_currency(entity.id, "CREDIT", date(2026, 2, 1), "1.00000", key="k", actor="test")


def test_a_currency_with_rates_is_money() -> None:
    entity = books()
    a_rate(entity, JANUARY, "0.80", "POINT")
    with pytest.raises(UnitHasRates) as caught:
        add_currency(entity, code="POINT", name="Points", minor_units=0, is_money=False, actor="test")
    assert (caught.value.pointer, caught.value.code) == ("/is_money", "not_money")
    assert add_currency(entity, code="POINT", name="Points", minor_units=0, actor="test").is_money
    assert Currency.objects.get(entity=entity, code="POINT").is_money


def test_a_year_end_and_an_audit_file_ask_nothing_of_units_on_equity() -> None:
    entity = books_on(YEAR_END, base_currency="EUR")
    posted(entity, a_transfer("cash", "sales", "1000.00"))
    add_currency(entity, code="CREDIT", name="Credits", minor_units=0, is_money=False, actor="test")
    for code, type_ in (("wallet", "liability"), ("issued", "equity"), ("redeemed", "equity")):
        an_account(entity, code, type_, currency="CREDIT")
    posted(entity, a_transfer("issued", "wallet", "100"))
    posted(entity, a_transfer("wallet", "redeemed", "30"))
    close(entity, YEAR_END)
    close_months(entity)
    done = close_year(entity.id, year(entity).id, key="k", actor="test")
    assert set(Posting.objects.filter(journal__in=done.journals).values_list("currency", flat=True)) == {"EUR"}
    numbered(entity, {"cash": "512000", "sales": "707000", "profits": "110000"})
    _, content = written(entity.id, "fec", {"siren": SIREN}, to_date=YEAR_END)
    shown = [row.split("\t")[5] for row in content.decode().splitlines()]
    assert shown == ["CompteLib", "cash", "sales"]
