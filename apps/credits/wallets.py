"""The journal of an operation: an owner's wallet on one side, and on the other where credits come from or go to."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from accounts.currencies import add_currency
from accounts.errors import AccountCodeRefused, CurrencyExists
from accounts.models import Currency
from accounts.opening import open_accounts
from accounts.specs import AccountSpec, check_code
from apps.credits.applications import EXPIRED, ISSUED, REDEEMED, Application
from apps.credits.definitions import NAME_FORM, Operation
from apps.credits.errors import WalletUnclear
from apps.operations import accounts
from apps.operations.evaluating import NONE_FOUND, FoundAccount, Reference
from journals.drafts import MAX_CODE, Line, LotTerms
from journals.errors import InsufficientFunds
from ledgerflow.books.models import Entity
from ledgerflow.core.money import ZERO

KIND = "credits"
WALLET = "wallet"
_HASHED = "#"


class Sides(NamedTuple):
    """What a journal is made of: the wallet, the lines, and the accounts that it opens."""

    wallet: str
    lines: tuple[Line, ...]
    opens: tuple[AccountSpec, ...] = ()


def wallet_code(unit: str, owner_id: str) -> str:
    """The code of the wallet of an owner: with a hash in it where the owner's name is no part of a code."""
    code = f"{WALLET}:{unit}:{owner_id}"
    try:
        check_code(code)
    except AccountCodeRefused:
        usable = False
    else:
        usable = len(code) <= MAX_CODE and not owner_id.startswith(_HASHED)
    return code if usable else f"{WALLET}:{unit}:{_HASHED}{sha256(owner_id.encode()).hexdigest()}"


def wallet_of(entity_id: UUID, unit: str, owner_id: str) -> str:
    """The code of the owner's wallet in the unit, "" where there is none. Raises `WalletUnclear`."""
    reference = Reference(owner=owner_id, role=WALLET, currency=unit)
    found, _ = accounts.find(entity_id, [reference])
    return _one(found.get(reference, NONE_FOUND), WALLET, unit)


def lines_of(
    entity_id: UUID, application: Application, definition: Operation, owner_id: str, amount: Decimal, actor: str
) -> Sides:
    """A grant opens the wallet that is not there. Raises `WalletUnclear`, `InsufficientFunds` without a wallet."""
    unit = application.UNIT
    wallet = wallet_of(entity_id, unit, owner_id)
    code = wallet or wallet_code(unit, owner_id)
    if definition.direction == "spend":
        if not wallet:
            raise InsufficientFunds(account=code, available="0", min_balance="0")
        other = counter_account(entity_id, REDEEMED, application, actor)
        return Sides(code, (Line(code, amount, unit), Line(other, amount.copy_negate(), unit)))
    other = counter_account(entity_id, ISSUED, application, actor)
    spec = AccountSpec(
        code, f"Credits of {owner_id}", unit, type="liability", owner_id=owner_id, role=WALLET, min_balance=ZERO,
        keeps_lots=True,
    )  # fmt: skip
    return Sides(code, (Line(other, amount, unit), Line(code, amount.copy_negate(), unit)), (spec,))


def terms_of(entity_id: UUID, application: Application, definition: Operation, day: date, actor: str) -> LotTerms:
    """What the journal of this day says of lots: what a grant is, or what a spend is for."""
    if definition.direction == "spend":
        return LotTerms(purpose=(f"app:{application.NAME}", f"operation:{definition.name}"))
    days = definition.expires_after_days
    return LotTerms(
        priority=definition.priority,
        expires_on=None if days is None else day + timedelta(days=days),
        paid=definition.origin == "paid",
        usable_for=tuple(_word(word) for word in definition.usable_for),
        expiry_account="" if days is None else counter_account(entity_id, EXPIRED, application, actor),
    )


def counter_account(entity_id: UUID, role: str, application: Application, actor: str) -> str:
    """The account with this role in the unit, opened as equity where there is none: a year end asks nothing of it.

    The unit itself is added with it to books that do not have it. Raises `WalletUnclear`, and what opening the account
    is refused for.
    """
    unit = application.UNIT
    reference = Reference(role=role, currency=unit)
    found, _ = accounts.find(entity_id, [reference])
    code = _one(found.get(reference, NONE_FOUND), role, unit)
    if code:
        return code
    _add_unit(entity_id, application, actor)
    name = role.replace("_", " ").capitalize()
    spec = AccountSpec(f"{role}:{unit}", name, unit, type="equity", role=role)
    (opened,) = open_accounts(entity_id, [spec], actor=actor)
    if opened.refusal is not None:
        raise opened.refusal
    return spec.code


def _add_unit(entity_id: UUID, application: Application, actor: str) -> None:
    if Currency.objects.filter(entity_id=entity_id, code=application.UNIT).exists():
        return
    unit, entity = application.UNIT, Entity.objects.get(id=entity_id)
    with suppress(CurrencyExists):  # somebody else was first
        add_currency(
            entity, code=unit, name=unit.capitalize(), minor_units=application.MINOR_UNITS, is_money=False, actor=actor
        )


def _one(account: FoundAccount, role: str, unit: str) -> str:
    if account.found > 1:
        raise WalletUnclear(count=account.found, role=role, currency=unit)
    return account.code


def _word(word: str) -> str:
    """A word of a definition as lots have it: in capital letters it is an operation, and else an application."""
    return f"operation:{word}" if NAME_FORM.fullmatch(word) else f"app:{word}"
