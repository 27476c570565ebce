"""What exchange rates add to the whole."""

from __future__ import annotations

from fx.rates.policies import PORTABLE
from fx.rates.proof import FACTS, check_rates
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="rates",
    events=FACTS,
    portables=(PORTABLE,),
    verifiers=(Verifier("rates", check_rates, facts=FACTS),),
    history_tables=frozenset({"rates_pair", "rates_rate"}),
    never_deleted_tables={
        "rates_fxpolicy": (
            "max_age_days",
            "max_jump_percent",
            "rounding",
            "revaluation_method",
            "revalue",
            "max_revaluation_percent",
            "revision",
        ),
    },
    scope_permissions={"read": ("rates.view_rate",), "manage": ("rates.add_rate", "rates.change_fxpolicy")},
)
