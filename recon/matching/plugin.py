"""What matching adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
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
    helps=(
        PageHelp(
            "matching_match",
            "A match says which lines of the bank and of the books are one and the same.",
            "Match by hand what the passes left, or unmatch with a reason.",
            "Both sides must be equal, unless the difference is posted with it.",
            "matching.md#working-by-hand",
        ),
        PageHelp(
            "matching_matchsuggestion",
            "A suggestion is a match that is likely and not certain.",
            "Confirm it or reject it; its score says why it was made.",
            "What was rejected is not suggested again.",
            "matching.md#what-is-confirmed",
        ),
        PageHelp(
            "matching_matchrejection",
            "These are matches that somebody said are none.",
            "Look here for who said so, and when.",
            "They are not suggested again.",
            "matching.md#what-is-confirmed",
        ),
        PageHelp(
            "matching_matchrules",
            "The rules say which passes run for a bank account and how near amounts and dates must be.",
            "Change them with a reason, and compare two versions.",
            "They count from the next run on.",
            "matching.md#rules",
        ),
    ),
)
