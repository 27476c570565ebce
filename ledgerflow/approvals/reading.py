"""Reading proposals: where they stand, and whom they wait for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.core import clocks
from ledgerflow.core.errors import NotOneOf
from ledgerflow.core.people import may, person_of
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


def kinds_open_to(user: User | AnonymousUser, entity_id: UUID | None = None) -> list[str]:
    """The kinds of proposal that the user may make and decide, in these books or in those of the page."""
    return [kind for kind, known in registry.proposal_kinds.items() if may(user, known.permission, entity_id)]


def waiting_for(user: User | AnonymousUser, entities: Iterable[UUID]) -> QuerySet[Proposal]:
    """The pending proposals of these books that this user may approve: not the user's own."""
    by_kinds: dict[tuple[str, ...], list[UUID]] = {}
    for entity_id in entities:
        by_kinds.setdefault(tuple(kinds_open_to(user, entity_id)), []).append(entity_id)
    his = [Q(kind__in=kinds, entity__in=books) for kinds, books in by_kinds.items() if kinds]
    pending = with_status(Proposal.objects.filter(reduce(or_, his)) if his else Proposal.objects.none(), PENDING)
    return pending.filter(~Q(proposed_by=person_of(user)))
