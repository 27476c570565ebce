"""Figures of segments as IFRS 8 shows them (Implementation Guidance, paragraph IG3), in the books of one entity.

"All other" has no value. Two of the segments stand under INDUSTRY.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from accounts.dimensions.declaring import declare_value
from accounts.dimensions.specs import ValueSpec
from journals.drafts import Line
from ledgerflow.books.models import Entity
from tests.builders import a_journal, an_account, an_entity, posted

DAY = date(2026, 2, 10)
SEGMENTS = ("CAR-PARTS", "VESSELS", "SOFTWARE", "ELECTRONICS", "FINANCE", "")
ACCOUNTS = {"CASH": "asset", "DEPRECIATED": "asset", "REVENUE": "income", "INTEREST": "income",
            "INTEREST-PAID": "expense", "DEPRECIATION": "expense"}  # fmt: skip
# IG3, in the order of the segments; the last column is "all other".
FIGURES = {
    "REVENUE": (3000, 5000, 9500, 12000, 5000, 1000),
    "INTEREST": (450, 800, 1000, 1500, 0, 0),
    "INTEREST-PAID": (350, 600, 700, 1100, 0, 0),
    "DEPRECIATION": (200, 100, 50, 1500, 1100, 0),
}


def segments() -> Entity:
    """One journal for each figure, on 10 February 2026; the balancing line carries no value."""
    entity = an_entity(dimensions=["segment"], name="Diversified Company")
    for code, kind in ACCOUNTS.items():
        an_account(entity, code, kind)
    declare_value(entity.id, "segment", ValueSpec("INDUSTRY", "Industry"), actor="test")
    for code in SEGMENTS[:-1]:
        parent = "INDUSTRY" if code in {"CAR-PARTS", "VESSELS"} else ""
        declare_value(entity.id, "segment", ValueSpec(code, code.capitalize(), parent), actor="test")
    for account, amounts in FIGURES.items():
        other = "DEPRECIATED" if account == "DEPRECIATION" else "CASH"
        sign = 1 if ACCOUNTS[account] == "expense" else -1
        for segment, amount in zip(SEGMENTS, amounts, strict=True):
            if amount:
                tags = {"segment": segment} if segment else None
                line = Line(account, Decimal(amount * sign), dimensions=tags)
                posted(entity, a_journal(line, (other, str(-amount * sign)), effective_date=DAY))
    return entity
