"""Opening accounts: what is refused, what is there already, and many in one transaction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import AccountExists, UnknownCurrency
from accounts.founding import found_books
from accounts.models import Account, Balance, Currency
from accounts.opening import Opened, open_account, open_accounts
from accounts.specs import AccountSpec
from ledgerflow.books.errors import EntityExists
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from tests.builders import TODAY, an_account, an_entity


def a_spec(code: str = "Cash", **given: Any) -> AccountSpec:
    for limit in ("min_balance", "max_balance"):
        if isinstance(given.get(limit), str):
            given[limit] = Decimal(given[limit])
    return AccountSpec(code=code, **({"name": code, "currency": "EUR"} | given))


def opened(entity: Entity, *specs: AccountSpec) -> list[str]:
    """What became of each: its status, or the code of its refusal."""
    answers = open_accounts(entity.id, specs, actor="test")
    return [answer.refusal.code if answer.refusal else answer.status for answer in answers]


@pytest.fixture(scope="module")
def books() -> Entity:
    return an_entity()


def test_an_account_opens_with_the_defaults_of_its_type() -> None:
    entity = an_entity()
    for type_, side, monetary in (
        ("asset", "debit", True), ("liability", "credit", True), ("equity", "credit", False),
        ("income", "credit", False), ("expense", "debit", False),
    ):  # fmt: skip
        account = an_account(entity, type_.title(), type_)
        assert (account.normal_side, account.monetary) == (side, monetary)
        assert account.balance.normal_sign == (1 if side == "debit" else -1)
    assert not an_account(entity, "Stock", monetary=False).monetary


def test_opening_is_an_event_that_carries_the_whole_account() -> None:
    entity = an_entity()
    answer = open_account(
        entity.id, a_spec(min_balance="-10.5", owner_id="u1", metadata={"a": [1, "\t\\"]}), actor="me"
    )
    account = Account.objects.get(entity=entity)
    event = Event.objects.get(entity=entity, sequence=answer.event_sequence or 0)
    assert (event.type, event.subject, event.actor) == ("account.opened", str(account.id), "me")
    assert '"min_balance":"-10.50"' in event.data
    assert (account.revision, account.metadata) == (event.sequence, {"a": [1, "\t\\"]})
    assert account.balance.min_balance == Decimal("-10.50")


@pytest.mark.parametrize(
    "wrong, code, pointer",
    [
        ({"code": "a/b"}, "malformed", "/code"),
        ({"code": " a"}, "malformed", "/code"),
        ({"code": ""}, "malformed", "/code"),
        ({"code": ".."}, "malformed", "/code"),
        ({"code": "a\x00"}, "malformed", "/code"),
        ({"code": "a\ud800"}, "malformed", "/code"),
        ({"code": "a" * 101}, "malformed", "/code"),
        ({"name": "  "}, "malformed", "/name"),
        ({"name": "n" * 201}, "malformed", "/name"),
        ({"name": "n\x00"}, "malformed", "/name"),
        ({"owner_id": "o" * 101}, "malformed", "/owner_id"),
        ({"role": "No Role"}, "malformed", "/role"),
        ({"metadata": {"a": "x" * 16_384}}, "malformed", "/metadata"),
        ({"metadata": {"a": "\x00"}}, "malformed", "/metadata"),
        ({"type": "thing"}, "malformed", "/type"),
        ({"normal_side": "left"}, "malformed", "/normal_side"),
        ({"min_balance": "2", "max_balance": "1"}, "malformed", "/min_balance"),
        ({"currency": "XXY"}, "unknown_currency", "/currency"),
        ({"min_balance": "0.001"}, "precision_exceeded", ""),
        ({"min_balance": "0.01"}, "limit_below_balance", "/min_balance"),
        ({"max_balance": "-0.01"}, "limit_below_balance", "/max_balance"),
        ({"parent": "Nowhere"}, "parent_refused", "/parent"),
        ({"code": "Self", "parent": "Self"}, "parent_refused", "/parent"),
    ],
)
def test_what_cannot_be_opened_is_refused(books: Entity, wrong: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(LedgerError) as refused:
        open_account(books.id, a_spec(**({"code": "Refused"} | wrong)), actor="test")
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert not Account.objects.filter(entity=books, code="Refused").exists()


def test_a_code_may_hold_spaces_dots_colons_and_any_letters(books: Entity) -> None:
    codes = ["Assets:Bank:Giro 1", "1001.CASH", "现金", "Kasse ü", "tab\u00a0bar", "a b"]
    assert opened(books, *(a_spec(code) for code in codes)) == ["opened"] * len(codes)
    assert {account.code for account in Account.objects.filter(entity=books, code__in=codes)} == set(codes)


def test_a_parent_is_an_open_account_of_the_same_type(books: Entity) -> None:
    results = opened(
        books,
        a_spec("Parent", is_header=True),
        a_spec("Child", parent="Parent"),
        a_spec("Debt", type="liability", parent="Parent"),
    )
    assert results == ["opened", "opened", "parent_refused"]
    assert Account.objects.get(entity=books, code="Child").parent == Account.objects.get(entity=books, code="Parent")


def test_one_that_is_refused_leaves_its_neighbours_alone(books: Entity) -> None:
    assert opened(books, a_spec("N1"), a_spec("N/2"), a_spec("N3"), a_spec("N1")) == [
        "opened", "malformed", "opened", "existing",
    ]  # fmt: skip
    assert Balance.objects.filter(account__entity=books, account__code__startswith="N").count() == 2


def test_an_identical_account_is_left_alone_and_a_different_one_refused(books: Entity) -> None:
    spec = a_spec("Twin", min_balance="0", owner_id="u")
    assert opened(books, spec) == ["opened"]
    assert opened(books, spec) == ["existing"]
    (answer,) = open_accounts(books.id, [a_spec("Twin", min_balance="0", owner_id="v", name="Other")], actor="test")
    assert answer.refusal is not None
    assert answer.refusal.data["different"] == ["name", "owner_id"]
    with pytest.raises(AccountExists):
        open_account(books.id, spec, actor="test")


def test_a_hook_sees_what_was_opened_and_can_undo_it_all(books: Entity) -> None:
    seen: list[str] = []

    def refuse(_tx: Transaction, answers: Any) -> None:
        seen.extend(answer.status for answer in answers)
        message = "no"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        open_accounts(books.id, [a_spec("Undone"), a_spec("U/2")], actor="test", hook=refuse)
    assert seen == ["opened", "refused"]
    assert not Account.objects.filter(entity=books, code="Undone").exists()


def test_an_answer_says_what_became_of_the_spec() -> None:
    assert Opened("existing").fact is None


def test_books_are_founded_with_every_currency() -> None:
    entity = found_books(code=f"f-{an_entity().code}", name="F", base_currency="CHF", business_date=TODAY)
    scales = dict(Currency.objects.filter(entity=entity).values_list("code", "minor_units"))
    assert (scales["CHF"], scales["JPY"], scales["BHD"], scales["CLF"]) == (2, 0, 3, 4)
    with pytest.raises(EntityExists):
        found_books(code=entity.code, name="F", base_currency="CHF", business_date=TODAY)
    with pytest.raises(UnknownCurrency):
        found_books(code="never", name="F", base_currency="CHFF", business_date=TODAY)
