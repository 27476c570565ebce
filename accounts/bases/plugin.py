"""What changes of the base currency add to the whole."""

from __future__ import annotations

from accounts.bases.events import BaseCurrencyChangedFact
from accounts.bases.portable import BASE_CHANGE
from accounts.bases.proof import FACTS, check_bases
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="bases",
    events=(BaseCurrencyChangedFact,),
    portables=(BASE_CHANGE,),
    verifiers=(Verifier("base_currency", check_bases, facts=FACTS),),
    history_tables=frozenset({"bases_basechange"}),
    scope_permissions={"read": ("bases.view_basechange",), "manage": ("bases.add_basechange",)},
)
