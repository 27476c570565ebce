"""Opening accounts: one, or many thousands in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from accounts.errors import (
    AccountDiffers,
    AccountExists,
    LimitOfEmptyAccount,
    ParentNotAnother,
    UnknownCurrency,
)
from accounts.events import AccountFact, opened_fact
from accounts.specs import AccountSpec, NewAccount, differing
from ledgerflow.books.copying import copy_flag, copy_optional, copy_text
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.money import at_scale
from ledgerflow.core.texts import is_storable

LOAD_EXISTING = """
    SELECT a.code, a.id, a.type, a.currency, a.normal_side, a.is_header, a.closed_at IS NOT NULL, a.parent_id,
           a.name, a.monetary, a.owner_id, a.role, a.cash_flow, a.term, a.keeps_lots, b.min_balance, b.max_balance
    FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
    WHERE a.entity_id = %s AND a.code = ANY (%s::text[])
"""
LOAD_PLACES = "SELECT account_id, ctid::text FROM accounts_balance WHERE account_id = ANY (%s::uuid[])"
LOAD_CURRENCIES = "SELECT code, minor_units FROM accounts_currency WHERE entity_id = %s"
COPY_ACCOUNTS = """
    COPY accounts_account (id, entity_id, code, name, type, currency, normal_side, parent_id, is_header, monetary,
                           owner_id, role, cash_flow, term, keeps_lots, metadata, outflow_frozen,
                           inflow_frozen, opened_at, revision)
    FROM STDIN
"""
COPY_BALANCES = """
    COPY accounts_balance (account_id, debits, credits, held, version, normal_sign, min_balance, max_balance,
                           overridden)
    FROM STDIN
"""


class Opened(NamedTuple):
    """What became of one spec: "opened", "existing" (identical, left alone) or "refused"."""

    status: str
    fact: AccountFact | None = None
    event_sequence: int | None = None
    refusal: LedgerError | None = None


class _Existing(NamedTuple):
    id: UUID
    type: str
    currency: str
    normal_side: str
    is_header: bool
    closed: bool
    parent_id: UUID | None
    name: str
    monetary: bool
    owner_id: str
    role: str
    cash_flow: str
    term: str
    keeps_lots: bool
    min_balance: Decimal | None
    max_balance: Decimal | None


Hook = Callable[[Transaction, Sequence[Opened]], None]


def open_account(entity_id: UUID, spec: AccountSpec, *, actor: str, hook: Hook | None = None) -> Opened:
    """Open one account; raises its refusal.

    An account that exists already is refused as `account_exists`, identical or not: the caller asked to open one.
    `hook` as in `open_accounts`.
    """
    (opened,) = open_accounts(entity_id, [spec], actor=actor, hook=hook)
    if opened.refusal is not None:
        raise opened.refusal
    if opened.status == "existing":
        raise AccountExists(pointer="/code", account=spec.code)
    return opened


def open_accounts(
    entity_id: UUID, specs: Sequence[AccountSpec], *, actor: str, hook: Hook | None = None
) -> list[Opened]:
    """Open accounts in order, each for itself, in one transaction; a parent may come before its child in the list.

    `hook` runs in the same transaction after the rows were written.
    Refusals: `malformed`, `account_exists` (there is a different one of that code), `unknown_currency`,
    `parent_refused`, `precision_exceeded` and `limit_below_balance` (a limit an empty account would break).
    """

    def work(tx: Transaction, loaded: tuple[psycopg.Cursor[Any], psycopg.Cursor[Any]]) -> list[Opened]:
        opening = _Opening(tx, *loaded, actor=actor)
        outcomes = [opening.open(spec) for spec in specs]
        opening.write()
        if hook is not None:
            hook(tx, outcomes)
        return outcomes

    return write(entity_id, work, load=lambda tx: _load(tx, specs))


class Opening:
    """What becomes of accounts that journals may open, in the transaction that posts them.

    Made with its first queries, so that these travel with the others of the batch. The journals are decided on what
    `openable` gives, and `write_accounts` opens those that they have opened.
    """

    def __init__(self, tx: Transaction, specs: Sequence[AccountSpec]) -> None:
        self._specs = specs
        self._loaded = _load(tx, specs)

    def openable(self) -> dict[AccountSpec, NewAccount | LedgerError | None]:
        """The account as it can be opened, why it cannot be, or None where it is there already.

        One that is there must be of the same owner, type, currency and role, because money is about to go there; its
        name and limits may have been changed since it was opened.
        """
        known = _KnownAccounts(*self._loaded)
        return {wanted: _openable(known, wanted) for wanted in self._specs}


def _openable(known: _KnownAccounts, wanted: AccountSpec) -> NewAccount | LedgerError | None:
    there = known.existing.get(wanted.code)
    try:
        if there is None:
            return known.new(wanted)
    except LedgerError as refusal:
        refusal.pointer = ""  # of the account, which is no part of the request
        return refusal
    different = differing(wanted, there)
    return AccountDiffers(account=wanted.code, different=different, fields=", ".join(different)) if different else None


def write_accounts(tx: Transaction, opened: Sequence[tuple[NewAccount, str]]) -> dict[UUID, str]:
    """Open accounts, each with who opens it; gives the place of each balance row, as posting finds it."""
    rows = [_rows_of(tx, new, tx.record(opened_fact(new.id, new.spec), str(new.id), actor)) for new, actor in opened]
    tx.copy(COPY_ACCOUNTS, [account for account, _ in rows])
    tx.copy(COPY_BALANCES, [balance for _, balance in rows])
    return dict(tx.query(LOAD_PLACES, ([new.id for new, _ in opened],)).fetchall())


def _load(tx: Transaction, specs: Sequence[AccountSpec]) -> tuple[psycopg.Cursor[Any], psycopg.Cursor[Any]]:
    codes = list({code for spec in specs for code in (spec.code, spec.parent) if code and is_storable(code)})
    return tx.query(LOAD_EXISTING, (tx.entity_id, codes)), tx.query(LOAD_CURRENCIES, (tx.entity_id,))


class _KnownAccounts:
    """The accounts and currencies that are known so far in this transaction."""

    def __init__(self, existing: psycopg.Cursor[Any], currencies: psycopg.Cursor[Any]) -> None:
        self.existing = {row[0]: _Existing(*row[1:]) for row in existing.fetchall()}
        self.minor_units: dict[str, int] = dict(currencies.fetchall())

    def new(self, wanted: AccountSpec) -> NewAccount:
        """The account as it would be opened. Raises its refusal."""
        spec = self._scaled(wanted.complete())
        parent_id = self._parent(spec)
        (account_id,) = uuid7_run(1)
        return NewAccount(account_id, wanted, spec, parent_id, self.minor_units[spec.currency])

    def _scaled(self, spec: AccountSpec) -> AccountSpec:
        if spec.currency not in self.minor_units:
            raise UnknownCurrency(pointer="/currency", currency=spec.currency[:12])
        minor_units = self.minor_units[spec.currency]
        low = None if spec.min_balance is None else at_scale(spec.min_balance, minor_units)
        high = None if spec.max_balance is None else at_scale(spec.max_balance, minor_units)
        if (low is not None and low > 0) or (high is not None and high < 0):
            raise LimitOfEmptyAccount(pointer="/min_balance" if low and low > 0 else "/max_balance")
        return msgspec.structs.replace(spec, min_balance=low, max_balance=high)

    def _parent(self, spec: AccountSpec) -> UUID | None:
        if not spec.parent:
            return None
        parent = self.existing.get(spec.parent)
        if parent is None or parent.type != spec.type or parent.closed or spec.parent == spec.code:
            raise ParentNotAnother(pointer="/parent", parent=spec.parent, type=spec.type)
        return parent.id


class _Opening(_KnownAccounts):
    """The same, and the rows to write."""

    def __init__(
        self, tx: Transaction, existing: psycopg.Cursor[Any], currencies: psycopg.Cursor[Any], *, actor: str
    ) -> None:
        super().__init__(existing, currencies)
        self.tx = tx
        self.actor = actor
        self.accounts: list[str] = []
        self.balances: list[str] = []

    def open(self, asked: AccountSpec) -> Opened:
        try:
            new = self.new(asked)
            there = self.existing.get(new.spec.code)
            if there is not None:
                return self._compare(new.spec, there, new.parent_id)
        except LedgerError as refusal:
            return Opened("refused", refusal=refusal)
        return self._add(new)

    def write(self) -> None:
        self.tx.copy(COPY_ACCOUNTS, self.accounts)
        self.tx.copy(COPY_BALANCES, self.balances)

    def _compare(self, spec: AccountSpec, there: _Existing, parent_id: UUID | None) -> Opened:
        wanted = _row(there.id, spec, parent_id)
        if wanted == there:
            return Opened("existing", opened_fact(there.id, spec))
        different = [name for name, a, b in zip(_Existing._fields, wanted, there, strict=True) if a != b]
        raise AccountDiffers(pointer="/code", different=different, account=spec.code, fields=", ".join(different))

    def _add(self, new: NewAccount) -> Opened:
        fact = opened_fact(new.id, new.spec)
        sequence = self.tx.record(fact, str(new.id), self.actor)
        self.existing[new.spec.code] = _row(new.id, new.spec, new.parent_id)
        account, balance = _rows_of(self.tx, new, sequence)
        self.accounts.append(account)
        self.balances.append(balance)
        return Opened("opened", fact, sequence)


def _rows_of(tx: Transaction, new: NewAccount, sequence: int) -> tuple[str, str]:
    """The row of an account that event `sequence` opens, and that of its balance."""
    spec, zero = new.spec, new.zero
    flags = "\t".join(map(copy_flag, (spec.is_header, bool(spec.monetary))))
    metadata = copy_text(canonical.encode(spec.metadata or {}).decode())
    sign = 1 if spec.normal_side == "debit" else -1
    account = (
        f"{new.id}\t{tx.entity_id}\t{copy_text(spec.code)}\t{copy_text(spec.name)}\t{spec.type}\t"
        f"{spec.currency}\t{spec.normal_side}\t{copy_optional(new.parent_id)}\t{flags}\t{copy_text(spec.owner_id)}\t"
        f"{spec.role}\t{spec.cash_flow}\t{spec.term}\t{copy_flag(spec.keeps_lots)}\t{metadata}\tf\tf\t"
        f"{tx.recorded_at.isoformat()}\t{sequence}\n"
    )
    balance = (
        f"{new.id}\t{zero:f}\t{zero:f}\t{zero:f}\t0\t{sign}\t{copy_optional(spec.min_balance)}\t"
        f"{copy_optional(spec.max_balance)}\tf\n"
    )
    return account, balance


def _row(account_id: UUID, spec: AccountSpec, parent_id: UUID | None) -> _Existing:
    return _Existing(
        account_id, spec.type, spec.currency, spec.normal_side, spec.is_header, False, parent_id, spec.name,  # noqa: FBT003
        bool(spec.monetary), spec.owner_id, spec.role, spec.cash_flow, spec.term, spec.keeps_lots, spec.min_balance,
        spec.max_balance,
    )  # fmt: skip
