"""Attachments on the pages of journals: the list with its form, attaching, and the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from journals.attachments.attaching import attach, attachment_with
from journals.attachments.kinds import KINDS, MOST
from journals.attachments.models import Attachment
from journals.attachments.serving import download
from journals.attachments.storing import store
from journals.drafts import AttachedFile
from journals.models import Journal
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import amount_text
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import actor_of

FIELD = "files"
ACCEPT = ",".join(f".{ending}" for ending in KINDS)
UNIT = 1000
UNITS = ("kB", "MB", "GB")


class AttachmentOnPage(NamedTuple):
    row: Attachment
    size: str
    kind: str


def attachments_on_page(journal: Journal) -> dict[str, Any]:
    """What the part of the page needs: the list, and the key that makes a form which is sent twice attach once."""
    rows = Attachment.objects.filter(journal=journal).order_by("number")
    return {
        "attachments": [AttachmentOnPage(row, size_text(row.size), kind_text(row.name)) for row in rows],
        "attaching": {"key": f"desk:{uuid7()}", "accept": ACCEPT, "most": MOST},
    }


def attach_page(request: HttpRequest, journal: Journal) -> HttpResponse:
    """Attach what was chosen, all of it or nothing, and go back to the page of the journal."""
    try:
        files = [store_upload(upload) for upload in request.FILES.getlist(FIELD)]
        if files:
            key = request.POST.get("key", "")
            said = _attached(journal, files, key, actor_of(request))
            messages.success(request, said)
        else:
            messages.warning(request, gettext("Choose a file first."))
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
    return _back_to(journal)


def file_page(request: HttpRequest, journal: Journal, sha256: str) -> HttpResponseBase:
    """The file to save; where it cannot be had, the page of the journal says why."""
    try:
        return download(attachment_with(journal.entity_id, journal.pk, sha256))
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
        return _back_to(journal)


def store_upload(upload: UploadedFile[Any]) -> AttachedFile:
    """Keep a file that a form has sent. Raises as `store`."""
    return store(upload.name or "", upload.chunks())


def size_text(size: int) -> str:
    """A number of bytes as people read it."""
    if size < UNIT:
        return ngettext("%(size)d byte", "%(size)d bytes", size) % {"size": size}
    power = 1 + (size >= UNIT**2) + (size >= UNIT**3)
    amount = (Decimal(size) / UNIT**power).quantize(Decimal("0.1"))
    return f"{amount_text(amount)} {UNITS[power - 1]}"


def kind_text(name: str) -> str:
    """What people call its type."""
    return name.rpartition(".")[2].upper()


def _attached(journal: Journal, files: Sequence[AttachedFile], key: str, actor: str) -> str:
    done = attach(journal.entity_id, journal.pk, files, key=key, issuer="admin", actor=actor)
    if done.is_replayed:
        return gettext("This was attached already.")
    count = len(done.attachments)
    return ngettext("%(count)d file is attached.", "%(count)d files are attached.", count) % {"count": count}


def _back_to(journal: Journal) -> HttpResponse:
    return redirect(reverse("admin:journals_journal_change", args=[journal.pk]) + "#attachments")
