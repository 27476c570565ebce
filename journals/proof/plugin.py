"""What the proof of the books adds to the whole."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_noop

from journals.proof.home_checks import last_proof
from journals.proof.jobs import prove
from journals.proof.kinds import check_kinds
from journals.proof.orphans import log_orphans
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import HomeCheck, Job, Plugin, Verifier

HOUR = 3600


def one_entity() -> Iterable[UUID]:
    """Any: what is done once a night for all books together needs one to be started for."""
    return Entity.objects.order_by("id").values_list("id", flat=True)[:1]


PLUGIN = Plugin(
    room="proof",
    verifiers=(Verifier("kinds", check_kinds),),
    home_checks=(HomeCheck("last_proof", gettext_noop("Proof of the books"), 1, "books.view_entity", last_proof),),
    history_tables=frozenset({"proof_proofrun"}),
    jobs=(
        Job("verify_all_books", prove, minute="0", hour="3", stale_after_seconds=12 * HOUR, in_sequence=True),
        Job("find_orphans", log_orphans, minute="30", hour="2", stale_after_seconds=12 * HOUR, entities=one_entity),
    ),
)
