"""Which lines of the bank say the same as another: a reference in common, the same amount, a day nearby. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recon.matching.passes.references import MOST_REFERENCES, names, runs_in_text, words_of
from recon.matching.passes.shapes import ReconItem

Key = tuple[str, Decimal, str]


@dataclass(frozen=True, slots=True)
class Repeated:
    """The places of the bank by what they say, apart for those that are left over and those that have their match."""

    bank: Sequence[ReconItem]
    reach_days: int
    left_over: dict[Key, list[int]]
    matched: dict[Key, list[int]]

    def of(self, place: int) -> int | None:
        """Another line that says the same: one that has its match, or else an earlier one that is left over."""
        for key in _keys(self.bank[place]):
            for places, is_any in ((self.matched.get(key, []), True), (self.left_over.get(key, []), False)):
                found = self._nearest(place, places, is_any=is_any)
                if found is not None:
                    return found
        return None

    def _nearest(self, place: int, places: list[int], *, is_any: bool) -> int | None:
        """Places are in the order of days, so that the nearest is a neighbour."""
        at = bisect_left(places, place)
        day = self.bank[place].day
        near = [*places[max(at - 1, 0) : at], *(places[at : at + 1] if is_any else ())]
        gaps = [(abs((self.bank[other].day - day).days), other) for other in near]
        return next((other for gap, other in sorted(gaps) if gap <= self.reach_days), None)


def repeated(bank: Sequence[ReconItem], free: set[int], reach_days: int) -> Repeated:
    """Only what a left-over line says is looked for among the others."""
    left_over = _holders(bank, sorted(free))
    others = (place for place in range(len(bank)) if place not in free)
    amounts = {(currency, amount) for currency, amount, _ in left_over}
    alike = (place for place in others if (bank[place].currency, bank[place].amount) in amounts)
    return Repeated(bank, reach_days, left_over, _holders(bank, alike))


def _holders(bank: Sequence[ReconItem], places: Iterable[int]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = defaultdict(list)
    for place in places:
        for key in _keys(bank[place]):
            found[key].append(place)
    return found


def _keys(item: ReconItem) -> Iterator[Key]:
    """References, or where there are none, the whole of a text that holds a number: `CARD PAYMENT` says too little."""
    said = {name for reference in item.references[:MOST_REFERENCES] for name in names(reference)}
    if not said:
        words = words_of(item)
        said = {" ".join(words)} if any(runs_in_text(words)) else set()
    return ((item.currency, item.amount, name) for name in sorted(said))
