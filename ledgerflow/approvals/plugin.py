"""What proposals add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.approvals.home_checks import decided_of_mine, waiting_for_me
from ledgerflow.approvals.proof import FACTS, check_proposals
from ledgerflow.approvals.reading import pending_in
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Check, Command, HomeCheck, Plugin, Verifier

PLUGIN = Plugin(
    room="approvals",
    commands=(
        Command("approvals", gettext_noop("Approvals"), "approvals_proposal_changelist", "proposals decide", key="g p"),
    ),
    events=FACTS,
    checks=(Check("proposals", pending_in),),
    home_checks=(
        HomeCheck("waiting_for_me", gettext_noop("Approvals waiting for you"), 4, find_for=waiting_for_me),
        HomeCheck("decided_of_mine", gettext_noop("Decided of what you proposed"), 15, find_for=decided_of_mine),
    ),
    verifiers=(Verifier("proposals", check_proposals, facts=FACTS),),
    history_tables=frozenset({"approvals_proposal", "approvals_proposaldecision"}),
    helps=(
        PageHelp(
            "approvals_proposal",
            "A proposal is what one person wants to do and another one has to approve.",
            "Open it, read what it would do, and approve or reject it with a reason.",
            "Nobody approves his own, and what failed after its approval can be tried again without doing it twice.",
            "concepts.md#four-eyes",
        ),
    ),
)
