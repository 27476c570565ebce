"""What quotes and settlements add to the whole."""

from __future__ import annotations

from fx.deals import kinds
from fx.deals.checks import fx_settlements_prove
from fx.deals.events import FxQuotedFact, FxSettledFact, FxSettlementReversedFact
from fx.deals.proof import FACTS, check_deals
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Check, Plugin, Verifier

PLUGIN = Plugin(
    room="deals",
    events=(FxQuotedFact, FxSettledFact, FxSettlementReversedFact),
    journal_kinds=(kinds.SETTLEMENT,),
    checks=(Check("fx_settlements_prove", fx_settlements_prove, effect="block"),),
    verifiers=(Verifier("deals", check_deals, facts=FACTS),),
    history_tables=frozenset({"deals_fxquote", "deals_settlement", "deals_settlementreversal"}),
    role_permissions={"operator": ("deals.add_fxquote",), "controller": ("deals.change_settlement",)},
    scope_permissions={"read": ("deals.view_settlement",), "post": ("deals.add_settlement",)},
    helps=(
        PageHelp(
            "deals_fxquote",
            "A quote promises a rate to somebody for a short time.",
            "Settle it while it stands.",
            "After its time it is refused, and a new one has to be asked for.",
            "fx.md#converting",
        ),
        PageHelp(
            "deals_settlement",
            "A settlement turned money of one currency into another, in a journal for each.",
            "Open it to see its rate and its journals.",
            "It is reversed as a whole, never one half alone.",
            "fx.md#settlements",
        ),
    ),
)
