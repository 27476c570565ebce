"""What Home says of the last proof of the books."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_noop

from journals.proof.models import ProofOutcome, ProofRun
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.plugins import Cure, Figures, HomeEntry, HomeLook

LATE_AFTER = timedelta(hours=26)  # every night, and two hours for it
WRONG = gettext_noop("The proof of {ended_at} found {count} faults in the books. The first: {problem}")
FAILED = gettext_noop("The proof of {ended_at} could not be carried out: {problem}")
LATE = gettext_noop("The books were proven last at {ended_at}.")
NEVER = gettext_noop("The books were never proven.")
CLEAN = gettext_noop("{ended_at}, clean")


def last_proof(entity_id: UUID) -> HomeLook:
    """What the last proof found, or that it is long ago."""
    last = ProofRun.objects.filter(entity_id=entity_id).order_by("-ended_at").first()
    cures = (Cure("Entity", "books_entity_change", entity_id),)
    if last is None:
        created_at = Entity.objects.values_list("created_at", flat=True).get(pk=entity_id)
        return HomeLook([HomeEntry(NEVER, {}, cures)] if _is_late(created_at) else [], is_told=False)
    figures: Figures = {"ended_at": last.ended_at, "count": last.faults, "problem": last.problem}
    if last.outcome != ProofOutcome.CLEAN:
        return HomeLook([HomeEntry(WRONG if last.outcome == ProofOutcome.FAULTS else FAILED, figures, cures)])
    if _is_late(last.ended_at):
        return HomeLook([HomeEntry(LATE, figures, cures)])
    return HomeLook(calm=HomeEntry(CLEAN, figures))


def _is_late(moment: datetime) -> bool:
    return moment < clocks.now() - LATE_AFTER
