"""Admin pages of reconciliations: the statement at a date with its files, finishing it, and those that were kept."""

from __future__ import annotations

import re
from datetime import date
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from ledgerflow.books.admission import admitted
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.documents import DocumentRow, cells_of
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import cell_on_page, day_text
from ledgerflow.core.sentences import refusal_text, said_again
from ledgerflow.web.admin_base import LedgerForm, ReadOnlyAdmin, actor_of, amount_text, attempt, require, without_books
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.downloads import download, format_of
from ledgerflow.web.form_fields import DateField
from ledgerflow.web.pages.books_of_page import chosen_entity
from ledgerflow.web.problems import encode
from recon.cases.ages import IN_WORDS
from recon.reports.documents import COLUMNS, recon_document
from recon.reports.finishing import FinishedRun, finish_reconciliation, report_of, run_in
from recon.reports.models import ReconRun
from recon.reports.shapes import ReconReport
from recon.reports.statement import recon_report
from recon.statements.admin.filters import BankAccountFilter
from recon.statements.bank_accounts import bank_accounts

ISSUER = "admin"
FILES = ("pdf", "csv", "xlsx", "html", "json")
_JOURNAL = re.compile(r"journal ([0-9]+)(.*)", re.DOTALL)
_KIND = re.compile(r"[a-z]+( [a-z]+)*")
MOST_ROWS = 500  # on a page, which stays below 200 kB; files hold all


class AskForm(LedgerForm):
    """Which bank account, and the end of which day."""

    account = forms.ChoiceField(required=False, label="Bank account")
    date = DateField(label="At the end of")

    def __init__(self, data: Any, *, entity: Entity) -> None:
        super().__init__(data)
        field: Any = self.fields["account"]
        banks = bank_accounts(entity.pk).order_by("account__code")
        field.choices = [
            ("", gettext("all")),
            *((one.account.code, f"{one.account.code} · {one.name}") for one in banks),
        ]


class RowTexts(NamedTuple):
    style: str
    indent: int
    cells: list[tuple[str, str]]


class FinishForm(LedgerForm):
    """The key makes a form that was sent twice one request."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


@admin.register(ReconRun)
class ReconRunAdmin(ReadOnlyAdmin[ReconRun]):
    list_display = ("recorded_at", "bank_account", "number", "day", "bank_text", "sha256", "who")
    list_filter = (EntityFilter, BankAccountFilter)
    list_select_related = ("bank_account",)
    ordering = ("-event_sequence",)
    nothing = "No reconciliation was finished. The statement at a date is finished when it ties."
    change_list_template = "ledgerflow/admin/recon_runs.html"
    detail_template = "ledgerflow/admin/recon_run.html"

    @admin.display(description="Balance of the bank")
    def bank_text(self, row: ReconRun) -> str:
        return amount_text(row.bank_balance)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            path("<uuid:run_id>/file/", site.admin_view(self.file_view), name="recon_reports_reconrun_file"),
            path("at/", site.admin_view(self.at_view), name="recon_reports_reconrun_at"),
            *super().get_urls(),
        ]

    def file_view(self, request: HttpRequest, run_id: Any) -> HttpResponseBase:
        """The statement as a file (`?format=`)."""
        row = self.get_object(request, str(run_id))
        require(row is not None and self.has_view_permission(request, row))
        assert row is not None  # noqa: S101 - required above
        run = run_in(row.entity_id, row.pk)
        name = f"reconciliation-{run.bank_account.account.code}-{run.day}-{run.number}"
        return download(
            format_of(request), name, json=run.content.encode,
            document=lambda: recon_document(report_of(run), run.recorded_at),
        )  # fmt: skip

    def at_view(self, request: HttpRequest) -> HttpResponseBase:
        """The statement of a bank account, or of all, at a date; finishing keeps that of one as it is."""
        may_finish = self.may_add(request)
        require(self.has_view_permission(request) and (may_finish or request.method != "POST"))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, gettext("A statement needs an entity: add one first."))
        asked = AskForm({"date": entity.business_date, **request.GET.dict()}, entity=entity)
        form = FinishForm(request.POST if request.method == "POST" else None, initial={"key": f"admin:{uuid7()}"})
        made, status = None, HTTPStatus.OK
        if asked.is_valid():
            account, day = asked.cleaned_data["account"], asked.cleaned_data["date"]
            if form.is_valid() and account:
                done = attempt(form, lambda: _finished(request, entity, account, day, form.cleaned_data["key"]))
                if done is not None:
                    messages.success(
                        request,
                        gettext("Reconciliation %(number)s up to %(day)s is kept.")
                        % {"number": done.run.number, "day": day_text(day)},
                    )
                    return redirect("admin:recon_reports_reconrun_change", done.run.pk)
            try:
                with admitted(entity.pk):
                    made = recon_report(entity.pk, day, account or None)
                    if "format" in request.GET and request.method == "GET":
                        return _file(request, made, account)
            except LedgerError as refusal:
                asked.add_error(None, refusal_text(refusal))
                status = HTTPStatus(refusal.status) if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE else status
        response = self.page(
            request, "ledgerflow/admin/recon_at.html",
            gettext("Statement of reconciliation of %(books)s") % {"books": entity.name},
            form=form,
            asked=asked, entity=entity, **_shown(made, asked, entity, may_finish=may_finish),
        )  # fmt: skip
        response.status_code = status
        return response

    def detail_context(self, request: HttpRequest, row: ReconRun) -> dict[str, Any]:
        return {
            "title": gettext("%(run)s for %(bank_account)s") % {"run": row, "bank_account": row.bank_account},
            **_table(report_of(row)),
        }


def _finished(request: HttpRequest, entity: Entity, account: str, on: date, key: str) -> FinishedRun:
    return finish_reconciliation(entity.pk, account, on, key=key, issuer=ISSUER, actor=actor_of(request))


def _file(request: HttpRequest, report: ReconReport, account: str) -> HttpResponseBase:
    name = "-".join(["reconciliation", report.entity, *filter(None, [account]), str(report.day)])
    document = lambda: recon_document(report, clocks.now())  # noqa: E731 - made only for a file
    return download(format_of(request), name, json=lambda: encode(report), document=document)


def _shown(report: ReconReport | None, asked: AskForm, entity: Entity, *, may_finish: bool) -> dict[str, Any]:
    """What the page shows of a report; nothing where it could not be made."""
    if report is None:
        return {"statements": []}
    account = asked.cleaned_data["account"]
    query = {"entity": entity.code, "account": account, "date": str(report.day)}
    return {
        "statements": report.statements,
        "may_finish": may_finish and bool(account) and report.statements[0].can_finish,
        "is_one": bool(account),
        "address": urlencode(query),
        "downloads": [(name.upper(), urlencode(query | {"format": name})) for name in FILES],
        **_table(report),
    }


def _table(report: ReconReport) -> dict[str, Any]:
    """The rows of the document as texts, amounts with their thousands apart."""
    rows = list(islice(recon_document(report, clocks.now()).rows, MOST_ROWS + 1))
    return {"columns": COLUMNS, "rows": [_texts(row) for row in rows[:MOST_ROWS]], "has_more": len(rows) > MOST_ROWS}


def _texts(row: DocumentRow) -> RowTexts:
    cells = []
    is_item = row.cells[2] is not None or row.cells[3] is not None  # an id, or a match
    for cell, column in zip(cells_of(row, COLUMNS), COLUMNS, strict=True):
        text = cell_on_page(cell)
        if column is COLUMNS[0]:
            text = _item(text) if is_item else _words(text)
        cells.append((text, "lf-amount" if column.is_right else f"lf-{column.kind}"))
    return RowTexts(row.style, row.indent, cells)


def _item(text: str) -> str:
    """What one side alone has, or a match leaves; a posting begins with its journal."""
    found = _JOURNAL.fullmatch(text)
    return said_again(text) if found is None else gettext("journal %(number)s") % {"number": found[1]} + found[2]


def _words(text: str) -> str:
    """A row that sums up: the rule or the age that begins it, and kinds of exceptions, are words of ours."""
    name, colon, rest = said_again(text).partition(":")
    return f"{gettext(IN_WORDS.get(name, name))}{colon}{_KIND.sub(lambda found: gettext(found[0]), rest)}"
