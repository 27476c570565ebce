"""What dimensions add to the whole."""

from __future__ import annotations

from accounts.dimensions.events import FACTS
from accounts.dimensions.portable import PORTABLES
from accounts.dimensions.proof import check_dimensions
from ledgerflow.core.page_help import PageHelp
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
    helps=(
        PageHelp(
            "dimensions_dimension",
            "A dimension says of a line what the account does not, such as its cost centre.",
            "Declare it once, and its values if only they may be used.",
            "Lines that were posted keep what they say.",
            "dimensions.md#values-as-a-list",
        ),
        PageHelp(
            "dimensions_dimensionvalue",
            "A value of a dimension, such as one cost centre, with the one above it.",
            "Close it from a day on when it is not to be used any more.",
            "A closed value stays in reports and can be opened again.",
            "dimensions.md#values-as-a-list",
        ),
        PageHelp(
            "dimensions_accountdimensions",
            "Here stands which dimensions each line of an account must have.",
            "Choose the account and what it requires.",
            "A journal without them is refused, and what was posted before stays.",
            "dimensions.md#what-an-account-requires",
        ),
    ),
)  # fmt: skip
