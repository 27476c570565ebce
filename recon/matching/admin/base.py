"""What the admin pages of matching have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from ledgerflow.core.ids import uuid7
from ledgerflow.web.admin_base import ReadOnlyAdmin, Row, actor_of
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.amounts import amount_element
from ledgerflow.web.pages.books_of_page import chosen_entity
from recon.matching.reading import bank_called
from recon.matching.rows import Bank
from recon.statements.admin.filters import BankAccountFilter
from recon.statements.models import BankAccount

ISSUER = "admin"
MANAGE, POST, SET_RULES = "matching.change_match", "journals.add_journal", "matching.change_matchrules"


def a_key() -> dict[str, str]:
    return {"key": f"admin:{uuid7()}"}


def once(request: HttpRequest, values: dict[str, Any]) -> dict[str, str]:
    """The key of the form, so that one sent twice is one request."""
    return {"key": values["key"], "issuer": ISSUER, "actor": actor_of(request)}


class MatchingAdmin(ReadOnlyAdmin[Row]):
    """Who may work on matches may work on all of this."""

    list_filter: ClassVar[Any] = (EntityFilter, BankAccountFilter)
    list_select_related = ("bank_account",)
    detail_template = "ledgerflow/admin/matching_row.html"

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MANAGE)

    @admin.display(description="Residual")
    def residual_text(self, row: Any) -> str:
        return amount_element(row.residual, row.bank_account.currency) if row.residual else ""

    @admin.display(description="Bank account")
    def bank(self, row: Any) -> str:
        return str(row.bank_account or "all")


def bank_in(request: HttpRequest) -> Bank | None:
    """The bank account that the address names, in the books that are chosen."""
    entity, code = chosen_entity(request), request.GET.get("account", "").replace("\x00", "")
    if entity is None or not BankAccount.objects.filter(entity=entity, account__code=code).exists():
        return None
    return bank_called(entity.pk, code)


def here(request: HttpRequest, bank: Bank | None = None) -> dict[str, str]:
    """What a form's address says, so that it means these books even where another page has chosen others since."""
    entity = chosen_entity(request)
    return {"entity": entity.code if entity else "", **({"account": bank.account} if bank else {})}


def choose_first(request: HttpRequest) -> HttpResponse:
    """Where a page needs a bank account, and the address names none."""
    messages.error(request, gettext("Choose a bank account first."))
    return redirect("admin:statements_bankaccount_changelist")
