"""Balances that fall below a threshold, found in the log each minute and told once for each fall.

A posting that a wallet fell by is one version of that wallet, so a fall has a name of its own: the next one has another
version, after the balance rose again. Posting itself knows nothing of thresholds. How far the log was looked through
is kept in the transaction of what was found there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from apps.credits.models import NoticeKind, Watch
from apps.credits.owners.notices import NoticeOf, tell_in
from apps.credits.owners.wallets import units_of, wallets_in
from journals.events import BalanceFact, LineFact
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.money import CONTEXT, ZERO

ACTOR = "system:credits"
EVENTS_AT_ONCE = 5_000
# An entity that nobody looked at yet is looked at from a day ago on: who is told of what was long ago learns nothing.
HEAD = """
    SELECT coalesce((SELECT max(sequence) FROM books_event WHERE entity_id = %s), 0),
           coalesce((
               SELECT sequence FROM books_event WHERE entity_id = %s AND recorded_at < now() - interval '1 day'
               ORDER BY recorded_at DESC, sequence DESC LIMIT 1
           ), 0)
"""
JOURNALS = """
    SELECT data FROM books_event
    WHERE entity_id = %s AND sequence > %s AND sequence <= %s AND type = 'journal.posted' ORDER BY sequence
"""
WATCHED = "SELECT sequence FROM credits_watch WHERE entity_id = %s FOR UPDATE"
WENT_ON = """
    INSERT INTO credits_watch (entity_id, sequence) VALUES (%s, %s)
    ON CONFLICT (entity_id) DO UPDATE SET sequence = EXCLUDED.sequence
"""
WITH_WALLETS = """
    SELECT id FROM books_entity e
    WHERE EXISTS (SELECT FROM accounts_account a WHERE a.entity_id = e.id AND a.role = 'wallet')
"""
Thresholds = Mapping[str, Sequence[Decimal]]


class _Told(msgspec.Struct):
    """Of a journal, what balances follow from."""

    effective_date: date
    lines: list[LineFact]
    balances: list[BalanceFact]


_TOLD = msgspec.json.Decoder(_Told)


class Fall(NamedTuple):
    """A balance after a journal, and what it was before it; both debits less credits."""

    account: str
    unit: str
    before: Decimal
    after: Decimal
    version: int
    day: date


def entities_with_wallets() -> Iterator[UUID]:
    """The entities in which balances may fall."""
    with connection.cursor() as cursor:
        cursor.execute(WITH_WALLETS)
        yield from (row[0] for row in cursor.fetchall())


def watch_balances(entity_id: UUID) -> bool:
    """Look through what was recorded since the last look; whether there is more.

    Two at once look at the same events, and the one that comes second to the lock finds that they were looked at.
    """
    units = units_of(entity_id)
    thresholds = units.low_below()
    begun = Watch.objects.filter(pk=entity_id).values_list("sequence", flat=True).first()
    if begun is None and not thresholds:
        return False
    with connection.cursor() as cursor:
        ((head, day_ago),) = cursor.execute(HEAD, (entity_id, entity_id)).fetchall()
        start: int = day_ago if begun is None else begun
        if head <= start:
            return False
        until = min(head, start + EVENTS_AT_ONCE) if thresholds else head
        texts = cursor.execute(JOURNALS, (entity_id, start, until)).fetchall() if thresholds else []
    moved = [one for (text,) in texts for one in _moved(_TOLD.decode(text), thresholds)]
    codes = {one.account for one in moved}
    wallets = {one.code: one for one in wallets_in(entity_id, units).filter(code__in=codes)}
    notices = [
        NoticeOf(
            NoticeKind.LOW, wallet.pk, wallet.code, wallet.owner_id, one.unit, threshold, one.version, one.day, after
        )
        for one in moved
        if (wallet := wallets.get(one.account)) is not None
        for after in [_on_side(one.after, wallet.normal_side)]
        for threshold in _fallen(_on_side(one.before, wallet.normal_side), after, thresholds[one.unit])
    ]
    write(entity_id, partial(_go_on, begun, until, notices), repeatable=True)
    return bool(until < head)


def _go_on(begun: int | None, until: int, notices: Sequence[NoticeOf], tx: Transaction, _: None) -> None:
    """Tell, and note how far it was looked; nothing where somebody else has done it meanwhile."""
    row = tx.query(WATCHED, (tx.entity_id,)).fetchone()
    if (None if row is None else row[0]) == begun:
        tell_in(tx, notices, ACTOR)
        tx.query(WENT_ON, (tx.entity_id, until))


def _moved(told: _Told, thresholds: Thresholds) -> Iterator[Fall]:
    """What a journal did to balances in a unit that has thresholds."""
    for after in told.balances:
        if after.currency in thresholds:
            net = _net(line for line in told.lines if line.account == after.account)
            total = CONTEXT.subtract(Decimal(after.debits), Decimal(after.credits))
            before = CONTEXT.subtract(total, net)
            yield Fall(after.account, after.currency, before, total, after.version, told.effective_date)


def _net(lines: Iterable[LineFact]) -> Decimal:
    net = ZERO
    for line in lines:
        amount = Decimal(line.amount)
        net = CONTEXT.add(net, amount) if line.side == "debit" else CONTEXT.subtract(net, amount)
    return net


def _on_side(amount: Decimal, side: str) -> Decimal:
    return amount if side == "debit" else CONTEXT.plus(CONTEXT.minus(amount))


def _fallen(before: Decimal, after: Decimal, thresholds: Iterable[Decimal]) -> list[Decimal]:
    """The thresholds that a balance was not below and is below now."""
    return [one for one in thresholds if after < one <= before]
