"""The trial balance of a range in functional currency, and what opening balances leave on FX clearing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.closing_checks import unrevalued_currencies
from journals.openings import opening_equity_left, post_opening_balances
from ledgerflow.books.models import Entity
from reports.statements.trial import trial_balance
from tests.builders import an_account
from tests.functional.worksheets import (
    FEBRUARY,
    FEBRUARY_END,
    JANUARY,
    JANUARY_END,
    PRIOR,
    a_rate,
    books,
    closed,
    go_to,
    is_proven,
    moved,
    sheet,
    trial,
)
from tests.trading import an_exchange

STAGES = ("opening", "movement", "carried", "closing")
MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 1)


def of_range(entity: Entity, start: date, end: date) -> dict[str, str]:
    """Opening, debit and credit, carried and closing of each line; stages that are a balance debit positive."""
    (block,) = trial_balance(entity.id, from_date=start, to_date=end, currency="functional").blocks
    found = {}
    for row in block.rows:
        amounts = {name: Decimal(amount) for name, amount in row.amounts.items()}
        opening, carried, closing = (
            f"{amounts[f'{stage}_debit'] - amounts[f'{stage}_credit']:f}" for stage in ("opening", "carried", "closing")
        )
        sides = f"{amounts['movement_debit']:f}/{amounts['movement_credit']:f}"
        found[row.account or row.name] = f"{opening} {sides} {carried} {closing}"
        if row.kind == "total":
            assert [amounts[f"{stage}_debit"] for stage in STAGES] == [amounts[f"{stage}_credit"] for stage in STAGES]
    return found


def test_a_month_opens_moves_and_closes_in_base_currency() -> None:
    """The sales of the issue's first worksheet: 1,000 USD at 0.80, 3,000 USD at 1.00, revalued at 1.00."""
    entity = books(JANUARY)
    a_rate(entity, JANUARY, "0.80")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    moved(entity, "BANK", "CAPITAL", "50.00")
    go_to(entity, FEBRUARY)
    a_rate(entity, FEBRUARY, "1.00")
    moved(entity, "BANK-USD", "SALES-USD", "3000.00")
    moved(entity, "CAPITAL", "BANK", "20.00")
    moved(entity, "BANK", "CAPITAL", "5.00")
    go_to(entity, FEBRUARY_END)
    a_rate(entity, FEBRUARY_END, "1.00")
    revalue_day(entity.id, FEBRUARY_END, actor="test")
    wanted = {
        "BANK": "50.00 5.00/20.00 0.00 35.00",
        "BANK-USD": "800.00 3200.00/0.00 0.00 4000.00",
        "CAPITAL": "-50.00 20.00/5.00 0.00 -35.00",
        "SALES-USD": "-800.00 0.00/3000.00 0.00 -3800.00",
        "FX-UNREALISED-GAIN-EUR": "0.00 0.00/200.00 0.00 -200.00",
        "Total EUR": "850.00 3225.00/3225.00 0.00 4035.00",
    }
    found = of_range(entity, date(2026, 2, 1), FEBRUARY_END)
    total = found.pop("Total EUR")
    assert found == {name: text for name, text in wanted.items() if name != "Total EUR"}
    assert total.split()[1] == "3225.00/3225.00"
    assert of_range(entity, JANUARY, JANUARY_END)["SALES-USD"] == "0.00 0.00/800.00 0.00 -800.00"


def test_a_range_over_a_year_end_carries_what_was_earned() -> None:
    """1,000 USD at 0.80 in December and 100 USD at 1.00 in January: 800 of prior years, and sales of 100."""
    entity = books(date(2026, 12, 15))
    a_rate(entity, date(2026, 12, 15), "0.80")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    go_to(entity, date(2027, 1, 15))
    a_rate(entity, date(2027, 1, 15), "1.00")
    moved(entity, "BANK-USD", "SALES-USD", "100.00")
    found = of_range(entity, date(2026, 12, 1), date(2027, 1, 15))
    del found["Total EUR"]
    assert found == {
        "BANK-USD": "0.00 900.00/0.00 0.00 900.00",
        "SALES-USD": "0.00 0.00/900.00 800.00 -100.00",
        PRIOR: "0.00 0.00/0.00 -800.00 -800.00",
    }
    assert of_range(entity, date(2027, 1, 1), date(2027, 1, 15))[PRIOR] == "-800.00 0.00/0.00 0.00 -800.00"


@pytest.mark.parametrize("carried", [False, True], ids=["at the rate of the day", "at a rate of their own"])
def test_what_openings_leave_on_clearing_is_a_position_of_equity(carried: bool) -> None:
    """1,000 dollars that capital of 1,000 euro had paid, taken over at 0.80: 800, and a position of 200."""
    entity = books(MONDAY)
    an_account(entity, "BANK-EUR")
    a_rate(entity, SUNDAY, "1.00" if carried else "0.80")
    opened = [
        ("BANK-USD", Decimal(1000)), ("FX-CLEARING-USD", Decimal(-1000)), ("FX-CLEARING-EUR", Decimal(1000)),
        ("CAPITAL", Decimal(1000)),
    ]  # fmt: skip
    assert {one.status for one in post_opening_balances(entity.id, opened, actor="test")} == {"posted"}
    assert set(opening_equity_left(entity.id).values()) == {"0.00"}
    position = {} if carried else {"FX position of the opening balances": "-200.00"}
    worth = "1000.00" if carried else "800.00"
    assert sheet(entity) == {"BANK-USD": worth, "CAPITAL": "1000.00"} | position
    as_debit = dict.fromkeys(position, "200.00")
    assert trial(entity) == {"BANK-USD": worth, "CAPITAL": "-1000.00"} | as_debit
    assert unrevalued_currencies(entity.id, MONDAY) == []
    # A deal leaves nothing in clearing, and the position is what it was.
    a_rate(entity, MONDAY, "0.90")
    an_exchange(entity, "BANK-USD", "BANK-EUR", "500.00")
    closed(entity, MONDAY)
    after = sheet(entity)
    assert after.get("FX position of the opening balances") == position.get("FX position of the opening balances")
    assert "FX-CLEARING-EUR" not in after
    if position:
        found = of_range(entity, MONDAY, MONDAY)["FX position of the opening balances"]
        assert found == "200.00 0.00/0.00 0.00 200.00"
    assert is_proven(entity)
