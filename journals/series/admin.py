"""Admin pages of number series: the series, one with its newest numbers, making one, and all numbers they gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from journals.kinds import label_of
from journals.series.models import MAX_CODE, MAX_NAME, NumberSeries, SeriesNumber
from journals.series.numbering import Series, SeriesMade, make_series
from journals.series.patterns import MAX_PATTERN, NEVER, YEARLY
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.plugins import registry
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, ReadOnlyAdmin, actor_of, attempt
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.pages.books_of_page import chosen_entity

RESTART_LABELS = {YEARLY: gettext_noop("with each fiscal year"), NEVER: gettext_noop("never")}
NEWEST_SHOWN = 20


class SeriesForm(LedgerForm):
    """A series, which is never changed."""

    code = forms.CharField(max_length=MAX_CODE)
    name = forms.CharField(max_length=MAX_NAME)
    pattern = forms.CharField(
        max_length=MAX_PATTERN, help_text="Such as INV-{year}-{number:05}; without {year} where it never restarts."
    )
    restarts = forms.ChoiceField(choices=list(RESTART_LABELS.items()))
    kinds = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="All journals of these kinds, those that are there too."
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kinds"]
        kinds.choices = [(kind.name, gettext(kind.label)) for kind in registry.journal_kinds.values()]

    def series(self) -> Series:
        """What is asked for."""
        typed = self.cleaned_data
        return Series(typed["code"], typed["name"], typed["pattern"], tuple(typed["kinds"]), typed["restarts"])


@admin.register(NumberSeries)
class NumberSeriesAdmin(AddingAdmin[NumberSeries]):
    list_display = ("code", "name", "pattern", "restarts_text", "last_text", "kinds_text")
    list_filter = (EntityFilter,)
    ordering = ("code",)
    detail_template = "ledgerflow/admin/number_series.html"
    nothing = "Journals have their number in the books and no other. Add a series to number those of some kinds."
    no_books = "A number series needs an entity: add one first."

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberSeries]:
        """With the number that each gave last: one probe of an index a series."""
        numbers = SeriesNumber.objects.filter(entity=OuterRef("entity"), series=OuterRef("code"))
        return (
            super()
            .get_queryset(request)
            .annotate(last=Subquery(numbers.order_by("-journal_number").values("text")[:1]))
        )

    @admin.display(description="Kinds")
    def kinds_text(self, row: NumberSeries) -> str:
        return ", ".join(labels_of_kinds(row.kinds))

    @admin.display(description="Restarts")
    def restarts_text(self, row: NumberSeries) -> str:
        return gettext(RESTART_LABELS[row.restarts])

    @admin.display(description="Last number")
    def last_text(self, row: Any) -> str:
        return row.last or gettext("none yet")

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = SeriesForm(request.POST or None, initial={"key": f"admin:{uuid7()}"})
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: _make(entity, form, actor_of(request)))
            if done is not None:
                messages.success(
                    request,
                    gettext("The series %(code)s is made; its numbers are given within an hour.")
                    % {"code": done.series.code},
                )
                return redirect("admin:series_numberseries_change", done.series.pk)
        note = gettext("A series is never changed: other numbers are another series, of other kinds.")
        title = gettext("Make a number series of %(books)s") % {"books": entity.name}
        return self.form_page(request, form, title, action="Make series", entity=entity, note=note)

    def detail_context(self, request: HttpRequest, row: NumberSeries) -> dict[str, Any]:
        numbers = SeriesNumber.objects.filter(entity=row.entity, series=row.code).select_related("journal")
        return {
            "title": gettext("Number series %(code)s of %(books)s") % {"code": row.code, "books": row.entity.name},
            "kinds": labels_of_kinds(row.kinds),
            "restarts": self.restarts_text(row),
            "last": self.last_text(row),
            "numbers": numbers.order_by("-journal_number")[:NEWEST_SHOWN],
        }


class SeriesFilter(ChoiceFilter):
    title = "Series"
    parameter_names = ("series",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return NumberSeries.objects.filter(entity=entity).order_by("code").values_list("code", "name")

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(series=value)


@admin.register(SeriesNumber)
class SeriesNumberAdmin(ReadOnlyAdmin[SeriesNumber]):
    list_display = ("in_full", "series", "journal_number", "effective_date", "description")
    list_filter = (EntityFilter, SeriesFilter)
    list_select_related = ("journal",)
    ordering = ("-series", "-journal_number")  # along its index, backwards
    search_fields = ("text",)
    search_help_text = "the whole number"
    nothing = "No journal has such a number."

    @admin.display(description="Number")
    def in_full(self, row: SeriesNumber) -> str:
        return row.text

    @admin.display(description="Date")
    def effective_date(self, row: SeriesNumber) -> str:
        return str(row.journal.effective_date)

    @admin.display(description="Description")
    def description(self, row: SeriesNumber) -> str:
        return row.journal.description

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SeriesNumber], search_term: str
    ) -> tuple[QuerySet[SeriesNumber], bool]:
        term = search_term.strip()
        return queryset.filter(entity=chosen_entity(request), text=term) if term else queryset, False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A number has no page but that of its journal."""
        return redirect("admin:journals_journal_change", object_id)


def labels_of_kinds(names: Iterable[str]) -> list[str]:
    """Kinds of journals as people read them."""
    return [gettext(label_of(name)) for name in names]


def _make(entity: Entity, form: SeriesForm, actor: str) -> SeriesMade:
    return make_series(entity.pk, form.series(), key=form.cleaned_data["key"], issuer="admin", actor=actor)
