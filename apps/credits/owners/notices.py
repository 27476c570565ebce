"""What owners are told of once: written in the transaction of its event, under the entity's lock.

A row that is there already is not written again, whoever looked at the same time or was killed before. What is to be
told is read before the lock is taken, in batches that keep nobody from posting for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from apps.credits.events import CreditsExpiredFact, CreditsExpiringFact, CreditsLowFact
from apps.credits.models import NoticeKind
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import plain

AT_ONCE = 500
# The last place of each that is there: of balances that fell and of lots the very one, of what expired the latest.
KNOWN = """
    SELECT w.number, max(n.place) FROM unnest(%s::int[], %s::uuid[], %s::text[], %s::numeric[], %s::bigint[])
        AS w (number, account_id, kind, threshold, place)
    JOIN credits_notice n ON n.account_id = w.account_id AND n.kind = w.kind AND n.threshold = w.threshold
        AND (n.place = w.place OR w.kind = 'expired')
    GROUP BY w.number
"""
INSERT = """
    INSERT INTO credits_notice (id, entity_id, account_id, kind, threshold, place, day, amount, event_sequence,
                                recorded_at, actor)
    SELECT u.id, %s, u.account_id, u.kind, u.threshold, u.place, u.day, u.amount, u.event_sequence, %s, %s
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::numeric[], %s::bigint[], %s::date[], %s::numeric[],
                %s::bigint[]) AS u (id, account_id, kind, threshold, place, day, amount, event_sequence)
"""


class NoticeOf(NamedTuple):
    """What is to be told of a wallet, as `models.Notice` has it; `since` is the place of what was told before."""

    kind: str
    account: UUID
    wallet: str
    owner_id: str
    unit: str
    threshold: Decimal
    place: int
    day: date
    amount: Decimal
    since: int = 0

    def fact(self, id_: UUID) -> CreditsLowFact | CreditsExpiringFact | CreditsExpiredFact:
        """The event that tells it."""
        of = (id_, self.owner_id, self.wallet, self.unit)
        amount = plain(self.amount)
        if self.kind == NoticeKind.LOW:
            return CreditsLowFact(*of, plain(self.threshold), amount, self.place, self.day)
        if self.kind == NoticeKind.EXPIRING:
            return CreditsExpiringFact(*of, int(self.threshold), self.day, amount, self.place)
        return CreditsExpiredFact(*of, self.day, amount, self.place)


def tell(entity_id: UUID, notices: Iterable[NoticeOf], actor: str) -> int:
    """Tell what was not told yet, so many in a transaction; gives how many were new."""
    told, left = 0, iter(notices)
    while some := list(islice(left, AT_ONCE)):
        told += write(entity_id, partial(_work, some, actor), repeatable=True)
    return told


def _work(notices: Sequence[NoticeOf], actor: str, tx: Transaction, _: None) -> int:
    return tell_in(tx, notices, actor)


def tell_in(tx: Transaction, notices: Sequence[NoticeOf], actor: str) -> int:
    """The same within a transaction."""
    new = _new(tx, notices)
    if not new:
        return 0
    rows: list[tuple[Any, ...]] = []
    for one in new:
        id_ = uuid7()
        sequence = tx.record(one.fact(id_), str(id_), actor)
        rows.append((id_, one.account, one.kind, one.threshold, one.place, one.day, one.amount, sequence))
    columns = (list(column) for column in zip(*rows, strict=True))
    tx.query(INSERT, (tx.entity_id, tx.recorded_at, actor, *columns))
    return len(rows)


def _new(tx: Transaction, notices: Sequence[NoticeOf]) -> list[NoticeOf]:
    """Those that nobody has told. What expired is told from where the last one ended, or else not by this look."""
    if not notices:
        return []
    keys = [(number, one.account, one.kind, one.threshold, one.place) for number, one in enumerate(notices)]
    found = tx.query(KNOWN, tuple(list(column) for column in zip(*keys, strict=True))).fetchall()
    known = dict(found)
    return [
        one
        for number, one in enumerate(notices)
        if (known.get(number, 0) == one.since if one.kind == NoticeKind.EXPIRED else number not in known)
    ]
