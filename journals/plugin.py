"""What the journals add to the whole."""

from __future__ import annotations

from journals.api.commands import KINDS as COMMAND_KINDS
from journals.events import JournalFact
from journals.models import Kind
from ledgerflow.core.plugins import JournalKindSpec, Plugin

KINDS = (Kind.TRANSFER, Kind.MANUAL, Kind.REVERSAL, Kind.OPENING, Kind.IMPORTED)

PLUGIN = Plugin(
    room="journals",
    events=(JournalFact,),
    journal_kinds=tuple(
        JournalKindSpec(kind.value, str(kind.label), of_templates=kind is Kind.MANUAL) for kind in KINDS
    ),
    command_kinds=COMMAND_KINDS,
    history_tables=frozenset({"journals_journal", "journals_journalkind", "journals_posting"}),
    never_deleted_tables={
        "journals_daytotal": ("debits", "credits", "count"),
    },
    scope_permissions={"read": ("journals.view_journal",), "post": ("journals.add_journal",)},
)
