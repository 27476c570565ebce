"""Admin pages of entities and their currencies. They stand here because adding an entity adds its currencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import CharField, F, Func, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from accounts.admin.forms import BaseCurrencyForm, CurrencyForm, EntityForm
from accounts.bases.rates import six_figures
from accounts.bases.reading import eras_with_sources
from accounts.bases.use_cases import Preview, change_base_currency, preview_change
from accounts.currencies import add_currency
from accounts.founding import found_books
from accounts.models import Currency
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.locales.current import day_text
from ledgerflow.core.money import plain
from ledgerflow.web.admin_base import MOST_ROWS, AddingAdmin, ReadOnlyAdmin, actor_of, attempt, require
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.pages.books_of_page import books_open_to, remember

EVENTS_SHOWN = 20
MAY_CHANGE_BASE = "bases.add_basechange"


@admin.register(Entity)
class EntityAdmin(ReadOnlyAdmin[Entity]):
    list_display = ("code", "name", "base", "business_date", "first_business_date", "time_zone")
    ordering = ("code",)
    search_fields = ("code",)
    search_help_text = "code or name"
    detail_template = "ledgerflow/admin/entity.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entity]:
        on_the_day = Func(F("id"), F("business_date"), function="bases_currency_on", output_field=CharField())
        his = books_open_to(request.user)
        return super().get_queryset(request).filter(pk__in=his.values("pk")).annotate(currency_now=on_the_day)

    @admin.display(description="base currency")
    def base(self, row: Entity) -> str:
        return str(getattr(row, "currency_now", row.base_currency))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entity], search_term: str
    ) -> tuple[QuerySet[Entity], bool]:
        if search_term:
            queryset = queryset.filter(Q(code__icontains=search_term) | Q(name__icontains=search_term))
        return queryset, False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(self.may_add(request))
        form = EntityForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            entity = attempt(form, lambda: found_books(**form.cleaned_data, actor=actor_of(request)))
            if entity is not None:
                remember(request, entity)
                messages.success(
                    request, gettext("%(books)s is ready, with the currencies of ISO 4217.") % {"books": entity.name}
                )
                return redirect("admin:books_entity_change", entity.pk)
        return self.form_page(request, form, gettext("Add an entity"), action="Create entity")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.base_currency_view)
        return [path("<uuid:row_id>/base-currency/", view, name="books_entity_base_currency"), *super().get_urls()]

    def base_currency_view(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        """Show what a change of the base currency would be, then make it; the second button is on that page."""
        require(request.user.has_perm(MAY_CHANGE_BASE))
        entity = self.get_object(request, str(row_id))
        if entity is None:
            return self.not_there(request, str(row_id))
        form = BaseCurrencyForm(request.POST if request.method == "POST" else None, entity=entity)
        preview: Preview | None = None
        if form.is_valid():
            wanted = form.cleaned_data
            values = entity.pk, wanted["currency"], wanted["date"], plain(wanted["rate"])
            if "change" in request.POST:
                key, actor = wanted["key"], actor_of(request)
                done = attempt(form, lambda: change_base_currency(*values, key=key, issuer="admin", actor=actor))
                if done is not None:
                    said = gettext("%(books)s is kept in %(currency)s from %(starts_on)s on.") % {
                        "books": entity.name,
                        "currency": done.fact.currency,
                        "starts_on": day_text(done.fact.starts_on),
                    }
                    messages.success(request, said)
                    return redirect("admin:books_entity_change", entity.pk)
            else:
                preview = attempt(form, lambda: preview_change(*values))
        eras = eras_with_sources(entity.pk)
        return self.page(
            request,
            "ledgerflow/admin/base_currency.html",
            gettext("Change the base currency of %(books)s") % {"books": entity.name},
            form=form,
            row=entity,
            preview=preview,
            last=eras[-1],
            fixed=[era.currency for era in eras],
        )

    def detail_context(self, request: HttpRequest, row: Entity) -> dict[str, Any]:
        accounts = row.accounts.order_by()[: MOST_ROWS + 1].count()
        events = list(Event.objects.filter(entity=row).order_by("-sequence").defer("data")[:EVENTS_SHOWN])
        return {
            "eras": [(era, era.rate and six_figures(era.rate)) for era in eras_with_sources(row.pk)],
            "may_change_base": request.user.has_perm(MAY_CHANGE_BASE),
            "accounts": gettext("more than %(most)s") % {"most": f"{MOST_ROWS:,}"}
            if accounts > MOST_ROWS
            else f"{accounts:,}",
            "head": events[0] if events else None,
            "head_hash": bytes(events[0].hash).hex() if events else "",
            "events": events,
        }


class MoneyFilter(ChoiceFilter):
    title = "Is money"
    parameter_names = ("is_money",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [("yes", gettext("yes")), ("no", gettext("no"))]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(is_money=value == "yes")


@admin.register(Currency)
class CurrencyAdmin(AddingAdmin[Currency]):
    list_display = ("code", "name", "minor_units", "is_custom", "is_money")
    list_filter = (EntityFilter, MoneyFilter)
    list_per_page = 200
    ordering = ("code",)
    search_fields = ("code",)
    search_help_text = "code or name"
    detail_template = "ledgerflow/admin/currency.html"
    no_books = "A currency needs an entity: add one first."

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = CurrencyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            typed = dict(form.cleaned_data)
            is_money = not typed.pop("not_money")
            added = attempt(form, lambda: add_currency(entity, **typed, is_money=is_money, actor=actor_of(request)))
            if added is not None:
                messages.success(
                    request,
                    gettext("%(code)s is a currency of %(books)s.") % {"code": added.code, "books": entity.name},
                )
                return redirect("admin:accounts_currency_change", added.pk)
        return self.form_page(
            request,
            form,
            gettext("Add a currency to %(books)s") % {"books": entity.name},
            action="Add currency",
            entity=entity,
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Currency], search_term: str
    ) -> tuple[QuerySet[Currency], bool]:
        if search_term:
            queryset = queryset.filter(Q(code__icontains=search_term) | Q(name__icontains=search_term))
        return queryset, False
