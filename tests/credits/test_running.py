"""Operations on credits through the real posting use case: once a day, once for each key, and never the wrong way."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import uuid4

import pytest
from django.db import connection

from accounts.changing import close_account
from accounts.errors import AccountDiffers
from accounts.models import Account
from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation, TemplateShape
from apps.credits.errors import (
    AlreadyGranted,
    AmountOutOfRange,
    GrantedForEver,
    InvalidOperation,
    OwnerRefused,
    WalletUnclear,
)
from apps.credits.models import Turn
from apps.credits.use_cases import Request, run_operation
from apps.credits.wallets import wallet_code
from apps.operations.running import Runner
from journals.errors import InsufficientFunds
from journals.events import Answer, read_fact
from journals.lots.models import Lot
from journals.models import Journal
from journals.posting import post
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import IdempotencyKeyReused
from ledgerflow.core.errors.form import ScopeMissing
from tests.builders import TODAY, a_transfer, an_account, an_entity, balance_of
from tests.lots.granting import credit_books
from tests.templates.templating import activated, moving

pytestmark = pytest.mark.every_server
EVERYTHING = Runner("test", frozenset({"post", "manage"}))


class Shop(BaseLedgerOperations):
    NAME = "shop"
    TEMPLATES: ClassVar[Sequence[TemplateShape]] = (TemplateShape("tip", ("owner", "amount")),)
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation(
            "GIFT", "grant", Amount(fixed=7), expires_after_days=30, priority=2, usable_for=("IMAGE", "arcade"),
        ),
        Operation("IMAGE", "spend", Amount(fixed=5)),
        Operation("VISIT", "none", Amount(fixed=0), once_per="month"),
        Operation("LOOK", "none", Amount(fixed=0)),
        Operation("TIP", "grant", Amount(least=1, most=9), template="tip"),
    )  # fmt: skip


@pytest.fixture
def books() -> Entity:
    return credit_books()


def run(books: Entity, operation: str, owner: str = "ann", amount: str = "", key: str = "") -> Answer:
    given = Decimal(amount) if amount else None
    return run_operation(books.id, Request(Shop, operation, owner, key or uuid4().hex, given), EVERYTHING)


def wallet(books: Entity, owner: str = "ann") -> int:
    return int(balance_of(books, wallet_code("CREDIT", owner)))


def test_a_first_grant_opens_the_wallet_and_spends_take_from_it(books: Entity) -> None:
    with pytest.raises(InsufficientFunds):
        run(books, "CREDIT_SPEND", amount="1")
    given = read_fact(run(books, "GIFT", key="first").journal)
    assert (given.kind, given.description, given.effective_date) == ("credits", "GIFT", TODAY)
    opened = Account.objects.get(entity=books, code="wallet:CREDIT:ann")
    assert (opened.type, opened.owner_id, opened.role, opened.keeps_lots) == ("liability", "ann", "wallet", True)
    lot = Lot.objects.get(account=opened)
    assert (lot.priority, lot.expires_on, lot.paid) == (2, TODAY + timedelta(days=30), False)
    assert (lot.usable_for, lot.expiry_account) == (["operation:IMAGE", "app:arcade"], "credits_expired:CREDIT")
    with pytest.raises(InsufficientFunds):  # there is enough, for images only
        run(books, "CREDIT_SPEND", amount="5")
    run(books, "IMAGE", key="image")
    run(books, "CREDIT_ADD", amount="10")
    assert Lot.objects.get(account=opened, arrival=2).paid
    run(books, "CREDIT_SPEND", amount="4")
    assert (wallet(books), balance_of(books, "credits_redeemed:CREDIT")) == (8, Decimal(9))
    assert set(Account.objects.filter(entity=books, code__startswith="credits_").values_list("type", flat=True)) == {
        "equity"
    }
    assert run(books, "GIFT", key="first").status == run(books, "IMAGE", key="image").status == "replayed"
    with pytest.raises(IdempotencyKeyReused):
        run(books, "GIFT", owner="bob", key="first")
    assert verify_books(books.id) == []


def test_what_is_due_once_a_day_is_had_once_a_day_and_a_reversal_leaves_it_taken(books: Entity) -> None:
    first = run(books, "DAILY_REWARD", key="mine")
    with pytest.raises(AlreadyGranted) as refused:
        run(books, "DAILY_REWARD")
    assert refused.value.data["due"] == TODAY + timedelta(days=1)
    assert run(books, "DAILY_REWARD", key="mine") == first._replace(status="replayed")
    reverse_journal(books.id, read_fact(first.journal).id, key=uuid4().hex, actor="test")
    with pytest.raises(AlreadyGranted):
        run(books, "DAILY_REWARD")
    run(books, "DAILY_REWARD", owner="bob")
    next_day = TODAY + timedelta(days=1)
    post(books.id, a_transfer("issued", "other", "1", effective_date=next_day, advance_business_date=True))
    run(books, "DAILY_REWARD")
    run(books, "SIGNUP_CREDIT")
    with pytest.raises(GrantedForEver):
        run(books, "SIGNUP_CREDIT")
    assert (wallet(books), wallet(books, "bob")) == (4, 1)
    turn = Turn.objects.get(entity=books, owner_id="bob")
    assert (turn.application, turn.operation, turn.period) == ("shop", "DAILY_REWARD", f"{TODAY}")
    assert Turn.objects.filter(entity=books).count() == 4
    assert verify_books(books.id) == []


def test_of_many_at_once_the_row_lets_one_through(books: Entity) -> None:
    def ask(_: int) -> str:
        try:
            return run(books, "DAILY_REWARD").status
        except AlreadyGranted as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(ask, range(24)))
    assert sorted(outcomes) == ["already_granted"] * 23 + ["posted"]
    assert (wallet(books), Journal.objects.filter(entity=books).count()) == (1, 1)


def test_what_moves_nothing_is_an_event_without_a_journal(books: Entity) -> None:
    seen = run(books, "VISIT", key="seen")
    event = Event.objects.get(entity=books, type="credits.noted")
    assert (event.sequence, event.subject, seen.status) == (seen.event_sequence, "shop", "posted")
    assert run(books, "VISIT", key="seen") == seen._replace(status="replayed")
    with pytest.raises(AlreadyGranted) as refused:
        run(books, "VISIT")
    assert refused.value.data["due"] == (TODAY.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert {run(books, "LOOK").status, run(books, "LOOK").status} == {"posted"}
    assert not Journal.objects.filter(entity=books).exists()
    assert verify_books(books.id) == []


def test_an_operation_goes_through_its_own_template(books: Entity) -> None:
    lines = moving("issued", "wallet", currency="CREDIT")["lines"]
    parameters = [{"name": "amount", "kind": "amount"}, {"name": "owner", "kind": "owner"}]
    examples = [
        {
            "parameters": {"amount": "5", "owner": "ann"},
            "lines": [{"side": side, "amount": "5"} for side in ("debit", "credit")],
        }
    ]
    activated(books, "tip", {"name": "Tip", "parameters": parameters, "lines": lines, "examples": examples})
    tip = read_fact(run(books, "TIP", amount="3", key="tip").journal)
    assert (tip.template, tip.parameters, tip.kind) == ("tip", {"amount": "3", "owner": "ann"}, "operation")
    assert run(books, "TIP", amount="3.0", key="tip").status == "replayed"


def test_what_is_wrong_is_refused_by_name(books: Entity) -> None:
    with pytest.raises(InvalidOperation):
        run(books, "LEAVE")
    with pytest.raises(AmountOutOfRange):
        run(books, "CREDIT_SPEND", amount="-5")
    with pytest.raises(ScopeMissing):
        run_operation(books.id, Request(Shop, "CREDIT_ADD", "ann", "key"), Runner("test", frozenset({"post"})))
    for owner in ("", " "):
        with pytest.raises(OwnerRefused):
            run(books, "GIFT", owner=owner)
    for code in ("one", "two"):
        an_account(books, code, "liability", currency="CREDIT", owner_id="eve", role="wallet")
    with pytest.raises(WalletUnclear):
        run(books, "GIFT", owner="eve")


def test_an_account_that_is_closed_is_followed_by_another_and_a_refusal_opens_none() -> None:
    books = an_entity()
    opened = Account.objects.filter(entity=books)
    with pytest.raises(InsufficientFunds):
        run(books, "CREDIT_SPEND", amount="1")
    with pytest.raises(AmountOutOfRange):
        run(books, "GIFT", amount="1")
    assert not opened.exists()
    first = run(books, "CREDIT_ADD", amount="5")
    reverse_journal(books.id, read_fact(first.journal).id, key=uuid4().hex, actor="test")
    assert set(opened.values_list("code", flat=True)) == {"wallet:CREDIT:ann", "credits_issued:CREDIT"}
    # The account is remembered, and then it is closed; so is the wallet, whose owner gets another one.
    for code in ("credits_issued:CREDIT", "wallet:CREDIT:ann"):
        close_account(books.id, code, actor="test")
    an_account(books, "issued", "equity", currency="CREDIT", role="credits_issued")
    an_account(books, "new", "liability", currency="CREDIT", role="wallet", owner_id="ann", keeps_lots=True)
    run(books, "CREDIT_ADD", amount="5")
    assert [int(balance_of(books, code)) for code in ("issued", "new")] == [-5, 5]
    assert verify_books(books.id) == []


@pytest.mark.parametrize(
    "owner", ["a/b", "x" * 100, "é" * 100, "#1", "trailing "], ids=["slash", "long", "unicode", "hash", "space"]
)
def test_any_owner_has_a_wallet(books: Entity, owner: str) -> None:
    run(books, "CREDIT_ADD", owner=owner)
    assert wallet(books, owner) == 10


def test_an_account_under_the_code_of_a_wallet_that_is_none_is_not_posted_to(books: Entity) -> None:
    an_account(books, "wallet:CREDIT:ann", "liability", currency="CREDIT", keeps_lots=True)
    with pytest.raises(AccountDiffers):
        run(books, "GIFT")
