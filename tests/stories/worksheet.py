"""How the stories read and write books: sides and figures as a bookkeeper writes them down."""

from __future__ import annotations

from decimal import Decimal, localcontext

from accounts.models import Balance
from journals.drafts import Line
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.core.money import CONTEXT, plain


def debit(account: str, amount: str) -> Line:
    return Line(account, Decimal(amount))


def credit(account: str, amount: str) -> Line:
    return Line(account, Decimal(amount).copy_negate())


def trial_balance(entity: Entity) -> tuple[dict[str, str], dict[str, str]]:
    """The accounts that are not at zero, in the debit and in the credit column."""
    debits: dict[str, str] = {}
    credits_: dict[str, str] = {}
    rows = Balance.objects.filter(account__entity=entity).order_by("account__code")
    for code, on_debit, on_credit in rows.values_list("account__code", "debits", "credits"):
        with localcontext(CONTEXT):
            net = on_debit - on_credit
            if net:
                (debits if net > 0 else credits_)[code] = plain(abs(net))
    return debits, credits_


def total(column: dict[str, str]) -> str:
    return plain(sum(map(Decimal, column.values()), Decimal(0)))


def is_proven(entity: Entity) -> bool:
    return verify_books(entity.id) == []
