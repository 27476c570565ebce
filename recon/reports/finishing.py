"""Finishing a reconciliation: the statement at a date is kept as it is, with its hash in the log."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from django.db.models import QuerySet

from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.ids import uuid7
from recon.reports import rows
from recon.reports.errors import ReconciliationNotFinished, ReconRunNotFound
from recon.reports.events import ReconciliationFinishedFact
from recon.reports.models import ReconRun
from recon.reports.shapes import ReconReport
from recon.reports.statement import outstanding_of, recon_report


class FinishedRun(NamedTuple):
    """A finished reconciliation, and whether an earlier request with the same key has finished it."""

    run: ReconRun
    is_replayed: bool


def finish_reconciliation(
    entity_id: UUID, account: str, day: date, *, key: str, issuer: str = CLIENT, actor: str
) -> FinishedRun:
    """Keep the statement of a bank account at the end of `day`; event `reconciliation.finished`.

    Only one that ties, over proven statements without a gap, is kept. Raises `ReconciliationNotFinished` with the
    reasons, `NotFound`, `FutureDate` and `IdempotencyKeyReused`.
    """
    claim = claim_of(key, ["recon.finish", account, day], issuer)

    def work() -> FinishedRun:
        report = recon_report(entity_id, day, account)
        statement = report.statements[0]
        if not statement.can_finish:
            reasons = " ".join(statement.reasons)
            raise ReconciliationNotFinished(account=account, day=str(day), reasons=reasons)
        content = canonical.encode(report)
        sha256 = hashlib.sha256(content).hexdigest()

        def written(tx: Transaction, _: None) -> UUID:
            once.take(tx, claim)
            ((number,),) = tx.query(rows.NEXT_NUMBER, (statement.bank_account,)).fetchall()
            own = uuid7()
            fact = ReconciliationFinishedFact(
                id=own, bank_account=statement.bank_account, account=account, number=number, day=day,
                currency=statement.currency, book_balance=statement.book_balance,
                bank_balance=statement.bank_balance or "", items=len(list(outstanding_of(statement))),
                known=report.event_sequence, sha256=sha256, **claim.fact(),
            )  # fmt: skip
            sequence = tx.record(fact, str(own), actor)
            balances = (Decimal(fact.book_balance), Decimal(fact.bank_balance))
            kept = (*balances, fact.known, content.decode(), sha256, sequence, tx.recorded_at, actor)
            tx.query(rows.INSERT_RUN, (own, entity_id, statement.bank_account, number, day, *kept))
            tx.remember(*claim, sequence)
            return own

        return FinishedRun(run_in(entity_id, _write(entity_id, written)), is_replayed=False)

    def replay(sequence: int) -> FinishedRun:
        return FinishedRun(ReconRun.objects.get(entity_id=entity_id, event_sequence=sequence), is_replayed=True)

    return once.once(entity_id, claim, work, replay)


def runs_of(entity_id: UUID, bank_account: UUID | None = None) -> QuerySet[ReconRun]:
    """The finished reconciliations of an entity, or of one bank account, without what was kept of them."""
    found = ReconRun.objects.filter(entity_id=entity_id).defer("content").select_related("bank_account__account")
    return found if bank_account is None else found.filter(bank_account_id=bank_account)


def run_in(entity_id: UUID, run_id: UUID) -> ReconRun:
    """One of them. Raises `NotFound`."""
    found = ReconRun.objects.filter(entity_id=entity_id, pk=run_id).select_related("bank_account__account").first()
    if found is None:
        raise ReconRunNotFound
    return found


def report_of(run: ReconRun) -> ReconReport:
    """The report as it was kept."""
    return msgspec.json.decode(run.content, type=ReconReport)


def _write(entity_id: UUID, work: Any) -> UUID:
    try:
        own: UUID = write(entity_id, work, repeatable=True)
    except psycopg.IntegrityError as error:
        raise refusal_for(error) from error
    return own
