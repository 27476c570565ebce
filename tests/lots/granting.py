"""Books with accounts that keep lots, through the real use cases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.currencies import add_currency
from journals.drafts import Draft, LotTerms
from journals.events import Answer, JournalFact, read_fact
from journals.hold_states import HoldSpec
from journals.holds.use_cases import place_hold
from journals.lots.models import Lot
from journals.posting import post
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity
from tests.lots.lot_books import COST


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def credit_books(**given: Any) -> Entity:
    """Books with the unit CREDIT, two wallets, and the accounts that lots move on."""
    entity = an_entity(**given)
    add_currency(entity, code="CREDIT", name="Credits", minor_units=0, actor="test")
    for code in ("wallet", "other"):
        a_wallet(entity, code)
    for code in ("issued", "used", "expired"):
        an_account(entity, code, "equity", currency="CREDIT")
    an_account(entity, "deferred", "liability")
    for code in ("income", "breakage"):
        an_account(entity, code, "income")
    an_account(entity, "bank")
    return entity


def a_wallet(entity: Entity, code: str, **given: Any) -> None:
    values: dict[str, Any] = {"currency": "CREDIT", "min_balance": "0", "keeps_lots": True} | given
    an_account(entity, code, "liability", **values)


def grant(amount: str, account: str = "wallet", **terms: Any) -> Draft:
    """A grant; days until it expires may be a number."""
    if isinstance(terms.get("expires_on"), int):
        terms |= {"expires_on": day(terms["expires_on"]), "expiry_account": "expired"}
    return a_transfer("issued", account, amount, lots=LotTerms(**terms) if terms else None)


def sale(amount: str, cost: str, account: str = "wallet", **terms: Any) -> Draft:
    """Credits that are sold for money, which is deferred."""
    lots = grant(amount, account, cost=Decimal(cost), paid=True, **COST, **terms).lots
    return a_journal(("issued", amount), (account, f"-{amount}"), ("bank", cost), ("deferred", f"-{cost}"), lots=lots)


def spend(amount: str, *purpose: str, account: str = "wallet", **given: Any) -> Draft:
    return a_transfer(account, "used", amount, lots=LotTerms(purpose=purpose) if purpose else None, **given)


def fact_of(answer: Answer) -> JournalFact:
    return read_fact(answer.journal)


def posted_fact(entity: Entity, draft: Draft) -> JournalFact:
    return fact_of(post(entity.id, draft))


def left(entity: Entity, account: str = "wallet") -> str:
    """What is left of the lots of an account, with what is pinned, in the order of arrival."""
    lots = Lot.objects.filter(account__entity=entity, account__code=account).order_by("arrival")
    return " ".join(f"{one.remaining}" + (f"({one.pinned})" if one.pinned else "") for one in lots)


def some_lots(entity: Entity, cash: str, sales: str, word: str = "app:ai") -> dict[str, Any]:
    """Three lots of an account in euro, sold and spent in part, one of them over soon, with a hold; gives the id of one."""
    code = f"{cash[:2]}POINTS"
    an_account(entity, code, "liability", keeps_lots=True)
    cost = {"deferred_account": cash, "income_account": sales, "breakage_account": sales, "cost_currency": "EUR"}
    for number in range(3):
        terms = LotTerms(
            expires_on=entity.business_date + timedelta(days=300 * number), expiry_account=sales, cost=Decimal(9),
            paid=True, usable_for=(word,) if number else (), **cost,  # type: ignore[arg-type]
        )  # fmt: skip
        post(entity.id, a_transfer(sales, code, "10.00", lots=terms))
    post(entity.id, a_transfer(code, sales, "12.00", lots=LotTerms(purpose=(word,))))
    post(entity.id, a_transfer(sales, code, "5.00"))
    place_hold(entity.id, HoldSpec(code, Decimal(2)), key=f"lots:{code}", actor="test")
    return {"lot_id": Lot.objects.filter(entity=entity).earliest("event_sequence").id}
