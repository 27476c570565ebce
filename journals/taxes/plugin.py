"""What tax codes add to the whole."""

from __future__ import annotations

from journals.taxes.events import TaxCodeSetFact
from journals.taxes.portable import TAX_CODE
from journals.taxes.proof import FACTS, check_taxes
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="taxes",
    events=(TaxCodeSetFact,),
    portables=(TAX_CODE,),
    verifiers=(Verifier("tax_codes", check_taxes, facts=FACTS),),
    history_tables=frozenset({"taxes_taxrate"}),
    scope_permissions={"manage": ("taxes.add_taxrate",)},
)
