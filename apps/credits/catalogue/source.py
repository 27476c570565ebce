"""The active applications of the books, as `registry` is handed them.

They are looked at once in `STALE_SECONDS` for each process and entity, so that a spend costs no query more. For that
long another process may go on with the version before. The process that carried an activation out sees it at once. A
retry is not concerned: its fingerprint is of what was asked for, and not of the definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from time import monotonic
from uuid import UUID

from apps.credits.applications import Application
from apps.credits.catalogue.versions import APPLICATIONS
from apps.credits.files import application_of
from apps.credits.models import ApplicationVersion
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy

STALE_SECONDS = 2.0


def active_applications(entity_id: UUID) -> Mapping[str, Application]:
    """The applications of an entity by name."""
    return _active(entity_id, int(monotonic() / STALE_SECONDS))


def carry_out(proposal: Proposal, approved: ApprovedBy) -> None:
    """Make a version active, and have this process use it at once."""
    APPLICATIONS.carry_out(proposal, approved)
    _active.cache_clear()


def retire(entity_id: UUID, name: str, number: int, *, actor: str) -> ApplicationVersion:
    """Have the active version active no more, and this process use it no more at once."""
    retired = APPLICATIONS.retire(entity_id, name, number, actor=actor)
    _active.cache_clear()
    return retired


@lru_cache(maxsize=512)
def _active(entity_id: UUID, _tick: int) -> dict[str, Application]:
    return {row.code: application_of(row.read()) for row in APPLICATIONS.active(entity_id).order_by("code")}
