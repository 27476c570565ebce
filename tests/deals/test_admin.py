"""Quotes, settlements and revaluations in the admin: what a person sees before it is posted, and after."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fx.deals.models import FxQuote, Settlement
from fx.revaluation.models import Revaluation, ValuationPair
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, balance_of, posted
from tests.pages import column, in_books, page_of, read, send
from tests.people import a_member_of_staff
from tests.trading import a_rate, a_trading_house, an_exchange, go_to

QUOTES, SETTLEMENTS = "/admin/deals/fxquote/", "/admin/deals/settlement/"
RUNS, PAIRS = "/admin/revaluation/revaluation/", "/admin/revaluation/valuationpair/"
QUOTE: dict[str, Any] = {
    "sell_account": "WALLET-EUR", "sell_currency": "eur", "sell_amount": "1000", "buy_account": "WALLET-USD",
    "buy_currency": "USD", "buy_amount": "", "spread_percent": "0.5", "expires_in": "300",
}  # fmt: skip

AGREED: dict[str, Any] = {
    "sell_account": "BANK-EUR", "sell_currency": "eur", "sell_amount": "1000", "buy_account": "BANK-USD",
    "buy_currency": "USD", "buy_amount": "1101.37", "fee_amount": "5", "fee_account": "BANK-USD",
    "fee_counter_account": "FEES-USD",
}  # fmt: skip


@pytest.fixture
def house() -> Entity:
    entity = a_trading_house(name="Trading house")
    a_rate(entity, "1.0892")
    return entity


def test_quote_look_settle(operator: Client, house: Entity) -> None:
    books = f"?entity={house.code}"
    page = send(operator, f"{QUOTES}add/{books}", **QUOTE)
    for said in (
        "Quote: 1,000.00 EUR for 1,083.75 USD",
        "Spread 5.45 USD",
        "1 EUR = 1.0892 USD",
        "Status open",
        "Settle",
    ):
        assert said in page
    made = FxQuote.objects.get(entity=house)
    assert "From WALLET-EUR to WALLET-USD" in read(operator, f"{QUOTES}{made.pk}/settle/")
    page = send(operator, f"{QUOTES}{made.pk}/settle/", description="Holiday money")
    for said in ("1,000.00 EUR are settled for 1,083.75 USD", "FX-CLEARING-EUR", "It proves", "multiplied"):
        assert said in page
    assert str(balance_of(house, "WALLET-USD")) == "1083.75"
    assert "Status settled" in read(operator, page_of(made))
    send(operator, f"{QUOTES}{made.pk}/settle/", description="Holiday money")  # the button pressed twice
    assert Settlement.objects.filter(entity=house).count() == 1
    assert column(operator, QUOTES, "status", entity=house.code) == ["settled"]
    key = f"admin-quote:{made.pk}"
    assert key in read(operator, page_of(Settlement.objects.get(entity=house)))
    # The settlement's journals have keys of their own; its key finds both.
    assert column(operator, "/admin/journals/journal/", "kind_label", entity=house.code, q=key) == ["FX settlement"] * 2


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"sell_amount": ""}, "Give either the amount to sell or the amount to buy."),
        ({"sell_amount": "ten"}, "is not an amount"),
        ({"buy_currency": "GBP"}, "There is no spot rate"),
        ({"spread_percent": "70"}, "less than or equal to 50"),
    ],
    ids=["no amount", "no number", "no rate", "spread"],
)
def test_a_quote_that_is_refused_says_why(operator: Client, house: Entity, changes: dict[str, str], said: str) -> None:
    assert said in send(operator, f"{QUOTES}add/?entity={house.code}", **QUOTE | changes)
    assert not FxQuote.objects.filter(entity=house).exists()


def test_dating_a_quote_back_takes_the_permission_to_change_settlements(operator: Client, house: Entity) -> None:
    go_to(house, TODAY + timedelta(days=1))
    send(operator, f"{QUOTES}add/?entity={house.code}", **QUOTE)
    made = FxQuote.objects.get(entity=house)
    poster = a_member_of_staff("deals.view_fxquote", "deals.add_settlement", "deals.view_settlement")
    dated = {"effective_date": TODAY.isoformat()}
    assert "takes the scope" in send(poster, f"{QUOTES}{made.pk}/settle/", **dated)
    assert not Settlement.objects.filter(entity=house).exists()
    assert "are settled for" in send(operator, f"{QUOTES}{made.pk}/settle/", **dated)


def test_recording_a_deal_as_it_was_agreed(operator: Client, house: Entity) -> None:
    an_account(house, "FEES-USD", "expense", currency="USD")
    page, typed = f"{SETTLEMENTS}add/?entity={house.code}", AGREED | {"key": "admin:one"}
    assert "takes the scope" in send(a_member_of_staff("deals.add_settlement", "books.view_entity"), page, **typed)
    assert "far from the reference" in send(operator, page, **typed | {"buy_amount": "11013.70"})
    assert "Give either the amount" in send(operator, page, **typed | {"sell_amount": "", "buy_amount": ""})
    assert "is not an amount" in send(operator, page, **typed | {"fee_amount": "ten"})
    send(operator, page, **typed)
    shown = send(operator, page, **typed)  # the button pressed twice
    # 1,000.00 x 1.0892 = 1,089.20; 12.17 more, 12.17 / 1,089.20 = 1.11733 %
    for said in (
        "1,000.00 EUR for 1,101.37 USD",
        "1,089.20 USD; 12.17 USD, 1.1173 % or 111.73 basis points",
        "Fee 5.00 USD",
    ):
        assert said in shown
    assert str(balance_of(house, "BANK-USD")) == "1096.37"
    priced = typed | {"key": "two", "buy_amount": "", "rate": "1.1", "fee_amount": ""}
    assert "1,000.00 EUR for 1,100.00 USD" in send(operator, page, **priced)
    assert Settlement.objects.filter(entity=house).count() == 2


def test_a_settlement_that_is_refused_says_why(operator: Client, house: Entity) -> None:
    send(operator, f"{QUOTES}add/?entity={house.code}", **QUOTE | {"sell_account": "NOBODY"})
    made = FxQuote.objects.get(entity=house)
    page = send(operator, f"{QUOTES}{made.pk}/settle/")
    assert "There is no account &#x27;NOBODY&#x27;" in page or "There is no account 'NOBODY'" in page
    assert not Settlement.objects.filter(entity=house).exists()


def test_reversing_both_journals(operator: Client, house: Entity) -> None:
    made = an_exchange(house, "WALLET-EUR", "WALLET-USD", "10.00").settlement
    assert column(operator, SETTLEMENTS, "state", entity=house.code) == ["settled"]
    assert "required" in send(operator, f"{SETTLEMENTS}{made.pk}/reverse/", description="")
    page = send(operator, f"{SETTLEMENTS}{made.pk}/reverse/", description="wrong customer")
    assert "Both journals are reversed" in page
    assert "Reversed on 2026-03-02" in page
    assert "Reverse" not in page.replace("Reversed", "")
    assert column(operator, SETTLEMENTS, "state", entity=house.code) == ["reversed"]
    assert balance_of(house, "WALLET-USD") == 0


def test_preview_then_post(operator: Client, house: Entity) -> None:
    an_exchange(house, "WALLET-EUR", "WALLET-USD", "1000.00")
    a_rate(house, "1.0800", kind="closing")
    books = f"{RUNS}add/?entity={house.code}"
    page = send(operator, books, day="2026-03-02", preview="Preview")
    for said in ("What would be posted", "\u22121,089.20", "\u22121,008.52", "8.52"):
        assert said in page
    assert not Revaluation.objects.filter(entity=house).exists()
    page = send(operator, books, day="2026-03-02", post="Post")
    assert "2026-03-02 is revalued" in page
    assert "\u22121,008.52" in page
    assert "nothing was posted" in send(operator, books, day="2026-03-02", post="Post")
    assert "is after the business date" in send(operator, books, day="2026-03-09", post="Post")
    assert column(operator, RUNS, "kind", entity=house.code) == ["Revaluation"]


def warned_of(operator: Client, books: str) -> str:
    """Post a revaluation; gives the one message that comes of it, a warning, with the addresses it leads to."""
    page = operator.post(books, {"day": "2026-03-02", "post": "Post"}, follow=True).content.decode()
    ((level, message),) = re.findall(r'<li class="(\w+)">(.*?)</li>', page[page.index("messagelist") :], re.DOTALL)[:1]
    assert (level, page.count('<li class="success">'), page.count('<li class="warning">')) == ("warning", 0, 1)
    return re.sub(r'<a href="([^"]+)">[^<]+</a>', r"\1", html.unescape(message))


def test_what_is_left_out_is_said(operator: Client, house: Entity) -> None:
    an_account(house, "BANK-GBP", currency="GBP")
    an_account(house, "SALES-GBP", "income", currency="GBP")
    posted(house, a_transfer("BANK-GBP", "SALES-GBP", "1.00"))
    books = f"{RUNS}add/?entity={house.code}"
    assert "BANK-GBP is left out" in send(operator, books, day="2026-03-02", preview="Preview")
    told = warned_of(operator, books)
    assert told == (
        "2026-03-02 is not revalued as a whole: nothing was posted. BANK-GBP is left out: BANK-GBP has no account that "
        f"carries its valuation. {in_books(house, PAIRS)}open/?entity={house.code}"
    )
    opened = send(operator, f"{in_books(house, PAIRS)}open/?entity={house.code}", currencies="gbp, usd", valuation="on")
    assert "Opened: FX-CLEARING-GBP, FX-SPREAD-GBP, BANK-GBP-VALUATION." in opened
    assert "nothing, all is there" in send(
        operator, f"{in_books(house, PAIRS)}open/?entity={house.code}", currencies=""
    )
    an_account(house, "TILL-GBP", currency="GBP")
    posted(house, a_transfer("TILL-GBP", "SALES-GBP", "1.00"))
    send(operator, f"{in_books(house, PAIRS)}open/?entity={house.code}", currencies="gbp", valuation="on")
    an_exchange(house, "WALLET-EUR", "WALLET-USD", "1000.00")
    a_rate(house, "1.0800", kind="closing")
    told = warned_of(operator, books)
    assert told.startswith("2026-03-02 is not revalued as a whole: the others are revalued. BANK-GBP is left out: ")
    assert "TILL-GBP is left out: " in told
    assert told.endswith(in_books(house, f"/admin/rates/rate/add/?entity={house.code}"))
    assert operator.get(in_books(house, "/admin/rates/rate/add/")).status_code == 200


def test_pairing_accounts(operator: Client, house: Entity) -> None:
    an_account(house, "V2", role="valuation")
    fields = {"account": "BANK-USD", "valuation_account": "V2"}
    assert "BANK-USD is valued on V2" in send(operator, f"{PAIRS}add/?entity={house.code}", **fields)
    refused = send(operator, f"{PAIRS}add/?entity={house.code}", **fields | {"valuation_account": "CAPITAL"})
    assert "must be of type asset" in refused
    pair = ValuationPair.objects.get(account__code="BANK-USD", entity=house)
    assert operator.get(page_of(pair)).status_code == 302


@pytest.mark.parametrize("url", [f"{QUOTES}add/", f"{RUNS}add/", f"{PAIRS}add/", f"{PAIRS}open/"])
def test_who_may_only_look_changes_nothing(url: str, house: Entity) -> None:
    looker = a_member_of_staff(
        "deals.view_fxquote", "deals.view_settlement", "revaluation.view_revaluation", "revaluation.view_valuationpair"
    )
    assert looker.get(f"{url}?entity={house.code}").status_code == 403
    made = an_exchange(house, "WALLET-EUR", "WALLET-USD", "10.00").settlement
    assert looker.get(page_of(made)).status_code == 200
    assert looker.get(f"{SETTLEMENTS}{made.pk}/reverse/").status_code == 403


@pytest.mark.parametrize("url", [f"{QUOTES}{{}}/settle/", f"{SETTLEMENTS}{{}}/reverse/"])
def test_what_is_not_there_is_said(operator: Client, url: str) -> None:
    assert operator.get(url.format("0190a000-0000-7000-8000-000000000000")).status_code == 302
