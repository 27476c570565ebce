"""The accounts of operations: an owner's wallet, and on the other side where credits come from or go to.

Those of many operations are looked up at once. What is not there is opened by the first journal that needs it, and in
its transaction, so that nothing stays of an operation that is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from accounts.currencies import add_currency
from accounts.errors import AccountCodeRefused, CurrencyExists
from accounts.models import Currency
from accounts.specs import AccountSpec, check_code
from apps.credits.applications import Application
from apps.credits.errors import WalletUnclear
from apps.operations import accounts
from apps.operations.evaluating import NONE_FOUND, FoundAccount, Reference
from journals.drafts import MAX_CODE
from ledgerflow.books.models import Entity
from ledgerflow.core.money import ZERO

KIND = "credits"
WALLET = "wallet"
_HASHED = "#"


class Place(NamedTuple):
    """An account by its code, and how to open it where it is not there."""

    code: str
    spec: AccountSpec | None = None

    @property
    def opens(self) -> tuple[AccountSpec, ...]:
        return () if self.spec is None else (self.spec,)


class Known(NamedTuple):
    """The accounts that were looked up for some operations."""

    found: dict[Reference, FoundAccount]

    def wallet(self, application: Application, owner_id: str) -> Place:
        """The wallet of an owner. Raises `WalletUnclear`."""
        unit = application.UNIT
        code = self._code(wallet_reference(unit, owner_id))
        if code:
            return Place(code)
        spec = AccountSpec(
            wallet_code(unit, owner_id), f"Credits of {owner_id}", unit, type="liability", owner_id=owner_id,
            role=WALLET, min_balance=ZERO, keeps_lots=True,
        )  # fmt: skip
        return Place(spec.code, spec)

    def counter(self, application: Application, role: str) -> Place:
        """The account with this role in the unit; as equity, a year end asks nothing of it. Raises `WalletUnclear`."""
        unit = application.UNIT
        code = self._code(Reference(role=role, currency=unit))
        if code:
            return Place(code)
        spec = AccountSpec(f"{role}:{unit}", role.replace("_", " ").capitalize(), unit, type="equity", role=role)
        return Place(spec.code, spec)

    def _code(self, reference: Reference) -> str:
        account = self.found.get(reference, NONE_FOUND)
        if account.found > 1:
            raise WalletUnclear(count=account.found, role=reference.role, currency=reference.currency)
        return account.code


def look_up(entity_id: UUID, wanted: Iterable[Reference], applications: Sequence[Application], actor: str) -> Known:
    """The accounts that are there, in one query. A unit that the books do not have is added to them."""
    found, minor_units = accounts.find(entity_id, wanted, {one.UNIT for one in applications})
    for application in {one.UNIT: one for one in applications if one.UNIT not in minor_units}.values():
        _add_unit(entity_id, application, actor)
    return Known(found)


def wallet_reference(unit: str, owner_id: str) -> Reference:
    """How the wallet of an owner is looked up."""
    return Reference(owner=owner_id, role=WALLET, currency=unit)


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


def _add_unit(entity_id: UUID, application: Application, actor: str) -> None:
    unit = application.UNIT
    if Currency.objects.filter(entity_id=entity_id, code=unit).exists():
        return
    with suppress(CurrencyExists):  # somebody else was first
        add_currency(
            Entity.objects.get(id=entity_id), code=unit, name=unit.capitalize(), minor_units=application.MINOR_UNITS,
            is_money=False, actor=actor,
        )  # fmt: skip
