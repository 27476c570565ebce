"""What attachments add to the whole."""

from __future__ import annotations

from journals.attachments.events import JournalAttachedFact
from journals.attachments.proof import check_attachments
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="attachments",
    events=(JournalAttachedFact,),
    verifiers=(Verifier("attachments", check_attachments, facts=(JournalAttachedFact,)),),
    history_tables=frozenset({"attachments_attachment"}),
)
