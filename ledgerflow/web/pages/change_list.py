"""The list of an admin of ours."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.core.people import labels_of
from ledgerflow.web.pages.by_key import KeyPage, KeyUnreadable, page_by_key
from ledgerflow.web.pages.chips import KEYS, chips_of, without
from ledgerflow.web.pages.columns import COLUMNS, ColumnsOnPage, chosen_columns


class LedgerChangeList(ChangeList):
    """A list in the one order its index gives, with `attach` for what a page of rows needs in one more query."""

    model_admin: Any
    columns: ColumnsOnPage
    turned: KeyPage | None = None  # the page, of a list that turns its pages by key

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        specs: list[Any] = self.filter_specs
        self.entity: Entity | None = next((spec.entity for spec in specs if hasattr(spec, "entity")), None)
        self.chips = chips_of(self, request)
        self.address_of_file = f"csv/{without(request)}"
        name = str(self.opts.verbose_name_plural)
        self.title = capfirst(
            gettext("%(rows)s of %(books)s") % {"rows": name, "books": self.entity.name} if self.entity else name
        )

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:  # noqa: ARG002 - Django's
        return list(self.model_admin.get_ordering(request))

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Without those that name columns, or a row where the list turns its pages by key."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(COLUMNS, None)
        if self.model_admin.turns_by_key:
            for name in KEYS:
                found.pop(name, None)
        return found

    def get_results(self, request: HttpRequest) -> None:
        if self.model_admin.turns_by_key:
            self._take_place(request)
        else:
            super().get_results(request)
        self.columns = chosen_columns(request, self.model_admin, self.list_display, self.list_display_links)
        self.list_display, self.list_display_links = self.columns.shown, self.columns.links
        self.result_list = list(self.result_list)
        self.make_ready(self.result_list)
        self.all_columns = list(self.list_display)  # those of a file do not follow from its first rows
        if not self.columns.chosen:
            self.list_display = self.model_admin.columns_of(self.list_display, self.result_list)

    def _take_place(self, request: HttpRequest) -> None:
        """What Django keeps of a page, of one that is found by its key. `result_count` is that of the page."""
        try:
            self.turned = page_by_key(
                request, self.queryset, self.get_ordering(request, self.queryset), self.list_per_page
            )
        except KeyUnreadable as refusal:
            messages.error(request, str(refusal))
            raise IncorrectLookupParameters(str(refusal)) from None
        self.result_list = self.turned.rows
        self.result_count, self.full_result_count = len(self.turned.rows), None
        self.show_full_result_count, self.show_admin_actions = False, bool(self.turned.rows)
        self.can_show_all = self.multi_page = False
        self.paginator = self.model_admin.get_paginator(request, self.turned.rows, self.list_per_page)

    def make_ready(self, rows: list[Any]) -> None:
        """Put on some of the rows what the columns need, in as many queries for many as for one."""
        if "who" in self.list_display:
            labels = labels_of(row.actor for row in rows)
            for row in rows:
                row.actor_label = labels[row.actor]
        self.model_admin.attach(rows)
