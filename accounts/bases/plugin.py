"""What changes of the base currency add to the whole."""

from __future__ import annotations

from accounts.bases.checks import base_change_day_open, withdrawn_currencies
from accounts.bases.events import BaseCurrencyChangedFact
from accounts.bases.proof import FACTS, check_bases
from ledgerflow.core.plugins import Check, Plugin, Verifier

PLUGIN = Plugin(
    room="bases",
    events=(BaseCurrencyChangedFact,),
    checks=(
        Check("base_change_day_open", base_change_day_open, effect="block"),
        Check("withdrawn_currencies", withdrawn_currencies),
    ),
    verifiers=(Verifier("base_currency", check_bases, facts=FACTS),),
    history_tables=frozenset({"bases_basechange"}),
    scope_permissions={"read": ("bases.view_basechange",), "manage": ("bases.add_basechange",)},
)
