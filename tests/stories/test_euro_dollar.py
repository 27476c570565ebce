"""A euro for dollar exchange of 1,000,000.00 at rates of the ECB, revalued twice, and half of it taken back.

A wallet provider keeps its books in euro. On 15 March 2024 a customer exchanges a million euro of his wallet into
dollars, at the reference rate of that day less a spread of 0.1 %. What the provider then owes him in dollars is worth
more euro at the end of March and of April; in May he exchanges half of it back. All figures below are from a worksheet.

    Reference rates of the ECB, 1 EUR in USD
    2024-03-15   1.0892
    2024-03-28   1.0811   the last before the end of March
    2024-04-30   1.0718
    2024-05-15   1.0832
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fx.deals.models import Settlement
from fx.deals.settlement_proof import proof_of
from fx.rates.ecb import read_ecb
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.auto_reversal import revalue_day
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, posted
from tests.stories.worksheet import is_proven, trial_balance
from tests.trading import a_trading_house, an_exchange, go_to, lines, newest

DEAL, MARCH, APRIL, MAY = date(2024, 3, 15), date(2024, 3, 28), date(2024, 4, 30), date(2024, 5, 15)
WORKSHEET = {DEAL: "1.0892", MARCH: "1.0811", APRIL: "1.0718", MAY: "1.0832"}


@pytest.fixture(scope="module")
def ecb_rates(data_folder: Path) -> list[Quote]:
    """The four rates, from the file of the ECB."""
    found = read_ecb((data_folder / "ecb" / "eurofxref-hist.zip").read_bytes()).rates
    return [one.quote for one in found if one.quote.quote == "USD" and one.quote.rate_date in WORKSHEET]


def a_wallet_provider(rates: list[Quote]) -> Entity:
    books = a_trading_house("USD", name="Wallets", business_date=DEAL)
    record_rates(books.id, rates, source="ECB", actor="test", confirm_jump=True)
    posted(books, a_transfer("BANK-EUR", "WALLET-EUR", "1000000.00", description="The customer pays in"))
    return books


@pytest.fixture
def provider(ecb_rates: list[Quote]) -> Entity:
    return a_wallet_provider(ecb_rates)


def the_exchange(books: Entity) -> Settlement:
    return an_exchange(books, "WALLET-EUR", "WALLET-USD", "1000000.00", spread="0.1").settlement


def revalued(books: Entity, day: date) -> dict[str, str]:
    go_to(books, day)
    assert revalue_day(books.id, day, actor="test").run is not None
    return newest(books)


def test_the_rates_of_the_worksheet_are_those_of_the_bank(ecb_rates: list[Quote]) -> None:
    assert {one.rate_date: str(one.value) for one in ecb_rates} == WORKSHEET


def test_journal_by_journal(provider: Entity) -> None:
    # 1,000,000.00 EUR x 1.0892 = 1,089,200.00 USD; 0.1 % of it = 1,089.20 USD; 1,088,110.80 USD are left
    deal = the_exchange(provider)
    assert lines(deal.sell_journal) == {"WALLET-EUR": "1000000.00", "FX-CLEARING-EUR": "-1000000.00"}
    assert lines(deal.buy_journal) == {
        "FX-CLEARING-USD": "1089200.00", "WALLET-USD": "-1088110.80", "FX-SPREAD-USD": "-1089.20",
    }  # fmt: skip
    # Proof: -1,000,000.00 EUR and 1,089,200.00 USD / 1.0892 = 1,000,000.00 EUR add up to zero
    assert [str(leg.base) for leg in proof_of(deal).lines] == ["-1000000.00", "1000000.00"]

    # 28 March. The wallet came in at 1,088,110.80 / 1.0892 = 999,000.00 EUR
    # and is owed at 1,088,110.80 / 1.0811 = 1,006,484.8765 -> 1,006,484.88 EUR: 7,484.88 more, an unrealised loss
    assert revalued(provider, MARCH) == {
        "WALLET-USD-VALUATION": "-7484.88", "FX-UNREALISED-LOSS-EUR": "7484.88",
    }  # fmt: skip

    # 30 April. 1,088,110.80 / 1.0718 = 1,015,218.1377 -> 1,015,218.14 EUR, carried at 999,000.00 + 7,484.88
    # = 1,006,484.88: 8,733.26 more
    assert revalued(provider, APRIL) == {
        "WALLET-USD-VALUATION": "-8733.26", "FX-UNREALISED-LOSS-EUR": "8733.26",
    }  # fmt: skip

    assert trial_balance(provider) == (
        {"BANK-EUR": "3000000.00", "FX-CLEARING-USD": "1089200.00", "FX-UNREALISED-LOSS-EUR": "16218.14"},
        {"CAPITAL": "2000000.00", "FX-CLEARING-EUR": "1000000.00", "FX-SPREAD-USD": "1089.20",
         "WALLET-USD": "1088110.80", "WALLET-USD-VALUATION": "16218.14"},
    )  # fmt: skip
    assert is_proven(provider)


def test_half_of_it_is_taken_back(provider: Entity) -> None:
    the_exchange(provider)
    for day in (MARCH, APRIL):
        revalued(provider, day)
    # 15 May. Half of 1,088,110.80 is 544,055.40 USD; / 1.0832 = 502,266.8021 -> 502,266.80 EUR
    go_to(provider, MAY)
    back = an_exchange(provider, "WALLET-USD", "WALLET-EUR", "544055.40").settlement
    assert lines(back.sell_journal) == {"WALLET-USD": "544055.40", "FX-CLEARING-USD": "-544055.40"}
    assert lines(back.buy_journal) == {"FX-CLEARING-EUR": "502266.80", "WALLET-EUR": "-502266.80"}
    # The half had come in at 999,000.00 / 2 = 499,500.00 and went for 502,266.80: a realised loss of 2,766.80.
    # The other half is owed at 544,055.40 / 1.0832 = 502,266.80, came in at 499,500.00: 2,766.80 unrealised.
    # 16,218.14 unrealised stood there: its settled half, 8,109.07, has left it, and of the other half the dollar's
    # fall from 1.0718 to 1.0832 took 8,109.07 - 2,766.80 = 5,342.27; together 13,451.34.
    # Carried before: 1,015,218.14 - 502,266.80 = 512,951.34; now 502,266.80: the valuation falls by 10,684.54.
    assert revalued(provider, MAY) == {
        "WALLET-USD-VALUATION": "10684.54",
        "FX-UNREALISED-LOSS-EUR": "-13451.34",
        "FX-REALISED-LOSS-EUR": "2766.80",
    }
    # 16,218.14 - 10,684.54 = 5,533.60 is left of the valuation: 496,733.20 (999,000.00 - 502,266.80) + 5,533.60
    # = 502,266.80, what half the dollars are worth.
    debits, credits_ = trial_balance(provider)
    assert credits_["WALLET-USD-VALUATION"] == "5533.60"
    assert (debits["FX-UNREALISED-LOSS-EUR"], debits["FX-REALISED-LOSS-EUR"]) == ("2766.80", "2766.80")
    assert is_proven(provider)


def test_the_worksheet_without_the_file() -> None:
    """The same first revaluation where the data are not at hand."""
    books = a_wallet_provider([Quote("EUR", "USD", day, "spot", Decimal(value)) for day, value in WORKSHEET.items()])
    the_exchange(books)
    assert revalued(books, MARCH)["FX-UNREALISED-LOSS-EUR"] == "7484.88"
