"""Admin pages of the reports: a form of what may be asked, the table, and the same as a file."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import RedirectView

from ledgerflow.books.models import Entity
from ledgerflow.core.documents import Column, Document, DocumentRow, cells_of
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.locales.current import cell_on_page
from ledgerflow.core.sentences import refusal_text, said_again
from ledgerflow.web.admin_filters import MOST_OPTIONS
from ledgerflow.web.downloads import download, format_of
from ledgerflow.web.pages.amounts import class_of_balance
from ledgerflow.web.pages.books_of_page import books_open_to, chosen_entity
from ledgerflow.web.pages.typed_days import as_typed, in_full
from ledgerflow.web.problems import RETRY_AFTER_SECONDS, encode
from reports.audit_files import admin as audit_files
from reports.kinds import DATES, KINDS, ReportKind, filename_of
from reports.phrases import SAID

PERMISSION = "journals.view_journal"
MOST_ROWS = 300  # on a page, which stays below 200 kB; files hold all
MOST_ACCOUNTS = 100_000  # that a page reads one by one: two to three seconds of processors, cash flows thirteen
LISTS = ("accounts", "compare", "compare_ranges")
JOURNALS = ("Journal", "Debit journal", "Credit journal")  # columns of numbers
BALANCES = ("statement", "general-ledger")  # whose column "Balance" is on the side of its account
CODES = ("Account", "Code")  # columns of codes of accounts
LABELS = {
    "as_of": gettext_lazy("At the end of"),
    "compare": gettext_lazy("Compared with"),
    "from": gettext_lazy("From"),
    "to": gettext_lazy("To"),
    "compare_from": gettext_lazy("Compared from"),
    "compare_to": gettext_lazy("to"),
    "compare_ranges": gettext_lazy("Compared with ranges"),
    "columns": gettext_lazy("Columns"),
    "change": gettext_lazy("Changes"),
    "method": gettext_lazy("Method"),
    "by": gettext_lazy("Columns by"),
    "known_at": gettext_lazy("Known at"),
    "view": gettext_lazy("Entries"),
    "totals": gettext_lazy("Income and expense"),
    "currency": gettext_lazy("Translated to"),
    "zeros": gettext_lazy("Zero balances"),
    "accounts": gettext_lazy("Accounts"),
    "account": gettext_lazy("Account"),
    "party": gettext_lazy("Party"),
    "per": gettext_lazy("Balances per"),
    "dimension": gettext_lazy("Dimension"),
    "budget": gettext_lazy("Budget"),
    "unit": gettext_lazy("Unit"),
}
CHOICE_LABELS = {
    "after": gettext_lazy("with closing entries"),
    "adjusted": gettext_lazy("with adjustments"),
    "before": gettext_lazy("before adjustments"),
    "worksheet": gettext_lazy("worksheet"),
    "fiscal_year": gettext_lazy("of the fiscal year"),
    "lifetime": gettext_lazy("of all years"),
    "false": gettext_lazy("hidden"),
    "true": gettext_lazy("shown"),
    "all": gettext_lazy("whole range"),
    "whole": gettext_lazy("the whole"),
    "usual": gettext_lazy("from the one compared"),
    "amount": gettext_lazy("from each compared"),
    "percent": gettext_lazy("from each, in percent too"),
    "none": gettext_lazy("none"),
    "month": gettext_lazy("month"),
    "quarter": gettext_lazy("quarter"),
    "year": gettext_lazy("year"),
    "direct": gettext_lazy("direct"),
    "indirect": gettext_lazy("indirect"),
    "account": gettext_lazy("account"),
    "header": gettext_lazy("header"),
}
TOTAL = "Total "
HINTS = {
    "known_at": "2026-03-02T12:00:00Z",
    "compare": "2025-12-31, 2024-12-31",
    "compare_ranges": "2025-01-01..2025-12-31",
    "accounts": "1000, 2000",
    "dimension": "cost_centre:NORTH",
    "by": "cost_centre",
    "budget": gettext_lazy("name"),
    "account": gettext_lazy("code"),
    "party": gettext_lazy("name or number"),
    "currency": "EUR",
    "unit": "CREDIT",
}


class Field(NamedTuple):
    """One parameter of the form."""

    name: str
    label: Any
    kind: str
    value: str
    hint: str
    options: list[tuple[str, Any]]


class CellText(NamedTuple):
    text: str
    css: str
    link: str


class RowTexts(NamedTuple):
    style: str
    indent: int
    cells: list[CellText]


def urls_of(site: AdminSite) -> list[URLPattern]:
    """The addresses of the reports, below the admin site's own."""
    pages = []
    for kind in KINDS.values():
        page = site.admin_view(partial(report_page, site=site, kind=kind))
        pages.append(path(f"reports/{kind.name}/", page, name=f"report_{kind.name}"))
    return [
        path("reports/", RedirectView.as_view(pattern_name="admin:report_trial-balance"), name="reports"),
        *pages,
        *audit_files.urls_of(site),
    ]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The reports as an application of the admin's navigation, for those who may see them."""
    if not request.user.has_perm(PERMISSION):
        return []
    pages = [
        {
            "name": gettext_lazy(kind.title),
            "object_name": kind.name,
            "admin_url": reverse(f"admin:report_{kind.name}"),
            "add_url": None,
            "view_only": True,
            "perms": {"view": True},
        }
        for kind in KINDS.values()
    ]
    pages.append(
        {
            "name": gettext_lazy("Audit files"),
            "object_name": "audit-files",
            "admin_url": reverse("admin:audit-files"),
            "add_url": None,
            "view_only": True,
            "perms": {"view": True},
        }
    )
    return [
        {
            "name": gettext_lazy("Reports"),
            "app_label": "reports",
            "app_url": reverse("admin:reports"),
            "has_module_perms": True,
            "models": pages,
        }
    ]


def report_page(request: HttpRequest, *, site: AdminSite, kind: ReportKind) -> HttpResponseBase:
    """A report on a page, or as a file with `?format=`; what cannot be asked is said above the form."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    entity = chosen_entity(request)
    _drop_blanks(request)
    context: dict[str, Any] = {"refusal": "", "table": None}
    status = HTTPStatus.OK
    try:
        full = in_full(request.GET, [name for name in kind.parameters if name in DATES])
        if full is not None:
            return HttpResponseRedirect(f"?{full.urlencode()}")
        asked = kind.parameters_in(request)
        is_file = "format" in request.GET
        if entity is not None and not is_file and kind.reads_each(asked) and _has_too_many(entity):
            context["too_many"] = f"{MOST_ACCOUNTS:,}"
        elif entity is not None and (not kind.required or kind.required in asked):
            with kind.making(entity.pk, asked, folded=not is_file) as made:
                if is_file:
                    name = filename_of(kind, entity.code, asked)
                    return download(format_of(request), name, json=lambda: encode(made.body()), document=made.document)
                context["table"] = _table(made.document(), kind)
    except LedgerError as refusal:
        context["refusal"] = refusal_text(refusal)
        if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
            status = HTTPStatus.SERVICE_UNAVAILABLE
    context |= {"title": _title_of(kind, entity), **_around(request, kind, entity)}
    context |= site.each_context(request)
    response = TemplateResponse(request, "ledgerflow/admin/report.html", context, status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _has_too_many(entity: Entity) -> bool:
    return entity.accounts.filter(is_header=False)[: MOST_ACCOUNTS + 1].count() > MOST_ACCOUNTS


def _title_of(kind: ReportKind, entity: Entity | None) -> str:
    title = gettext(kind.title)
    return gettext("%(report)s of %(books)s") % {"report": title, "books": entity.name} if entity else title


def _drop_blanks(request: HttpRequest) -> None:
    """A field left empty asks for nothing; codes may have spaces around their commas."""
    given = request.GET.copy()
    for name in list(given):
        text = str(given[name]).strip()
        if text:
            given[name] = ",".join(part.strip() for part in text.split(",")) if name in LISTS else text
        else:
            del given[name]
    request.GET = given  # type: ignore[assignment]  # what Django's own test client does


def _around(request: HttpRequest, kind: ReportKind, entity: Entity | None) -> dict[str, Any]:
    """The form, the other reports and the downloads."""
    options = list(books_open_to(request.user).values_list("code", "name")[: MOST_OPTIONS + 1])
    query = {name: value for name, value in request.GET.items() if name in kind.parameters}
    here = {"entity": entity.code, **query} if entity else query
    return {
        "kind": kind,
        "kinds": KINDS.values(),
        "entity": entity,
        "spec": {
            "title": gettext("Entity"),
            "entity": entity,
            "options": options,
            "too_many": len(options) > MOST_OPTIONS,
        },
        "fields": [_field(request, name, choices) for name, choices in kind.parameters.items()],
        "downloads": [(one.upper(), urlencode({**here, "format": one})) for one in ("csv", "xlsx", "pdf", "json")],
    }


def _field(request: HttpRequest, name: str, choices: tuple[str, ...]) -> Field:
    kind = "choice" if choices else "day" if name in DATES else "text"
    options = [(choice, CHOICE_LABELS.get(choice, choice)) for choice in choices]
    value = request.GET.get(name, choices[0] if choices else "")
    shown = as_typed(value) if kind == "day" else value
    return Field(name, LABELS[name], kind, shown, str(HINTS.get(name, "")), options)


def _table(document: Document, kind: ReportKind) -> dict[str, Any]:
    """What the template shows of a document. The rows are read here: their snapshot ends before the page is made."""
    found = iter(document.rows)
    rows = list(islice(found, MOST_ROWS))
    # A tree is there already, and ends with what stands for all of it; lines are read as they are asked for.
    more = list(found) if document.is_tree else list(islice(found, 1))
    totals = [row for row in more if row.style == "total"] if document.is_tree else []
    drill = _Drill(document, kind)
    return {
        "document": document,
        "columns": document.columns,
        "rows": [_row_texts(row, document.columns, drill) for row in (*rows, *totals)],
        "notes": [said_of_report(note) for note in document.notes],
        "parameters": [(name, said_of_report(value)) for name, value in document.parameters],
        "most_rows": MOST_ROWS if more else 0,
        "has_totals": bool(totals),
    }


class _Drill:
    """Where the code of an account leads: to its statement over the report's dates. A number leads to its journal."""

    def __init__(self, document: Document, kind: ReportKind) -> None:
        asked = {name.lower(): value for name, value in document.parameters}
        last = asked.get("to", asked.get("as of", ""))
        self._dates = {"from": asked.get("from", ""), "to": last, "known_at": asked.get("known at", "")}
        self.has_balances = kind.name in BALANCES
        self.is_tree = document.is_tree
        self.place = -1 if kind.name == "statement" else 1 if document.is_tree else 0
        journals = [place for place, column in enumerate(document.columns) if column.name in JOURNALS]
        codes = [place for place, one in enumerate(document.columns) if place == self.place and one.name in CODES]
        self._known = (journals or codes or [len(document.columns)])[0]
        self._page = reverse("admin:report_statement")
        self._journals = reverse("admin:journals_journal_changelist")

    def journal(self, number: str) -> str:
        return f"{self._journals}?{urlencode({'q': number})}"

    def is_of_row(self, row: DocumentRow) -> bool:
        """Whether a row has the name of an account or a journal; one of profit or of a balance is called by us."""
        return self._known < len(row.cells) and bool(row.cells[self._known])

    def link(self, code: str) -> str:
        given = {name: value for name, value in self._dates.items() if value}
        return f"{self._page}?{urlencode({'account': code, **given})}"


def _look_of(cell: Any, *, is_balance: bool) -> str:
    """How an amount stands in its column: zero is quiet, and a balance against its account's side is red."""
    if not isinstance(cell, Decimal) or (cell < 0 and not is_balance):
        return ""
    return f" {class_of_balance(cell)}".rstrip()


def said_of_report(text: str) -> str:
    """What a report says in English, for who is looking; the name of a total is said by itself."""
    if text.startswith(TOTAL) and text not in SAID:
        return gettext("Total %(name)s") % {"name": said_again(capfirst(text.removeprefix(TOTAL)))}
    return said_again(text)


def _row_texts(row: DocumentRow, columns: tuple[Column, ...], drill: _Drill) -> RowTexts:
    cells = []
    is_of_row = drill.is_of_row(row)
    may_link = row.style == "normal" if drill.place else row.style == "heading"
    is_computed = drill.is_tree and not row.cells[1]  # no account, whose name is its own
    for place, (cell, column) in enumerate(zip(cells_of(row, columns), columns, strict=True)):
        text = cell_on_page(cell)
        is_ours = is_computed or (not is_of_row and text in SAID)
        if isinstance(cell, str) and (row.style != "normal" or is_ours):
            text = said_of_report(text)
        is_code = place == drill.place and column.name in CODES
        link = drill.link(text) if is_code and text and may_link else ""
        if column.name in JOURNALS and text:
            link = drill.journal(text)
        look = _look_of(cell, is_balance=column.name == "Balance" and drill.has_balances)
        css = f"lf-amount{look}" if column.is_right else f"lf-{column.kind}"
        cells.append(CellText(text, f"{css} lf-keep" if column.name == "Reference" else css, link))
    return RowTexts(row.style, row.indent, cells)
