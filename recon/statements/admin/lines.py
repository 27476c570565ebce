"""The admin's pages of the lines of statements."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext, gettext_noop

from ledgerflow.web.admin_base import ReadOnlyAdmin, amount_text
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.amounts import amount_element
from recon.statements.admin.filters import BankAccountFilter, BookingDates, LineStatusFilter
from recon.statements.models import StatementLine

LONGEST_TEXT = 80  # in the list; the page of a line has all of it


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin[StatementLine]):
    list_display = (
        "booking_date", "bank_account", "amount_text", "currency", "customer_reference", "counterparty", "short_text",
        "status_text",
    )  # fmt: skip
    more_columns = ("value_date", "bank_reference", "end_to_end", "iban_text")
    list_filter = (EntityFilter, BankAccountFilter, LineStatusFilter, BookingDates)
    list_select_related = ("bank_account",)
    ordering = ("-id",)
    turns_by_key = True
    nothing = "No line is here. Lines come with the statements of the bank."
    detail_template = "ledgerflow/admin/statement_line.html"

    @admin.display(description="Amount")
    def amount_text(self, line: StatementLine) -> str:
        return amount_element(line.amount, line.currency)

    @admin.display(description="IBAN")
    def iban_text(self, line: StatementLine) -> str:
        return line.iban

    @admin.display(description="Text")
    def short_text(self, line: StatementLine) -> str:
        return truncatechars(line.text, LONGEST_TEXT)

    @admin.display(description="Status")
    def status_text(self, line: StatementLine) -> str:
        return "undone" if line.is_undone else gettext_noop("split") if line.is_split else "open"

    def detail_context(self, request: HttpRequest, row: StatementLine) -> dict[str, Any]:
        parts = StatementLine.objects.filter(parent_id=row.pk, is_undone=False).order_by("part")
        return {
            "title": gettext("Line %(number)s of statement %(other_number)s")
            % {"number": row.number, "other_number": row.statement.number},
            "amount": amount_text(row.amount),
            "status": self.status_text(row),
            "matches": row.match_items.filter(is_active=True),
            "parts": [(part, amount_text(part.amount)) for part in parts],
        }
