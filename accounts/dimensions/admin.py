"""Admin pages of dimensions: declared values, which dimensions are lists, and what accounts require."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from accounts.dimensions.declaring import MAX_REASON, change_value, declare_value, require_dimensions, set_list
from accounts.dimensions.models import AccountDimensions, Dimension, DimensionValue
from accounts.dimensions.specs import PARTY_KINDS, ValueSpec
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import NothingToChange
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, NamedAction, actor_of, attempt
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.form_fields import DateField

Row = TypeVar("Row", bound=Model)
KINDS = [("", "none"), *((one, one) for one in PARTY_KINDS)]


VALUES = [("declared", gettext_noop("declared values only")), ("any", gettext_noop("any value"))]


class DimensionReasonForm(LedgerForm):
    reason = forms.CharField(max_length=MAX_REASON, required=False)


class ValueChangeForm(LedgerForm):
    """What is left empty stays as it is."""

    name = forms.CharField(max_length=200, required=False)
    parent = forms.CharField(max_length=100, required=False, help_text="The code of the value it stands under.")
    valid_from = DateField(required=False)
    valid_to = DateField(required=False)
    tax_id = forms.CharField(max_length=50, required=False, help_text="Of parties only, as all that follows.")
    reference = forms.CharField(max_length=100, required=False)
    country = forms.CharField(max_length=2, required=False, help_text="Two letters of ISO 3166-1, such as DE.")
    payment_terms_days = forms.IntegerField(required=False)
    party_kind = forms.ChoiceField(choices=KINDS, required=False)


class ValueForm(ValueChangeForm):
    dimension = forms.CharField(max_length=40)
    code = forms.CharField(max_length=100, help_text="Lines carry it, and it never changes.")
    field_order = ("dimension", "code", "name")


class ListForm(DimensionReasonForm):
    dimension = forms.CharField(max_length=40)
    values = forms.ChoiceField(choices=VALUES)
    field_order = ("dimension", "values")


class RequiredForm(DimensionReasonForm):
    account = forms.CharField(max_length=100)
    required = forms.CharField(max_length=400, required=False, help_text="Names with commas between; empty: none.")
    field_order = ("account", "required")


class DeclaringAdmin(AddingAdmin[Row]):
    """A list with a form that declares more, for the chosen entity."""

    list_filter = (EntityFilter,)
    no_books = "Dimensions are of an entity: add one first."
    add_form: ClassVar[type[LedgerForm]]
    add_title: ClassVar[str]

    def save(self, entity: Entity, given: dict[str, Any], actor: str) -> Any:
        """Carry out what the form says; raises the refusals that it shows."""
        raise NotImplementedError

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = self.add_form(request.POST or None)
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: self.save(entity, form.cleaned_data, actor_of(request)))
            if done is not None:
                messages.success(request, gettext("It is recorded."))
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return self.form_page(
            request,
            form,
            gettext("%(what)s in %(books)s") % {"what": gettext(self.add_title), "books": entity.name},
            entity=entity,
        )


def _change(request: HttpRequest, row: DimensionValue, changes: dict[str, Any], reason: str = "") -> Any:
    return change_value(row.entity_id, row.dimension, row.code, changes, actor=actor_of(request), reason=reason)


def change(request: HttpRequest, row: DimensionValue, given: dict[str, Any]) -> Any:
    """Set what the form says."""
    changes = {name: value for name, value in given.items() if value not in ("", None)}
    if not changes:
        raise NothingToChange
    return _change(request, row, changes)


@admin.register(DimensionValue)
class DimensionValueAdmin(DeclaringAdmin[DimensionValue]):
    list_display = ("dimension", "code", "name", "parent", "valid_from", "valid_to", "status", "country", "party_kind")
    list_select_related = ("parent",)
    ordering = ("dimension", "code")
    search_fields = ("code",)
    search_help_text = "code or name"
    detail_template = "ledgerflow/admin/dimension_value.html"
    add_form, add_title = ValueForm, gettext_noop("Declare a value")
    named_actions: ClassVar = {
        "edit": NamedAction("Change", lambda row: gettext("Change %(row)s") % {"row": row}, change,
                            lambda row, _: gettext("%(code)s is changed.") % {"code": row.code},
                            form=ValueChangeForm, note=lambda _: gettext("What is left empty stays as it is.")),
        "close": NamedAction("Close", lambda row: gettext("Close %(row)s") % {"row": row},
                             lambda request, row, given: _change(request, row, {"closed": True}, given["reason"]),
                             lambda row, _: (
                                 gettext("%(code)s is closed: no line takes it any more.") % {"code": row.code}),
                             form=DimensionReasonForm),
        "reopen": NamedAction("Open again", lambda row: gettext("Open %(row)s again") % {"row": row},
                              lambda request, row, given: _change(request, row, {"closed": False}, given["reason"]),
                              lambda row, _: gettext("%(code)s is open again.") % {"code": row.code},
                              form=DimensionReasonForm),
    }  # fmt: skip

    @admin.display(description="Status")
    def status(self, row: DimensionValue) -> str:
        return gettext("closed") if row.closed else gettext("open")

    def save(self, entity: Entity, given: dict[str, Any], actor: str) -> Any:
        dimension, days = given.pop("dimension"), given.pop("payment_terms_days")
        return declare_value(entity.id, dimension, ValueSpec(**given, payment_terms_days=days), actor=actor)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DimensionValue], search_term: str
    ) -> tuple[QuerySet[DimensionValue], bool]:
        if search_term:
            queryset = queryset.filter(Q(code__icontains=search_term) | Q(name__icontains=search_term))
        return queryset, False


@admin.register(Dimension)
class DimensionAdmin(DeclaringAdmin[Dimension]):
    list_display = ("name", "values")
    ordering = ("name",)
    detail_template = "ledgerflow/admin/dimension.html"
    nothing = "Each dimension takes any value."
    add_form, add_title = ListForm, gettext_noop("Set what values a dimension takes")

    @admin.display(description="Values")
    def values(self, row: Dimension) -> str:
        return gettext("declared") if row.is_list else gettext("any")

    def save(self, entity: Entity, given: dict[str, Any], actor: str) -> Any:
        is_list = given["values"] == "declared"
        return set_list(entity.id, given["dimension"], is_list=is_list, actor=actor, reason=given["reason"])


@admin.register(AccountDimensions)
class AccountDimensionsAdmin(DeclaringAdmin[AccountDimensions]):
    list_display = ("account", "names")
    list_select_related = ("account",)
    ordering = ("account__code",)
    detail_template = "ledgerflow/admin/account_dimensions.html"
    nothing = "No account requires a dimension."
    add_form, add_title = RequiredForm, gettext_noop("Set what an account requires")

    @admin.display(description="Required")
    def names(self, row: AccountDimensions) -> str:
        return ", ".join(row.required)

    def save(self, entity: Entity, given: dict[str, Any], actor: str) -> Any:
        names = [name for part in given["required"].split(",") if (name := part.strip())]
        return require_dimensions(entity.id, given["account"], names, actor=actor, reason=given["reason"])
