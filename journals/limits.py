"""An account as drafts are decided on it, and what its limits and a line's conditions allow. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from journals.drafts import Draft, Line, pointer_to
from ledgerflow.core import errors
from ledgerflow.core.money import ZERO, plain, quantum


@dataclass(slots=True, eq=False)
class AccountState:
    """An account and its balance as they stand after the drafts decided so far; fields in the order of the query."""

    code: str
    id: str
    currency: str
    minor_units: int
    header: bool
    closed: bool
    outflow_frozen: bool
    inflow_frozen: bool
    debits: Decimal
    credits: Decimal
    held: Decimal
    version: int
    normal_sign: int
    min_balance: Decimal | None
    max_balance: Decimal | None
    overridden: bool
    place: str = ""  # where the writer found its balance row
    blocked: bool = field(init=False)  # whether there is anything for `_permit` to look at
    quantum: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.blocked = self.header or self.closed or self.outflow_frozen or self.inflow_frozen
        self.quantum = quantum(self.minor_units)

    def normal_balance(self) -> Decimal:
        """The balance on the account's normal side, in major units."""
        return self.on_normal_side(self.debits, self.credits)

    def on_normal_side(self, debits: Decimal, credits: Decimal) -> Decimal:  # noqa: A002 - the domain's word
        """Measured as this account's balance is; the sign as a factor would make -0.00 of nothing."""
        return debits - credits if self.normal_sign > 0 else credits - debits

    def save(self) -> Saved:
        """What a refused draft has to put back."""
        return Saved(self, self.debits, self.credits, self.version, self.overridden)


class Saved(NamedTuple):
    account: AccountState
    debits: Decimal
    credits: Decimal
    version: int
    overridden: bool

    def put_back(self) -> None:
        account, account.debits, account.credits, account.version, account.overridden = (self.account, *self[1:])

    def normal_balance(self) -> Decimal:
        return self.account.on_normal_side(self.debits, self.credits)


def check_limits(draft: Draft, before: Saved) -> None:
    """Limits on what the journal leaves behind.

    A permitted override passes and marks the balance when it is out of range; while marked, only a movement that
    brings it nearer to its range passes.
    """
    account = before.account
    low, high = account.min_balance, account.max_balance
    now = account.normal_balance()
    available = now - account.held
    too_low = low is not None and available < low
    too_high = high is not None and now > high
    if not too_low and not too_high:
        account.overridden = False
        return
    was = before.normal_balance()
    improves = now > was if too_low else now < was
    if draft.override_limits or (account.overridden and improves):
        account.overridden = True
        return
    broken = low if too_low else high
    limit = plain(ZERO if broken is None else broken)
    if too_low:
        message = f"{account.code} has {plain(was - account.held)} available above its limit of {limit}."
        raise errors.InsufficientFunds(
            message, account=account.code, available=plain(was - account.held), min_balance=limit
        )
    message = f"{account.code} may hold at most {limit}."
    raise errors.MaxBalanceExceeded(message, account=account.code, balance=plain(was), max_balance=limit)


def check_expected(draft: Draft, number: int, line: Line, before: Saved) -> None:
    if line.expected_version is not None and line.expected_version != before.version:
        message = f"{line.account} is at version {before.version}, not {line.expected_version}."
        raise errors.VersionMismatch(
            message, pointer=pointer_to(draft, number, "expected_version"), account=line.account, version=before.version
        )
    balance = before.normal_balance()
    if line.expected_balance is not None and line.expected_balance != balance:
        message = f"{line.account} holds {plain(balance)}, not {plain(line.expected_balance)}."
        raise errors.BalanceMismatch(
            message, pointer=pointer_to(draft, number, "expected_balance"), account=line.account, balance=plain(balance)
        )
