"""What open items add to the whole."""

from __future__ import annotations

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Plugin, Verifier
from recon.open_items.events import FACTS
from recon.open_items.portable import PORTABLES
from recon.open_items.proof import check_open_items

PLUGIN = Plugin(
    room="open_items",
    events=FACTS,
    portables=PORTABLES,
    verifiers=(Verifier("open_items", check_open_items, facts=FACTS),),
    history_tables=frozenset(
        {
            "open_items_itemaccount",
            "open_items_duedate",
            "open_items_allocation",
            "open_items_allocationundo",
        }
    ),
    scope_permissions={
        "read": ("open_items.view_allocation",),
        "post": ("open_items.add_allocation", "open_items.add_duedate"),
        "manage": ("open_items.add_itemaccount",),
    },
    helps=(
        PageHelp(
            "open_items_allocation",
            "An allocation says which payments settle which invoices.",
            "Run the suggestions, keep one by hand, or undo one with a reason.",
            "It changes no balance; exchange differences are posted where a currency asks for it.",
            "open-items.md#allocating",
        ),
    ),
)
