"""What foreign exchange adds to the whole."""

from __future__ import annotations

from fx import kinds
from fx.rates.proof import check_rates
from fx.revaluation.closing_checks import (
    close_revaluations,
    fx_settlements_prove,
    new_day_reversals,
    unrevalued_currencies,
)
from fx.revaluation.demo import demo_exchange
from fx.revaluation.jump import revaluation_jump
from fx.revaluation.proof import check_deals
from ledgerflow.core.plugins import Check, CloseStep, NewDayJob, Plugin, Verifier

SCOPE_PERMISSIONS = {
    "read": ("rates.view_rate", "deals.view_settlement", "revaluation.view_revaluation"),
    "post": ("deals.add_settlement",),
    "manage": (
        "rates.add_rate",
        "rates.change_fxpolicy",
        "revaluation.add_valuationpair",
        "revaluation.add_revaluation",
    ),
}

PLUGIN = Plugin(
    room="fx",
    journal_kinds=(kinds.SETTLEMENT, kinds.REVALUATION),
    checks=(
        Check("unrevalued_currencies", unrevalued_currencies),
        Check("fx_settlements_prove", fx_settlements_prove, effect="block"),
        Check("revaluation_jump", revaluation_jump, effect="block"),
    ),
    close_steps=(CloseStep("revaluation", close_revaluations),),
    new_day_jobs=(NewDayJob("fx_reversals", new_day_reversals),),
    verifiers=(Verifier("rates", check_rates), Verifier("deals", check_deals)),
    history_tables=frozenset(
        {
            "rates_pair",
            "rates_rate",
            "deals_fxquote",
            "fx_settlement",
            "deals_settlementreversal",
            "fx_revaluation",
            "revaluation_revaluationline",
            "revaluation_pinnedrate",
        }
    ),
    never_deleted_tables=frozenset({"rates_fxpolicy", "revaluation_valuationpair"}),
    step_labels=(("fx_revaluations", "FX revaluations"), ("fx_reversal", "FX reversal")),
    demo=demo_exchange,
    scope_permissions=SCOPE_PERMISSIONS,
)
