"""What credits add to the whole."""

from __future__ import annotations

from apps.credits.catalogue import proof as catalogue_proof
from apps.credits.catalogue import source, versions
from apps.credits.proof import FACTS, check_credits
from apps.credits.wallets import KIND
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import JournalKindSpec, Permission, Plugin, ProposalKind, Verifier

PLUGIN = Plugin(
    room="credits",
    events=(*FACTS, *catalogue_proof.FACTS),
    journal_kinds=(JournalKindSpec(KIND, "Credits"),),
    verifiers=(
        Verifier("credits", check_credits, facts=FACTS),
        Verifier("applications", catalogue_proof.check_applications, facts=catalogue_proof.FACTS),
    ),
    proposal_kinds=(
        ProposalKind(
            versions.KIND,
            "Activate a version of an application",
            versions.PERMISSION,
            source.carry_out,
            versions.APPLICATIONS.is_done,
        ),
    ),
    permissions=(
        Permission(versions.PERMISSION, "Can draft, propose and approve versions of an application, and retire one"),
    ),
    history_tables=frozenset({"credits_turn", "credits_applicationversion", "credits_applicationstep"}),
    role_permissions={"operator": ("credits.run_operation",)},
    scope_permissions={"read": ("credits.view_applicationversion",), "manage": (versions.PERMISSION,)},
    helps=(
        PageHelp(
            "credits_applicationversion",
            "A version of an application says which operations its users' credits have.",
            "Draft it, try it out, and have a second person activate it.",
            "What ran under an earlier version stays as it was.",
            "credits.md#applications-kept-in-the-books",
        ),
    ),
)
