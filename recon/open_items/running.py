"""A run over the open items of an account: what is proven is allocated, the rest is listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from accounts.errors import AccountNotFound
from accounts.models import Account
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.snapshots import snapshot
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.texts import is_storable
from recon.open_items.errors import NoItemAccount
from recon.open_items.keeping import kept_account
from recon.open_items.models import ItemAccount, Source
from recon.open_items.reading import Fetch, OpenItem, open_items
from recon.open_items.settling import paired
from recon.open_items.suggesting import Candidate, Outcome, Suggested, suggest
from recon.open_items.use_cases import Allocated, Item, Settling, allocations_of, items_of, replayed

MOST_MATCHES = 1000  # in one event, and under one lock


class Prepared(NamedTuple):
    items: dict[int, OpenItem]
    outcome: Outcome


def suggestions(entity_id: UUID, account: str) -> Outcome:
    """What a run would allocate, what it leaves to a person, and what is left over. Raises `NotFound`."""
    return _prepared(entity_id, account).outcome


def run_allocations(entity_id: UUID, account: str, *, key: str, issuer: str = CLIENT, actor: str) -> Allocated:
    """Allocate what is proven on an account, each as of the later of its items. One event, also where it is nothing.

    At most `MOST_MATCHES` of them: the next run goes on. What was settled by somebody else meanwhile is left out. The
    same key replays. Raises `NotFound`.
    """
    claim = claim_of(key, ["open_items.run", account], issuer)

    def do() -> Allocated:
        prepared = _prepared(entity_id, account)
        proven = [one for one in prepared.outcome.suggested if one.is_proven][:MOST_MATCHES]

        def work(tx: Transaction, _: None) -> int:
            once.take(tx, claim)
            kept = kept_account(tx, account)
            journals = {prepared.items[version].journal for one in proven for version in (*one.debits, *one.credits)}
            items = items_of(tx, kept, journals)
            settling = Settling(tx, kept, items)
            by_version = {item.version: item for item in items}
            for one in proven:
                _settle(settling, by_version, one, prepared.items)
            return settling.write(Source.RUN, claim, actor)

        return Allocated(allocations_of(entity_id, write(entity_id, work)), replayed=False)

    return once.once(entity_id, claim, do, lambda sequence: replayed(entity_id, sequence))


@contextmanager
def fetch_in() -> Iterator[Fetch]:
    """Reading in one snapshot, on a connection of its own."""
    with snapshot() as connection:
        # As the write path does: a plan made on young statistics would read whole tables.
        connection.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
        yield lambda sql, given: connection.execute(sql.encode(), given).fetchall()


def _prepared(entity_id: UUID, account: str) -> Prepared:
    found = Account.objects.filter(entity_id=entity_id, code=account).first() if is_storable(account) else None
    if found is None:
        raise AccountNotFound(pointer="/account", account=account)
    if not ItemAccount.objects.filter(account_id=found.pk).exists():
        raise NoItemAccount(pointer="/account", account=account)
    with fetch_in() as fetch:
        items = {item.version: item for item in open_items(entity_id, fetch, accounts=[found.pk])}
    candidates = [
        Candidate(one.version, one.day, one.due_on, one.open, one.reference, one.description, one.party)
        for one in items.values()
    ]
    return Prepared(items, suggest(candidates, found.currency, found.normal_side))


def _settle(settling: Settling, items: Mapping[int, Item], one: Suggested, opened: Mapping[int, OpenItem]) -> None:
    """Allocate a match, all of it or nothing where one of its items is not as open as it was when it was read."""
    for version in (*one.debits, *one.credits):
        item = items[version]
        if item.is_reversed or settling.free(item, item.day) < opened[version].open.copy_abs():
            return
    sides = [[(version, opened[version].open.copy_abs()) for version in side] for side in (one.debits, one.credits)]
    for part in paired(*sides):
        settling.allocate(items[part.debit], items[part.credit], part.amount, None)
