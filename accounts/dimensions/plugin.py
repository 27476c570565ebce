"""What dimensions add to the whole."""

from __future__ import annotations

from accounts.dimensions.events import FACTS
from accounts.dimensions.portable import PORTABLES
from accounts.dimensions.proof import check_dimensions
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="dimensions",
    events=FACTS,
    portables=PORTABLES,
    verifiers=(Verifier("dimensions", check_dimensions, facts=FACTS),),
    never_deleted_tables={
        "dimensions_dimension": ("is_list", "revision"),
        "dimensions_dimensionvalue": (
            "name", "parent_id", "valid_from", "valid_to", "closed", "tax_id", "reference", "country",
            "payment_terms_days", "party_kind", "revision",
        ),
        "dimensions_accountdimensions": ("required", "revision"),
    },
    scope_permissions={
        "read": (
            "dimensions.view_dimensionvalue", "dimensions.view_dimension", "dimensions.view_accountdimensions",
        ),
        "manage": (
            "dimensions.add_dimensionvalue", "dimensions.change_dimensionvalue", "dimensions.add_dimension",
            "dimensions.add_accountdimensions",
        ),
    },
)  # fmt: skip
