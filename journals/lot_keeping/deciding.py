"""What a journal does to the lots of the accounts it moves, and the money lines that follow from it. Pure.

An inflow becomes a lot and first fills what is owed; an outflow takes lots in their order; a reversal undoes what its
original did; a capture takes what its hold has pinned; an expiry ends the lots it names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounts.errors import UnknownAccount
from journals.drafts import MAX_LINES, MIN_LINES, Draft, Line, LotTerms
from journals.errors import (
    CreditsSpent,
    CurrencyMismatch,
    LineCount,
    LotAccountRefused,
    LotCostRefused,
    LotDatesCrossed,
    LotsMoved,
)
from journals.limits import AccountState, check_open
from journals.lot_keeping.states import EarlierMove, LotAction, LotMove, LotState, Pin, Wallet, cost_share
from ledgerflow.core.errors import PrecisionExceeded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import MAX_WHOLE_DIGITS, ZERO, at_scale, plain

PLAIN = LotTerms()
Dimensions = dict[str, str] | None


class LotWork(NamedTuple):
    """What a draft did to lots, and the lines that are added to it: account, amount and line of each."""

    moves: list[LotMove]
    lines: list[tuple[AccountState, Decimal, Line]]
    pins: tuple[Pin, ...] = ()


class LotBook:
    """The lots that a batch can touch: wallets by the code of their account, pins by hold, entries by journal."""

    def __init__(
        self,
        wallets: dict[str, Wallet],
        accounts: dict[str, AccountState],
        pins: dict[UUID, list[Pin]] | None = None,
        earlier: dict[UUID, list[EarlierMove]] | None = None,
    ) -> None:
        self.wallets = wallets
        self.accounts = accounts  # those of the books, among them all that the lots name
        self.pins = pins or {}
        self.earlier = earlier or {}
        self._open: list[Wallet] = []

    def open(self, account: AccountState) -> None:
        """An account is opened with the draft that is decided next; where it is refused, another may open it anew."""
        self.wallets[account.code] = Wallet(account)

    def move(self, draft: Draft, day: date, accounts: Sequence[AccountState], amounts: Sequence[Decimal]) -> LotWork:
        """Apply a draft to the lots of its accounts. A refusal, here or later, is followed by `undo`."""
        self._open = list({id(one): self.wallets[one.code] for one in accounts if one.keeps_lots}.values())
        if not self._open:
            return LotWork([], [])
        for wallet in self._open:
            wallet.begin()
        deciding = _Deciding(self, draft, day, accounts, amounts)
        moved = deciding.decide()
        if len(accounts) + len(moved.lines) > MAX_LINES:
            lines = len(accounts) + len(moved.lines)
            raise LineCount(pointer="/lines", least=MIN_LINES, most=MAX_LINES, lines=lines)
        return moved

    def keep(self, draft: Draft, pins: Sequence[Pin]) -> None:
        """What the last draft did stays."""
        for wallet in self._open:
            wallet.keep()
        self._open = []
        if draft.capture is not None and pins:
            taken = {pin.lot: pin.amount for pin in pins}
            left = [Pin(pin.lot, pin.amount - taken.get(pin.lot, ZERO)) for pin in self.pins[draft.capture.hold]]
            self.pins[draft.capture.hold] = [pin for pin in left if pin.amount]

    def undo(self) -> None:
        """The last draft was refused."""
        for wallet in self._open:
            wallet.undo()
        self._open = []

    def save(self) -> Callable[[], None]:
        """What puts everything back as it stands now."""
        wallets, pins = [wallet.save() for wallet in self.wallets.values()], dict(self.pins)
        known = set(self.accounts)

        def put_back() -> None:
            for wallet in wallets:
                wallet()
            self.pins = pins
            # Those that came with lots are loaded anew with them.
            for code in self.accounts.keys() - known:
                del self.accounts[code]

        return put_back

    def money_accounts(self) -> set[str]:
        """The accounts that lines can be added for."""
        return set(self.accounts)

    def unpin_all(self, hold: UUID) -> tuple[Pin, ...]:
        """Let go of what a hold still pins."""
        freed = tuple(self.pins.pop(hold, ()))
        for pin in freed:
            wallet = next(wallet for wallet in self.wallets.values() if pin.lot in wallet.lots)
            unpin(wallet, pin)
        return freed


def unpin(wallet: Wallet, pin: Pin) -> LotState:
    """A pinned part of a lot is free again."""
    lot = wallet.lots[pin.lot]
    return wallet.put(lot._replace(pinned=lot.pinned - pin.amount))


def pin_lots(wallet: Wallet, amount: Decimal, day: date) -> tuple[Pin, ...]:
    """Pin the lots that a hold of `amount` would take on `day`; the account holds it already.

    Raises `InsufficientFunds`.
    """
    wallet.account.held -= amount  # what is available is measured without it
    pins = tuple(wallet.choose(amount, (), day, overdraws=False))
    wallet.account.held += amount
    for pin in pins:
        lot = wallet.lots[pin.lot]
        wallet.put(lot._replace(pinned=lot.pinned + pin.amount))
    return pins


def pins_to_free(pins: Sequence[Pin], remaining: Decimal, amount: Decimal) -> tuple[Pin, ...]:
    """What a hold lets go of its pins when `amount` of its `remaining` is released: what it pinned last goes first.

    What it holds without lots is released before.
    """
    left = amount - (remaining - sum((pin.amount for pin in pins), ZERO))
    freed = []
    for pin in reversed(pins):
        if left <= 0:
            break
        freed.append(Pin(pin.lot, min(pin.amount, left)))
        left -= pin.amount
    return tuple(freed)


class _Deciding:
    """One draft on its way through the lots."""

    def __init__(
        self,
        book: LotBook,
        draft: Draft,
        day: date,
        accounts: Sequence[AccountState],
        amounts: Sequence[Decimal],
    ) -> None:
        self.book = book
        self.draft = draft
        self.day = day
        self.terms = draft.lots or PLAIN
        self.moves: list[LotMove] = []
        self.lines: list[tuple[AccountState, Decimal, Line]] = []
        self.pins: tuple[Pin, ...] = ()
        # The lines on accounts that keep lots: their number, wallet, and movement on the normal side.
        self.flows = [
            (number, book.wallets[account.code], amounts[number] if account.normal_sign > 0 else -amounts[number])
            for number, account in enumerate(accounts)
            if account.keeps_lots
        ]

    def decide(self) -> LotWork:
        if self.draft.reverses is not None:
            self._reverse()
        elif self.terms.expiring:
            self._expire()
        else:
            self._check_grant()
            for number, wallet, amount in self.flows:
                if amount > 0:
                    self._grant(wallet, amount, number, self.terms)
                else:
                    self._spend(wallet, -amount, number)
        return LotWork(self.moves, self.lines, self.pins)

    # --- In and out ---

    def _check_grant(self) -> None:
        """The accounts that the terms name are there and take what the lots will move to them."""
        if self.terms is PLAIN:
            return
        grants = [wallet for _, wallet, amount in self.flows if amount > 0]
        if self.terms.cost and len(grants) != 1:
            raise LotCostRefused(pointer="/lots/cost", digits=MAX_WHOLE_DIGITS)
        last = self.terms.expires_on
        if grants and last is not None and last < self.day and self.terms.valid_from is None:
            raise LotDatesCrossed(pointer="/lots/expires_on", expires_on=last, valid_from=self.day)
        for role, code in self.terms.accounts().items():
            account = self.book.accounts.get(code)
            pointer = f"/lots/{role}"
            if account is None:
                raise UnknownAccount(pointer=pointer, account=code)
            check_open(account, inflow=True, pointer=pointer)
            if account.keeps_lots:
                raise LotAccountRefused(pointer=pointer, account=code, role=role)
            for wallet in grants:
                wanted = wallet.account.currency if role == "expiry_account" else self.terms.cost_currency
                if account.currency != wanted:
                    raise CurrencyMismatch(pointer=pointer, account=code, currency=account.currency, other=wanted)

    def _grant(self, wallet: Wallet, amount: Decimal, number: int, terms: LotTerms) -> None:
        cost = self._cost(terms)
        wallet.arrivals += 1
        lot = LotState(
            id=uuid7(),
            account=wallet.account.code,
            arrival=wallet.arrivals,
            amount=amount,
            remaining=amount,
            pinned=amount - amount,  # zero at the currency's scale
            entries=1,
            priority=terms.priority,
            valid_from=terms.valid_from or self.day,
            expires_on=terms.expires_on,
            paid=terms.paid,
            usable_for=terms.usable_for,
            cost=cost,
            cost_left=cost,
            cost_currency=terms.cost_currency if cost else "",
            expiry_account=terms.expiry_account,
            deferred_account=terms.deferred_account if cost else "",
            income_account=terms.income_account if cost else "",
            breakage_account=terms.breakage_account if cost else "",
            line=number + 1,
        )
        self.moves.append(LotMove(LotAction.GRANTED, wallet.put(lot), amount, cost))
        self._fill(wallet, [lot.id], number)

    def _cost(self, terms: LotTerms) -> Decimal:
        """The cost at the scale of its currency, which is that of the accounts it moves on."""
        if not terms.cost:
            return ZERO
        try:
            return at_scale(terms.cost, self.book.accounts[terms.deferred_account].minor_units)
        except PrecisionExceeded as refusal:
            refusal.pointer = "/lots/cost"
            raise

    def _spend(self, wallet: Wallet, amount: Decimal, number: int) -> None:
        capture, left = self.draft.capture, amount
        pinned: list[Pin] = []
        if capture is not None and number == 0:
            for pin in self.book.pins.get(capture.hold, ()):
                if left:
                    pinned.append(Pin(pin.lot, min(pin.amount, left)))
                    left -= pinned[-1].amount
            self.pins = tuple(pinned)
        overdraws = bool(self.draft.override_limits) or (capture is not None and number == 0)
        chosen = wallet.choose(left, self.terms.purpose, self.day, overdraws=overdraws) if left else []
        for pin in pinned:  # only now, or they would be chosen once more
            unpin(wallet, pin)
        wallet.owed += left - sum((pin.amount for pin in chosen), ZERO)
        self._take(wallet, [*pinned, *chosen], number)

    def _fill(self, wallet: Wallet, lots: Sequence[UUID], number: int) -> None:
        """What is owed is filled first, from what has just come in."""
        taken: list[Pin] = []
        for lot in lots:
            part = min(wallet.owed, wallet.lots[lot].free)
            if part > 0:
                taken.append(Pin(lot, part))
                wallet.owed -= part
        self._take(wallet, taken, number)

    def _take(self, wallet: Wallet, parts: Sequence[Pin], number: int) -> None:
        """Spend parts of lots; the share of their cost becomes income, with the dimensions of the line."""
        shares: dict[tuple[str, str], Decimal] = {}
        for part in parts:
            lot, cost = self._lessen(wallet, part, LotAction.SPENT)
            if cost:
                between = (lot.deferred_account, lot.income_account)
                shares[between] = shares.get(between, ZERO) + cost
        self._add_lines(shares, self.draft.lines[number].dimensions)

    def _lessen(self, wallet: Wallet, part: Pin, action: LotAction) -> tuple[LotState, Decimal]:
        lot = wallet.lots[part.lot]
        cost = cost_share(lot.cost_left, part.amount, lot.remaining)
        after = lot._replace(
            remaining=lot.remaining - part.amount, cost_left=lot.cost_left - cost, entries=lot.entries + 1
        )
        self.moves.append(LotMove(action, wallet.put(after), part.amount, cost))
        return after, cost

    def _add_lines(self, shares: dict[tuple[str, str], Decimal], dimensions: Dimensions = None) -> None:
        for (debit, credit), cost in shares.items():
            for code, amount in ((debit, cost), (credit, -cost)):
                account = self.book.accounts[code]
                check_open(account, inflow=amount * account.normal_sign > 0, pointer="/lots")
                self.lines.append((account, amount, Line(code, amount, dimensions=dimensions)))

    # --- Expiry ---

    def _expire(self) -> None:
        """End the lots that the draft names: it was made from what they had left, and is refused if that changed."""
        shares: dict[tuple[str, str], Decimal] = {}
        left: dict[str, Decimal] = {}
        for _, wallet, amount in self.flows:
            left[wallet.account.code] = left.get(wallet.account.code, ZERO) - amount
        of = {key: wallet for _, wallet, _ in self.flows for key in wallet.lots}
        for key in self.terms.expiring:
            wallet = of.get(key, self.flows[0][1])
            lot = wallet.lots.get(key)
            if lot is None or lot.expires_on is None or lot.expires_on >= self.day or not lot.free:
                raise LotsMoved(account=wallet.account.code)
            left[wallet.account.code] -= lot.free
            _, cost = self._lessen(wallet, Pin(key, lot.free), LotAction.EXPIRED)
            if cost:
                between = (lot.deferred_account, lot.breakage_account)
                shares[between] = shares.get(between, ZERO) + cost
        for code, amount in left.items():
            if amount:
                raise LotsMoved(account=code)
        self._add_lines(shares)

    # --- Reversal ---

    def _reverse(self) -> None:
        """Undo what the original did, last first; the lines of its cost come back with its other lines."""
        returned: dict[str, list[UUID]] = {}
        undone: dict[str, Decimal] = {}
        numbers: dict[str, int] = {}
        for number, wallet, amount in self.flows:
            undone[wallet.account.code] = undone.get(wallet.account.code, ZERO) + amount
            numbers[wallet.account.code] = number
        reverses = self.draft.reverses
        for move in reversed(self.book.earlier.get(reverses, []) if reverses else []):
            if move.account not in undone:
                continue
            wallet = self.book.wallets[move.account]
            if move.action == LotAction.GRANTED:
                undone[move.account] += self._take_back(wallet, move, numbers[move.account])
            else:
                undone[move.account] -= move.amount
                self._return(wallet, move)
                returned.setdefault(move.account, []).append(move.lot)
        for code, rest in undone.items():
            self._settle(self.book.wallets[code], rest, returned.get(code, ()), numbers[code])

    def _return(self, wallet: Wallet, move: EarlierMove) -> None:
        lot = wallet.lots[move.lot]
        after = lot._replace(
            remaining=lot.remaining + move.amount, cost_left=lot.cost_left + move.cost, entries=lot.entries + 1
        )
        self.moves.append(LotMove(LotAction.RETURNED, wallet.put(after), move.amount, move.cost))

    def _take_back(self, wallet: Wallet, move: EarlierMove, number: int) -> Decimal:
        """Take back what is unspent of a grant, and give how much that is; income of the rest is taken back too."""
        lot = wallet.lots[move.lot]
        unspent = lot.free
        if unspent < move.amount and not self.draft.override_limits:
            raise CreditsSpent(
                account=wallet.account.code,
                amount=plain(move.amount),
                unspent=plain(unspent),
                spent=plain(move.amount - unspent),
                lot=str(lot.id),
            )
        # Of a lot with a pinned part its share of the cost stays, and is spent or expires with that.
        cost = cost_share(lot.cost_left, unspent, lot.remaining) if unspent else ZERO
        if unspent:
            after = lot._replace(
                remaining=lot.remaining - unspent, cost_left=lot.cost_left - cost, entries=lot.entries + 1
            )
            self.moves.append(LotMove(LotAction.REVERSED, wallet.put(after), unspent, cost))
        if lot.cost > cost:  # the original's line of all that was deferred is turned, and this part is income by now
            shares = {(lot.income_account, lot.deferred_account): lot.cost - cost}
            self._add_lines(shares, self.draft.lines[number].dimensions)
        return unspent

    def _settle(self, wallet: Wallet, rest: Decimal, returned: Sequence[UUID], number: int) -> None:
        """What the lots of the original do not account for was owed, or is owed from now on."""
        if rest < 0:
            wallet.owed -= rest
        elif rest > 0:
            paid = min(wallet.owed, rest)
            wallet.owed -= paid
            if rest > paid:
                self._grant(wallet, rest - paid, number, PLAIN)
        self._fill(wallet, returned, number)
