"""Files in the editor: those that a form has sent, and those that are kept with its draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest

from journals.attachments.admin import ACCEPT, FIELD, size_text, store_upload
from journals.by_hand.keeping_files import files_of
from journals.drafts import AttachedFile
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import person_in


class FileOnPage(NamedTuple):
    id: UUID
    name: str
    size: str


def files_in(request: HttpRequest) -> tuple[Sequence[AttachedFile], bool]:
    """The files of a form that are taken, and whether all are; what is refused is said above the form."""
    taken, all_taken = [], True
    for upload in request.FILES.getlist(FIELD):
        try:
            taken.append(store_upload(upload))
        except LedgerError as refusal:
            messages.error(request, refusal_text(refusal))
            all_taken = False
    return taken, all_taken


def files_on_page(request: HttpRequest, entity: Entity, draft_id: UUID) -> dict[str, Any]:
    """What the part of the page needs."""
    rows = files_of(entity.pk, person_in(request), draft_id)
    return {"accept": ACCEPT, "list": [FileOnPage(row.pk, row.name, size_text(row.size)) for row in rows]}
