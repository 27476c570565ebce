"""An account as drafts are decided on it, and what its limits and a line's conditions allow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from accounts.errors import AccountClosed, AccountFrozen, HeaderAccount
from journals.drafts import Draft, Line, pointer_to
from journals.errors import BalanceMismatch, FinerThanCurrency, InsufficientFunds, MaxBalanceExceeded, VersionMismatch
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import ZERO, plain, quantum
from ledgerflow.core.plugins import registry


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
    keeps_lots: bool = False
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
        return Saved(self, self.debits, self.credits, self.version, self.overridden, self.held)

    def after(self) -> BalanceAfter:
        """As it stands now, for an answer."""
        return BalanceAfter(self, self.debits, self.credits, self.version, self.held)

    def free(self, amount: Decimal) -> None:
        """Hold less of it; a balance that is in its range again is marked no longer."""
        self.held -= amount
        now = self.normal_balance()
        low, high = self.min_balance, self.max_balance
        in_range = (low is None or now - self.held >= low) and (high is None or now <= high)
        self.overridden = self.overridden and not in_range


class BalanceAfter(NamedTuple):
    """An account after a change, for the answer."""

    account: AccountState
    debits: Decimal
    credits: Decimal
    version: int
    held: Decimal


class Saved(NamedTuple):
    account: AccountState
    debits: Decimal
    credits: Decimal
    version: int
    overridden: bool
    held: Decimal

    def put_back(self) -> None:
        account, account.debits, account.credits, account.version, account.overridden, account.held = (
            self.account,
            *self[1:],
        )

    def normal_balance(self) -> Decimal:
        return self.account.on_normal_side(self.debits, self.credits)


def check_open(account: AccountState, *, inflow: bool, pointer: str, passes_freeze: bool = False) -> None:
    """Raise `HeaderAccount`, `AccountClosed` or `AccountFrozen` for an account that takes no money this way."""
    refusal: type[LedgerError] | None = None
    if account.header:
        refusal = HeaderAccount
    elif account.closed:
        refusal = AccountClosed
    elif not passes_freeze and (account.inflow_frozen if inflow else account.outflow_frozen):
        refusal = AccountFrozen
    if refusal is not None:
        raise refusal(pointer=pointer, account=account.code)


def permit(draft: Draft, accounts: Sequence[AccountState]) -> None:
    """Raise as `check_open` for the first line whose account takes no money this way."""
    for number, account in enumerate(accounts):
        if account.blocked:
            check_open(
                account,
                inflow=draft.lines[number].amount * account.normal_sign > 0,
                pointer=pointer_to(draft, number, "account"),
                passes_freeze=draft.kind in registry.kinds_that_pass_a_freeze,
            )


def insufficient(account: AccountState, available: Decimal) -> InsufficientFunds:
    """The refusal of what would take an account, with so much available, below its lower limit."""
    limit = plain(ZERO if account.min_balance is None else account.min_balance)
    return InsufficientFunds(account=account.code, available=plain(available), min_balance=limit)


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
    was_available = was - before.held
    # A capture leaves what is available as it was: it takes the money that it had set aside itself.
    captures = account.held < before.held and available == was_available
    improves = (available > was_available or captures) if too_low else now < was
    if draft.override_limits or (account.overridden and improves):
        account.overridden = True
        return
    if too_low:
        raise insufficient(account, was_available)
    limit = plain(ZERO if high is None else high)
    raise MaxBalanceExceeded(account=account.code, balance=plain(was), max_balance=limit)


def check_expected(draft: Draft, number: int, line: Line, before: Saved) -> None:
    if line.expected_version is not None and line.expected_version != before.version:
        raise VersionMismatch(
            pointer=pointer_to(draft, number, "expected_version"),
            account=line.account,
            version=before.version,
            expected_version=line.expected_version,
        )
    balance = before.normal_balance()
    if line.expected_balance is not None and line.expected_balance != balance:
        raise BalanceMismatch(
            pointer=pointer_to(draft, number, "expected_balance"),
            account=line.account,
            balance=plain(balance),
            expected_balance=plain(line.expected_balance),
        )


def scaled(draft: Draft, accounts: Sequence[AccountState]) -> list[Decimal]:
    """The amounts at their currencies' scale: the context traps what would have to be rounded."""
    try:
        return [line.amount.quantize(accounts[number].quantum) for number, line in enumerate(draft.lines)]
    except ArithmeticError:
        raise _too_fine(draft, accounts) from None


def _too_fine(draft: Draft, accounts: Sequence[AccountState]) -> LedgerError:
    number = next(n for n, line in enumerate(draft.lines) if line.amount % accounts[n].quantum)
    amount, account = draft.lines[number].amount, accounts[number]
    return FinerThanCurrency(
        pointer=pointer_to(draft, number, "amount"),
        amount=plain(amount.copy_abs()),
        currency=account.currency,
        minor_units=account.minor_units,
    )
