"""What foreign exchange adds to the whole."""

from __future__ import annotations

from fx import kinds
from fx.closing_checks import close_revaluations, fx_settlements_prove, new_day_reversals, unrevalued_currencies
from fx.demo import demo_exchange
from fx.revaluation_jump import revaluation_jump
from fx.verification import check_rates
from fx.verification_deals import check_deals
from ledgerflow.core.plugins import Check, CloseStep, NewDayJob, Plugin, Verifier

SCOPE_PERMISSIONS = {
    "read": ("fx.view_rate", "fx.view_settlement", "fx.view_revaluation"),
    "post": ("fx.add_settlement",),
    "manage": ("fx.add_rate", "fx.change_fxpolicy", "fx.add_valuationpair", "fx.add_revaluation"),
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
            "fx_pair",
            "fx_rate",
            "fx_fxquote",
            "fx_settlement",
            "fx_settlementreversal",
            "fx_revaluation",
            "fx_revaluationline",
            "fx_pinnedrate",
        }
    ),
    never_deleted_tables=frozenset({"fx_fxpolicy", "fx_valuationpair"}),
    step_labels=(("fx_revaluations", "FX revaluations"), ("fx_reversal", "FX reversal")),
    demo=demo_exchange,
    scope_permissions=SCOPE_PERMISSIONS,
)
