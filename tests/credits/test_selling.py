"""Credits that are sold, owed, and taken back: what becomes of their money, down to the last cent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from accounts.models import Account
from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Cost, Operation
from apps.credits.entries import entry_of
from apps.credits.errors import AlreadyGranted, CostNeeded, CostRefused
from apps.credits.use_cases import Request, run_operation, run_operations
from apps.operations.running import Runner
from journals.errors import CreditsSpent, InsufficientFunds
from journals.events import Answer
from journals.lots.expiring import expire_lots
from journals.lots.models import Lot
from journals.models import Journal
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import PrecisionExceeded
from tests.builders import TODAY, an_entity, balance_of
from tests.client import ApiClient

pytestmark = pytest.mark.every_server
EVERYTHING = Runner("test", frozenset({"post", "manage"}))


class Seller(BaseLedgerOperations):
    NAME = "seller"
    OVERDRAFT = 3
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("BUY", "grant", Amount(least=1, most=10_000), origin="paid", expires_after_days=0, cost=Cost("EUR")),
        Operation("TOP_UP", "grant", Amount(least=1, most=1_000), origin="paid", cost=Cost("EUR", each="0.009")),
        Operation("BONUS", "grant", Amount(least=1, most=9)),
        Operation("TRIFLE", "spend", Amount(default=0, least=0, most=9)),
    )


@pytest.fixture
def books() -> Entity:
    return an_entity()


def run(
    books: Entity, operation: str, amount: str = "", *, owner: str = "ann", cost: str = "", key: str = ""
) -> Answer:
    given, paid = (Decimal(text) if text else None for text in (amount, cost))
    return run_operation(books.id, Request(Seller, operation, owner, key or uuid4().hex, given, paid), EVERYTHING)


def money(books: Entity) -> str:
    """What is receivable, deferred, income and breakage."""
    roles = ("receivable", "deferred", "income", "breakage")
    return " ".join(str(balance_of(books, f"credits_{role}:EUR") + 0) for role in roles)


def wallet(books: Entity, owner: str = "ann") -> int:
    return int(balance_of(books, f"wallet:CREDIT:{owner}"))


def undo(books: Entity, entry: UUID, **given: Any) -> Answer:
    return reverse_journal(books.id, entry, key=uuid4().hex, actor="test", **given)


def test_no_cent_of_a_sale_is_lost_until_the_last_credit_is_over(books: Entity) -> None:
    sold = run(books, "BUY", "7", cost="1.00", key="sale")
    assert money(books) == "1.00 1.00 0.00 0.00"
    assert [entry_of(sold).balance, run(books, "BUY", "7", cost="1", key="sale").status] == ["7", "replayed"]
    kinds = Account.objects.filter(entity=books, currency="EUR").values_list("role", "type", "monetary")
    assert set(kinds) == {
        ("credits_receivable", "asset", True), ("credits_deferred", "liability", False),
        ("credits_income", "income", False), ("credits_breakage", "income", False),
    }  # fmt: skip
    seen = []
    for _ in range(3):
        run(books, "CREDIT_SPEND")
        seen.append(str(balance_of(books, "credits_income:EUR")))
    assert seen == ["0.14", "0.28", "0.42"]
    undo(books, entry_of(run(books, "CREDIT_SPEND")).id)
    assert money(books) == "1.00 0.58 0.42 0.00"
    run(books, "CREDIT_SPEND", "2")
    assert money(books) == "1.00 0.29 0.71 0.00"
    advance_business_date(books, TODAY + timedelta(days=1), actor="test")
    expire_lots(books.id, TODAY + timedelta(days=1), "test")
    assert (money(books), wallet(books)) == ("1.00 0.00 0.71 0.29", 0)
    run(books, "TOP_UP", "1000")
    assert money(books) == "10.00 9.00 0.71 0.29"
    assert verify_books(books.id) == []


def test_a_cost_is_exact_or_refused(books: Entity) -> None:
    for operation, amount, cost, refusal in (
        ("BUY", "7", "", CostNeeded), ("BUY", "7", "-1", CostRefused), ("BONUS", "7", "1", CostRefused),
        ("BUY", "7", "0.001", PrecisionExceeded), ("TOP_UP", "1", "", PrecisionExceeded),
    ):  # fmt: skip
        with pytest.raises(refusal) as caught:
            run(books, operation, amount, cost=cost)
        assert caught.value.pointer == "/cost"
    with pytest.raises(PrecisionExceeded) as finer:
        run(books, "BONUS", "1.5")
    assert finer.value.pointer == "/amount"
    assert run(books, "BUY", "7", cost="0").status == "posted"
    assert not Account.objects.filter(entity=books, currency="EUR").exists()


def test_what_is_owed_is_filled_by_the_next_grant(books: Entity) -> None:
    with pytest.raises(InsufficientFunds):
        run(books, "CREDIT_SPEND", "4")
    assert not Account.objects.filter(entity=books, role="wallet").exists()
    run(books, "CREDIT_SPEND", "2")
    with pytest.raises(InsufficientFunds):
        run(books, "CREDIT_SPEND", "2")
    assert wallet(books) == -2
    run(books, "TOP_UP", "5", cost="1.00")
    assert (wallet(books), Lot.objects.get(entity=books).remaining, money(books)) == (3, 3, "1.00 0.60 0.40 0.00")
    # What moves nothing is no journal, though the operation has one for other amounts.
    batch = [Request(Seller, "TRIFLE", "ann", key, amount) for key, amount in (("a", None), ("b", Decimal(6)))]
    trifle, spent = run_operations(books.id, batch, EVERYTHING)
    assert (entry_of(trifle).amount, entry_of(spent).balance, wallet(books)) == ("0", "-3", -3)
    assert verify_books(books.id) == []


def test_what_was_done_is_taken_back_by_the_reversal_of_its_journal(books: Entity) -> None:
    client = ApiClient(books)
    run(books, "BONUS", "5")
    bought = entry_of(run(books, "BUY", "10", cost="2.00"))
    run(books, "CREDIT_SPEND", "7")
    assert money(books) == "2.00 0.60 1.40 0.00"
    with pytest.raises(CreditsSpent) as refused:
        undo(books, bought.id)
    assert {name: refused.value.data[name] for name in ("amount", "unspent", "spent")} == {
        "amount": "10", "unspent": "3", "spent": "7",
    }  # fmt: skip
    spent = entry_of(run(books, "CREDIT_SPEND", "5"))
    assert money(books) == "2.00 0.00 2.00 0.00"
    back = client.post(f"/api/journals/{spent.id}/reverse", {}).json["journal"]
    assert [(one["action"], one["amount"]) for one in back["lots"]] == [("returned", "2"), ("returned", "3")]
    # A reversal is read by what it reverses: it is no operation that its owner has had.
    assert (back["reverses"], back["kind"], back.get("metadata")) == (str(spent.id), "reversal", None)
    assert (wallet(books), money(books)) == (8, "2.00 0.60 1.40 0.00")
    undo(books, bought.id, override_limits="bought by mistake")
    assert (wallet(books), money(books)) == (-2, "0.00 0.00 0.00 0.00")
    daily = entry_of(run(books, "DAILY_REWARD", owner="bob"))
    undo(books, daily.id)
    with pytest.raises(AlreadyGranted):
        run(books, "DAILY_REWARD", owner="bob")
    assert Journal.objects.filter(entity=books, kind="reversal").count() == 3
    assert verify_books(books.id) == []
