"""What revaluations add to the whole."""

from __future__ import annotations

from fx.revaluation.closing_checks import close_revaluations, new_day_reversals, unrevalued_currencies
from fx.revaluation.demo import demo_exchange
from fx.revaluation.events import FxRevaluedFact, ValuationPairedFact
from fx.revaluation.jump import revaluation_jump
from fx.revaluation.proof import FACTS, check_revaluations
from fx.revaluation.runs import REVALUATION_KIND
from fx.revaluation.valuation_pairs import PORTABLE
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Check, CloseStep, NewDayJob, Plugin, Verifier

PLUGIN = Plugin(
    room="revaluation",
    events=(ValuationPairedFact, FxRevaluedFact),
    journal_kinds=(REVALUATION_KIND,),
    checks=(
        Check("unrevalued_currencies", unrevalued_currencies),
        Check("revaluation_jump", revaluation_jump, effect="block"),
    ),
    close_steps=(CloseStep("revaluation", close_revaluations),),
    new_day_jobs=(NewDayJob("fx_reversals", new_day_reversals),),
    portables=(PORTABLE,),
    verifiers=(Verifier("revaluations", check_revaluations, facts=FACTS),),
    history_tables=frozenset({"revaluation_revaluation", "revaluation_revaluationline", "revaluation_pinnedrate"}),
    never_deleted_tables={
        "revaluation_valuationpair": ("valuation_id", "event_sequence", "recorded_at", "actor"),
    },
    scope_permissions={
        "read": ("revaluation.view_revaluation",),
        "manage": ("revaluation.add_valuationpair", "revaluation.add_revaluation"),
    },
    step_labels=(("fx_revaluations", "FX revaluations"), ("fx_reversal", "FX reversal")),
    demo=demo_exchange,
    helps=(
        PageHelp(
            "revaluation_valuationpair",
            "These are the accounts in other currencies that are measured at the rate of the day.",
            "Open one with the accounts that its gains and losses go to.",
            "They are measured at each close of a day.",
            "fx.md#revaluation",
        ),
        PageHelp(
            "revaluation_revaluation",
            "A revaluation measured the accounts in other currencies at the rates of a day.",
            "Open it to see what each account was and became.",
            "Accounts that were left out are named with the rate that is missing.",
            "fx.md#revaluation",
        ),
    ),
)
