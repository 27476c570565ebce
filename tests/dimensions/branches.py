"""Books with a list of branches as cost centres."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.dimensions.declaring import declare_value, set_list
from accounts.dimensions.specs import ValueSpec
from journals.drafts import Draft, Line
from ledgerflow.books.models import Entity
from tests.builders import a_journal, an_account, an_entity

FEBRUARY = date(2026, 2, 28)
ACCOUNTS = {"CASH": "asset", "WALLET": "liability", "SALES": "income", "TRAVEL": "expense"}
BRANCHES = (
    ValueSpec("NORTH", "North"),
    ValueSpec("SOUTH", "South", valid_to=FEBRUARY),
    ValueSpec("EAST", "East", valid_from=date(2026, 3, 1)),
    ValueSpec("WEST", "West", closed=True),
    ValueSpec("OSLO", "Oslo", parent="NORTH"),
)


def branches(**given: Any) -> Entity:
    """Cost centres NORTH with OSLO below it, SOUTH through February, EAST from March on, and WEST that is closed."""
    entity = an_entity(dimensions=["cost_centre", "project", "party"], **given)
    for code, kind in ACCOUNTS.items():
        an_account(entity, code, kind)
    for spec in BRANCHES:
        declare_value(entity.id, "cost_centre", spec, actor="test")
    set_list(entity.id, "cost_centre", is_list=True, actor="test")
    return entity


def trip(value: str | None, *, amount: str = "10", line: Line | None = None, **given: Any) -> Draft:
    """Travel paid in cash, for a cost centre."""
    tags = None if value is None else {"cost_centre": value}
    return a_journal(line or Line("TRAVEL", Decimal(amount), dimensions=tags), ("CASH", f"-{amount}"), **given)
