"""The reports: an endpoint for each, which answers as JSON or with a file."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase

from ledgerflow.access.scopes import READ
from ledgerflow.books.models import Entity
from ledgerflow.web.downloads import FILES, FORMAT, download, format_of
from ledgerflow.web.endpoints import Call, Endpoint, Endpoints
from ledgerflow.web.problems import encode
from reports.kinds import KINDS, ReportKind, filename_of

reports = Endpoints("reports")


def _endpoint_of(kind: ReportKind) -> Endpoint:
    def report(call: Call[None]) -> HttpResponseBase:
        """The report, as JSON or as a file (`format`); parameters, data cut and page numbers are printed on files."""
        wanted, asked = format_of(call.request), kind.parameters_in(call.request)
        with kind.making(call.entity_id, asked) as made:
            name = filename_of(kind, _code_of(call.entity_id), asked)
            return download(wanted, name, json=lambda: encode(made.body()), document=made.document)

    report.__name__ = f"report_{kind.name.replace('-', '_')}"
    query = [*kind.query, FORMAT]
    return reports.get(scope=READ, answer=kind.answer, problems=(404, 422), files=FILES, query=query)(report)


def _code_of(entity_id: UUID) -> str:
    return Entity.objects.values_list("code", flat=True).get(pk=entity_id)


ENDPOINTS = {name: _endpoint_of(kind) for name, kind in KINDS.items()}
