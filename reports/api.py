"""The reports: what may be asked of each, and the endpoints that answer as JSON or with a file."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from ledgerflow.access.authentication import caller_in
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from ledgerflow.web.downloads import FILES, FORMAT, ByFormat, download, format_of
from ledgerflow.web.problems import encode
from ledgerflow.web.queries import refuse_unknown
from ledgerflow.web.schema import answers
from reports.kinds import CHOICES, DATES, KINDS, KNOWN_AT, TEXTS, ReportKind, filename_of
from reports.shapes import LinesReport, Report, TreeReport


class ReportView(APIView):
    """One report; which one is told by its subclass."""

    content_negotiation_class = ByFormat
    kind: ReportKind

    def get(self, request: Request) -> HttpResponseBase:
        """The report, as JSON or as a file (`format`); parameters, data cut and page numbers are printed on files."""
        refuse_unknown(request, [*self.kind.parameters, "format"])
        wanted = format_of(request)
        asked = self.kind.parameters_in(request)
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
