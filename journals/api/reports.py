"""The reports: what may be asked of each, and the endpoints that answer as JSON or with a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from journals.reports.cash import cash_movement
from journals.reports.heads import tree_document
from journals.reports.income import income_statement
from journals.reports.postings import Listing, general_ledger, statement
from journals.reports.shapes import LinesReport, Report, TreeReport
from journals.reports.sheet import balance_sheet
from journals.reports.trial import trial_balance
from ledgerflow.access.authentication import caller_in
from ledgerflow.books.admission import admitted, within_time
from ledgerflow.books.models import Entity
from ledgerflow.core.documents import Document
from ledgerflow.core.errors import Malformed
from ledgerflow.web.downloads import FILES, FORMAT, ByFormat, download, format_of
from ledgerflow.web.problems import encode
from ledgerflow.web.queries import date_parameter, moment_parameter, refuse_unknown, text_parameter
from ledgerflow.web.schema import answers

DATES = {
    "as_of": "At the end of this date; the business date unless given.",
    "compare": "Beside it, the same at the end of this date.",
    "from": "First effective date; the first day of the fiscal year unless given.",
    "to": "Last effective date; the business date unless given.",
    "compare_from": "Beside it, the same from this date …",
    "compare_to": "… to this one.",
}
TEXTS = {
    "currency": "Translated to this currency (IAS 21).",
    "accounts": "Codes of accounts, with commas between; a header stands for all below it.",
    "account": "Code of the account.",
}
CHOICES = {
    "view": "Before adjustments, with them, or after closing entries too.",
    "per": "A balance for the whole, or for each month or year.",
    "zeros": "Also accounts on which nothing stands.",
}
KNOWN_AT = "From what was recorded by then."
VIEWS = ("after", "adjusted", "before")


class Made(NamedTuple):
    """A report while it can be read: its body, and the document that files and pages are made of."""

    body: Callable[[], Report]
    document: Callable[[], Document]


Asked = Mapping[str, Any]
Make = Callable[[UUID, dict[str, Any]], AbstractContextManager[Made]]


class ReportKind(NamedTuple):
    """A report: its name in addresses, its title, what may be asked (choices with the default first), who makes it."""

    name: str
    title: str
    parameters: dict[str, tuple[str, ...]]
    make: Make

    def asked_in(self, request: HttpRequest) -> dict[str, Any]:
        """The use case's arguments from the query; those not given are left out. Raises `Malformed`."""
        asked: dict[str, Any] = {}
        for name, choices in self.parameters.items():
            value = _value_of(request, name, choices)
            if value is not None:
                asked[f"{name}_date" if name in {"from", "to"} else name] = value
        return asked

    @contextmanager
    def making(self, entity_id: UUID, asked: dict[str, Any]) -> Iterator[Made]:
        """Make the report in one of the few places for reports and within their time, its file included.

        Raises `ReportsBusy`, `ReportTimedOut`, and what the report itself refuses.
        """
        with admitted(entity_id), self.make(entity_id, asked) as made:
            yield Made(made.body, lambda: _timed(made.document()))


def _timed(document: Document) -> Document:
    return msgspec.structs.replace(document, rows=within_time(document.rows))


def _value_of(
    request: HttpRequest, name: str, choices: tuple[str, ...]
) -> date | datetime | str | bool | list[str] | None:
    if name in DATES:
        return date_parameter(request, name)
    if name == "known_at":
        return moment_parameter(request, name)
    text = text_parameter(request, name)
    if name in TEXTS or text is None:
        return text.split(",") if text is not None and name == "accounts" else text
    if text not in choices:
        message = f"The parameter {name!r} is one of {', '.join(choices)}."
        raise Malformed(message, pointer=f"/{name}")
    return text == "true" if name == "zeros" else text


def _of_tree(use_case: Callable[..., TreeReport]) -> Make:
    @contextmanager
    def make(entity_id: UUID, asked: dict[str, Any]) -> Iterator[Made]:
        report = use_case(entity_id, **asked)
        yield Made(lambda: report, lambda: tree_document(report))

    return make


def _of_lines(use_case: Callable[..., AbstractContextManager[Listing]]) -> Make:
    @contextmanager
    def make(entity_id: UUID, asked: dict[str, Any]) -> Iterator[Made]:
        with use_case(entity_id, **asked) as listing:
            yield Made(listing.report, listing.document)

    return make


ZEROS = {"zeros": ("false", "true")}
RANGE: dict[str, tuple[str, ...]] = {"from": (), "to": ()}
COMPARED: dict[str, tuple[str, ...]] = {"compare_from": (), "compare_to": ()}
KNOWN: dict[str, tuple[str, ...]] = {"known_at": ()}
KINDS = {
    kind.name: kind
    for kind in (
        ReportKind(
            "trial-balance", "Trial balance",
            {"as_of": (), **KNOWN, "view": (*VIEWS, "worksheet"), "currency": (), **ZEROS}, _of_tree(trial_balance),
        ),
        ReportKind(
            "balance-sheet", "Balance sheet",
            {"as_of": (), "compare": (), **KNOWN, "view": VIEWS, "currency": (), **ZEROS}, _of_tree(balance_sheet),
        ),
        ReportKind(
            "income-statement", "Income statement",
            {**RANGE, **COMPARED, **KNOWN, "view": VIEWS[1:], "currency": (), **ZEROS}, _of_tree(income_statement),
        ),
        ReportKind(
            "general-ledger", "General ledger",
            {**RANGE, "accounts": (), **KNOWN, "view": VIEWS, **ZEROS}, _of_lines(general_ledger),
        ),
        ReportKind(
            "statement", "Account statement",
            {"account": (), **RANGE, "per": ("all", "month", "year"), **KNOWN, "view": VIEWS}, _of_lines(statement),
        ),
        ReportKind(
            "cash-movement", "Cash movement", {**RANGE, "accounts": (), **KNOWN}, _of_tree(cash_movement)
        ),
    )
}  # fmt: skip


def filename_of(kind: ReportKind, entity_code: str, asked: Asked) -> str:
    """The name of a download, without extension: report, books and last date."""
    day = asked.get("as_of") or asked.get("to_date")
    return "-".join([kind.name, entity_code, *([str(day)] if day else [])])


class ReportView(APIView):
    """One report; which one is told by its subclass."""

    content_negotiation_class = ByFormat
    kind: ReportKind

    def get(self, request: Request) -> HttpResponseBase:
        """The report, as JSON or as a file (`format`); parameters, data cut and page numbers are printed on files."""
        refuse_unknown(request, [*self.kind.parameters, "format"])
        wanted = format_of(request)
        asked = self.kind.asked_in(request)
        if "account" in self.kind.parameters and "account" not in asked:
            message = "A statement is of one account: name it."
            raise Malformed(message, pointer="/account")
        entity = caller_in(request).entity_id
        with self.kind.making(entity, asked) as made:
            name = filename_of(self.kind, _code_of(entity), asked)
            return download(wanted, name, json=lambda: encode(made.body()), document=made.document)


def _code_of(entity_id: UUID) -> str:
    return Entity.objects.values_list("code", flat=True).get(pk=entity_id)


def _described(kind: ReportKind) -> list[OpenApiParameter]:
    found = []
    for name, choices in kind.parameters.items():
        if name in DATES:
            found.append(OpenApiParameter(name, {"type": "string", "format": "date"}, description=DATES[name]))
        elif name == "known_at":
            found.append(OpenApiParameter(name, {"type": "string", "format": "date-time"}, description=KNOWN_AT))
        elif name in TEXTS:
            found.append(OpenApiParameter(name, str, description=TEXTS[name], required=name == "account"))
        else:
            described = f"{CHOICES[name]} {choices[0]} unless given."
            found.append(OpenApiParameter(name, str, enum=list(choices), description=described))
    return [*found, FORMAT]


def _view_of(kind: ReportKind, body: type[Report]) -> type[ReportView]:
    described = extend_schema(
        operation_id=f"report_{kind.name.replace('-', '_')}",
        tags=["reports"],
        parameters=_described(kind),
        responses={**answers(body, 200, problems=(404, 422)), **FILES},
    )
    view = type(f"{kind.title.title().replace(' ', '')}View", (ReportView,), {"kind": kind})
    return extend_schema_view(get=described)(view)


VIEW_OF = {
    name: _view_of(kind, LinesReport if name in {"general-ledger", "statement"} else TreeReport)
    for name, kind in KINDS.items()
}
