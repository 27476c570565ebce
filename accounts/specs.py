"""What an account is asked to be, checked for form. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec

from accounts.errors import AccountCodeRefused, LimitsCrossed, LotsOfHeader, NormalSideUnknown, RoleRefused
from ledgerflow.core.errors import NameLength, NotOneOf
from ledgerflow.core.texts import check_metadata, check_text, is_storable

DEBIT_NORMAL = frozenset({"asset", "expense"})
MONETARY = frozenset({"asset", "liability"})
TYPES = ("asset", "liability", "equity", "income", "expense")
_CODE = re.compile(r"[^\s/\x00-\x1f\x7f](?:[^/\x00-\x1f\x7f]{0,98}[^\s/\x00-\x1f\x7f])?")
UNREACHABLE = (".", "..")  # a client takes them out of an address before it sends it (RFC 3986 section 5.2.4)
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class AccountSpec(msgspec.Struct, frozen=True):
    """An account to open. Empty `normal_side` and None `monetary` mean the default of the type.

    `parent` is a code; limits are in major units on the normal side, None for no limit.
    """

    code: str
    name: str
    currency: str
    type: str = "asset"
    normal_side: str = ""
    parent: str = ""
    is_header: bool = False
    monetary: bool | None = None
    owner_id: str = ""
    role: str = ""
    cash_flow: str = ""
    term: str = ""
    metadata: dict[str, Any] | None = None
    min_balance: Decimal | None = None
    max_balance: Decimal | None = None
    keeps_lots: bool = False

    def complete(self) -> AccountSpec:
        """The same with its defaults filled in. Raises `Malformed` with a pointer to the field that is wrong."""
        check_code(self.code)
        check_changes({name: getattr(self, name) for name in CHECKED})
        if self.type not in TYPES:
            raise NotOneOf(pointer="/type", choices=", ".join(TYPES), what="type")
        if self.normal_side not in ("", "debit", "credit"):
            raise NormalSideUnknown(pointer="/normal_side")
        if self.keeps_lots and self.is_header:
            raise LotsOfHeader(pointer="/keeps_lots")
        low, high = self.min_balance, self.max_balance
        if low is not None and high is not None and low > high:
            raise LimitsCrossed(pointer="/min_balance")
        return msgspec.structs.replace(
            self,
            normal_side=self.normal_side or ("debit" if self.type in DEBIT_NORMAL else "credit"),
            monetary=self.type in MONETARY if self.monetary is None else self.monetary,
            metadata=self.metadata or {},
        )


class NewAccount(NamedTuple):
    """An account that is not there yet and can be opened: as it was `wanted`, and complete with its scale."""

    id: UUID
    wanted: AccountSpec
    spec: AccountSpec
    parent_id: UUID | None
    minor_units: int

    @property
    def zero(self) -> Decimal:
        return Decimal(0).scaleb(-self.minor_units)


class OwnedAccount(Protocol):
    """What an account is and whose, which says where money goes, and whether it keeps lots."""

    @property
    def type(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def owner_id(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def keeps_lots(self) -> bool: ...


def differing(one: OwnedAccount, other: OwnedAccount) -> list[str]:
    """In which of these two accounts differ."""
    names = ("type", "currency", "owner_id", "role", "keeps_lots")
    return [name for name in names if getattr(one, name) != getattr(other, name)]


CHECKED = ("name", "owner_id", "role", "metadata", "cash_flow", "term")
# What the two may be; empty stands for what its header says, or what is usual for the type.
SHOWN_AS = {
    "cash_flow": ("cash", "operating", "investing", "financing", "non_cash"),
    "term": ("current", "non_current"),
}


def check_code(code: str) -> None:
    """Raise `Malformed` unless `code` can name an account: 1 to 100 characters, no slash, no control character."""
    if not _CODE.fullmatch(code) or not is_storable(code) or code in UNREACHABLE:
        raise AccountCodeRefused(pointer="/code")


def check_changes(changes: dict[str, Any]) -> None:
    """Raise `Malformed` for values an account cannot have, whether opening or changing it."""
    name, owner, role = changes.get("name", "x"), changes.get("owner_id", ""), changes.get("role", "")
    if not name.strip():
        raise NameLength(pointer="/name", most=200)
    check_text(name, 200, "/name")
    check_text(owner, 100, "/owner_id")
    if role and not _ROLE.fullmatch(role):
        raise RoleRefused(pointer="/role")
    for field, choices in SHOWN_AS.items():
        if changes.get(field, "") not in ("", *choices):
            raise NotOneOf(pointer=f"/{field}", choices=", ".join(choices), what=field)
    check_metadata(changes.get("metadata"))
