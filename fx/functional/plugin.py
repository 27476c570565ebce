"""What base amounts add to the whole."""

from __future__ import annotations

from fx.functional.events import BaseAmountsMeasuredFact, CarriedAtFact
from fx.functional.measuring import measure_day
from fx.functional.proof import FACTS, check_functional
from ledgerflow.core.plugins import CloseStep, Plugin, Verifier

PLUGIN = Plugin(
    room="functional",
    events=(BaseAmountsMeasuredFact, CarriedAtFact),
    close_steps=(CloseStep("base_amounts", measure_day),),
    verifiers=(Verifier("base_amounts", check_functional, facts=FACTS),),
    history_tables=frozenset(
        {
            "functional_basemeasure",
            "functional_measuredrate",
            "functional_basesnapshot",
            "functional_ownrate",
            "functional_carriedline",
        }
    ),
    scope_permissions={"manage": ("functional.add_ownrate",)},
    step_labels=(("base_amounts", "Base amounts"),),
)
