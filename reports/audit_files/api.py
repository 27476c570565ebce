"""The endpoints of audit files: one for each format, which answers with the file."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse

from ledgerflow.access.scopes import READ
from ledgerflow.books.admission import admitted
from ledgerflow.web.downloads import file_download
from ledgerflow.web.endpoints import Call, Endpoint, Endpoints
from ledgerflow.web.queries import Parameter, a_date, a_text
from reports.audit_files.shapes import AuditFormat
from reports.audit_files.writing import FORMATS, audit_file

files = Endpoints("reports")
DATES = (
    a_date("from", "First day; the first of the fiscal year unless given."),
    a_date("to", "Last day; the business date unless given."),
)


def parameters_of(wanted: AuditFormat) -> list[Parameter]:
    """The dates, and what the format asks for beside them."""
    fields = wanted.fields.items()
    return [*DATES, *(a_text(name, _sentence(field.wanted), required=field.required) for name, field in fields)]


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _endpoint_of(wanted: AuditFormat) -> Endpoint:
    def audit(call: Call[None]) -> HttpResponseBase:
        """The books of a fiscal year as the file that authorities ask for."""
        given: dict[str, Any] = {name: value for name, value in call.query.items() if value is not None}
        dates = {"from_date": given.pop("from", None), "to_date": given.pop("to", None)}
        with admitted(call.entity_id), audit_file(call.entity_id, wanted.name, given, **dates) as file:
            return file_download(file.filename, wanted.content_type, file.write)

    audit.__name__ = f"audit_file_{wanted.name.replace('-', '_')}"
    content = (HTTPStatus.OK.value, wanted.content_type.partition(";")[0])
    answer = {content: OpenApiResponse({"type": "string", "format": "binary"})}
    described = files.get(
        scope=READ, answer=answer[content], statuses=(), problems=(422,), files=answer, query=parameters_of(wanted)
    )
    return described(audit)


ENDPOINTS = {name: _endpoint_of(wanted) for name, wanted in FORMATS.items()}
