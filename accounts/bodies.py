"""Bodies of the account endpoints: what they take and what they show. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from accounts.errors import CurrencyNeeded
from accounts.events import AccountFact
from accounts.specs import AccountSpec
from ledgerflow.core.errors import FieldErrors, NothingToChange
from ledgerflow.core.money import MAX_MINOR_UNITS, parse_signed

MAX_REASON = 500
MAX_AMOUNT_TEXT = 64

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Type = Literal["asset", "liability", "equity", "income", "expense"]
Currency = Annotated[str, msgspec.Meta(min_length=1, max_length=12)]
Role = Annotated[str, msgspec.Meta(max_length=40)]
CashFlow = Literal["", "cash", "operating", "investing", "financing", "non_cash"]
Term = Literal["", "current", "non_current"]
Owner = Annotated[str, msgspec.Meta(max_length=100)]
Limit = Annotated[str, msgspec.Meta(max_length=MAX_AMOUNT_TEXT)]
Reason = Annotated[str, msgspec.Meta(max_length=MAX_REASON)]
MinorUnits = Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR_UNITS)]


class AccountRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An account to open. `ccy` is another name of `currency`; limits are decimal strings on the normal side."""

    code: Code
    name: Name
    currency: Currency | None = None
    ccy: Currency | None = None
    type: Type = "asset"
    normal_side: Literal["debit", "credit"] | None = None
    parent: Code | None = None
    is_header: bool = False
    monetary: bool | None = None
    owner_id: Owner = ""
    role: Role = ""
    cash_flow: CashFlow = ""
    term: Term = ""
    metadata: dict[str, Any] | None = None
    min_balance: Limit | None = None
    max_balance: Limit | None = None
    keeps_lots: bool = False

    def spec(self) -> AccountSpec:
        """The account asked for. Raises `Malformed` for limits that are no amounts and currencies that disagree."""
        return AccountSpec(
            code=self.code,
            name=self.name,
            currency=self._one_currency(),
            type=self.type,
            normal_side=self.normal_side or "",
            parent=self.parent or "",
            is_header=self.is_header,
            monetary=self.monetary,
            owner_id=self.owner_id,
            role=self.role,
            cash_flow=self.cash_flow,
            term=self.term,
            metadata=self.metadata,
            min_balance=None if self.min_balance is None else parse_signed(self.min_balance, "/min_balance"),
            max_balance=None if self.max_balance is None else parse_signed(self.max_balance, "/max_balance"),
            keeps_lots=self.keeps_lots,
        )

    def _one_currency(self) -> str:
        if self.currency and self.ccy and self.currency != self.ccy:
            message = "`ccy` is another name of `currency`: they say different things."
            raise FieldErrors({"/currency": message, "/ccy": message})
        currency = self.currency or self.ccy
        if not currency:
            raise CurrencyNeeded(pointer="/currency")
        return currency


class AccountOpeningRequest(AccountRequest, forbid_unknown_fields=True):
    """The same with the dimensions that each line on it has to carry."""

    required_dimensions: Annotated[list[str], msgspec.Meta(max_length=8)] = []


class AccountChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Fields to set; what is left out stays. null takes a limit, the parent or the metadata away."""

    name: Name | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET
    owner_id: Owner | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    cash_flow: CashFlow | UnsetType = UNSET
    term: Term | UnsetType = UNSET
    monetary: bool | UnsetType = UNSET
    parent: Code | UnsetType | None = UNSET
    min_balance: Limit | UnsetType | None = UNSET
    max_balance: Limit | UnsetType | None = UNSET
    keeps_lots: bool | UnsetType = UNSET
    reason: Reason = ""

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as `accounts.changing` takes them. Raises `Malformed` when there are none."""
        found = {name: getattr(self, name) for name in self.__struct_fields__ if name != "reason"}
        changes = {name: value for name, value in found.items() if value is not UNSET}
        if not changes:
            raise NothingToChange
        for limit in changes.keys() & {"min_balance", "max_balance"}:
            if changes[limit] is not None:
                changes[limit] = parse_signed(changes[limit], f"/{limit}")
        if "metadata" in changes:
            changes["metadata"] = changes["metadata"] or {}
        return changes


class FreezeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which directions are frozen from now on; one that is left out is not."""

    outflow: bool = False
    inflow: bool = False
    reason: Reason = ""

    def check(self) -> FreezeRequest:
        """The same. Raises `Malformed` when it would freeze nothing."""
        if not self.outflow and not self.inflow:
            message = "Say what to freeze: outflow, inflow, or both."
            raise FieldErrors({"/outflow": message, "/inflow": message})
        return self


class ReasonRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A change that needs no more than its reason, and that only if somebody wants to give one."""

    reason: Reason = ""


class CurrencyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A currency of one's own. One that is not money, such as credits, has no rates and is worth nothing in others."""

    code: Currency
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    minor_units: MinorUnits
    is_money: bool = True


class LeapRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A business date more than a month ahead, and why."""

    business_date: date
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON)]


class EntityChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The business date only goes forward."""

    business_date: date


class AccountResponse(msgspec.Struct):
    """An account as it stands, or stood at a moment. `revision` is the event of its last change, and its ETag."""

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
    outflow_frozen: bool
    inflow_frozen: bool
    closed: bool
    revision: int
    cash_flow: str = ""
    term: str = ""
    keeps_lots: bool = False


class CurrencyResponse(msgspec.Struct):
    code: str
    name: str
    minor_units: int
    is_custom: bool
    is_money: bool


class EntityResponse(msgspec.Struct):
    """A set of books; `base_currency` is that of the business date."""

    id: UUID
    code: str
    name: str
    base_currency: str
    time_zone: str
    first_business_date: date
    business_date: date
    dimensions: list[str]


class AccountPage(msgspec.Struct):
    results: list[AccountResponse]
    next: str | None


class CurrencyPage(msgspec.Struct):
    results: list[CurrencyResponse]
    next: str | None


def account_response(fact: AccountFact, revision: int) -> AccountResponse:
    """An account for the API; why it was changed last is in the event, not here."""
    fields = msgspec.structs.asdict(fact)
    del fields["reason"]
    return AccountResponse(**fields, revision=revision)
