"""The endpoints of budgets."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.money import plain
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from reports.budgets import bodies
from reports.budgets.models import BudgetLine
from reports.budgets.setting import set_budget
from reports.budgets.specs import check_name

budgets = Endpoints("budgets")
PART = ("entity", "version", "account", "starts_on", "ends_on", "dimension", "value")


@budgets.get(scope=READ, answer=bodies.BudgetLinePage, paged=True)
def budget_line_list(call: Call[None], version: str) -> dict[str, Any]:
    """The lines of a budget in force, in the order they were set; none for a budget that nobody knows."""
    check_name(version)
    newer = BudgetLine.objects.filter(
        event_sequence__gt=OuterRef("event_sequence"), **{name: OuterRef(name) for name in PART}
    )
    rows = BudgetLine.objects.filter(~Exists(newer), entity=call.entity_id, version=version).exclude(amount=0)
    return call.page(rows.select_related("account"), ["event_sequence", "line"], _line)


@budgets.post(
    bodies.BudgetRequest, scope=MANAGE, answer=bodies.BudgetSetResponse, statuses=(201,), problems=(409, 422), key=True
)
def budget_set(call: Call[bodies.BudgetRequest], version: str) -> Reply:
    """Set lines of a budget, each in the place of the one before it; all of them or none."""
    done = set_budget(call.entity_id, version, call.body.specs(), key=call.key, actor=call.actor)
    answer = bodies.BudgetSetResponse(done.version, done.lines, done.event_sequence)
    return once(answer, is_replayed=done.replayed)


def _line(row: BudgetLine) -> bodies.BudgetLineResponse:
    return bodies.BudgetLineResponse(
        row.account.code, row.currency, row.starts_on, row.ends_on, row.dimension, row.value, plain(row.amount),
        row.event_sequence,
    )  # fmt: skip
