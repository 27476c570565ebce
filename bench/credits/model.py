"""Credits that expire, in dictionaries: what AMLSim's transfers come to when balances are lots. Pure.

Written without a look at how the books do it, so that both can be wrong, but hardly in the same way.
"""

from __future__ import annotations

import csv
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

CREDITS_A_UNIT = 100  # the amounts of the files have two decimals, and credits have none
POSTED, REFUSED, TO_ITSELF = "posted", "insufficient_funds", "to itself"


class Move(NamedTuple):
    """A transfer of the file. `day` is its step, and the first day is 1."""

    day: int
    source: str
    target: str
    amount: int


Numbered = tuple[int, Move]


class Lots:
    """The lots of each owner that have something left, in the order of spending: the last day, then the arrival."""

    def __init__(self) -> None:
        self._lots: dict[str, list[tuple[int, int, int]]] = {}  # last day, arrival, what is left
        self._arrivals = 0

    def balance(self, owner: str) -> int:
        """What is left of an owner's lots."""
        return sum(left for _, _, left in self._lots.get(owner, ()))

    def of(self, owner: str) -> list[tuple[int, int]]:
        """The last day and what is left of each lot of an owner, in the order of spending."""
        return [(last_day, left) for last_day, _, left in self._lots.get(owner, ())]

    def grant(self, owner: str, amount: int, last_day: int) -> None:
        """Add a lot; one of nothing is none."""
        self._arrivals += 1
        if amount:
            insort(self._lots.setdefault(owner, []), (last_day, self._arrivals, amount))

    def move(self, move: Move, keep_days: int) -> str:
        """Spend of the source, and grant the same to the target for so many days; or nothing of both."""
        if move.source == move.target:
            return TO_ITSELF
        if self.balance(move.source) < move.amount:
            return REFUSED
        self._spend(move.source, move.amount)
        self.grant(move.target, move.amount, move.day + keep_days)
        return POSTED

    def close(self, day: int) -> int:
        """End the lots whose last day this is, or was; how much they had left."""
        expired = 0
        for owner, lots in self._lots.items():
            expired += sum(left for last_day, _, left in lots if last_day <= day)
            self._lots[owner] = [lot for lot in lots if lot[0] > day]
        return expired

    def _spend(self, owner: str, amount: int) -> None:
        lots = self._lots[owner]
        while amount:
            last_day, arrival, left = lots.pop(0)
            taken = min(left, amount)
            amount -= taken
            if left > taken:
                lots.insert(0, (last_day, arrival, left - taken))


def openings(data: Path) -> dict[str, int]:
    """What each owner begins with, in credits."""
    with (data / "accounts.csv").open(newline="") as file:
        return {row["nodeid"]: _credits(row["init_balance"]) for row in csv.DictReader(file)}


def moves(data: Path) -> Iterator[Move]:
    """The transfers in the order of the file."""
    with (data / "transactions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield Move(int(row["time"]), row["sourceNodeId"], row["targetNodeId"], _credits(row["value"]))


def waves(of_day: Sequence[Numbered]) -> list[list[Numbered]]:
    """Transfers that may be posted side by side, one list after the other: nobody is in two of a list.

    What one owner takes part in keeps the order of the file.
    """
    last: defaultdict[str, int] = defaultdict(int)
    found: list[list[Numbered]] = []
    for number, move in of_day:
        wave = max(last[move.source], last[move.target])
        last[move.source] = last[move.target] = wave + 1
        if wave == len(found):
            found.append([])
        found[wave].append((number, move))
    return found


def _credits(value: str) -> int:
    amount = Decimal(value) * CREDITS_A_UNIT
    assert amount == int(amount), f"{value} is not in whole credits"
    return int(amount)
