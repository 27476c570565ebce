"""A wallet as a list of dictionaries: what lots should do, in the plainest words there are."""

from __future__ import annotations

from typing import Any

Lot = dict[str, Any]
FOREVER = 10**6


class WalletModel:
    """Lots in the order of arrival; days are whole numbers. `moved` is what each journal did, for its reversal."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.owed = 0
        self.today = 0
        self.moved: dict[int, list[tuple[str, int, int]]] = {}
        self.flows: dict[int, int] = {}

    def spendable(self, word: str) -> list[Lot]:
        fits = [lot for lot in self.lots if lot["valid"] <= self.today <= lot["last"] and lot["word"] in ("", word)]
        return sorted(fits, key=lambda lot: (lot["priority"], lot["last"], lot["paid"], lot["valid"], lot["number"]))

    def free(self, word: str = "") -> int:
        return int(sum(lot["left"] - sum(lot["pins"].values()) for lot in self.spendable(word))) - self.owed

    def take(self, journal: int, lot: Lot, amount: int, what: str = "spent") -> None:
        lot["left"] -= amount
        self.moved.setdefault(journal, []).append((what, lot["number"], amount))

    def grant(self, journal: int, amount: int, **terms: Any) -> None:
        terms = {"priority": 0, "last": FOREVER, "paid": False, "valid": self.today, "word": ""} | terms
        self.lots.append({"number": len(self.lots), "amount": amount, "left": amount, "pins": {}} | terms)
        self.moved.setdefault(journal, []).append(("granted", len(self.lots) - 1, amount))
        self.flows.setdefault(journal, amount)
        self.fill(journal, [self.lots[-1]])

    def fill(self, journal: int, lots: list[Lot]) -> None:
        for lot in lots:
            part = min(self.owed, lot["left"] - sum(lot["pins"].values()))
            if part > 0:
                self.owed -= part
                self.take(journal, lot, part)

    def spend(self, journal: int, amount: int, word: str = "", limit: int = 0) -> str:
        if self.free(word) - amount < limit:
            return "insufficient_funds"
        self.flows[journal] = -amount
        for lot in self.spendable(word):
            part = min(amount, lot["left"] - sum(lot["pins"].values()))
            if part:
                self.take(journal, lot, part)
                amount -= part
        self.owed += amount
        return "posted"

    def reverse(self, journal: int, by: int, *, override: bool) -> str:
        moves = self.moved.get(journal, [])[::-1]
        lots = [dict(lot) for lot in self.lots]
        back, rest = [], -self.flows[journal]
        for what, number, amount in moves:
            lot = self.lots[number]
            if what == "granted":
                unspent = lot["left"] - sum(lot["pins"].values())
                if unspent < amount and not override:
                    self.lots, self.moved = lots, {key: value for key, value in self.moved.items() if key != by}
                    return "credits_spent"
                if unspent:
                    self.take(by, lot, unspent, "reversed")
                rest += unspent
            else:
                lot["left"] += amount
                back.append(lot)
                rest -= amount
        if rest < 0:
            self.owed -= rest
        else:
            paid = min(self.owed, rest)
            self.owed -= paid
            if rest > paid:
                self.grant(by, rest - paid)
        self.fill(by, back)
        return "posted"

    def hold(self, hold: int, amount: int, limit: int = 0) -> str:
        if self.free() - amount < limit:
            return "insufficient_funds"
        for lot in self.spendable(""):
            part = min(amount, lot["left"] - sum(lot["pins"].values()))
            if part:
                lot["pins"][hold] = part
                amount -= part
        return "placed"

    def pinned(self, hold: int) -> list[Lot]:
        lots = [lot for lot in self.lots if lot["pins"].get(hold)]
        return sorted(lots, key=lambda lot: (lot["priority"], lot["last"], lot["paid"], lot["valid"], lot["number"]))

    def capture(self, journal: int, hold: int, amount: int) -> None:
        self.flows[journal] = -amount
        for lot in self.pinned(hold):
            part = min(amount, lot["pins"][hold])
            if part:
                lot["pins"][hold] -= part
                self.take(journal, lot, part)
                amount -= part

    def release(self, hold: int, amount: int) -> None:
        for lot in self.pinned(hold)[::-1]:
            part = min(amount, lot["pins"][hold])
            lot["pins"][hold] -= part
            amount -= part

    def expire(self) -> None:
        for lot in self.lots:
            if lot["last"] < self.today:
                lot["left"] = sum(lot["pins"].values())
