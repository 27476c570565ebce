"""Credits in the hands of three businesses: a loyalty programme, a marketplace, an application that sells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Cost, Operation
from apps.credits.entries import CreditEntry, entry_of
from apps.credits.errors import AlreadyGranted, AmountOutOfRange, GrantedForEver
from apps.credits.use_cases import Request, run_operation
from apps.credits.wallets import wallet_code
from apps.operations import running
from apps.operations.running import Runner
from journals.errors import CreditsSpent, InsufficientFunds
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, balance_of, posted
from tests.calendars import books_on, close
from tests.stories.worksheet import is_proven, trial_balance
from tests.templates.templating import activated

FIRST = date(2026, 3, 2)
HOUSE = Runner("house", frozenset({"post", "manage"}))


class Loyalty(BaseLedgerOperations):
    """A shop that gives a point for each euro, good for 90 days, and 50 at the birthday, good for 10."""

    NAME = "loyalty"
    UNIT = "POINT"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("PURCHASE", "grant", Amount(least=1, most=5_000), expires_after_days=90),
        Operation("BIRTHDAY_GIFT", "grant", Amount(fixed=50), once_per="ever", expires_after_days=10, priority=1),
        Operation("VOUCHER", "spend", Amount(least=100, most=1_000)),
    )


class Market(BaseLedgerOperations):
    """A marketplace whose sellers pay for being seen: with credits they buy, and with those they are given."""

    NAME = "market"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("WELCOME", "grant", Amount(fixed=20), once_per="ever", usable_for=("BOOST",)),
        Operation("BOOST", "spend", Amount(fixed=15)),
        Operation("BADGE", "spend", Amount(fixed=10)),
        Operation("FIRST_SALE", "none", Amount(fixed=0), once_per="ever"),
    )


class Pictures(BaseLedgerOperations):
    """An application that draws pictures: it sells packs of credits, good for 30 days, and gives some for trying."""

    NAME = "pictures"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("TRIAL", "grant", Amount(fixed=10), once_per="ever", expires_after_days=3),
        Operation(
            "PACK", "grant", Amount(least=100, most=10_000), origin="paid", expires_after_days=30, cost=Cost("EUR"),
        ),
        Operation("PICTURE", "spend", Amount(fixed=4)),
        Operation("FILM", "spend", Amount(least=50, most=500)),
    )  # fmt: skip


class Told:
    """One owner in one application: what he does, by the names of operations."""

    def __init__(self, books: Entity, application: type[BaseLedgerOperations], owner: str) -> None:
        self.books, self.application, self.owner = books, application, owner

    def does(self, operation: str, amount: int | None = None, *, cost: str = "") -> CreditEntry:
        given, paid = None if amount is None else Decimal(amount), Decimal(cost) if cost else None
        request = Request(self.application, operation, self.owner, uuid4().hex, given, paid)
        return entry_of(run_operation(self.books.id, request, HOUSE))

    @property
    def has(self) -> int:
        return int(balance_of(self.books, wallet_code(self.application.UNIT, self.owner)))


def taken_back(books: Entity, entry: CreditEntry) -> None:
    assert isinstance(entry.journal, UUID)
    reverse_journal(books.id, entry.journal, key=uuid4().hex, actor="house")


def test_a_loyalty_programme_from_the_first_purchase_to_points_that_are_lost() -> None:
    shop = books_on(FIRST)
    ann = Told(shop, Loyalty, "ann")
    bought = ann.does("PURCHASE", 120)
    gift = ann.does("BIRTHDAY_GIFT")
    assert (bought.balance, gift.balance) == ("120", "170")
    with pytest.raises(GrantedForEver):
        ann.does("BIRTHDAY_GIFT")
    with pytest.raises(AmountOutOfRange):
        ann.does("VOUCHER", 99)
    voucher = ann.does("VOUCHER", 100)  # points of the purchase: they come first by their priority, and not the gift's
    assert (voucher.amount, voucher.balance) == ("-100", "70")
    with pytest.raises(CreditsSpent) as refused:
        taken_back(shop, bought)  # sent back, and the points are gone
    assert refused.value.data["unspent"] == "20"
    taken_back(shop, voucher)
    taken_back(shop, bought)
    assert ann.has == 50
    for days in range(11):
        close(shop, FIRST + timedelta(days=days))
    assert ann.has == 0
    with pytest.raises(InsufficientFunds):
        ann.does("VOUCHER", 100)
    assert trial_balance(shop) == (
        {"credits_issued:POINT": "50"}, {"credits_expired:POINT": "50"}
    )  # fmt: skip
    assert is_proven(shop)


def test_a_marketplace_shares_the_money_and_sellers_pay_for_being_seen() -> None:
    market = books_on(FIRST)
    an_account(market, "processor", role="processor")
    an_account(market, "commissions", "income", role="commissions")
    activated(market, "marketplace-sale")
    sale = running.Operation(
        "marketplace-sale", {"gross": "80.00", "commission": "12.5", "seller": "sam", "order": "A-1"}, uuid4().hex
    )
    assert running.run(market.id, sale, HOUSE).status == "posted"
    assert trial_balance(market) == ({"processor": "80.00"}, {"commissions": "10.00", "payable:sam:EUR": "70.00"})
    sam = Told(market, Market, "sam")
    sam.does("WELCOME")
    assert sam.does("FIRST_SALE").journal is None
    with pytest.raises(AlreadyGranted):
        sam.does("FIRST_SALE")
    with pytest.raises(InsufficientFunds):  # what he was given is for being seen
        sam.does("BADGE")
    sam.does("CREDIT_ADD", 30)
    boost = sam.does("BOOST")
    assert sam.does("BADGE").balance == "25"
    assert sam.does("BOOST").balance == "10"  # 5 of the gift were left, and 10 are of what he bought
    taken_back(market, boost)  # the item had been withdrawn: 15 of the gift are back
    assert sam.has == 25
    with pytest.raises(InsufficientFunds):
        sam.does("CREDIT_SPEND", 11)
    sam.does("CREDIT_SPEND", 10)
    assert sam.does("BOOST").balance == "0"
    assert is_proven(market)


def test_an_application_sells_credits_and_earns_them_as_they_are_used() -> None:
    studio = books_on(FIRST)
    eve = Told(studio, Pictures, "eve")
    eve.does("TRIAL")
    assert trial_balance(studio) == ({"credits_issued:CREDIT": "10"}, {"wallet:CREDIT:eve": "10"})
    eve.does("PACK", 1_000, cost="9.00")
    posted(studio, a_transfer("cash", "credits_receivable:EUR", "9.00", description="By card"))
    assert money_of(studio) == {"cash": "9.00", "credits_deferred:EUR": "9.00"}
    picture = eve.does("PICTURE")  # of the trial, which ends first and was free
    assert money_of(studio)["credits_deferred:EUR"] == "9.00"
    taken_back(studio, picture)  # nothing was drawn
    assert eve.does("PICTURE").balance == "1006"
    eve.does("FILM", 200)  # 6 of the trial and 194 that were paid for: 194 x 0.009 = 1.746
    assert money_of(studio) == {"cash": "9.00", "credits_deferred:EUR": "7.25", "credits_income:EUR": "1.75"}
    for days in range(31):
        close(studio, FIRST + timedelta(days=days))
    assert eve.has == 0
    assert money_of(studio) == {"cash": "9.00", "credits_income:EUR": "1.75", "credits_breakage:EUR": "7.25"}
    with pytest.raises(InsufficientFunds):
        eve.does("PICTURE")
    assert is_proven(studio)


def money_of(books: Entity) -> dict[str, str]:
    """What is in money and not at zero, whatever its side."""
    debits, credits_ = trial_balance(books)
    return {code: amount for code, amount in (debits | credits_).items() if code == "cash" or code.endswith(":EUR")}
