"""Statements of what a file of settings carries: dimensions, budgets, open items, taxes, periods, numbers of series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from accounts.dimensions.models import AccountDimensions, Dimension, DimensionValue
from bench.roundtrip.shapes import Statement, tree
from fx.rates.policies import policy_of
from journals.periods.use_cases import periods_of
from journals.series.models import NumberSeries, SeriesNumber
from journals.taxes.models import TaxRate
from ledgerflow.books.models import Entity
from recon.open_items.models import ItemAccount
from reports.budgets.models import BudgetLine
from reports.budgets.variance import budget_variance
from reports.dimensions.side_by_side import income_by_dimension
from reports.receivables.aged import aged_balances
from reports.receivables.allocations import allocation_list
from reports.receivables.listing import open_item_list
from reports.receivables.party import party_statement
from reports.statements.income import income_statement
from reports.statements.tax import tax_report

ONE_DAY = timedelta(days=1)
# Ids are of their books, and imported journals are of another kind.
OF_THESE_BOOKS = frozenset({"entity", "entity_name", "event_sequence", "recorded_at", "generated_at", "checkpoint",
                            "id", "journal", "kind"})  # fmt: skip
VALUE_COLUMNS = (
    "dimension", "code", "name", "parent__code", "valid_from", "valid_to", "closed", "tax_id", "reference", "country",
    "payment_terms_days", "party_kind",
)  # fmt: skip


def declared_statements(entity: Entity, dates: Sequence[date]) -> Iterator[Statement]:
    """Of what these books have, at each date; and their lists once."""
    yield from _lists()
    values = DimensionValue.objects.filter(entity=entity)
    named = sorted({f"{one.dimension}:{one.code}" for one in values})
    parties = sorted(values.filter(dimension="party").values_list("code", flat=True))
    budgets = sorted(set(BudgetLine.objects.filter(entity=entity).values_list("version", flat=True)))
    for day in dates:
        for dimension in entity.dimensions:
            asked: dict[str, Any] = {"to_date": day, "by": dimension}
            yield tree(f"income by {dimension} {day}", income_by_dimension, asked)
        for value in named:
            yield tree(f"income of {value} {day}", income_statement, {"to_date": day, "dimension": value})
        for budget in budgets:
            yield tree(f"variance of {budget} {day}", budget_variance, {"budget": budget, "to_date": _month_end(day)})
        if TaxRate.objects.filter(entity=entity).exists():
            yield tree(f"tax report {day}", tax_report, {"to_date": day})
        if ItemAccount.objects.filter(entity=entity).exists():
            yield tree(f"aged balances {day}", aged_balances, {"as_of": day})
            yield _listed(f"open items {day}", open_item_list, {"as_of": day})
            yield _listed(f"allocations to {day}", allocation_list, {"from_date": dates[0], "to_date": day})
            for party in parties:
                yield _listed(f"statement of {party} {day}", party_statement, {"party": party, "to_date": day})


def _month_end(day: date) -> date:
    following = day.replace(day=28) + 4 * ONE_DAY
    return following.replace(day=1) - ONE_DAY


def _lists() -> Iterator[Statement]:
    yield Statement("fiscal calendar", _calendar)
    yield Statement("numbers of series", _numbers)
    yield Statement("values of dimensions", _values)
    yield Statement("FX policy", lambda id_: [msgspec.to_builtins(policy_of(id_)[0])])


def _calendar(entity_id: UUID) -> list[Any]:
    """A closed period comes as locked."""
    return [
        (one.kind, one.name, one.starts_on, one.ends_on, one.kind != "earlier" and getattr(one, "status", "") != "open")
        for one in periods_of(entity_id)
    ]


def _numbers(entity_id: UUID) -> list[Any]:
    made = NumberSeries.objects.filter(entity=entity_id).order_by("code")
    given = SeriesNumber.objects.filter(entity=entity_id).order_by("series", "journal_number")
    return [
        *made.values_list("code", "name", "pattern", "kinds", "restarts"),
        *given.values_list("series", "journal_number", "year", "number", "text"),
    ]


def _values(entity_id: UUID) -> list[Any]:
    values = DimensionValue.objects.filter(entity=entity_id).order_by("dimension", "code")
    required = AccountDimensions.objects.filter(entity=entity_id).order_by("account__code")
    return [
        *values.values_list(*VALUE_COLUMNS),
        *Dimension.objects.filter(entity=entity_id, is_list=True).order_by("name").values_list("name"),
        *required.values_list("account__code", "required"),
    ]


def _listed(name: str, make: Callable[..., AbstractContextManager[Any]], asked: dict[str, Any]) -> Statement:
    def rows(entity_id: UUID) -> list[Any]:
        with make(entity_id, **asked) as listing:
            return [_plain(msgspec.to_builtins(listing.report()))]

    return Statement(name, rows)


def _plain(value: Any) -> Any:
    """Without what two sets of books never have in common."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name not in OF_THESE_BOOKS}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
