"""Deciding what happens to a draft: pure state and rules, no database.

`Books` is what the writer loaded under the entity's lock. `decide` takes drafts one after another, in order; each one
either changes the state and gives `Posted`, or leaves it as it was and gives a refusal. Refusals are looked for in one
fixed order: idempotency; reversal of the reversed, capture of what is not held; unknown account; same account on both
sides of a transfer; header, closed or frozen account; currency and dimensions; precision; balance to zero; date;
values of dimensions, and those that an account requires; limits; expected version or balance. (What is malformed was
refused before, in `drafts.check`.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

import msgspec

from accounts.dimensions.errors import DimensionRequired
from accounts.dimensions.rules import NO_RULES, DimensionRules
from accounts.errors import AccountDiffers, UnknownAccount
from accounts.specs import AccountSpec, NewAccount, differing
from journals.dating import Calendar, Dated, dated
from journals.drafts import MIN_LINES, Draft, Line, fingerprint_of, pointer_to
from journals.errors import (
    AlreadyReversed,
    CurrencyMismatch,
    NeighbourRefused,
    SameAccount,
    TransferAcrossCurrencies,
    Unbalanced,
    UnknownDimension,
)
from journals.hold_states import HoldState, HoldStep, captured, capturing
from journals.limits import AccountState, BalanceAfter, Saved, check_expected, check_limits, permit, scaled
from journals.lot_keeping.deciding import LotBook, LotWork
from journals.lot_keeping.states import LotMove
from ledgerflow.books import idempotency
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO, plain
from ledgerflow.core.plugins import registry


class PostedLine(NamedTuple):
    """A line as it goes into the register; `balance_after` is debits - credits after it."""

    account: AccountState
    amount: Decimal
    version: int
    balance_after: Decimal
    line: Line


class Posted(NamedTuple):
    draft: Draft
    fingerprint: bytes
    effective_date: date
    lines: list[PostedLine]
    balances: list[BalanceAfter]
    original_date: date | None = None
    hold_steps: Sequence[HoldStep] = ()
    lot_moves: Sequence[LotMove] = ()


class OpenedAccount(NamedTuple):
    """An account that a draft of this batch opened, its state, and who sent the draft."""

    account: NewAccount
    state: AccountState
    actor: str


class KnownKey(NamedTuple):
    """A key used before: `answer` is the sequence of the event that answered it, or the `Posted` of this batch."""

    fingerprint: bytes
    answer: int | Posted


class Replayed(NamedTuple):
    answer: int | Posted


Outcome = Posted | Replayed | LedgerError
NOTHING = LotWork([], [])


class Books:
    """The state a batch is decided on; drafts that post change it, the business date too."""

    def __init__(
        self,
        *,
        accounts: dict[str, AccountState],
        keys: dict[tuple[str, str], KnownKey],  # by issuer and key
        business_date: date,
        in_use: bool = True,
        calendar: Calendar | None = None,
        dimensions: Sequence[str] = (),
        rules: DimensionRules = NO_RULES,
        reversed_journals: set[UUID] | None = None,
        holds: dict[UUID, HoldState] | None = None,
        openable: dict[AccountSpec, NewAccount | LedgerError | None] | None = None,
        lots: LotBook | None = None,
    ) -> None:
        self.accounts = accounts
        self.keys = keys
        self.business_date = business_date
        self.in_use = in_use  # whether there is a journal: without one, the business date leaps freely
        self.calendar = calendar or Calendar()
        self.dimensions = frozenset(dimensions)
        self.rules = rules
        self.reversed_journals = reversed_journals or set()
        self.holds = holds or {}
        # What drafts may open: None where it is there already, a refusal where it cannot be opened.
        self.openable = openable or {}
        self.opened: dict[str, OpenedAccount] = {}  # by code, those that were
        self.lots = lots  # None where no account of the batch keeps any


def decide(books: Books, drafts: Sequence[Draft]) -> list[Outcome]:
    """The outcome of each draft, decided in order; `books` is changed by those that post."""
    with localcontext(CONTEXT):
        return [(_decide_opening if draft.opens else _decide_one)(books, draft) for draft in drafts]


def decide_atomic(books: Books, drafts: Sequence[Draft]) -> list[Outcome]:
    """All or nothing: with one refusal, the state is as before and every other draft is refused with it."""
    before = _snapshot(books, drafts)
    outcomes = decide(books, drafts)
    refused = next((number for number, outcome in enumerate(outcomes) if isinstance(outcome, LedgerError)), None)
    if refused is None:
        return outcomes
    before.restore(books)
    neighbour = NeighbourRefused(item=refused)
    return [outcome if isinstance(outcome, LedgerError) else neighbour for outcome in outcomes]


def rehearse(books: Books, drafts: Sequence[Draft], *, atomic: bool) -> list[Outcome]:
    """What would happen, leaving the state as it was (a dry run)."""
    before = _snapshot(books, drafts)
    outcomes = (decide_atomic if atomic else decide)(books, drafts)
    before.restore(books)
    return outcomes


class _Snapshot(NamedTuple):
    accounts: list[Saved]
    opened: dict[str, OpenedAccount]
    keys: dict[tuple[str, str], KnownKey]
    reversed_journals: set[UUID]
    business_date: date
    in_use: bool
    holds: dict[UUID, HoldState]
    put_lots_back: Callable[[], None]

    def restore(self, books: Books) -> None:
        for saved in self.accounts:
            saved.put_back()
        for code in books.opened.keys() - self.opened.keys():
            del books.accounts[code]
        books.opened = self.opened
        books.keys = self.keys
        books.reversed_journals = self.reversed_journals
        books.business_date = self.business_date
        books.in_use = self.in_use
        books.holds = self.holds
        self.put_lots_back()


def _snapshot(books: Books, drafts: Sequence[Draft]) -> _Snapshot:
    codes = {line.account for draft in drafts for line in draft.lines}
    if books.lots is not None:
        codes |= books.lots.money_accounts()
    touched = [books.accounts[code].save() for code in codes if code in books.accounts]
    return _Snapshot(
        touched,
        dict(books.opened),
        dict(books.keys),
        set(books.reversed_journals),
        books.business_date,
        books.in_use,
        dict(books.holds),
        books.lots.save() if books.lots is not None else lambda: None,
    )


def _decide_opening(books: Books, draft: Draft) -> Outcome:
    """The outcome of a draft that opens accounts where they are not there; refused, it opens none."""
    if (draft.issuer, draft.key) in books.keys:
        return _decide_one(books, draft)
    before = len(books.opened)
    outcome: Outcome
    try:
        for spec in draft.opens:
            _open(books, spec, draft.actor)
        outcome = _decide_one(books, draft)
    except LedgerError as refusal:
        outcome = refusal
    while not isinstance(outcome, Posted) and len(books.opened) > before:
        code, _ = books.opened.popitem()
        del books.accounts[code]
    return outcome


def _open(books: Books, spec: AccountSpec, actor: str) -> None:
    """Have the account, unless it is there. Raises what it is refused for."""
    new = books.openable[spec]
    if isinstance(new, LedgerError):
        raise new
    if new is None:
        return
    earlier = books.opened.get(spec.code)
    if earlier is not None:
        if different := differing(spec, earlier.account.spec):
            raise AccountDiffers(account=spec.code, different=different, fields=", ".join(different))
        return
    zero, whole = new.zero, new.spec
    state = AccountState(
        spec.code, str(new.id), spec.currency, new.minor_units, header=False, closed=False, outflow_frozen=False,
        inflow_frozen=False, debits=zero, credits=zero, held=zero, version=0,
        normal_sign=1 if whole.normal_side == "debit" else -1, min_balance=whole.min_balance,
        max_balance=whole.max_balance, overridden=False, keeps_lots=whole.keeps_lots,
    )  # fmt: skip
    books.accounts[spec.code] = state
    if state.keeps_lots and books.lots is not None:
        books.lots.open(state)
    books.opened[spec.code] = OpenedAccount(new, state, actor)


def _decide_one(books: Books, draft: Draft) -> Outcome:
    fingerprint, key = fingerprint_of(draft), (draft.issuer, draft.key)
    known = books.keys.get(key)
    if known is not None:
        if known.fingerprint == fingerprint:
            return Replayed(known.answer)
        return idempotency.reused(draft.key)
    try:
        posted, moved = _journal_of(books, draft, fingerprint)
    except LedgerError as refusal:
        if books.lots is not None:
            books.lots.undo()
        return refusal
    if books.lots is not None:
        books.lots.keep(draft, moved.pins)
    capture = draft.capture
    if capture is not None:
        steps = captured(books.holds[capture.hold], capture, posted.balances[0], posted.lines[0].amount.copy_abs())
        books.holds[capture.hold] = steps[-1].hold
        posted = posted._replace(hold_steps=_with_pins(books.lots, steps, moved) if books.lots else steps)
    books.keys[key] = KnownKey(fingerprint, posted)
    books.business_date = max(books.business_date, posted.effective_date)
    books.in_use = True
    if draft.reverses is not None:
        books.reversed_journals.add(draft.reverses)
    return posted


def _journal_of(books: Books, draft: Draft, fingerprint: bytes) -> tuple[Posted, LotWork]:
    """The journal of a draft, with what it does to lots. A refusal leaves the lots to be put back by the caller."""
    if draft.reverses in books.reversed_journals:
        raise AlreadyReversed(journal=str(draft.reverses))
    if draft.capture is not None:
        draft = capturing(draft, books.holds.get(draft.capture.hold))
    accounts = _resolve(books, draft)
    permit(draft, accounts)
    _match_currencies(books, draft, accounts)
    amounts = scaled(draft, accounts)
    _balance_to_zero(accounts, amounts)
    day = dated(draft, books.business_date, books.calendar, in_use=books.in_use)
    if books.rules is not NO_RULES:
        _check_dimensions(books.rules, draft, day.day)
    if books.lots is None:
        return _apply(draft, fingerprint, day, accounts, amounts), NOTHING
    moved = books.lots.move(draft, day.day, accounts, amounts)
    draft = _with_lines(draft, moved, accounts, amounts)
    return _apply(draft, fingerprint, day, accounts, amounts)._replace(lot_moves=moved.moves), moved


def _resolve(books: Books, draft: Draft) -> list[AccountState]:
    try:
        accounts = [books.accounts[line.account] for line in draft.lines]
    except KeyError as missing:
        number = next(n for n, line in enumerate(draft.lines) if line.account not in books.accounts)
        raise UnknownAccount(pointer=pointer_to(draft, number, "account"), account=missing.args[0]) from None
    if (draft.kind == "transfer" or draft.capture is not None) and accounts[0] is accounts[1]:
        raise SameAccount(account=accounts[0].code)
    return accounts


def _match_currencies(books: Books, draft: Draft, accounts: list[AccountState]) -> None:
    if (draft.kind == "transfer" or draft.capture is not None) and accounts[0].currency != accounts[1].currency:
        raise TransferAcrossCurrencies(
            account=accounts[1].code, currency=accounts[0].currency, other=accounts[1].currency
        )
    for number, line in enumerate(draft.lines):
        account = accounts[number]
        if line.currency and line.currency != account.currency:
            raise CurrencyMismatch(
                pointer=pointer_to(draft, number, "currency"),
                account=account.code,
                currency=account.currency,
                other=line.currency,
            )
        if line.dimensions and not line.dimensions.keys() <= books.dimensions:
            unknown = sorted(line.dimensions.keys() - books.dimensions)
            raise UnknownDimension(pointer=pointer_to(draft, number, "dimensions"), dimension=unknown[0])


def _balance_to_zero(accounts: list[AccountState], amounts: list[Decimal]) -> None:
    if len(amounts) == MIN_LINES and accounts[0].currency == accounts[1].currency and amounts[0] == -amounts[1]:
        return  # nearly every journal is a transfer
    totals: dict[str, Decimal] = {}
    for account, amount in zip(accounts, amounts, strict=True):
        totals[account.currency] = totals.get(account.currency, ZERO) + amount
    for currency, total in totals.items():
        if total:
            side = "debits" if total > 0 else "credits"
            raise Unbalanced(
                pointer="/lines", currency=currency, difference=plain(total), side=side, excess=plain(total.copy_abs())
            )


def _check_dimensions(rules: DimensionRules, draft: Draft, day: date) -> None:
    """Lines carry values that are declared and valid on their day, and those that their accounts require.

    A reversal takes back what was accepted once. What the books post by themselves, year ends and revaluations, has no
    values to give.
    """
    if draft.reverses is not None or draft.kind in registry.kinds_that_pass_a_freeze:
        return
    for number, line in enumerate(draft.lines):
        given = line.dimensions or {}
        for name, value in given.items():
            refusal = rules.refusal_of(name, value, day, pointer_to(draft, number, f"dimensions/{name}"))
            if refusal is not None:
                raise refusal
        for name in rules.required.get(line.account, ()):
            if not given.get(name):
                pointer = pointer_to(draft, number, "dimensions")
                raise DimensionRequired(pointer=pointer, account=line.account, dimension=name)


def _with_lines(draft: Draft, moved: LotWork, accounts: list[AccountState], amounts: list[Decimal]) -> Draft:
    """The draft with the money lines that follow from its lots, and the two lists with theirs."""
    if not moved.lines:
        return draft
    accounts += [account for account, _, _ in moved.lines]
    amounts += [amount for _, amount, _ in moved.lines]
    return msgspec.structs.replace(draft, lines=(*draft.lines, *(line for _, _, line in moved.lines)))


def _with_pins(lots: LotBook, steps: tuple[HoldStep, ...], moved: LotWork) -> tuple[HoldStep, ...]:
    """The steps of a capture with what was pinned: the first took it, a second one lets go of the rest."""
    first, *rest = steps
    first = first._replace(pins=moved.pins)
    return (first, *(step._replace(pins=lots.unpin_all(step.hold.id)) for step in rest))


def _apply(
    draft: Draft, fingerprint: bytes, day: Dated, accounts: list[AccountState], amounts: list[Decimal]
) -> Posted:
    saved = {id(account): account.save() for account in accounts}
    lines = []
    for line, account, amount in zip(draft.lines, accounts, amounts, strict=True):
        if amount > 0:
            account.debits += amount
        else:
            account.credits -= amount
        account.version += 1
        lines.append(PostedLine(account, amount, account.version, account.debits - account.credits, line))
    if draft.capture is not None:
        accounts[0].held -= amounts[0].copy_abs()
    try:
        for before in saved.values():
            if before.account.min_balance is not None or before.account.max_balance is not None:
                check_limits(draft, before)
        for number, line in enumerate(draft.lines):
            if line.expected_version is not None or line.expected_balance is not None:
                check_expected(draft, number, line, saved[id(accounts[number])])
    except LedgerError:
        for before in saved.values():
            before.put_back()
        raise
    balances = [
        BalanceAfter(
            before.account, before.account.debits, before.account.credits, before.account.version, before.account.held
        )
        for before in saved.values()
    ]
    return Posted(draft, fingerprint, day.day, lines, balances, day.original)
