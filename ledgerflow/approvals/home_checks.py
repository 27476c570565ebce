"""What Home tells a person of proposals: those that wait for him, and what became of his own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop

from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.approvals.reading import title_of, waiting_for
from ledgerflow.core import clocks
from ledgerflow.core.people import person_of
from ledgerflow.core.plugins import HOME_MOST, Cure, Figures, HomeEntry, HomeLook

NEWS_FOR = timedelta(days=3)
MOST = 500  # over all books of the page
WAITS = gettext_noop("{title}: {subject}, by {name}, {proposed_at}.")
DECIDED = {
    Decision.APPROVED: gettext_noop("{title}: {subject} was approved by {name}, {decided_at}."),
    Decision.REJECTED: gettext_noop("{title}: {subject} was rejected by {name}, {decided_at}."),
    Decision.WITHDRAWN: gettext_noop("{title}: {subject} was withdrawn by {name}, {decided_at}."),
}


def waiting_for_me(user: Any, entities: Sequence[UUID]) -> dict[UUID, HomeLook]:
    """Pending proposals that this user may approve, the one that expires first before others. One query."""
    rows = waiting_for(user, entities).order_by("expires_at", "pk")[:MOST]
    return _looks((row.entity_id, _waits(row)) for row in rows)


def decided_of_mine(user: Any, entities: Sequence[UUID]) -> dict[UUID, HomeLook]:
    """What others decided of this user's proposals in the last days, the newest first. One query."""
    person, since = person_of(user), clocks.now() - NEWS_FOR
    # What was decided had not expired, so that the index by expiry finds the few that count.
    mine = Proposal.objects.filter(entity__in=entities, expires_at__gte=since, proposed_by=person)
    decided = mine.filter(decision__decided_at__gte=since).exclude(decision__decided_by=person)
    rows = decided.select_related("decision").order_by("-decision__decided_at")[:MOST]
    return _looks((row.entity_id, _decided(row)) for row in rows)


def _waits(row: Proposal) -> HomeEntry:
    figures: Figures = {
        "title": title_of(row),
        "subject": row.subject,
        "name": row.proposed_by_name,
        "proposed_at": row.proposed_at,
    }
    return HomeEntry(WAITS, figures, (Cure("Decide", "approvals_proposal_change", row.pk),))


def _decided(row: Proposal) -> HomeEntry:
    decision = row.decision
    figures: Figures = {
        "title": title_of(row),
        "subject": row.subject,
        "name": decision.decided_by_name,
        "decided_at": decision.decided_at,
    }
    sentence = DECIDED[Decision(decision.decision)]
    return HomeEntry(sentence, figures, (Cure("Read", "approvals_proposal_change", row.pk),))


def _looks(found: Iterable[tuple[UUID, HomeEntry]]) -> dict[UUID, HomeLook]:
    entries: dict[UUID, list[HomeEntry]] = {}
    for entity_id, entry in found:
        entries.setdefault(entity_id, []).append(entry)
    return {entity_id: HomeLook(some[: HOME_MOST + 1]) for entity_id, some in entries.items()}
