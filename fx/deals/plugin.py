"""What quotes and settlements add to the whole."""

from __future__ import annotations

from fx.deals import kinds
from fx.deals.checks import fx_settlements_prove
from fx.deals.events import FxQuotedFact, FxSettledFact, FxSettlementReversedFact
from fx.deals.proof import FACTS, check_deals
from ledgerflow.core.plugins import Check, Plugin, Verifier

PLUGIN = Plugin(
    room="deals",
    events=(FxQuotedFact, FxSettledFact, FxSettlementReversedFact),
    journal_kinds=(kinds.SETTLEMENT,),
    checks=(Check("fx_settlements_prove", fx_settlements_prove, effect="block"),),
    verifiers=(Verifier("deals", check_deals, facts=FACTS),),
    history_tables=frozenset({"deals_fxquote", "deals_settlement", "deals_settlementreversal"}),
    scope_permissions={"read": ("deals.view_settlement",), "post": ("deals.add_settlement",)},
)
