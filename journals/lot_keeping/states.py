"""Lots as drafts are decided on them: what an account that keeps lots consists of, and how it is spent. Pure.

What remains of all lots of an account, less what is owed (spent beyond them), is its balance on the normal side. A
change is made on `Wallet` and taken back by `undo` while the draft can still be refused.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from journals.limits import AccountState, insufficient
from ledgerflow.core.money import ZERO


class LotAction(StrEnum):
    GRANTED = "granted"
    SPENT = "spent"
    RETURNED = "returned"
    EXPIRED = "expired"
    REVERSED = "reversed"


class LotState(NamedTuple):
    """A lot as it stands, in the order of the query; `entries` counts its movements, `arrival` its account's lots."""

    id: UUID
    account: str
    arrival: int
    amount: Decimal
    remaining: Decimal
    pinned: Decimal
    entries: int
    priority: int
    valid_from: date
    expires_on: date | None
    paid: bool
    usable_for: Sequence[str] | None
    cost: Decimal
    cost_left: Decimal
    cost_currency: str
    expiry_account: str
    deferred_account: str
    income_account: str
    breakage_account: str
    line: int  # of the journal that granted it

    @property
    def free(self) -> Decimal:
        """What is neither spent nor pinned."""
        return self.remaining - self.pinned

    def order(self) -> tuple[Any, ...]:
        """Lots are spent in this order: priority, earliest expiry, gifts before what was paid for, age."""
        return (self.priority, self.expires_on or date.max, self.paid, self.valid_from, self.arrival)

    def is_spendable(self, purpose: Sequence[str], day: date) -> bool:
        """Whether it can be spent on a day, for what is named by `purpose`."""
        if day < self.valid_from or (self.expires_on is not None and day > self.expires_on):
            return False
        return is_for(self.usable_for, purpose)


def is_for(usable_for: Sequence[str] | None, purpose: Sequence[str]) -> bool:
    """Whether one of the words of a purpose is among those that a lot is restricted to, if it is at all."""
    return not usable_for or any(word in usable_for for word in purpose)


class LotMove(NamedTuple):
    """What a journal did to a lot: the lot after it, how much moved, and the share of its cost that moved with it."""

    action: LotAction
    lot: LotState
    amount: Decimal
    cost: Decimal


class Pin(NamedTuple):
    """A part of a lot that a hold keeps for itself."""

    lot: UUID
    amount: Decimal


class EarlierMove(NamedTuple):
    """An entry of a journal that is to be reversed, as it was written."""

    lot: UUID
    account: str
    action: str
    amount: Decimal
    cost: Decimal


Rest = Callable[[], Iterable[LotState]]
Marks = tuple[Decimal, Decimal, Decimal, int]


class Wallet:
    """The lots of one account. The first in order are loaded at once, all others when somebody needs them.

    Up to `frontier` every open lot is known; None means that all are.
    """

    def __init__(
        self,
        account: AccountState,
        lots: Iterable[LotState] = (),
        *,
        total: Decimal = ZERO,
        pinned: Decimal = ZERO,
        arrivals: int = 0,
        frontier: tuple[Any, ...] | None = None,
        rest: Rest = tuple,
    ) -> None:
        self.account = account
        self.lots = {lot.id: lot for lot in lots}
        self.order = sorted((lot.order(), lot.id) for lot in self.lots.values() if lot.remaining)
        self.total = total
        self.pinned = pinned
        self.owed = max(total - account.normal_balance(), ZERO)
        self.arrivals = arrivals
        self.frontier = frontier
        self._rest = rest
        self._before: dict[UUID, LotState | None] = {}
        self._marks: Marks = self._figures()

    def begin(self) -> None:
        """From here on, `undo` takes back what happens."""
        self._before = {}
        self._marks = self._figures()

    def undo(self) -> None:
        """Leave everything as it was at `begin`."""
        for key, lot in self._before.items():
            if lot is None:
                del self.lots[key]
            else:
                self.lots[key] = lot
        if self._before:
            self.order = sorted((lot.order(), lot.id) for lot in self.lots.values() if lot.remaining)
        self.total, self.pinned, self.owed, self.arrivals = self._marks
        self._before = {}

    def keep(self) -> None:
        """What has happened stays; lots of which nothing is left are looked at no more."""
        for key in self._before:
            lot = self.lots[key]
            place = None if lot.remaining else self._place(lot)
            if place is not None:
                del self.order[place]
        self._before = {}

    def save(self) -> Callable[[], None]:
        """What puts everything back as it stands now."""
        lots, order, figures, frontier = dict(self.lots), list(self.order), self._figures(), self.frontier

        def put_back() -> None:
            self.lots, self.order, self.frontier, self._before = lots, order, frontier, {}
            self.total, self.pinned, self.owed, self.arrivals = figures

        return put_back

    def know(self, lot: LotState) -> None:
        """Add a lot that was loaded because something names it."""
        if lot.id not in self.lots:
            self.lots[lot.id] = lot
            if lot.remaining:
                insort(self.order, (lot.order(), lot.id))

    def put(self, lot: LotState) -> LotState:
        """Let a lot stand as it is given."""
        before = self.lots.get(lot.id)
        self._before.setdefault(lot.id, before)
        self.lots[lot.id] = lot
        self.total += lot.remaining - (before.remaining if before else ZERO)
        self.pinned += lot.pinned - (before.pinned if before else ZERO)
        if lot.remaining and self._place(lot) is None:
            insort(self.order, (lot.order(), lot.id))
        return lot

    def open_lots(self) -> Iterator[LotState]:
        """Lots of which something is left, in the order of spending."""
        place = 0
        while True:
            if self.frontier is not None and (place == len(self.order) or self.order[place][0] > self.frontier):
                self._load_rest()
            if place == len(self.order):
                return
            lot = self.lots[self.order[place][1]]
            place += 1
            if lot.remaining:
                yield lot

    def available(self, purpose: Sequence[str], day: date) -> Decimal:
        """What can be spent on a day for a purpose: what is owed, or held without lots, counts against it."""
        zero = ZERO.quantize(self.account.quantum)
        free = sum((lot.free for lot in self.open_lots() if lot.is_spendable(purpose, day)), zero)
        return free - self.owed - self.held_without_lots()

    def held_without_lots(self) -> Decimal:
        """The part of what is held for which there were no lots, because the account may be overdrawn."""
        return self.account.held - self.pinned

    def choose(self, amount: Decimal, purpose: Sequence[str], day: date, *, overdraws: bool) -> list[Pin]:
        """The lots that an outflow takes, and how much of each; less than `amount` where the account is overdrawn.

        Raises `InsufficientFunds` with what can be spent for that purpose on that day.
        """
        chosen, left, low = [], amount, self.account.min_balance
        for lot in self.open_lots():
            if lot.free and lot.is_spendable(purpose, day):
                part = min(lot.free, left)
                chosen.append(Pin(lot.id, part))
                left -= part
                if not left:
                    break
        is_tight = left or self.owed or self.held_without_lots() or (low is not None and low > 0)
        if is_tight and low is not None and not overdraws:
            available = self.available(purpose, day)
            if available - amount < low:
                raise insufficient(self.account, available)
        return chosen

    def _load_rest(self) -> None:
        self.frontier = None
        for lot in self._rest():
            self.know(lot)

    def _place(self, lot: LotState) -> int | None:
        """Where in the order a lot stands."""
        item = (lot.order(), lot.id)
        place = bisect_left(self.order, item)
        return place if place < len(self.order) and self.order[place] == item else None

    def _figures(self) -> Marks:
        return self.total, self.pinned, self.owed, self.arrivals


def cost_share(cost_left: Decimal, taken: Decimal, remaining: Decimal) -> Decimal:
    """The part of a lot's cost that goes with `taken` of what remains, half to even; all of it with the last.

    What is left is divided anew each time, so no cent is lost or made over the life of a lot.
    """
    if taken == remaining or not cost_left:
        return cost_left
    exponent = int(cost_left.as_tuple().exponent)
    taken_over, taken_under = taken.as_integer_ratio()
    over, under = remaining.as_integer_ratio()
    whole = int(cost_left.scaleb(-exponent)) * taken_over * under
    parts = taken_under * over
    share, left = divmod(whole, parts)
    if 2 * left > parts or (2 * left == parts and share % 2):
        share += 1
    return Decimal(share).scaleb(exponent)
