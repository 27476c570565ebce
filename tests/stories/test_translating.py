"""Books in euro with dollars, revalued and exchanged, translated for presentation. Figures are from a worksheet.

A dollar account at the closing rate is worth what the account and its valuation are carried at together, so that its
gain is there once: in profit or loss when it was revalued, on the line of the translation difference when not.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fx.deals.role_accounts import CLEARING, VALUATION, open_missing
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from reports.currencies.positions import LEFT_OUT, is_left_out
from reports.reading.figures import ReportAccount
from reports.shapes import TreeReport
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.trading import a_rate, a_trading_house, an_exchange, go_to

START, END = date(2026, 3, 2), date(2026, 3, 31)
CURRENT = "Profit or loss for the period"
DIFFERENCE = "Translation difference"
VALUATION_NOTE = (
    "Translation difference from valuation accounts, left out: {} ({}). "
    "Their foreign accounts at the closing rate include it."
)
CLEARING_NOTE = (
    "Translation difference from fx_clearing accounts, left out: {} ({}). "
    "At the rates of their settlements they come to nothing in base currency."
)


def a_house(**accounts: tuple[str, str]) -> Entity:
    """Books with euro and dollars in the bank and what exchanging and revaluing needs."""
    entity = an_entity(business_date=START)
    an_account(entity, "BANK-EUR")
    an_account(entity, "BANK-USD", currency="USD")
    for code, (kind, currency) in accounts.items():
        an_account(entity, code, kind, currency=currency)
    open_missing(entity.id, ["USD"], actor="test")
    pair_missing(entity.id, "EUR", actor="test")
    return entity


def rates(entity: Entity, *quotes: tuple[str, str, date, str, str]) -> None:
    wanted = [Quote(base, quote, day, kind, Decimal(value)) for base, quote, day, kind, value in quotes]
    for outcome in record_rates(entity.id, wanted, source="worksheet", actor="test", confirm_jump=True):
        assert outcome.refusal is None


def at_par(entity: Entity) -> str:
    """A presentation currency of which one is always worth a euro, so that translated figures are easy to follow."""
    days = [START, END, date(2025, 12, 1), date(2025, 12, 31)]
    days += [date(2024, 3, 15), date(2024, 3, 28), date(2024, 4, 30), date(2024, 5, 15)]
    rates(entity, *(("EUR", "GBP", day, "spot", "1") for day in days))
    return "GBP"


def revalued(entity: Entity, day: date = END) -> None:
    assert revalue_day(entity.id, day, actor="test").run is not None


def shown(report: TreeReport) -> dict[str, str]:
    """The accounts and computed lines of a report in one currency."""
    (block,) = report.blocks
    return {row.account or row.name: row.amounts["amount"] for row in block.rows if row.kind in {"account", "computed"}}


def capital_in_dollars(credit: str, kind: str, debit: str = "BANK-USD") -> Entity:
    """1,000.00 dollars at 0.90, worth 0.95 at the end of the month."""
    entity = a_house(**{credit: (kind, "USD"), "COSTS-USD": ("expense", "USD")})
    rates(entity, ("USD", "EUR", START, "spot", "0.90"), ("USD", "EUR", END, "closing", "0.95"))
    rates(entity, ("USD", "EUR", END, "average", "0.90"))
    posted(entity, a_transfer(debit, credit, "1000.00"))
    go_to(entity, END)
    return entity


# --- without an exchange -------------------------------------------------------------------------


def test_what_was_revalued_is_a_gain_and_no_translation_difference() -> None:
    """1,000.00 x 0.95 = 950.00; capital 1,000.00 x 0.90 = 900.00; gain 50.00.

    Of the dollars: 1,000.00 x (0.95 - 0.90) = 50.00; less the valuation, 50.00.
    """
    entity = capital_in_dollars("CAPITAL-USD", "equity")
    revalued(entity)
    report = balance_sheet(entity.id, currency=at_par(entity))
    assert shown(report) == {"BANK-USD": "950.00", "CAPITAL-USD": "900.00", CURRENT: "50.00"}
    assert report.notes[:2] == [
        "Translation difference from USD: on opening net assets 0.00, on the result 0.00, on equity movements 50.00",
        VALUATION_NOTE.format("-50.00", "BANK-USD-VALUATION"),
    ]


def test_what_was_not_revalued_stays_on_the_line_of_the_difference() -> None:
    entity = capital_in_dollars("CAPITAL-USD", "equity")
    found = shown(balance_sheet(entity.id, currency=at_par(entity)))
    assert found == {"BANK-USD": "950.00", "CAPITAL-USD": "900.00", DIFFERENCE: "50.00"}


def test_a_liability_that_grew_is_a_loss_once() -> None:
    """Costs of 1,000.00 dollars on credit: 900.00 at the average; owed are 950.00; the loss is 50.00."""
    entity = capital_in_dollars("LOAN-USD", "liability", debit="COSTS-USD")
    revalued(entity)
    assert shown(balance_sheet(entity.id, currency=at_par(entity))) == {"LOAN-USD": "950.00", CURRENT: "-950.00"}


def test_reports_that_are_not_translated_show_all_accounts() -> None:
    entity = capital_in_dollars("CAPITAL-USD", "equity")
    revalued(entity)
    report = trial_balance(entity.id)
    codes = [row.account for block in report.blocks for row in block.rows if row.kind == "account"]
    assert codes == ["BANK-USD-VALUATION", "FX-UNREALISED-GAIN-EUR", "BANK-USD", "CAPITAL-USD"]
    assert report.notes == []


def test_a_gain_that_is_earned_over_two_years_is_in_both() -> None:
    """0.90, 0.95 at the end of 2025, 0.97 in 2026: 50.00 not closed, then 20.00.

    Of the dollars: 1,000.00 x 0.05 + 1,000.00 x 0.02 = 70.00; less the valuation, 70.00.
    """
    entity = an_entity(business_date=date(2025, 12, 1))
    an_account(entity, "BANK-USD", currency="USD")
    an_account(entity, "CAPITAL-USD", "equity", currency="USD")
    open_missing(entity.id, ["USD"], actor="test")
    pair_missing(entity.id, "EUR", actor="test")
    last = date(2025, 12, 31)
    rates(entity, ("USD", "EUR", date(2025, 12, 1), "spot", "0.90"), ("USD", "EUR", last, "closing", "0.95"))
    rates(entity, ("USD", "EUR", END, "closing", "0.97"))
    posted(entity, a_transfer("BANK-USD", "CAPITAL-USD", "1000.00"))
    for day in (last, END):
        go_to(entity, day)
        revalued(entity, day)
    assert shown(balance_sheet(entity.id, currency=at_par(entity))) == {
        "BANK-USD": "970.00", "CAPITAL-USD": "900.00", "Prior-year earnings not yet allocated": "50.00", CURRENT: "20.00",
    }  # fmt: skip


# --- with exchanges ------------------------------------------------------------------------------


def bought_dollars() -> Entity:
    """1,000.00 euro for 1,170.70 dollars at 1.1707; 1.10 at the end of the month."""
    entity = a_house()
    rates(entity, ("EUR", "USD", START, "spot", "1.1707"), ("EUR", "USD", END, "closing", "1.10"))
    an_exchange(entity, "BANK-EUR", "BANK-USD", "1000.00")
    go_to(entity, END)
    return entity


def test_dollars_that_were_bought_and_revalued() -> None:
    """1,170.70 / 1.10 = 1,064.2727, 64.27 more than the 1,000.00 that were paid for them."""
    entity = bought_dollars()
    revalued(entity)
    report = balance_sheet(entity.id, currency=at_par(entity))
    assert shown(report) == {"BANK-EUR": "-1000.00", "BANK-USD": "1064.27", CURRENT: "64.27"}
    # Clearing: 1,000.00 - 1,064.27 = -64.27. Nothing is in equity or profit or loss in dollars.
    assert report.notes[:2] == [
        VALUATION_NOTE.format("-64.27", "BANK-USD-VALUATION"),
        CLEARING_NOTE.format("64.27", "FX-CLEARING-EUR, FX-CLEARING-USD"),
    ]


def test_dollars_that_were_bought_and_not_revalued() -> None:
    entity = bought_dollars()
    found = shown(balance_sheet(entity.id, currency=at_par(entity)))
    assert found == {"BANK-EUR": "-1000.00", "BANK-USD": "1064.27", DIFFERENCE: "64.27"}


def test_the_trial_balance_shows_the_same_and_balances() -> None:
    entity = bought_dollars()
    (block,) = trial_balance(entity.id, currency=at_par(entity), zeros=True).blocks
    found = {row.account or row.name: (row.amounts["debit"], row.amounts["credit"]) for row in block.rows}
    assert {name: sides for name, sides in found.items() if sides != ("0.00", "0.00")} == {
        "BANK-EUR": ("0.00", "1000.00"), "BANK-USD": ("1064.27", "0.00"), DIFFERENCE: ("0.00", "64.27"),
        "Total GBP": ("1064.27", "1064.27"),
    }  # fmt: skip
    assert not {"BANK-USD-VALUATION", "FX-CLEARING-EUR", "FX-CLEARING-USD"} & found.keys()


def test_in_a_third_currency() -> None:
    """One euro is 0.85 pounds at the end, 0.86 on average; a dollar by way of the euro.

    Bank: -1,000.00 x 0.85 = -850.00; 1,170.70 / 1.10 x 0.85 = 904.6318. Gain: 64.27 x 0.86 = 55.2722.
    What the gain added stands at 0.85 and came in at 0.86: 54.6318 - 55.2722 = -0.6404.
    """
    entity = bought_dollars()
    an_account(entity, "BANK-GBP", currency="GBP")
    revalued(entity)
    rates(entity, ("EUR", "GBP", END, "closing", "0.85"), ("EUR", "GBP", END, "average", "0.86"))
    assert shown(balance_sheet(entity.id, currency="GBP")) == {
        "BANK-EUR": "-850.00", "BANK-USD": "904.63", CURRENT: "55.27", DIFFERENCE: "-0.64",
    }  # fmt: skip


def test_a_wallet_of_which_half_was_taken_back() -> None:
    """The customer of `test_euro_dollar.py` in May 2024, with an average rate of 1.08 for the spread.

    Owed: 1,000,000.00 - 1,000,000.00 + 502,266.80 euro; 544,055.40 / 1.0832 = 502,266.8021. Earned: 1,089.20 / 1.08
    = 1,008.5185, less 2,766.80 realised and 2,766.80 unrealised = -4,525.0815. The spread came in at 1.0892, as
    1,000.00 euro: 1,000.00 - 1,008.5185 = -8.5185; less 0.0021 that the revaluation rounded away: -8.5206.
    """
    deal, march, april, may = date(2024, 3, 15), date(2024, 3, 28), date(2024, 4, 30), date(2024, 5, 15)
    entity = a_trading_house("USD", business_date=deal)
    for day, rate in ((deal, "1.0892"), (march, "1.0811"), (april, "1.0718"), (may, "1.0832")):
        a_rate(entity, rate, day)
    a_rate(entity, "1.08", may, kind="average")
    posted(entity, a_transfer("BANK-EUR", "WALLET-EUR", "1000000.00"))
    an_exchange(entity, "WALLET-EUR", "WALLET-USD", "1000000.00", spread="0.1")
    for day in (march, april):
        go_to(entity, day)
        revalued(entity, day)
    go_to(entity, may)
    an_exchange(entity, "WALLET-USD", "WALLET-EUR", "544055.40")
    revalued(entity, may)
    assert shown(balance_sheet(entity.id, currency=at_par(entity))) == {
        "BANK-EUR": "3000000.00", "WALLET-EUR": "502266.80", "WALLET-USD": "502266.80", "CAPITAL": "2000000.00",
        CURRENT: "-4525.08", DIFFERENCE: "-8.52",
    }  # fmt: skip


# --- which accounts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role, kind, expected",
    [
        (VALUATION, "asset", True), (VALUATION, "liability", True), (VALUATION, "equity", False),
        (CLEARING, "asset", True), (CLEARING, "liability", True), (CLEARING, "equity", True),
        (CLEARING, "income", False), ("cash", "asset", False), ("", "asset", False),
    ],
)  # fmt: skip
def test_which_accounts_are_left_out(role: str, kind: str, expected: bool) -> None:
    account = ReportAccount(uuid7(), "1", "One", kind, "EUR", None, False, "debit", role)
    assert is_left_out(account) is expected


def test_the_roles_are_those_of_exchanges() -> None:
    assert set(LEFT_OUT) == {VALUATION, CLEARING}


def test_many_accounts_are_counted_and_not_named() -> None:
    entity = an_entity(business_date=START)
    an_account(entity, "COSTS-USD", "expense", currency="USD")
    for number in range(11):
        an_account(entity, f"LOAN-{number}", "liability", currency="USD")
    open_missing(entity.id, ["USD"], actor="test")
    pair_missing(entity.id, "EUR", actor="test")
    rates(entity, ("USD", "EUR", START, "spot", "0.90"), ("USD", "EUR", START, "closing", "0.95"))
    for number in range(11):
        posted(entity, a_transfer("COSTS-USD", f"LOAN-{number}", "100.00"))
    revalued(entity, START)
    # Eleven liabilities, each 5.00 more
    assert VALUATION_NOTE.format("55.00", "11 accounts") in balance_sheet(entity.id, currency=at_par(entity)).notes
