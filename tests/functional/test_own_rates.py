"""Journals with a rate of their own: contracts, and carrying amounts of books that are taken over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from fx.deals.fees import Fee
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.settlement import reverse_settlement, settle
from fx.functional.errors import (
    HasOwnRate,
    LateForOwnRate,
    NothingForeign,
    OwnRateRefused,
    RateOfReversal,
    WhichCurrency,
)
from fx.functional.models import CarriedLine, OwnRate
from fx.functional.own_rates import Carried, carry_at
from fx.revaluation.auto_reversal import revalue_day
from journals.errors import JournalNotFound
from journals.events import read_fact
from journals.models import Journal
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused, Malformed
from tests.builders import a_journal, an_account
from tests.client import ApiClient
from tests.functional.worksheets import (
    CURRENT,
    RESULT,
    a_rate,
    books,
    closed,
    dollars,
    go_to,
    income,
    is_proven,
    journal_of,
    moved,
    sheet,
)
from tests.pages import column, send
from tests.trading import an_exchange

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def house() -> Entity:
    entity = books(MONDAY)
    a_rate(entity, MONDAY, "0.80")
    return entity


def carried(journal: Journal, rate: str = "1.00", **given: Any) -> Carried:
    values: dict[str, Any] = {"key": uuid4().hex, "actor": "test"} | given
    return carry_at(journal.entity_id, journal.id, rate, **values)


def test_an_opening_is_carried_at_what_it_was_carried_at(house: Entity) -> None:
    """1,000 dollars carried at 1,000 euro stay so; revalued at 0.80 they are worth 800, a loss of 200."""
    an_account(house, "OPENING-USD", "equity", currency="USD")
    carried(moved(house, "BANK-USD", "OPENING-USD", "1000.00"))
    assert sheet(house) == {"BANK-USD": "1000.00", "OPENING-USD": "1000.00"}
    revalue_day(house.id, MONDAY, actor="test")
    opened = {"BANK-USD": "800.00", "OPENING-USD": "1000.00", CURRENT: "-200.00"}
    assert sheet(house) == opened
    closed(house, MONDAY)
    assert sheet(house) == opened
    assert is_proven(house)


def test_a_rate_of_a_contract_is_that_of_income(house: Entity) -> None:
    """1,000 dollars at 0.90 of the contract and 100 at 0.80 of the day: 980, of which 60 is lost at once."""
    carried(moved(house, "BANK-USD", "SALES-USD", "1000.00"), "0.90")
    moved(house, "BANK-USD", "SALES-USD", "100.00")
    closed(house, MONDAY)
    assert income(house, MONDAY, MONDAY) == {
        "SALES-USD": "980.00", "Exchange differences": "-100.00", RESULT: "880.00",
    }  # fmt: skip
    assert sheet(house)["BANK-USD"] == "880.00"
    assert is_proven(house)


def test_a_rate_that_comes_after_a_revaluation_is_revalued(house: Entity) -> None:
    journal = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    revalue_day(house.id, MONDAY, actor="test")
    go_to(house, TUESDAY)
    carried(journal, "0.90")
    revalue_day(house.id, TUESDAY, actor="test")
    assert sheet(house) == {"BANK-USD": "800.00", CURRENT: "800.00"}
    assert income(house, MONDAY, TUESDAY) == {
        "SALES-USD": "900.00", "Exchange differences": "-100.00", RESULT: "800.00",
    }  # fmt: skip


def test_a_reversal_has_the_rate_of_what_it_takes_back(house: Entity) -> None:
    """1,000 dollars at 0.90, taken back on a day at 0.70: nothing is left, whenever the days are measured."""
    sale = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    kept = moved(house, "BANK-USD", "SALES-USD", "100.00")
    carried(sale, "0.90")
    carried(kept, "0.80")
    closed(house, MONDAY)
    a_rate(house, TUESDAY, "0.70")
    reverse_journal(house.id, sale.id, key="back", actor="test")
    reverse_journal(house.id, kept.id, key="kept-back", actor="test")
    # 1,000 x 0.90 + 100 x 0.80 in, and the same out
    assert income(house, TUESDAY, TUESDAY)["SALES-USD"] == "-980.00"
    closed(house, TUESDAY)
    assert income(house, TUESDAY, TUESDAY)["SALES-USD"] == "-980.00"
    assert sheet(house) == {}
    assert is_proven(house)


def test_what_is_reversed_on_its_day_has_never_been_there(house: Entity) -> None:
    moved(house, "BANK-USD", "SALES-USD", "100.00")
    sale = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    reverse_journal(house.id, sale.id, key="back", actor="test")
    carried(sale, "0.90")  # after its reversal, which has it all the same
    revalue_day(house.id, MONDAY, actor="test")
    assert income(house, MONDAY, MONDAY) == {"SALES-USD": "80.00", RESULT: "80.00"}
    closed(house, MONDAY)
    assert is_proven(house)


def test_a_journal_and_its_reversal_have_one_rate(house: Entity) -> None:
    sale = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    back = read_fact(reverse_journal(house.id, sale.id, key="back", actor="test").journal)
    carry_at(house.id, back.id, "0.70", key="one", actor="test")
    with pytest.raises(RateOfReversal, match=r"carried at one rate, which is 0\.7 for USD"):
        carried(sale)
    other = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    carried(other)
    again = read_fact(reverse_journal(house.id, other.id, key="again", actor="test").journal)
    with pytest.raises(RateOfReversal):
        carry_at(house.id, again.id, "0.70", key="two", actor="test")


def test_the_legs_and_the_fee_of_a_deal_are_taken_back_to_nothing(house: Entity) -> None:
    """1,000.00 USD for 790.00 EUR, fee 10.00 USD: worth 790.00 and 7.90, on a day at 0.80 and back on one at 0.70."""
    an_account(house, "BANK-EUR")
    moved(house, "BANK-USD", "SALES-USD", "2000.00")
    order = Order(
        deal=Deal("USD", "EUR", Decimal(1000), Decimal(790)), sell_account="BANK-USD", buy_account="BANK-EUR",
        fee=Fee(Decimal(10), "BANK-USD", "COSTS-USD"),
    )  # fmt: skip
    done = settle(house.id, order, key="deal", may_choose_rate=True, actor="test").settlement
    assert income(house, MONDAY, MONDAY)["COSTS-USD"] == "7.90"
    closed(house, MONDAY)
    a_rate(house, TUESDAY, "0.70")
    reverse_settlement(house.id, done.id, key="back", actor="test")
    assert income(house, MONDAY, TUESDAY).get("COSTS-USD", "0.00") == "0.00"
    closed(house, TUESDAY)
    assert sheet(house) == {"BANK-USD": "1400.00", CURRENT: "1400.00"}
    assert is_proven(house)


def test_the_list_and_the_page(house: Entity, operator: Client) -> None:
    sale, cost = moved(house, "BANK-USD", "SALES-USD", "1000.00"), moved(house, "COSTS-USD", "BANK-USD", "10.00")
    address = "/admin/functional/ownrate/"
    books = f"{address}add/?entity={house.code}"
    typed = {"journal": str(sale.number), "rate": "0.90", "currency": "usd", "key": "admin:one"}
    send(operator, books, **typed)
    page = send(operator, books, **typed)  # the button pressed twice
    for said in ("The journal is carried at 0.9", "1,000.00", "900.00", "SALES-USD"):
        assert said in page
    assert "There is no such journal" in send(operator, books, **typed | {"journal": "99", "key": "two"})
    assert "carried at 0.9" in send(operator, books, **typed | {"rate": "0.8", "key": "three"})
    carried(cost, "0.70")
    assert column(operator, address, "rate_text", entity=house.code) == ["0.7", "0.9"]
    client = ApiClient(house)
    shown = client.get("/api/fx/own-rates?limit=1").json
    (first,) = shown["results"]
    assert (first["journal"], first["rate"], first["currency"]) == (str(cost.id), "0.7", "USD")
    (second,) = client.get(shown["next"]).json["results"]
    assert (second["journal"], second["effective_date"]) == (str(sale.id), "2026-03-02")
    assert client.get("/api/fx/own-rates?from=2026-03-03").json == {"results": [], "next": None}


def test_the_same_key_gives_the_same_rate_once(house: Entity) -> None:
    journal = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    first = carried(journal, "0.90", key="k")
    again = carried(journal, "0.900", key="k")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.rate.rate == Decimal("0.9")
    assert CarriedLine.objects.filter(entity=house).count() == 2
    with pytest.raises(IdempotencyKeyReused):
        carried(journal, "0.91", key="k")


def test_each_currency_of_a_journal_has_its_own(house: Entity) -> None:
    dollars(house, "CHF")
    journal = journal_of(
        house,
        a_journal(
            ("BANK-USD", "10.00"), ("SALES-USD", "-10.00"), ("BANK-CHF", "10.00"), ("SALES-CHF", "-10.00"),
            kind="manual",
        ),
    )  # fmt: skip
    with pytest.raises(WhichCurrency):
        carried(journal)
    carried(journal, "0.50", currency="USD")
    carried(journal, "2", currency="CHF")
    assert sheet(house) == {"BANK-CHF": "20.00", "BANK-USD": "5.00", CURRENT: "25.00"}
    assert OwnRate.objects.filter(entity=house).count() == 2


@pytest.mark.parametrize("rate", ["0", "-1", "1e3", "", "NaN", "1" * 17, "0." + "1" * 13])
def test_what_is_no_rate_is_refused(house: Entity, rate: str) -> None:
    with pytest.raises(Malformed):
        carried(moved(house, "BANK-USD", "SALES-USD", "1.00"), rate)


def test_what_cannot_be_carried_is_refused(house: Entity) -> None:
    own = moved(house, "BANK", "CAPITAL", "1000.00")
    with pytest.raises(NothingForeign):
        carried(own)
    sale = moved(house, "BANK-USD", "SALES-USD", "1.00")
    with pytest.raises(NothingForeign):
        carried(sale, currency="CHF")
    carried(sale)
    with pytest.raises(HasOwnRate):
        carried(sale)
    with pytest.raises(JournalNotFound):
        carry_at(house.id, uuid4(), "1", key="none", actor="test")
    an_account(house, "BANK-EUR")
    settled = an_exchange(house, "BANK-USD", "BANK-EUR", "0.50").settlement
    with pytest.raises(OwnRateRefused):
        carried(settled.sell_journal)
    other = books(MONDAY)
    with pytest.raises(JournalNotFound):
        carry_at(other.id, sale.id, "1", key="other", actor="test")


def test_after_the_cut_off_it_is_too_late(house: Entity) -> None:
    journal = moved(house, "BANK-USD", "SALES-USD", "1000.00")
    closed(house, MONDAY)
    with pytest.raises(LateForOwnRate):
        carried(journal)
