"""What operation templates add to the whole."""

from __future__ import annotations

from apps.operations import running, versions
from apps.operations.definitions import KIND
from apps.operations.proof import FACTS, check_templates
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import JournalKindSpec, Permission, Plugin, ProposalKind, Verifier

PLUGIN = Plugin(
    room="operations",
    events=FACTS,
    journal_kinds=(JournalKindSpec(KIND, "Operation", of_templates=True),),
    verifiers=(Verifier("templates", check_templates, facts=FACTS),),
    proposal_kinds=(
        ProposalKind(
            versions.KIND, "Activate a version of a template", versions.PERMISSION, versions.carry_out, versions.is_done
        ),
        ProposalKind(
            running.KIND, "Operation that takes two people", running.PERMISSION, running.carry_out, running.is_done
        ),
    ),
    permissions=(
        Permission(versions.PERMISSION, "Can propose and approve to activate a version of a template, and retire one"),
        Permission(running.PERMISSION, "Can propose and approve an operation that takes two people"),
    ),
    history_tables=frozenset({"operations_templateversion", "operations_templatestep"}),
    role_permissions={"operator": ("operations.propose_operation",)},
    scope_permissions={"read": ("operations.view_templateversion",), "manage": (versions.PERMISSION,)},
    helps=(
        PageHelp(
            "operations_templateversion",
            "A template turns one operation with its parameters into a journal.",
            "Draft a version, compare it, and have a second person activate it.",
            "A journal says by which version it was made.",
            "operations-templates.md#versions",
        ),
    ),
)
