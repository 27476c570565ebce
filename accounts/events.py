"""What happened to accounts and currencies, as events tell it. Pure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.specs import AccountSpec
from ledgerflow.core.events import Fact
from ledgerflow.core.money import plain


class AccountFact(Fact, frozen=True):
    """The whole state of an account after a change: what its event carries, and what the API shows."""

    id: UUID
    code: str
    name: str
    type: str
    currency: str
    normal_side: str
    parent: str | None
    is_header: bool
    monetary: bool
    owner_id: str
    role: str
    metadata: dict[str, Any]
    min_balance: str | None
    max_balance: str | None
    outflow_frozen: bool = False
    inflow_frozen: bool = False
    closed: bool = False
    reason: str = ""
    cash_flow: str = ""
    term: str = ""
    keeps_lots: bool = False


class AccountOpenedFact(AccountFact, frozen=True):
    """An account was opened, empty."""

    event_type = "account.opened"


class AccountChangedFact(AccountFact, frozen=True):
    """Something of an account was changed, such as its name, its parent or its limits."""

    event_type = "account.changed"


class AccountFrozenFact(AccountFact, frozen=True):
    """One or both directions of an account were frozen."""

    event_type = "account.frozen"


class AccountUnfrozenFact(AccountFact, frozen=True):
    """Neither direction of an account is frozen any more."""

    event_type = "account.unfrozen"


class AccountClosedFact(AccountFact, frozen=True):
    """An account was closed for good."""

    event_type = "account.closed"


class CurrencyAddedFact(Fact, frozen=True):
    """The books have a currency of their own, beside those of ISO 4217."""

    event_type = "currency.added"

    id: UUID
    code: str
    name: str
    minor_units: int
    is_money: bool = True


def opened_fact(account_id: UUID, spec: AccountSpec) -> AccountOpenedFact:
    """The fact of an account as it is opened, from a completed spec."""
    return AccountOpenedFact(
        id=account_id,
        code=spec.code,
        name=spec.name,
        type=spec.type,
        currency=spec.currency,
        normal_side=spec.normal_side,
        parent=spec.parent or None,
        is_header=spec.is_header,
        monetary=bool(spec.monetary),
        owner_id=spec.owner_id,
        role=spec.role,
        cash_flow=spec.cash_flow,
        term=spec.term,
        keeps_lots=spec.keeps_lots,
        metadata=spec.metadata or {},
        min_balance=None if spec.min_balance is None else plain(spec.min_balance),
        max_balance=None if spec.max_balance is None else plain(spec.max_balance),
    )
