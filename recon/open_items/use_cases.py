"""Allocating debits and credits of an account to each other, and ending an allocation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from journals.errors import FutureDate
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import check_day
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, normalised, plain
from recon.open_items.errors import (
    AllocatedTooEarly,
    AllocationCount,
    AllocationNotFound,
    AlreadyUndone,
    ItemNotFound,
    ItemReversed,
    OverAllocated,
    SidesWrong,
    UndoneTooEarly,
    WhichLine,
)
from recon.open_items.events import AllocatedFact, AllocationMade, AllocationUndoneFact
from recon.open_items.keeping import KeptAccount, kept_account
from recon.open_items.models import Allocation, AllocationUndo, Source
from recon.open_items.rows import ALLOCATED_ON, INSERT_ALLOCATIONS, INSERT_UNDO, MOVES, POSTINGS
from recon.open_items.settling import free_on

MOST_ALLOCATIONS = 1000


class ItemName(NamedTuple):
    """An item as people name it: its journal, and the line where the journal has several on the account."""

    journal: UUID
    line: int | None = None


class Wanted(NamedTuple):
    """What is to be allocated; `amount` None is as much as both have open."""

    debit: ItemName
    credit: ItemName
    amount: Decimal | None = None


class Item(NamedTuple):
    """A posting that can be allocated; debit positive."""

    journal: UUID
    line: int
    version: int
    amount: Decimal
    day: date
    is_reversed: bool
    reversed_on: date | None = None


class Allocated(NamedTuple):
    """The allocations of a request, and whether it was done before under its key."""

    allocations: list[Allocation]
    replayed: bool


class Undone(NamedTuple):
    undo: AllocationUndo
    replayed: bool


class Settling:
    """What is free of some items of an account, while allocations are made of them under the lock."""

    def __init__(
        self, tx: Transaction, account: KeptAccount, items: Collection[Item], *, of_other_books: bool = False
    ) -> None:
        self._tx, self._account = tx, account
        self._of_other_books = of_other_books
        self._moves: dict[int, dict[date, Decimal]] = defaultdict(dict)
        versions = [item.version for item in items]
        for version, day, amount in tx.connection.execute(MOVES, {"account": account.id, "versions": versions}):
            self._moves[version][day] = amount
        self.made: list[AllocationMade] = []

    def free(self, item: Item, day: date) -> Decimal:
        """What can be allocated of it from this day on."""
        return free_on(item.amount.copy_abs(), self._moves[item.version], day)

    def allocate(self, debit: Item, credit: Item, amount: Decimal | None, day: date | None) -> None:
        """Note an allocation, as much as both have free unless its amount is given. Raises what is wrong with it."""
        first = max(debit.day, credit.day)
        on = first if day is None else day
        for item, sign in ((debit, 1), (credit, -1)):
            if item.amount * sign < 0:
                raise SidesWrong(journal=str(item.journal))
            came_before = self._of_other_books and item.reversed_on is not None and on <= item.reversed_on
            if item.is_reversed and not came_before:
                raise ItemReversed(journal=str(item.journal))
        if on < first:
            raise AllocatedTooEarly(first=str(first), day=str(on))
        free = {item: self.free(item, on) for item in (debit, credit)}
        wanted = at_scale(min(free.values()) if amount is None else amount, self._account.minor_units)
        for item, left in free.items():
            if left < wanted or left <= 0:
                shown = {"open": plain(left), "day": str(on), "amount": plain(wanted)}
                raise OverAllocated(journal=str(item.journal), **shown)
        for item in (debit, credit):
            moves = self._moves[item.version]
            moves[on] = CONTEXT.add(moves.get(on, ZERO), wanted)
        self.made.append(AllocationMade(uuid7(), debit.version, credit.version, plain(wanted), on))

    def write(self, source: str, claim: Claim, actor: str) -> int:
        """Record and write what was noted; gives the sequence of the event."""
        tx, account = self._tx, self._account
        fact = AllocatedFact(account.code, source, self.made, **claim.fact())
        sequence = tx.record(fact, str(account.id), actor)
        tx.remember(*claim, sequence)
        columns = (
            [one.id for one in self.made], [one.debit_version for one in self.made],
            [one.credit_version for one in self.made], [Decimal(one.amount) for one in self.made],
            [one.allocated_on for one in self.made],
        )  # fmt: skip
        if self.made:
            row = (tx.entity_id, account.id, source, sequence, tx.recorded_at, actor)
            tx.query(INSERT_ALLOCATIONS, (*row, *columns))
        return sequence


def allocate(
    entity_id: UUID,
    account: str,
    wanted: Sequence[Wanted],
    *,
    day: date | None = None,
    key: str,
    issuer: str = CLIENT,
    actor: str,
    of_other_books: bool = False,
) -> Allocated:
    """Allocate debits and credits of an account to each other, all or none, dated `day`.

    Without a day each is dated as the later of its two items. With `of_other_books` an item may be one that was
    reversed on the day or later, because there it was allocated first. The same key and request replays. Raises
    `NotFound`, `Malformed`, `AllocationRefused` with the reason, `OverAllocated`, `FutureDate`, `PrecisionExceeded`,
    `IdempotencyKeyReused`.
    """
    if not 1 <= len(wanted) <= MOST_ALLOCATIONS:
        raise AllocationCount(pointer="/allocations", most=MOST_ALLOCATIONS)
    check_day(day, "/date")
    content = [(*one.debit, *one.credit, None if one.amount is None else normalised(one.amount)) for one in wanted]
    claim = claim_of(key, ["open_items.allocate", account, day, content], issuer)

    def work(tx: Transaction, _: None) -> int:
        once.take(tx, claim)
        kept = kept_account(tx, account)
        _not_in_future(tx, day)
        journals = {name.journal for one in wanted for name in (one.debit, one.credit)}
        items = items_of(tx, kept, journals)
        pairs = [(_named(items, one.debit, account), _named(items, one.credit, account)) for one in wanted]
        settling = Settling(tx, kept, items, of_other_books=of_other_books)
        for (debit, credit), one in zip(pairs, wanted, strict=True):
            settling.allocate(debit, credit, one.amount, day)
        return settling.write(Source.PERSON, claim, actor)

    def do() -> Allocated:
        return Allocated(allocations_of(entity_id, write(entity_id, work)), replayed=False)

    return once.once(entity_id, claim, do, lambda sequence: replayed(entity_id, sequence))


def undo_allocation(
    entity_id: UUID,
    allocation_id: UUID,
    *,
    day: date | None = None,
    key: str,
    issuer: str = CLIENT,
    actor: str,
) -> Undone:
    """End an allocation on `day`, or on its own date, as if it had never been. It stays in the list.

    The same key and request replays. Raises `NotFound`, `AlreadyUndone`, `AllocationRefused`, `FutureDate`.
    """
    check_day(day, "/date")
    claim = claim_of(key, ["open_items.undo", allocation_id, day], issuer)

    def work(tx: Transaction, _: None) -> None:
        once.take(tx, claim)
        found = tx.query(ALLOCATED_ON, (allocation_id, entity_id)).fetchone()
        if found is None:
            raise AllocationNotFound
        allocated_on, is_undone = found
        if is_undone:
            raise AlreadyUndone
        _not_in_future(tx, day)
        on = day or allocated_on
        if on < allocated_on:
            raise UndoneTooEarly(pointer="/date", day=str(allocated_on))
        fact = AllocationUndoneFact(allocation_id, on, **claim.fact())
        sequence = tx.record(fact, str(allocation_id), actor)
        tx.remember(*claim, sequence)
        tx.query(INSERT_UNDO, (allocation_id, entity_id, on, sequence, tx.recorded_at, actor))

    def undone() -> AllocationUndo:
        return AllocationUndo.objects.select_related("allocation__account").get(allocation_id=allocation_id)

    def do() -> Undone:
        write(entity_id, work)
        return Undone(undone(), replayed=False)

    return once.once(entity_id, claim, do, lambda _: Undone(undone(), replayed=True))


def replayed(entity_id: UUID, sequence: int) -> Allocated:
    """The answer to a request that was done before."""
    return Allocated(allocations_of(entity_id, sequence), replayed=True)


def allocations_of(entity_id: UUID, sequence: int) -> list[Allocation]:
    """What one event allocated."""
    rows = Allocation.objects.filter(entity_id=entity_id, event_sequence=sequence)
    return list(rows.select_related("account", "undo").order_by("place"))


def items_of(tx: Transaction, account: KeptAccount, journals: Collection[UUID]) -> list[Item]:
    """The items that journals have on an account."""
    return [Item(*row) for row in tx.query(POSTINGS, (list(journals), account.id, account.first_version)).fetchall()]


def _not_in_future(tx: Transaction, day: date | None) -> None:
    if day is not None and day > tx.entity.business_date:
        raise FutureDate(pointer="/date", day=str(day), business_date=str(tx.entity.business_date))


def _named(items: Sequence[Item], name: ItemName, account: str) -> Item:
    found = [item for item in items if item.journal == name.journal and name.line in (None, item.line)]
    if not found:
        raise ItemNotFound(pointer="/allocations", journal=str(name.journal), account=account)
    if len(found) > 1:
        raise WhichLine(pointer="/allocations", journal=str(name.journal), count=len(found), account=account)
    return found[0]
