"""Writing exceptions: each change is an event and the row that follows from it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from prometheus_client import Counter
from psycopg.rows import class_row

from ledgerflow.books.idempotency import Claim
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.money import plain
from recon.cases import rows
from recon.cases.events import ExceptionFact, ExceptionOpenedFact, ExceptionResolvedFact
from recon.cases.models import CaseKind, CaseStatus, Resolution
from recon.cases.planning import CaseState
from recon.matching.listeners import Confirmed

MISMATCHES = Counter(
    "ledger_recon_mismatches", "Exceptions of reconciliation that were opened, by their kind", ["kind"]
)


class CaseWriter:
    """Records changes of exceptions, and writes all their rows when it is told to."""

    def __init__(self, tx: Transaction, actor: str) -> None:
        self._tx = tx
        self._actor = actor
        self._new: list[CaseState] = []
        self._changed: dict[UUID, CaseState] = {}

    def record(
        self, state: CaseState, fact: type[ExceptionFact], action: str, *, comment: str = "", claim: Claim | None = None
    ) -> CaseState:
        """The exception after one more entry; `state` is what it is to be, with the entries it had before."""
        told = _fact_of(state, fact, action, comment, claim)
        sequence = self._tx.record(told, str(state.id), self._actor)
        after = msgspec.structs.replace(state, entries=told.entry, changed_sequence=sequence)
        if fact is ExceptionOpenedFact:
            self._new.append(msgspec.structs.replace(after, event_sequence=sequence, opened_at=self._tx.recorded_at))
        else:
            self._changed[after.id] = after
        if claim is not None:
            self._tx.remember(*claim, sequence)
        return after

    def write(self) -> None:
        """What was changed first: it may give free what a new one is about."""
        for sql, states in ((rows.UPDATE, list(self._changed.values())), (rows.INSERT, self._new)):
            if states:
                values = [_row(self._tx.entity_id, state) for state in states]
                self._tx.query(sql, (canonical.encode(values).decode(),))

    @property
    def kinds_opened(self) -> list[str]:
        return [state.kind for state in self._new]


def count_opened(kinds: Sequence[str]) -> None:
    """Count what was opened, once it is committed."""
    for kind in kinds:
        MISMATCHES.labels(kind).inc()


def states_from(tx: Transaction, sql: str, params: tuple[Any, ...] | dict[str, Any]) -> list[CaseState]:
    """Exceptions as they stand under the lock."""
    return tx.connection.cursor(row_factory=class_row(CaseState)).execute(sql.encode(), params).fetchall()


def resolved_as(state: CaseState, resolution: Resolution) -> CaseState:
    """The exception, resolved by the machine."""
    return msgspec.structs.replace(state, status=CaseStatus.RESOLVED.value, resolution=resolution.value, note="")


def resolve_matched(tx: Transaction, matches: Confirmed) -> None:
    """Resolve the open exceptions of the items of matches. One of a reversal stays: a match does not explain it."""
    items = [item for _, its in matches for item in its]
    given = {
        "lines": [item.line_id for item in items if item.line_id is not None],
        "account": next((item.account_id for item in items if item.account_id is not None), None),
        "versions": [item.account_version for item in items if item.account_version is not None],
    }
    writer = CaseWriter(tx, matches[0][0].actor)
    for state in states_from(tx, rows.OPEN_OF, given):
        if state.kind != CaseKind.REVERSED.value:
            writer.record(resolved_as(state, Resolution.MATCHED), ExceptionResolvedFact, "resolved")
    writer.write()


def _fact_of(
    state: CaseState, fact: type[ExceptionFact], action: str, comment: str, claim: Claim | None
) -> ExceptionFact:
    return fact(
        id=state.id,
        bank_account=state.bank_account,
        number=state.number,
        entry=state.entries + 1,
        action=action,
        kind=state.kind,
        status=state.status,
        line=state.line,
        account=state.account,
        account_version=state.account_version,
        statement=state.statement,
        day=state.day,
        amount=plain(state.amount),
        related=state.related,
        explanation=state.explanation,
        owner=state.owner,
        reason=state.reason,
        resolution=state.resolution,
        note=state.note,
        previous=state.changed_sequence,
        comment=comment,
        **(claim.fact() if claim else {}),
    )


def _row(entity_id: UUID, state: CaseState) -> dict[str, Any]:
    """The columns of the table. Amounts are texts, so that no digit is lost in JSON."""
    return {
        "id": state.id,
        "entity_id": entity_id,
        "bank_account_id": state.bank_account,
        "number": state.number,
        "kind": state.kind,
        "status": state.status,
        "line_id": state.line,
        "account_id": state.account_id,
        "account_version": state.account_version,
        "statement_id": state.statement,
        "day": state.day,
        "amount": plain(state.amount),
        "related": state.related,
        "explanation": state.explanation,
        "owner": state.owner,
        "reason": state.reason,
        "resolution": state.resolution,
        "note": state.note,
        "entries": state.entries,
        "event_sequence": state.event_sequence,
        "changed_sequence": state.changed_sequence,
        "opened_at": state.opened_at,
    }
