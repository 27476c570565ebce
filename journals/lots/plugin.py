"""What lots add to the whole."""

from __future__ import annotations

from journals.lots.expiring import KIND, expire_lots
from journals.lots.proof import check_lots
from ledgerflow.core.plugins import JournalKindSpec, NewDayJob, Plugin, Verifier

PLUGIN = Plugin(
    room="lots",
    # Frozen or not, what is over is over.
    journal_kinds=(JournalKindSpec(KIND, "Expiry of lots", passes_freeze=True),),
    new_day_jobs=(NewDayJob("expire_lots", expire_lots),),
    verifiers=(Verifier("lots", check_lots),),
    history_tables=frozenset({"lots_lotentry"}),
    never_deleted_tables={
        "lots_lot": ("remaining", "pinned", "entries", "cost_left"),
        "lots_pin": ("amount",),
    },
    scope_permissions={"read": ("lots.view_lot",)},
)
