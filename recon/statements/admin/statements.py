"""The admin's pages of statements: the list, one statement, bringing in a file, undoing it, and stating balances."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_noop, ngettext

from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.web.admin_base import AddingAdmin, NamedAction, actor_of, amount_text, attempt
from ledgerflow.web.admin_filters import EntityFilter
from recon.statements.admin.filters import BankAccountFilter, StatementStatusFilter
from recon.statements.admin.forms import BalancesForm, UndoForm, UploadForm, balances_from
from recon.statements.bank_accounts import bank_accounts
from recon.statements.changing import state_balances, undo_import
from recon.statements.importing import import_file, preview
from recon.statements.models import Statement
from recon.statements.reading import ImportAnswer, ImportedStatement

ISSUER = "admin"
MOST_SHOWN = 100  # statements of a file in its preview


def undo(request: HttpRequest, statement: Statement, typed: dict[str, Any]) -> list[Statement]:
    """Take back the import of this statement."""
    return undo_import(
        statement.entity_id, statement.pk, reason=typed["reason"], key=typed["key"], actor=actor_of(request),
        issuer=ISSUER,
    ).statements  # fmt: skip


def state(request: HttpRequest, statement: Statement, typed: dict[str, Any]) -> Statement:
    """State the balances of this statement."""
    return state_balances(
        statement.entity_id, statement.pk, balances_from(typed), actor=actor_of(request), allow_gap=typed["allow_gap"]
    )


@admin.register(Statement)
class StatementAdmin(AddingAdmin[Statement]):
    list_display = (
        "number", "bank_account", "label", "closing_day", "opening_text", "closing_text", "currency", "line_count",
        "is_proven", "status", "file_name",
    )  # fmt: skip
    list_filter = (EntityFilter, BankAccountFilter, StatementStatusFilter)
    list_select_related = ("bank_account",)
    ordering = ("-event_sequence",)
    turns_by_key = True
    nothing = "No statement is here. Upload a file of the bank."
    change_list_template = "ledgerflow/admin/statements.html"
    detail_template = "ledgerflow/admin/statement.html"
    named_actions = {
        "undo": NamedAction(
            "Undo the import",
            lambda row: gettext("Undo the import of %(file_name)s") % {"file_name": row.file_name},
            undo,
            lambda _row, done: (
                ngettext(
                    "Undone: %(count)s statement with all lines.",
                    "Undone: %(count)s statements with all lines.",
                    len(done),
                )
                % {"count": len(done)}
            ),
            form=UndoForm,
            initial=lambda: {"key": f"admin:{uuid7()}"},
            note=lambda row: (
                gettext("All statements of the file that are of %(bank_account)s go; the lines may come again.")
                % {"bank_account": row.bank_account}
            ),
        ),
        "state-balances": NamedAction(
            "State the balances",
            lambda row: gettext("State the balances of statement %(number)s") % {"number": row.number},
            state,
            lambda row, _done: gettext("The balances of statement %(number)s are proven.") % {"number": row.number},
            form=BalancesForm,
            note=lambda row: (
                gettext("Its %(line_count)s lines are %(lines_total)s %(currency)s in sum.")
                % {"line_count": row.line_count, "lines_total": amount_text(row.lines_total), "currency": row.currency}
            ),
        ),
    }
    no_books = "Statements need an entity: add one first."

    @admin.display(description="Opening balance")
    def opening_text(self, row: Statement) -> str:
        return "" if row.opening_balance is None else amount_text(row.opening_balance)

    @admin.display(description="Closing balance")
    def closing_text(self, row: Statement) -> str:
        return "" if row.closing_balance is None else amount_text(row.closing_balance)

    def get_urls(self) -> list[URLPattern]:
        upload = self.admin_site.admin_view(self.add_view)
        return [path("upload/", upload, name="statements_statement_upload"), *super().get_urls()]

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """A file is shown first, and imported when the same one is sent again."""
        known = (
            bank_accounts(entity.pk).filter(account__code=request.GET.get("account", "").replace("\x00", "")).first()
        )
        first = {"bank_account": known.pk if known else None}
        form = UploadForm(request.POST or None, request.FILES or None, entity=entity, initial=first)
        shown = None
        if request.method == "POST" and form.is_valid():
            if form.is_confirmed:
                done = attempt(form, lambda: bring_in(entity, form, actor_of(request)))
                if done is not None:
                    messages.success(
                        request,
                        gettext("Brought %(new_count)s new lines; %(seen_count)s were there.")
                        % {"new_count": done.new_count, "seen_count": done.seen_count},
                    )
                    return redirect("admin:statements_statement_change", done.statements[0].id)
            else:
                shown = attempt(form, lambda: preview(entity.pk, form.bank_account_id, form.content, form.file_name))
                if shown is not None:
                    form = confirming(form, entity)
        return self.page(
            request,
            "ledgerflow/admin/statement_upload.html",
            gettext("Bring statements into %(books)s") % {"books": entity.name},
            form=form,
            shown=shown,
            statements=[] if shown is None else [_texts_of(one) for one in shown.statements[:MOST_SHOWN]],
            has_more=shown is not None and len(shown.statements) > MOST_SHOWN,
            action=gettext_noop("Import") if shown is not None else gettext_noop("Preview"),
            entity=entity,
        )

    def detail_context(self, request: HttpRequest, row: Statement) -> dict[str, Any]:
        return {
            "title": gettext("Statement %(number)s of %(name)s")
            % {"number": row.number, "name": row.bank_account.name},
            "opening": self.opening_text(row) or gettext("not in the file"),
            "closing": self.closing_text(row) or gettext("not in the file"),
            "total": amount_text(row.lines_total),
            "new_count": row.line_count - row.seen_count,
        }


def _texts_of(one: ImportedStatement) -> tuple[ImportedStatement, str, str, str]:
    """A statement of a preview with its opening balance, the sum of its lines and its closing balance for people."""
    opening, lines, closing = (
        "" if amount is None else amount_text(Decimal(amount))
        for amount in (one.opening_balance, one.lines_total, one.closing_balance)
    )
    return one, opening, lines, closing


def bring_in(entity: Entity, form: UploadForm, actor: str) -> ImportAnswer:
    """Import the file that was shown before."""
    allow_gap = form.cleaned_data["allow_gap"]
    return import_file(entity.pk, form.bank_account_id, form.content, form.file_name, actor=actor, allow_gap=allow_gap)


def confirming(form: UploadForm, entity: Entity) -> UploadForm:
    """The form again, as it was, which asks for the same file."""
    typed = form.cleaned_data
    initial = {
        "bank_account": typed["bank_account"],
        "allow_gap": typed["allow_gap"],
        "previewed": form.sha256,
    }
    return UploadForm(initial=initial, entity=entity)
