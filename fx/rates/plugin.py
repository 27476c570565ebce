"""What exchange rates add to the whole."""

from __future__ import annotations

from fx.rates.events import FxPolicyFact, RatesRecordedFact
from fx.rates.proof import check_rates
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="rates",
    events=(RatesRecordedFact, FxPolicyFact),
    verifiers=(Verifier("rates", check_rates),),
    history_tables=frozenset({"rates_pair", "rates_rate"}),
    never_deleted_tables=frozenset({"rates_fxpolicy"}),
    scope_permissions={"read": ("rates.view_rate",), "manage": ("rates.add_rate", "rates.change_fxpolicy")},
)
