"""Reading proposals: where they stand, and whom they wait for."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.core import clocks
from ledgerflow.core.errors import NotOneOf
from ledgerflow.core.people import person_of
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Cure, Finding, registry

PENDING = "pending"
EXPIRED = "expired"
WAITS = phrase("A proposal waits for approval: {kind} {subject}.")
STATUSES = (PENDING, *Decision.values, EXPIRED)


def status_of(proposal: Proposal, now: datetime | None = None) -> str:
    """One of `STATUSES`; only what nobody decided can expire."""
    decision = getattr(proposal, "decision", None)
    if decision is not None:
        return str(decision.decision)
    return EXPIRED if proposal.expires_at <= (now or clocks.now()) else PENDING


def with_status(proposals: QuerySet[Proposal], status: str, now: datetime | None = None) -> QuerySet[Proposal]:
    """Those of `proposals` that stand there. Raises `Malformed` for a status there is not."""
    now = now or clocks.now()
    if status == PENDING:
        return proposals.filter(decision=None, expires_at__gt=now)
    if status == EXPIRED:
        return proposals.filter(decision=None, expires_at__lte=now)
    if status not in STATUSES:
        raise NotOneOf(pointer="/status", choices=", ".join(STATUSES), what="status")
    return proposals.filter(decision__decision=status)


def pending_in(entity_id: UUID, _day: date) -> list[Finding]:
    """For the close of a day: a sentence for each proposal of these books that waits for a second person."""
    rows = with_status(Proposal.objects.filter(entity_id=entity_id), PENDING).order_by("pk")
    return [
        Finding(
            WAITS.format(kind=row.kind, subject=row.subject),
            Cure("Decide", "approvals_proposal_change", row.pk),
        )
        for row in rows
    ]


def is_executed(proposal: Proposal) -> bool:
    """Whether an approved proposal was carried out, by what it left in the books."""
    known = registry.proposal_kinds.get(proposal.kind)
    return known is not None and status_of(proposal) == Decision.APPROVED and known.already_done(proposal)


def title_of(proposal: Proposal) -> str:
    """What people read for its kind."""
    known = registry.proposal_kinds.get(proposal.kind)
    return known.title if known else proposal.kind


def kinds_open_to(user: User | AnonymousUser) -> list[str]:
    """The kinds of proposal that the user may make and decide."""
    return [kind for kind, known in registry.proposal_kinds.items() if user.has_perm(known.permission)]


def waiting_for(user: User | AnonymousUser) -> QuerySet[Proposal]:
    """The pending proposals of all books that this user may approve: not the user's own."""
    pending = with_status(Proposal.objects.filter(kind__in=kinds_open_to(user)), PENDING)
    return pending.filter(~Q(proposed_by=person_of(user)))
