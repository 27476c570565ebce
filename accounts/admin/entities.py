"""Admin pages of entities and their currencies. They stand here because adding an entity adds its currencies."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import CharField, F, Func, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin.forms import CurrencyForm, EntityForm
from accounts.bases.eras import eras_of
from accounts.currencies import add_currency
from accounts.founding import found_books
from accounts.models import Currency
from ledgerflow.books.models import Entity, Event
from ledgerflow.web.admin_base import MOST_ROWS, AddingAdmin, ReadOnlyAdmin, actor_of, attempt, require
from ledgerflow.web.admin_filters import REMEMBERED, EntityFilter

EVENTS_SHOWN = 20


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
        return super().get_queryset(request).annotate(currency_now=on_the_day)

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
                request.session[REMEMBERED] = entity.code
                messages.success(request, f"{entity.name} is ready, with the currencies of ISO 4217.")
                return redirect("admin:books_entity_change", entity.pk)
        return self.form_page(request, form, "Add an entity", action="Create entity")

    def detail_context(self, request: HttpRequest, row: Entity) -> dict[str, Any]:
        accounts = row.accounts.order_by()[: MOST_ROWS + 1].count()
        events = list(Event.objects.filter(entity=row).order_by("-sequence").defer("data")[:EVENTS_SHOWN])
        return {
            "eras": eras_of(row.pk),
            "accounts": f"more than {MOST_ROWS:,}" if accounts > MOST_ROWS else f"{accounts:,}",
            "head": events[0] if events else None,
            "head_hash": bytes(events[0].hash).hex() if events else "",
            "events": events,
        }


@admin.register(Currency)
class CurrencyAdmin(AddingAdmin[Currency]):
    list_display = ("code", "name", "minor_units", "is_custom")
    list_filter = (EntityFilter,)
    list_per_page = 200
    ordering = ("code",)
    search_fields = ("code",)
    search_help_text = "code or name"
    detail_template = "ledgerflow/admin/currency.html"
    no_books = "A currency needs an entity: add one first."

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = CurrencyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            added = attempt(form, lambda: add_currency(entity, **form.cleaned_data, actor=actor_of(request)))
            if added is not None:
                messages.success(request, f"{added.code} is a currency of {entity.name}.")
                return redirect("admin:accounts_currency_change", added.pk)
        return self.form_page(request, form, f"Add a currency to {entity.name}", action="Add currency", entity=entity)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Currency], search_term: str
    ) -> tuple[QuerySet[Currency], bool]:
        if search_term:
            queryset = queryset.filter(Q(code__icontains=search_term) | Q(name__icontains=search_term))
        return queryset, False
