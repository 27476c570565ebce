"""Admin pages of rates: the list, one rate with its versions, recording by hand, and files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from fx.rates.admin.forms import RateForm, UploadForm
from fx.rates.errors import FirstRate, RateJump
from fx.rates.importing import Imported, import_rates
from fx.rates.models import Pair, Rate, RateKind
from fx.rates.recording import RateOutcome, record_rates
from ledgerflow.books.models import Entity
from ledgerflow.core.locales.current import day_text
from ledgerflow.web.admin_base import AddingAdmin, actor_of, attempt, require, without_books
from ledgerflow.web.admin_filters import ChoiceFilter, DateRangeFilter, EntityFilter
from ledgerflow.web.pages.amounts import rate_element
from ledgerflow.web.pages.books_of_page import chosen_entity

REFUSED_SHOWN = 500


class PairFilter(ChoiceFilter):
    title = "Pair"
    parameter_names = ("pair",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(str(pair), str(pair)) for pair in Pair.objects.filter(entity=entity).order_by("base", "quote")]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        base, _, quote = value.partition("/")
        return queryset.filter(base=base, quote=quote)


class RateKindFilter(ChoiceFilter):
    title = "Kind"
    parameter_names = ("kind",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return RateKind.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(kind=value)


class RateDates(DateRangeFilter):
    field = "rate_date"


@admin.register(Rate)
class RateAdmin(AddingAdmin[Rate]):
    list_display = ("pair", "rate_date", "kind", "value_text", "version", "source")
    list_filter = (EntityFilter, PairFilter, RateKindFilter, RateDates)
    ordering = ("-rate_date", "base", "quote", "kind", "-version")
    turns_by_key = True
    nothing = "There are no rates here yet. Enter one, or upload a file of them."
    change_list_template = "ledgerflow/admin/rates.html"
    detail_template = "ledgerflow/admin/rate.html"
    no_books = "Rates need an entity: add one first."

    @admin.display(description="Pair")
    def pair(self, rate: Rate) -> str:
        return f"{rate.base}/{rate.quote}"

    @admin.display(description="Value")
    def value_text(self, rate: Rate) -> str:
        return rate_element(rate.value)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("upload/", self.admin_site.admin_view(self.upload_view), name="rates_rate_upload"),
            *super().get_urls(),
        ]

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = RateForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            outcome = attempt(form, lambda: record(entity, form, actor_of(request)))
            if outcome is not None:
                quote = outcome.quote
                said = (
                    gettext("%(pair)s %(day)s, version %(version)s, is recorded.")
                    if outcome.status == "recorded"
                    else gettext("%(pair)s %(day)s, version %(version)s, was recorded already, and stays.")
                )
                pair, day = f"{quote.base}/{quote.quote}", day_text(quote.rate_date)
                messages.success(request, said % {"pair": pair, "day": day, "version": outcome.version})
                return redirect("admin:rates_rate_changelist")
        return self.page(
            request,
            "ledgerflow/admin/rate_add.html",
            gettext("Record a rate of %(books)s") % {"books": entity.name},
            form=form,
            action=gettext("Record rate"),
            entity=entity,
        )

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """A file of rates, recorded as the command would; what was refused is listed."""
        require(self.may_add(request))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, self.no_books)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: upload(entity, form, actor_of(request)))
            if done is not None:
                return self.page(
                    request,
                    "ledgerflow/admin/rates_uploaded.html",
                    gettext("What became of the file"),
                    entity=entity,
                    done=done,
                    refused=done.refused[:REFUSED_SHOWN],
                )
        return self.form_page(
            request, form, gettext("Upload rates of %(books)s") % {"books": entity.name}, action="Upload", entity=entity
        )

    def detail_context(self, request: HttpRequest, row: Rate) -> dict[str, Any]:
        same = {name: getattr(row, name) for name in ("entity_id", "base", "quote", "rate_date", "kind")}
        versions = Rate.objects.filter(**same).order_by("-version")
        return {
            "title": gettext("%(pair)s of %(day)s")
            % {"pair": f"{row.base}/{row.quote}", "day": day_text(row.rate_date)},
            "versions": [(one, rate_element(one.value)) for one in versions],
        }


def record(entity: Entity, form: RateForm, actor: str) -> RateOutcome:
    """Record what was typed. Raises its refusal; the form keeps what a jump was measured from."""
    (outcome,) = record_rates(
        entity.pk,
        [form.as_quote()],
        source=form.cleaned_data["source"],
        actor=actor,
        confirm_jump=form.cleaned_data["confirm_jump"],
        asks_about_first=True,
    )
    if isinstance(outcome.refusal, (RateJump, FirstRate)):
        form.asked = outcome.refusal.data
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


def upload(entity: Entity, form: UploadForm, actor: str) -> Imported:
    return import_rates(
        entity.pk, form.rates, source=form.source_of_rates, actor=actor, confirm_jump=form.cleaned_data["confirm_jump"]
    )
