"""Splitting a line of the bank that is in no match, and joining its parts again; each with an idempotency key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction
from ledgerflow.core.money import normalised
from recon.matching.rows import DELETE_SUGGESTIONS_OF
from recon.matching.writing import write_matching
from recon.statements.models import StatementLine
from recon.statements.reading import line_in
from recon.statements.splitting import Part, join_in, split_in


class SplitLine(NamedTuple):
    """A line, the parts that stand for it, none where they are joined, and whether the key was used before."""

    line: StatementLine
    parts: list[StatementLine]
    replayed: bool


def split_line(
    entity_id: UUID, line_id: UUID, parts: Sequence[Part], *, key: str, issuer: str = CLIENT, actor: str
) -> SplitLine:
    """Split a line into parts that are matched by themselves. The same key replays.

    Raises `LineMatched` for a line that is in a match, and what the parts may be wrong with
    (`recon.statements.splitting.split_in`).
    """
    said = [[normalised(part.amount), part.customer_reference, part.text] for part in parts if part.amount.is_finite()]
    claim = claim_of(key, ["line.split", line_id, said], issuer)

    def work() -> SplitLine:
        def write_it(tx: Transaction, _: None) -> None:
            once.take(tx, claim)
            split_in(tx, line_id, parts, actor=actor, claim=claim)
            tx.later(DELETE_SUGGESTIONS_OF, (_bank_account(entity_id, line_id), [str(line_id)], []))

        write_matching(entity_id, write_it, lambda _tx: None)
        return _as_it_is(entity_id, line_id, replayed=False)

    return once.once(entity_id, claim, work, lambda sequence: _earlier(entity_id, sequence))


def join_line(entity_id: UUID, line_id: UUID, *, key: str, issuer: str = CLIENT, actor: str) -> SplitLine:
    """Take a split back. The same key replays. Raises `LineMatched` where a part is in a match, and `LineNotSplit`."""
    claim = claim_of(key, ["line.join", line_id], issuer)

    def work() -> SplitLine:
        def write_it(tx: Transaction, _: None) -> None:
            once.take(tx, claim)
            parts = join_in(tx, line_id, actor=actor, claim=claim)
            tx.later(DELETE_SUGGESTIONS_OF, (_bank_account(entity_id, line_id), list(map(str, parts)), []))

        write_matching(entity_id, write_it, lambda _tx: None)
        return _as_it_is(entity_id, line_id, replayed=False)

    return once.once(entity_id, claim, work, lambda sequence: _earlier(entity_id, sequence))


def _bank_account(entity_id: UUID, line_id: UUID) -> UUID:
    return line_in(entity_id, line_id).bank_account_id


def _as_it_is(entity_id: UUID, line_id: UUID, *, replayed: bool) -> SplitLine:
    line = line_in(entity_id, line_id)
    parts = StatementLine.objects.filter(parent_id=line_id, is_undone=False)
    return SplitLine(line, list(parts.select_related("bank_account__account").order_by("part")), replayed)


def _earlier(entity_id: UUID, sequence: int) -> SplitLine:
    subject = Event.objects.values_list("subject", flat=True).get(entity_id=entity_id, sequence=sequence)
    return _as_it_is(entity_id, UUID(subject), replayed=True)
