"""What base amounts add to the whole."""

from __future__ import annotations

from fx.functional.events import BaseAmountsMeasuredFact, CarriedAtFact
from fx.functional.measuring import measure_day
from fx.functional.proof import FACTS, check_functional
from ledgerflow.core.page_help import PageHelp
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
    helps=(
        PageHelp(
            "books_entity_base_currency",
            "This page changes the currency that the books are measured in, from a day on.",
            "Give the currency, the first day and the reason; another person may have to approve it.",
            "What was measured before that day stays as it is.",
            "fx.md#when-the-base-currency-changes",
        ),
        PageHelp(
            "functional_ownrate",
            "An own rate measures one journal at a rate of its own, as a contract says.",
            "Look here for which journals have one.",
            "All other lines are measured at the rate of their day.",
            "fx.md#functional-currency",
        ),
    ),
)
