"""Admin pages of tax codes: the codes as they are on the business date, one with its versions, and setting more."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from journals.taxes.codes import TaxCodeSet, set_tax_code
from journals.taxes.kinds import EXEMPT, INPUT, MAX_CODE, MAX_NAME, NONE, OUTPUT, REVERSE_CHARGE, TaxCode
from journals.taxes.models import TaxRate
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales import current
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, actor_of, attempt
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.form_fields import DateField, RateField

KIND_LABELS = {
    OUTPUT: gettext_noop("output, on sales"),
    INPUT: gettext_noop("input, on purchases"),
    REVERSE_CHARGE: gettext_noop("reverse charge"),
    EXEMPT: gettext_noop("exempt"),
    NONE: gettext_noop("outside of the tax"),
}


DAY = F("entity__business_date")
IN_FORCE = Case(
    When(Q(starts_on__lte=DAY) & (Q(ends_on__isnull=True) | Q(ends_on__gte=DAY)), then=Value(1)), default=Value(0)
)


class TaxCodeForm(LedgerForm):
    """A version of a tax code."""

    code = forms.CharField(max_length=MAX_CODE, help_text="Lines bear it, and it never changes.")
    name = forms.CharField(max_length=MAX_NAME)
    kind = forms.ChoiceField(choices=list(KIND_LABELS.items()))
    rate = RateField(help_text="In percent; 0 where there is no tax.")
    account = forms.CharField(
        max_length=100,
        required=False,
        help_text="The code of the account that takes the tax; none where there is none.",
    )
    deduct_account = forms.CharField(
        max_length=100, required=False, help_text="Of a reverse charge only: where the tax that is owed is deducted."
    )
    starts_on = DateField(label="Valid from")
    ends_on = DateField(label="Valid to", required=False, help_text="Empty: until a later version.")
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def tax_code(self) -> TaxCode:
        """What is asked for."""
        typed = self.cleaned_data
        texts = {name: typed[name].strip() for name in ("code", "name", "kind", "account", "deduct_account")}
        return TaxCode(rate=typed["rate"], starts_on=typed["starts_on"], ends_on=typed["ends_on"], **texts)


class VersionOnPage(NamedTuple):
    row: TaxRate
    kind: str
    rate: str
    is_in_force: bool


@admin.register(TaxRate)
class TaxRateAdmin(AddingAdmin[TaxRate]):
    list_display = ("code", "name", "kind_text", "rate_text", "in_force", "starts_on", "ends_on", "account", "deducted")
    list_filter = (EntityFilter,)
    list_select_related = ("entity", "account", "deduct_account")
    search_fields = ("code",)
    search_help_text = "code or name"
    detail_template = "ledgerflow/admin/tax_code.html"
    nothing = "No lines bear taxes here. Add a tax code to post with it."
    no_books = "A tax code needs an entity: add one first."

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxRate]:
        """Of each code the version of the business date, or its newest one where none is in force."""
        return super().get_queryset(request).annotate(is_in_force=IN_FORCE).distinct("code")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [F("code"), IN_FORCE.desc(), F("version").desc()]

    @admin.display(description="Kind")
    def kind_text(self, row: TaxRate) -> str:
        return gettext(KIND_LABELS[row.kind])

    @admin.display(description="Rate")
    def rate_text(self, row: TaxRate) -> str:
        return f"{current.rate_text(row.rate)} %"

    @admin.display(description="In force", boolean=True)
    def in_force(self, row: Any) -> bool:
        return bool(row.is_in_force)

    @admin.display(description="Deducted on")
    def deducted(self, row: TaxRate) -> str:
        return str(row.deduct_account or "")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[TaxRate], search_term: str
    ) -> tuple[QuerySet[TaxRate], bool]:
        if search_term:
            queryset = queryset.filter(Q(code__icontains=search_term) | Q(name__icontains=search_term))
        return queryset, False

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """The form of a code, or with `?code=` that of the next version of one."""
        first = _proposed(entity, request.GET.get("code", ""))
        form = TaxCodeForm(request.POST or None, initial=first)
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: _set(entity, form, actor_of(request)))
            if done is not None:
                messages.success(
                    request,
                    gettext("%(rate)s is set, as version %(version)s.")
                    % {"rate": done.rate, "version": done.rate.version},
                )
                return redirect("admin:taxes_taxrate_change", done.rate.pk)
        note = gettext("A new version: what was posted stays as it is.") if "code" in first else ""
        title = gettext("Set a tax code of %(books)s") % {"books": entity.name}
        return self.form_page(request, form, title, action="Set", entity=entity, note=note)

    def detail_context(self, request: HttpRequest, row: TaxRate) -> dict[str, Any]:
        rows = TaxRate.objects.filter(entity=row.entity, code=row.code).select_related("account", "deduct_account")
        newest_first = list(rows.order_by("-version"))
        valid = next((one for one in newest_first if _is_valid(one, row.entity.business_date)), None)
        return {
            "title": gettext("Tax code %(code)s of %(books)s") % {"code": row.code, "books": row.entity.name},
            "versions": [
                VersionOnPage(one, self.kind_text(one), self.rate_text(one), one is valid) for one in newest_first
            ],
            "valid": valid,
            "rate": self.rate_text(valid) if valid else "none",
            "kind": self.kind_text(valid or row),
            "may_add": self.may_add(request),
        }


def _is_valid(row: TaxRate, day: date) -> bool:
    return row.starts_on <= day and (row.ends_on is None or row.ends_on >= day)


def _proposed(entity: Entity, code: str) -> dict[str, Any]:
    """What the form begins with: a key, and all but the days and the rate of the newest version of a code."""
    key = {"key": f"admin:{uuid7()}"}
    rows = TaxRate.objects.filter(entity=entity, code=code.replace("\x00", ""))
    row = rows.select_related("account", "deduct_account").order_by("-version").first()
    if row is None:
        return key
    accounts = {name: one.code if (one := getattr(row, name)) else "" for name in ("account", "deduct_account")}
    return {**key, "code": row.code, "name": row.name, "kind": row.kind, **accounts}


def _set(entity: Entity, form: TaxCodeForm, actor: str) -> TaxCodeSet:
    key: str = form.cleaned_data["key"]
    return set_tax_code(entity.pk, form.tax_code(), key=key, issuer="admin", actor=actor)
