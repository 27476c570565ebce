"""Proving with a record of it: time and outcome of each run."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from journals.proof.ledger import Verified, verify
from journals.proof.models import MAX_PROBLEM, ProofOutcome, ProofRun
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.core import clocks
from ledgerflow.core.failures import described

log = structlog.get_logger(__name__)


def prove_and_keep(entity_id: UUID, **given: Any) -> Verified:
    """`verify`, with time and outcome kept. Raises what it raises, also after that was kept."""
    started_at = clocks.now()
    try:
        verified = verify(entity_id, **given)
    except EntityNotFound:
        raise
    except Exception as error:
        _keep(entity_id, started_at, ProofOutcome.FAILED, problem=str(described(error)["message"]))
        raise
    found = verified.faults
    outcome = ProofOutcome.FAULTS if found else ProofOutcome.CLEAN
    problem = str(found[0]) if found else ""
    _keep(entity_id, started_at, outcome, faults=len(found), events=verified.events, problem=problem)
    return verified


def _keep(
    entity_id: UUID, started_at: datetime, outcome: ProofOutcome, *, faults: int = 0, events: int = 0, problem: str = ""
) -> None:
    """Where nothing can be written, such as on a copy that is only read, the proof counts all the same."""
    # The clock of a machine may be put back while it verifies.
    ended_at = max(clocks.now(), started_at)
    row = ProofRun(
        entity_id=entity_id, started_at=started_at, ended_at=ended_at, outcome=outcome, faults=faults, events=events,
        problem=problem.replace("\x00", "")[:MAX_PROBLEM],
    )  # fmt: skip
    try:
        row.save(force_insert=True)
    except Exception:
        log.exception("proof_not_kept", entity=str(entity_id), outcome=outcome.value)
