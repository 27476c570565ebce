"""Balances and day totals from events alone, line by line: nothing that an event says of them is believed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from accounts.events import AccountOpenedFact
from journals.events import JournalFact, LineFact
from journals.hold_events import HoldExpiredFact, HoldFact, HoldPlacedFact, HoldReleasedFact
from ledgerflow.books.eventlog import GENESIS
from ledgerflow.core.events import Fact, RecordedEvent
from ledgerflow.core.money import ZERO
from ledgerflow.core.plugins import registry

PART = 256  # versions of an account in one row of its day totals


class SummedAccount:
    """An account as its lines make it."""

    __slots__ = ("code", "credits", "debits", "held", "id", "version")

    def __init__(self, account_id: UUID, code: str) -> None:
        self.id = account_id
        self.code = code
        self.debits = self.credits = self.held = ZERO
        self.version = 0


class TotalKey(NamedTuple):
    """What a row of day totals is of."""

    account: UUID
    day: date
    layer: str
    part: int


class Sums:
    """The sums of one entity after the events so far. Sums are made in the context of money."""

    def __init__(self) -> None:
        self.sequence = 0
        self.hash = GENESIS
        self.accounts: dict[str, SummedAccount] = {}
        self.totals: dict[TotalKey, list[Any]] = {}  # debits, credits and count, until somebody takes them

    def add(self, event: RecordedEvent) -> None:
        """Add what an event does. Raises `msgspec.MsgspecError`, `ArithmeticError` or `KeyError` where it cannot.

        The position has moved on then, too.
        """
        self.sequence, self.hash = event.sequence, event.hash
        fact = registry.events[event.type]
        apply = APPLY.get(fact)
        if apply is not None:
            apply(self, fact.read(event.data))

    def take_totals(self) -> dict[TotalKey, list[Any]]:
        """The totals since the last time. One row may come in several pieces, which are summed."""
        found, self.totals = self.totals, {}
        return found

    def open_account(self, fact: AccountOpenedFact) -> None:
        self.accounts[fact.code] = SummedAccount(fact.id, fact.code)

    def journal(self, fact: JournalFact) -> None:
        for line in fact.lines:
            self._line(line, fact.effective_date, fact.layer)
        if fact.hold is not None:  # what a capture moves out of its first account is held there no more
            self.accounts[fact.lines[0].account].held -= Decimal(fact.lines[0].amount)

    def _line(self, line: LineFact, day: date, layer: str) -> None:
        account, amount = self.accounts[line.account], Decimal(line.amount)
        account.version += 1
        key = TotalKey(account.id, day, layer, account.version // PART)
        total = self.totals.setdefault(key, [ZERO, ZERO, 0])
        total[2] += 1
        if line.side == "debit":
            account.debits += amount
            total[0] += amount
        else:
            account.credits += amount
            total[1] += amount

    def place(self, fact: HoldFact) -> None:
        self.accounts[fact.account].held += Decimal(fact.moved)

    def free(self, fact: HoldFact) -> None:
        self.accounts[fact.account].held -= Decimal(fact.moved)


# What each fact does; others change neither balances nor totals, and a capture is in its journal.
APPLY: dict[type[Fact], Callable[[Sums, Any], None]] = {
    AccountOpenedFact: Sums.open_account,
    JournalFact: Sums.journal,
    HoldPlacedFact: Sums.place,
    HoldReleasedFact: Sums.free,
    HoldExpiredFact: Sums.free,
}
