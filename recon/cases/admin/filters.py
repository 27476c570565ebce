"""Filters of the list of exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.core.people import person_of
from ledgerflow.web.admin_filters import ChoiceFilter, ParameterFilter
from ledgerflow.web.pages.books_of_page import chosen_entity
from recon.cases.ages import IN_WORDS
from recon.cases.models import CaseKind, CaseStatus
from recon.cases.reading import STATUSES, UNRESOLVED, of_age

NOBODY, MINE = "nobody", "mine"


class CaseKindFilter(ChoiceFilter):
    title = "Kind"
    parameter_names = ("kind",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return CaseKind.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(kind=value)


class CaseStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one, one) for one in STATUSES]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        unresolved = queryset.exclude(status=CaseStatus.RESOLVED)
        return unresolved if value == UNRESOLVED else queryset.filter(status=value)


class AgeFilter(ChoiceFilter):
    """Days since it came up, to the business date."""

    title = "Age in days"
    parameter_names = ("age",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(name, gettext(text)) for name, text in IN_WORDS.items()]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        entity = chosen_entity(self.request)
        return queryset.none() if entity is None else of_age(queryset, value, entity.business_date)


class OwnerFilter(ParameterFilter):
    title = "Owner (or mine, nobody)"
    parameter_names = ("owner",)
    template = "ledgerflow/admin/filters/text.html"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        owner = self.values["owner"]
        if not owner or "\x00" in owner:
            return queryset
        return queryset.filter(owner={NOBODY: "", MINE: person_of(request.user)}.get(owner, owner))
