"""What drafting an application would do, before anything is written."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from apps.credits.catalogue.describing import ApplicationDescription, described
from apps.credits.catalogue.versions import APPLICATIONS, check_in_books
from apps.credits.files import ApplicationFile, application_of
from apps.credits.models import ApplicationVersion
from apps.operations.definitions import digest_of
from apps.operations.differences import differences
from apps.operations.versioning.keeping import CHANGED, NEW, SAME, Outcome
from ledgerflow.core.errors import FieldErrors, LedgerError


class Preview(NamedTuple):
    """Which version it would be, how it differs from the newest one, and why it could not be made active now."""

    outcome: Outcome
    number: int
    newest: ApplicationVersion | None
    differences: list[dict[str, str]]
    faults: list[str]
    application: ApplicationDescription


def preview(entity_id: UUID, said: ApplicationFile) -> Preview:
    """What drafting it would do. Nothing is written."""
    newest = APPLICATIONS.of_books(entity_id).filter(code=said.name).order_by("-number").first()
    faults, last = _faults(entity_id, said), 0 if newest is None else newest.number
    is_same = newest is not None and newest.digest == digest_of(said)
    number = last if is_same else last + 1
    outcome = SAME if is_same else CHANGED if last else NEW
    found = differences(newest.read(), said) if newest is not None else []
    return Preview(outcome, number, newest, found, faults, described(application_of(said), "books", number))


def _faults(entity_id: UUID, said: ApplicationFile) -> list[str]:
    try:
        check_in_books(entity_id, said.name, said)
    except FieldErrors as refusal:
        return list(refusal.errors.values())
    except LedgerError as refusal:
        return [refusal.message]
    return []
