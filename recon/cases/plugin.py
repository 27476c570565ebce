"""What exceptions of reconciliation add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Check, HomeCheck, Job, Plugin, Verifier
from recon.cases.events import FACTS
from recon.cases.home_checks import unmatched
from recon.cases.jobs import entities_with_bank_accounts, look_for_reversals, reconcile_all
from recon.cases.proof import check_exceptions
from recon.cases.reading import unreconciled

MINUTE = 60
HOUR = 60 * MINUTE

PLUGIN = Plugin(
    room="cases",
    events=FACTS,
    checks=(Check("unreconciled", unreconciled, effect="warn"),),
    home_checks=(HomeCheck("unmatched", gettext_noop("Unmatched lines"), 10, "cases.view_reconexception", unmatched),),
    jobs=(
        Job(
            "reversals_of_matched",
            look_for_reversals,
            minute="*",
            stale_after_seconds=MINUTE,
            entities=entities_with_bank_accounts,
        ),
        Job(
            "reconcile_all",
            reconcile_all,
            minute="20",
            stale_after_seconds=HOUR,
            entities=entities_with_bank_accounts,
            in_sequence=True,
        ),
    ),
    verifiers=(Verifier("recon_exceptions", check_exceptions, facts=FACTS),),
    never_deleted_tables={
        "cases_reconexception": (
            "kind", "status", "line_id", "account_id", "account_version", "statement_id", "day", "amount", "related",
            "explanation", "owner", "reason", "resolution", "note", "entries", "changed_sequence",
        ),
    },
    scope_permissions={"read": ("cases.view_reconexception",), "post": ("cases.change_reconexception",)},
    helps=(
        PageHelp(
            "cases_reconexception",
            "An exception is what reconciling left over on one of the two sides.",
            "Give it a reason and somebody who looks at it, and resolve it with what cures it.",
            "Each step is an event of the log, with who did what.",
            "reconciliation.md#exceptions",
        ),
    ),
)  # fmt: skip
