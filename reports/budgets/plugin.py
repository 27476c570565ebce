"""What budgets add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Plugin, Verifier
from reports.budgets.events import FACTS
from reports.budgets.portable import BUDGET
from reports.budgets.proof import check_budgets

PLUGIN = Plugin(
    room="budgets",
    events=FACTS,
    portables=(BUDGET,),
    verifiers=(Verifier("budgets", check_budgets, facts=FACTS),),
    history_tables=frozenset({"budgets_budgetline"}),
    scope_permissions={"manage": ("budgets.add_budgetline",)},
)
