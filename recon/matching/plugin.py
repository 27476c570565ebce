"""What matching adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import Command, Plugin, Verifier
from recon.matching.differences import DIFFERENCE
from recon.matching.events import MatchConfirmedFact, MatchRejectedFact, MatchRulesSetFact, MatchUnmatchedFact
from recon.matching.proof import FACTS, check_matches

PLUGIN = Plugin(
    room="matching",
    commands=(
        Command(
            "matches",
            gettext_noop("Matching"),
            "matching_match_changelist",
            "reconcile matches",
            "matching.view_match",
            "g m",
        ),
    ),
    events=(MatchConfirmedFact, MatchUnmatchedFact, MatchRejectedFact, MatchRulesSetFact),
    journal_kinds=(DIFFERENCE,),
    verifiers=(Verifier("matching", check_matches, facts=FACTS),),
    history_tables=frozenset({"matching_matchrules", "matching_matchrejection"}),
    never_deleted_tables={
        "matching_match": ("status", "changed_sequence"),
        "matching_matchitem": ("is_active",),
    },
    scope_permissions={
        "read": ("matching.view_match",),
        "post": ("matching.change_match",),
        "manage": ("matching.change_matchrules",),
    },
)
