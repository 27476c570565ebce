"""What reports of reconciliation add to the whole."""

from __future__ import annotations

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Plugin, Verifier
from recon.reports.proof import FACTS, check_runs

PLUGIN = Plugin(
    room="reports",
    events=FACTS,
    verifiers=(Verifier("recon_runs", check_runs, facts=FACTS),),
    history_tables=frozenset({"recon_reports_reconrun"}),
    scope_permissions={
        "read": ("recon_reports.view_reconrun",),
        "post": ("recon_reports.add_reconrun",),
    },
    helps=(
        PageHelp(
            "recon_reports_reconrun",
            "A run compared a bank account with the books and kept what it found.",
            "Open it for the bridge from one balance to the other.",
            "What it found stays as it was on its day.",
            "reconciliation.md#a-run",
        ),
    ),
)
