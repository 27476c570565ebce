"""Admin pages of checkpoints: what was signed of the log of each set of books, to read and to hand on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext

from ledgerflow.core.sentences import refusal_text
from ledgerflow.events.checkpoints.errors import CheckpointKeyUnusable
from ledgerflow.events.checkpoints.keys import verifier_keys
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.notes import NoteRefusedError, VerifierKey, opened
from ledgerflow.events.checkpoints.reading import as_base64
from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.admin_filters import EntityFilter


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin[Checkpoint]):
    list_display = ("size", "number", "root_text", "created_at")
    list_filter = (EntityFilter,)
    ordering = ("-size",)
    nothing = "No checkpoint was made yet. One is made when the log has grown enough."
    detail_template = "ledgerflow/admin/checkpoint.html"

    @admin.display(description="Root of the tree")
    def root_text(self, checkpoint: Checkpoint) -> str:
        return as_base64(checkpoint.root)

    def detail_context(self, request: HttpRequest, row: Checkpoint) -> dict[str, Any]:
        keys, problem = keys_and_problem(row.note)
        return {
            "title": gettext("Checkpoint of %(size)s events") % {"size": row.size},
            "root": as_base64(row.root),
            "keys": keys,
            "problem": problem,
        }


def keys_and_problem(note: str) -> tuple[list[VerifierKey], str]:
    """The public keys of the log that a note is of, and why the note is not signed by one of them; "" when it is."""
    try:
        keys = verifier_keys(note.partition("\n")[0])
    except CheckpointKeyUnusable as refusal:
        return [], refusal_text(refusal)
    try:
        opened(note, keys)
    except NoteRefusedError as error:
        return keys, str(error)
    return keys, ""
