"""Filters of the lists of statements and lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from ledgerflow.books.models import Entity
from ledgerflow.web.admin_filters import ChoiceFilter, DateRangeFilter
from recon.statements.bank_accounts import bank_accounts
from recon.statements.models import Status


class BankAccountFilter(ChoiceFilter):
    title = "Bank account"
    parameter_names = ("account",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        if entity is None:
            return []
        rows = bank_accounts(entity.pk).order_by("account__code")
        return [(one.account.code, f"{one.account.code} · {one.name}") for one in rows]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(bank_account__account__code=value)


class StatementStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return Status.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


class LineStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [("open", "open"), ("split", "split"), ("undone", "undone")]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "undone":
            return queryset.filter(is_undone=True)
        return queryset.filter(is_undone=False, is_split=value == "split")


class BookingDates(DateRangeFilter):
    field = "booking_date"
