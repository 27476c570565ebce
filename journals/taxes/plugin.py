"""What tax codes add to the whole."""

from __future__ import annotations

from journals.taxes.events import TaxCodeSetFact
from journals.taxes.portable import TAX_CODE
from journals.taxes.proof import FACTS, check_taxes
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="taxes",
    events=(TaxCodeSetFact,),
    portables=(TAX_CODE,),
    verifiers=(Verifier("tax_codes", check_taxes, facts=FACTS),),
    history_tables=frozenset({"taxes_taxrate"}),
    scope_permissions={"manage": ("taxes.add_taxrate",)},
    helps=(
        PageHelp(
            "taxes_taxrate",
            "A tax code says which rate applies from when, and on which account the tax stands.",
            "Choose one to see its rates in time.",
            "A journal keeps the rate of its date.",
            "taxes.md#posting",
        ),
    ),
)
