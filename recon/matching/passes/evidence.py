"""Which bank items name which of ours: a join by the names and numbers that both hold, never all pairs. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recon.matching.passes.references import (
    MOST_REFERENCES,
    CutName,
    cut_names,
    names,
    names_in_text,
    runs,
    runs_in_text,
    words_of,
)
from recon.matching.passes.shapes import ReconItem

# Points for the reference, by how it was found. Below `STRONG` nothing is confirmed.
EXACT, NORMAL, NAMED, NUMBER, CUT, CROWDED = 50, 49, 48, 47, 46, 30
STRONG = CUT
# A name that more items hold than these says little by itself: then the amount has to be equal as well.
MOST_PAIRS_OF_A_NAME = 256
# Items with one name and one amount: within the widest window, each is compared with so many at most.
MOST_RIVALS = 8
LONGEST_BUCKET = 64
MOST_WINDOWS = 40
NEAR_AMOUNTS = 3

Holders = dict[str, int | list[int]]
Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """For each place of the bank the places of ours that it names, with points; and the same the other way."""

    of_bank: dict[int, dict[int, int]]
    of_books: dict[int, dict[int, int]]


def collected(
    bank: Sequence[ReconItem], books: Sequence[ReconItem], places: tuple[Iterable[int], Iterable[int]], reach: int
) -> Evidence:
    """The evidence between the items at `places`. `reach` is the widest window of any rule in days."""
    points: dict[int, dict[int, int]] = defaultdict(dict)
    bank_places, books_places = sorted(places[0]), sorted(places[1])
    join = _Join(bank, books, reach, points)
    for level, ours, theirs in _keys(bank, books, bank_places, books_places):
        join.add(level, ours, theirs)
    _add_cut_names(bank, books, bank_places, books_places, points)
    reverse: dict[int, dict[int, int]] = defaultdict(dict)
    for place, found in points.items():
        for other, level in found.items():
            reverse[other][place] = level
    return Evidence(dict(points), dict(reverse))


def _keys(
    bank: Sequence[ReconItem], books: Sequence[ReconItem], bank_places: list[int], books_places: list[int]
) -> Iterator[tuple[int, Holders, Holders]]:
    """Who holds which key on our side and on the bank's, the surest kind of key first."""
    exact = _holders((place, _exact(books[place])) for place in books_places)
    yield EXACT, exact, _holders(((place, _exact(bank[place])) for place in bank_places), exact)
    whole = _holders((place, _whole(books[place])) for place in books_places)
    bank_whole = _holders((place, _whole(bank[place])) for place in bank_places)
    yield NORMAL, whole, bank_whole
    numbers = _holders((place, _numbers(books[place])) for place in books_places)
    named, numbered = _said(bank, bank_places, whole, numbers)
    yield NAMED, whole, named
    yield NUMBER, numbers, numbered
    ours = _holders(
        ((place, names_in_text(words_of(books[place]))) for place in books_places if books[place].text), bank_whole
    )
    yield NAMED, ours, bank_whole


def _said(bank: Sequence[ReconItem], places: list[int], whole: Holders, numbers: Holders) -> tuple[Holders, Holders]:
    """The names and the numbers of ours in the bank's texts, each text read once."""
    named: Holders = {}
    numbered: Holders = {}
    for place in places:
        words = words_of(bank[place])
        for name in names_in_text(words):
            if name in whole:
                _hold(named, name, place)
            if name in numbers:
                _hold(numbered, name, place)
        for run in runs_in_text(words):
            if run in numbers:
                _hold(numbered, run, place)
    return named, numbered


def _exact(item: ReconItem) -> Iterator[str]:
    return (text for one in item.references[:MOST_REFERENCES] if (text := one.strip()))


def _whole(item: ReconItem) -> Iterator[str]:
    return (name for reference in item.references[:MOST_REFERENCES] for name in names(reference))


def _numbers(item: ReconItem) -> Iterator[str]:
    return (run for reference in item.references[:MOST_REFERENCES] for run in runs(reference))


def _holders(keys: Iterable[tuple[int, Iterator[str]]], among: Holders | None = None) -> Holders:
    """The places that hold each key, each once; only keys that the other side has, where they are given."""
    found: Holders = {}
    for place, names_of_it in keys:
        for name in names_of_it:
            if among is None or name in among:
                _hold(found, name, place)
    return found


def _hold(found: Holders, name: str, place: int) -> None:
    """Places come in order. Nearly all keys have one, and a list for each would be most of the memory."""
    known = found.setdefault(name, place)
    if isinstance(known, list):
        if known[-1] != place:
            known.append(place)
    elif known != place:
        found[name] = [known, place]


def _listed(places: int | list[int]) -> list[int]:
    return [places] if isinstance(places, int) else places


class _Join:
    """Pairs of places that share a key."""

    def __init__(
        self, bank: Sequence[ReconItem], books: Sequence[ReconItem], reach: int, points: dict[int, dict[int, int]]
    ) -> None:
        self._bank = bank
        self._books = books
        self._reach = reach
        self._points = points

    def add(self, level: int, ours: Holders, theirs: Holders) -> None:
        for name, places in theirs.items():
            if name not in ours:
                continue
            bank_places, books_places = _listed(places), _listed(ours[name])
            if len(bank_places) * len(books_places) <= MOST_PAIRS_OF_A_NAME:
                self._all(level, bank_places, books_places)
            else:
                self._by_amount(level, bank_places, books_places)

    def _all(self, level: int, bank_places: list[int], books_places: list[int]) -> None:
        for place in bank_places:
            found = self._points[place]
            for other in books_places:
                if found.get(other, 0) < level:
                    found[other] = level

    def _by_amount(self, level: int, bank_places: list[int], books_places: list[int]) -> None:
        ours = _by_amount(self._books, books_places)
        for amount, some in _by_amount(self._bank, bank_places).items():
            others = ours.get(amount, [])
            if len(some) * len(others) <= MOST_PAIRS_OF_A_NAME:
                self._all(level, some, others)
            else:
                self._by_day(level, some, others)

    def _by_day(self, level: int, bank_places: list[int], books_places: list[int]) -> None:
        """Places are in the order of days. Where too many lie in reach, all that is left is a hint."""
        days = [self._books[place].day.toordinal() for place in books_places]
        reach = self._reach + _spread(self._bank, bank_places) + _spread(self._books, books_places)
        for place in bank_places:
            day = self._bank[place].day.toordinal()
            first, last = bisect_left(days, day - reach), bisect_right(days, day + reach)
            if last - first <= MOST_RIVALS:
                self._all(level, [place], books_places[first:last])
            else:
                middle = min(max(bisect_left(days, day) - MOST_RIVALS // 2, first), last - MOST_RIVALS)
                self._all(CROWDED, [place], books_places[middle : middle + MOST_RIVALS])


def _spread(items: Sequence[ReconItem], places: Iterable[int]) -> int:
    """How far the other days of an item lie from its day at most."""
    return max(
        (abs((other - items[place].day).days) for place in places for other in items[place].other_days), default=0
    )


def _by_amount(items: Sequence[ReconItem], places: Iterable[int]) -> dict[tuple[str, Decimal], list[int]]:
    found: dict[tuple[str, Decimal], list[int]] = defaultdict(list)
    for place in places:
        found[items[place].currency, items[place].amount].append(place)
    return found


def _add_cut_names(
    bank: Sequence[ReconItem], books: Sequence[ReconItem], bank_places: list[int], books_places: list[int],
    points: dict[int, dict[int, int]],
) -> None:  # fmt: skip
    """Where a bank item names nothing in full: of ours with about its amount, the one whose name it begins or ends."""
    silent = [place for place in bank_places if not points.get(place)]
    if not silent:
        return
    buckets = {key: sorted(_named(books, places)) for key, places in _by_amount(books, books_places).items()}
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for currency, amount in sorted(buckets):
        amounts[currency].append(amount)
    for place in silent:
        item = bank[place]
        windows = _windows(item)
        for amount in _near(amounts.get(item.currency, []), item.amount) if windows else ():
            if found := _cut(windows, buckets[item.currency, amount]):
                points[place].update(dict.fromkeys(found, CUT if len(found) == 1 else CROWDED))
                break


def _named(items: Sequence[ReconItem], places: Iterable[int]) -> Iterator[Name]:
    return ((name, place) for place in places for name in _whole(items[place]))


def _windows(item: ReconItem) -> list[CutName]:
    return sorted(set(cut_names(words_of(item))), key=lambda cut: (-len(cut.name), cut))[:MOST_WINDOWS]


def _near(amounts: list[Decimal], amount: Decimal) -> list[Decimal]:
    """The amount itself first, then those around it, the nearest first."""
    at = bisect_left(amounts, amount)
    around = amounts[max(at - NEAR_AMOUNTS, 0) : at + NEAR_AMOUNTS + 1]
    return sorted(around, key=lambda one: ((one - amount).copy_abs(), one))


def _cut(windows: list[CutName], bucket: list[Name]) -> set[int]:
    """The places whose name the longest window begins or ends, if any; of a large bucket only those it begins."""
    for window in windows:
        if len(bucket) <= LONGEST_BUCKET:
            found = {place for name, place in bucket if _is_part(window, name)}
        else:
            first = bisect_left(bucket, (window.name, -1))
            found = {place for name, place in bucket[first : first + MOST_RIVALS] if _is_part(window, name)}
        if found:
            return found
    return set()


def _is_part(window: CutName, name: str) -> bool:
    return (window.may_go_on and name.startswith(window.name)) or (
        window.may_begin_before and name.endswith(window.name)
    )
