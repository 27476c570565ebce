"""Admin pages of own rates: the list, one with what it makes the lines worth, and a form to give one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from accounts.bases.eras import base_currency_on
from fx.functional.models import CarriedLine, OwnRate
from fx.functional.own_rates import Carried, carry_at
from journals.errors import JournalNotFound
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import rate_text
from ledgerflow.core.money import plain
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, actor_of, amount_text, attempt
from ledgerflow.web.admin_filters import DateRangeFilter, EntityFilter
from ledgerflow.web.form_fields import RateField
from ledgerflow.web.pages.amounts import rate_element


class OwnRateForm(LedgerForm):
    """A rate for one journal, while its day is open."""

    journal = forms.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Its number.")
    rate = RateField(help_text="What one unit is worth in base currency.")
    currency = forms.CharField(
        max_length=12, required=False, help_text="Needed where the journal has several foreign currencies."
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class OwnRateDates(DateRangeFilter):
    field = "effective_date"


@admin.register(OwnRate)
class OwnRateAdmin(AddingAdmin[OwnRate]):
    list_display = ("effective_date", "number", "currency", "rate_text", "who")
    list_filter = (EntityFilter, OwnRateDates)
    list_select_related = ("journal",)
    ordering = ("-event_sequence",)
    detail_template = "ledgerflow/admin/own_rate.html"
    no_books = "A rate needs an entity: add one first."

    @admin.display(description="Journal")
    def number(self, row: OwnRate) -> str:
        return str(row.journal.number)

    @admin.display(description="Rate")
    def rate_text(self, row: OwnRate) -> str:
        return rate_element(row.rate)

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = OwnRateForm(request.POST or None, initial={"key": f"admin:{uuid7()}"})
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: _give(entity, form.cleaned_data, actor_of(request)))
            if done is not None:
                messages.success(
                    request, gettext("The journal is carried at %(rate)s.") % {"rate": rate_text(done.rate.rate)}
                )
                return redirect("admin:functional_ownrate_change", done.rate.pk)
        title = gettext("Give a journal of %(books)s a rate of its own") % {"books": entity.name}
        return self.form_page(request, form, title, action="Give the rate", entity=entity)

    def detail_context(self, request: HttpRequest, row: OwnRate) -> dict[str, Any]:
        lines = CarriedLine.objects.filter(journal=row.journal_id, currency=row.currency).select_related("account")
        return {
            "title": gettext("Own rate of journal %(number)s") % {"number": row.journal.number},
            "rate": rate_text(row.rate),
            "base": base_currency_on(row.entity_id, row.effective_date),
            "lines": [(one.account, amount_text(one.amount), amount_text(one.value)) for one in lines],
        }


def _give(entity: Entity, typed: dict[str, Any], actor: str) -> Carried:
    journal = Journal.objects.filter(entity=entity, number=typed["journal"]).first()
    if journal is None:
        raise JournalNotFound(pointer="/journal")
    currency = typed["currency"].strip().upper()
    rate = plain(typed["rate"])
    return carry_at(entity.pk, journal.pk, rate, currency=currency, key=typed["key"], issuer="admin", actor=actor)
