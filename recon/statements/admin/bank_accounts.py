"""The admin's pages of bank accounts: the list, one of them, and the form that sets it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.web.admin_base import AddingAdmin, actor_of, attempt, pretty_json, require
from ledgerflow.web.admin_filters import EntityFilter
from recon.statements.admin.forms import BankAccountForm
from recon.statements.bank_accounts import bank_accounts, set_bank_account
from recon.statements.models import BankAccount


@admin.register(BankAccount)
class BankAccountAdmin(AddingAdmin[BankAccount]):
    list_display = ("account", "name", "identifier", "currency", "has_columns", "mirror")
    list_filter = (EntityFilter,)
    list_select_related = ("account", "mirror")
    ordering = ("id",)
    nothing = "Of no account does a bank keep statements. Add a bank account to import them."
    detail_template = "ledgerflow/admin/bank_account.html"
    no_books = "A bank account needs an entity: add one first."

    @admin.display(description="CSV", boolean=True)
    def has_columns(self, bank: BankAccount) -> bool:
        return bank.column_map is not None

    def may_add(self, request: HttpRequest) -> bool:
        return self.has_manage_permission(request)

    def get_urls(self) -> list[URLPattern]:
        edit = self.admin_site.admin_view(self.edit_view)
        return [path("<uuid:row_id>/edit/", edit, name="statements_bankaccount_edit"), *super().get_urls()]

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        return self._set(request, entity, {}, gettext("Set a bank account of %(books)s") % {"books": entity.name})

    def edit_view(self, request: HttpRequest, row_id: Any) -> HttpResponse:
        """The form of one that is there; it is refused when somebody has changed it since."""
        require(self.has_manage_permission(request))
        bank = self.get_object(request, str(row_id))
        if bank is None:
            return redirect("admin:statements_bankaccount_changelist")
        initial = {
            "account": bank.account.code,
            "name": bank.name,
            "identifier": bank.identifier,
            "column_map": pretty_json(bank.column_map),
            "mirror": bank.mirror.code if bank.mirror else "",
            "revision": bank.event_sequence,
        }
        return self._set(request, bank.entity, initial, gettext("Change %(name)s") % {"name": bank.name})

    def _set(self, request: HttpRequest, entity: Any, initial: dict[str, Any], title: str) -> HttpResponse:
        form = BankAccountForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            typed, actor = form.cleaned_data, actor_of(request)
            made = attempt(
                form,
                lambda: set_bank_account(
                    entity.pk, typed["account"], form.spec(), actor=actor, expected_revision=typed["revision"]
                ),
            )
            if made is not None:
                messages.success(request, gettext("%(name)s is set.") % {"name": made.name})
                return redirect("admin:statements_bankaccount_change", made.pk)
        return self.form_page(request, form, title, action="Set", entity=entity)

    def detail_context(self, request: HttpRequest, row: BankAccount) -> dict[str, Any]:
        bank = bank_accounts(row.entity_id).get(pk=row.pk)
        return {
            "title": f"{bank.account.code} · {bank.name}",
            "bank": bank,
            "columns": pretty_json(row.column_map),
            "address": f"?{urlencode({'entity': row.entity.code, 'account': bank.account.code})}",
        }
