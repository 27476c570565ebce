"""The reconciliation statement at a date: from the balance of the books to that of the bank, item by item. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT
from recon.matching.passes.shapes import Side
from recon.reports.errors import TiedItemTwice


@dataclass(frozen=True, slots=True)
class TiedItem:
    """An item and the match it has today. Amounts are signed so that matching sides are equal, in one currency."""

    id: str
    side: Side
    day: date
    amount: Decimal
    match_id: str | None = None


class Outstanding(NamedTuple):
    """An item that only one side had by the date. `effect` is what it adds on the way from the books to the bank."""

    item: TiedItem
    effect: Decimal


class ResidualLine(NamedTuple):
    """What a match does not explain: the bank's amounts less ours, all dated by the date."""

    match_id: str
    effect: Decimal
    bank: tuple[str, ...]
    books: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bridge:
    """`book_balance` with the effect of every line is `explained`, and `difference` is what remains to the bank's."""

    day: date
    book_balance: Decimal
    outstanding_books: tuple[Outstanding, ...]
    outstanding_bank: tuple[Outstanding, ...]
    residuals: tuple[ResidualLine, ...]
    explained: Decimal
    bank_balance: Decimal
    difference: Decimal


def bridge(day: date, book_balance: Decimal, bank_balance: Decimal, items: Iterable[TiedItem]) -> Bridge:
    """The statement at the end of `day`, in major units of one currency.

    An item dated by then is outstanding when it has no match, or when an item of its match is dated later or the other
    side of its match is not there. A match is taken as a whole: with one item dated later, none of its items has its
    counterpart in full, and all of those dated by then are listed. Items dated later are on neither balance.

    A difference is left only by what the items do not hold: another opening balance, or an item that is in a balance
    and was not given. Raises `TiedItemTwice`.
    """
    outstanding: list[TiedItem] = []
    residuals: list[ResidualLine] = []
    with localcontext(CONTEXT):
        for match_id, members in _by_match(items).items():
            by_then = [item for item in members if item.day <= day]
            if match_id is None or len(by_then) < len(members) or _lacks_a_side(members):
                outstanding += by_then
            elif residual := _total(members, "bank") - _total(members, "books"):
                residuals.append(ResidualLine(match_id, residual, _ids(members, "bank"), _ids(members, "books")))
        books = _lines(outstanding, "books", Decimal(-1))
        bank = _lines(outstanding, "bank", Decimal(1))
        residuals.sort()
        effects = [line.effect for line in (*books, *bank)] + [line.effect for line in residuals]
        explained = book_balance + sum(effects, Decimal(0))
        return Bridge(
            day, book_balance, books, bank, tuple(residuals), explained, bank_balance, bank_balance - explained
        )


def _by_match(items: Iterable[TiedItem]) -> dict[str | None, list[TiedItem]]:
    found: dict[str | None, list[TiedItem]] = defaultdict(list)
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise TiedItemTwice(id=item.id)
        seen.add(item.id)
        found[item.match_id].append(item)
    return found


def _lacks_a_side(members: Sequence[TiedItem]) -> bool:
    """Items of one side alone explain each other only where they come to nothing, as a line and its return do."""
    return len({item.side for item in members}) == 1 and _total(members, members[0].side) != 0


def _total(members: Iterable[TiedItem], side: Side) -> Decimal:
    return sum((item.amount for item in members if item.side == side), Decimal(0))


def _ids(members: Iterable[TiedItem], side: Side) -> tuple[str, ...]:
    return tuple(sorted(item.id for item in members if item.side == side))


def _lines(items: Iterable[TiedItem], side: Side, sign: Decimal) -> tuple[Outstanding, ...]:
    of_side = sorted((item for item in items if item.side == side), key=lambda item: (item.day, item.id))
    return tuple(Outstanding(item, item.amount * sign) for item in of_side)
