"""Books with a budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.dimensions.declaring import declare_value
from accounts.dimensions.specs import ValueSpec
from journals.drafts import Line
from journals.periods.use_cases import make_fiscal_year
from ledgerflow.books.models import Entity
from reports.budgets.setting import BudgetSet, set_budget
from reports.budgets.specs import BudgetSpec
from tests.builders import a_journal, an_account, an_entity, posted
from tests.calendars import YEAR_START

ACCOUNTS = {"CASH": "asset", "SALES": "income", "ADMIN": "expense", "RENT": "expense"}


def planned_books() -> Entity:
    """Books on 2 March 2026 with the fiscal year 2026, and cost centres NORTH with OSLO below it."""
    entity = an_entity(dimensions=["cost_centre", "project"])
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    for code, kind in ACCOUNTS.items():
        an_account(entity, code, kind)
    an_account(entity, "COSTS", "expense", is_header=True)
    for code, parent in (("NORTH", ""), ("OSLO", "NORTH")):
        declare_value(entity.id, "cost_centre", ValueSpec(code, code, parent), actor="test")
    return entity


def plan(entity: Entity, *lines: tuple[str, ...], version: str = "plan", **given: Any) -> BudgetSet:
    """Set lines of (account, period, amount) and perhaps (dimension, value)."""
    specs = [BudgetSpec(account, period, Decimal(amount), *more) for account, period, amount, *more in lines]
    return set_budget(entity.id, version, specs, **({"key": uuid4().hex, "actor": "test"} | given))


def spent(entity: Entity, account: str, amount: str, value: str = "", **given: Any) -> None:
    """An expense paid in cash, or with a negative amount income received, perhaps for a cost centre."""
    tags = {"cost_centre": value} if value else None
    line = Line(account, Decimal(amount), dimensions=tags)
    posted(entity, a_journal(line, ("CASH", str(-Decimal(amount))), **given))
