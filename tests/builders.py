"""Builders for tests: they speak the domain and go through the real use cases. Every test makes its own entity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, localcontext
from typing import Any
from uuid import uuid4

from accounts.founding import found_books
from accounts.models import Account, Balance
from accounts.opening import open_account
from accounts.specs import AccountSpec
from journals.drafts import Draft, Line, transfer_lines
from journals.events import Answer
from journals.posting import post
from ledgerflow.books.models import Entity
from ledgerflow.core.money import CONTEXT

TODAY = date(2026, 3, 2)


def an_entity(**given: Any) -> Entity:
    """A fresh set of books in euro on Monday 2 March 2026."""
    values: dict[str, Any] = {"name": "Test books", "base_currency": "EUR", "business_date": TODAY} | given
    return found_books(code=values.pop("code", f"t-{uuid4().hex[:12]}"), **values)


def an_account(entity: Entity, code: str, type: str = "asset", **given: Any) -> Account:  # noqa: A002 - the domain's word
    """An open account; limits may be given as text."""
    for limit in ("min_balance", "max_balance"):
        if isinstance(given.get(limit), str):
            given[limit] = Decimal(given[limit])
    values = {"name": code, "currency": "EUR"} | given
    open_account(entity.id, AccountSpec(code=code, type=type, **values), actor="test")
    return Account.objects.get(entity=entity, code=code)


@contextmanager
def unguarded() -> Iterator[None]:
    """Django's own connection writes as a superuser may who has switched the guards off."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")


def a_transfer(debit: str, credit: str, amount: str, **given: Any) -> Draft:
    """A draft of a transfer; `key` is random unless given, and a date before the books began is meant."""
    values: dict[str, Any] = {"key": uuid4().hex, "actor": "test", "confirm_unusual_date": True} | given
    return Draft(lines=transfer_lines(debit, credit, Decimal(amount)), kind="transfer", **values)


def a_journal(*lines: tuple[str, str] | Line, **given: Any) -> Draft:
    """A draft of a journal from (account, signed amount) pairs, debit positive."""
    values: dict[str, Any] = {"key": uuid4().hex, "actor": "test", "confirm_unusual_date": True} | given
    return Draft(
        lines=tuple(line if isinstance(line, Line) else Line(line[0], Decimal(line[1])) for line in lines), **values
    )


def posted(entity: Entity, draft: Draft) -> Answer:
    """Post a draft and expect no refusal."""
    return post(entity.id, draft)


def balance_of(entity: Entity, code: str) -> Decimal:
    """The balance on the account's normal side."""
    row = Balance.objects.get(account__entity=entity, account__code=code)
    with localcontext(CONTEXT):  # the default one would round to 28 digits
        return Decimal((row.debits - row.credits) * row.normal_sign)
