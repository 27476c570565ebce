"""Random books in functional currency: months add up to their period, and nothing is left for equity."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fx.revaluation.auto_reversal import revalue_day
from ledgerflow.books.models import Entity
from reports.statements.income import income_statement
from tests.functional.worksheets import (
    PRIOR,
    RESULT,
    a_rate,
    books,
    closed,
    dollars,
    go_to,
    income,
    is_proven,
    moved,
    sheet,
    trial,
)

START = date(2026, 1, 29)
DAYS = 6
UNITS = {"USD": 2, "JPY": 0, "BHD": 3}
PAIRS = [("BANK", "SALES"), ("COSTS", "BANK"), ("SALES", "BANK"), ("BANK", "FX-CLEARING"), ("PROFITS", "BANK")]

days = st.integers(0, DAYS - 1)
currencies = st.sampled_from(sorted(UNITS))
movements = st.lists(st.tuples(days, currencies, st.sampled_from(PAIRS), st.integers(1, 999_999)), max_size=12)
rates = st.lists(st.integers(1, 30_000), min_size=DAYS * len(UNITS), max_size=DAYS * len(UNITS))


def books_of(values: list[int], moves: list[tuple[int, str, tuple[str, str], int]], closes: int) -> Entity:
    """Some movements over six days, of which the first ones are closed, at random rates."""
    entity = books(START)
    for currency in UNITS:
        if currency != "USD":
            dollars(entity, currency)
    for place, value in enumerate(values):
        day, currency = START + timedelta(place // len(UNITS)), sorted(UNITS)[place % len(UNITS)]
        a_rate(entity, day, str(Decimal(value) / 10_000), currency)
    go_to(entity, START + timedelta(DAYS))
    for place, currency, (debit, credit), amount in moves:
        units = Decimal(amount).scaleb(-UNITS[currency])
        moved(entity, f"{debit}-{currency}", f"{credit}-{currency}", f"{units:f}", START + timedelta(place))
    closed(entity, *(START + timedelta(place) for place in range(closes)))
    return entity


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(rates, movements, st.integers(0, DAYS - 1))
def test_months_add_up_and_the_balance_sheet_balances(
    values: list[int], moves: list[tuple[int, str, tuple[str, str], int]], closes: int
) -> None:
    entity = books_of(values, moves, closes)
    end, turn = START + timedelta(DAYS), date(2026, 1, 31)
    january, february = income(entity, START, turn), income(entity, turn + timedelta(1), end)
    both = income(entity, START, end)
    for name in both.keys() | january.keys() | february.keys():
        parts = Decimal(january.get(name, 0)) + Decimal(february.get(name, 0))
        assert parts == Decimal(both.get(name, 0)), name
    found = sheet(entity)
    assert not {"Translation difference", "Rounding"} & found.keys()
    earned = sum((Decimal(amount) for name, amount in found.items() if name.startswith((RESULT, PRIOR))), Decimal(0))
    assert earned == Decimal(both[RESULT])
    assert sum(map(Decimal, trial(entity).values())) == 0
    assert is_proven(entity)


def test_a_monetary_account_is_worth_its_closing_value() -> None:
    """In 0, 2 and 3 decimals, after movements that round: amount x closing rate, to the cent."""
    values = [9_123, 1_234, 8_888, 25_678, 63, 7_777] * 3
    moves = [
        (place, currency, pair, 123_457 + 1_111 * place)
        for place in range(DAYS - 1)
        for currency in UNITS
        for pair in PAIRS[:2]
    ]
    entity = books_of(values, moves, 3)
    last = START + timedelta(DAYS)
    for currency, value in {"USD": "0.8131", "JPY": "0.0061", "BHD": "2.4517"}.items():
        a_rate(entity, last, value, currency)
        moved(entity, f"BANK-{currency}", f"SALES-{currency}", "100")
    revalue_day(entity.id, last, actor="test")
    found = sheet(entity)
    for currency, value in {"USD": "0.8131", "JPY": "0.0061", "BHD": "2.4517"}.items():
        worth = (Decimal(100) * Decimal(value)).quantize(Decimal("0.01"))
        assert Decimal(found[f"BANK-{currency}"]) == worth


def test_a_base_currency_without_cents_rounds_to_its_units() -> None:
    """1.50 dollars at 151.37 yen are 227.055, 227 yen."""
    entity = books(START, base_currency="JPY")
    a_rate(entity, START, "151.37")
    moved(entity, "BANK-USD", "SALES-USD", "1.50")
    assert income(entity, START, START) == {"SALES-USD": "227", RESULT: "227"}
    assert income_statement(entity.id, currency="JPY").blocks[0].currency == "JPY"
