"""A report as an answer: JSON, or a file to save. Used by the API and by the admin's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, TypeVar, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from ledgerflow.core.documents import FORMATS, Document, Format
from ledgerflow.core.errors import Malformed
from ledgerflow.documents.csvfile import to_csv
from ledgerflow.documents.pdf import to_pdf
from ledgerflow.documents.xlsx import to_xlsx

IN_MEMORY_BYTES = 2 * 1024 * 1024
MAX_NAME = 100
CONTENT_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
FORMAT = OpenApiParameter("format", str, enum=list(FORMATS), description="json unless given; the others are files.")
# What `?format=` may answer beside JSON, for `extend_schema(responses={**answers(…), **FILES})`.
FILES: dict[Any, Any] = {
    (200, CONTENT_TYPES[one].partition(";")[0]): OpenApiResponse({"type": "string", "format": "binary"})
    for one in FORMATS[1:]
}
_Renderer = TypeVar("_Renderer", bound=BaseRenderer)


class ByFormat(DefaultContentNegotiation):
    """`content_negotiation_class` of views that call `download`.

    REST framework would take `?format=` for a wish to itself and answer 404, and refuse `Accept: application/pdf`.
    """

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - REST framework's signature
        renderers: Iterable[_Renderer],
        format_suffix: str | None = None,  # noqa: ARG002 - the same
    ) -> tuple[_Renderer, str]:
        return next(iter(renderers)), CONTENT_TYPES["json"]


def format_of(request: HttpRequest) -> Format:
    """`?format=` json (unless given), csv, xlsx or pdf. Raises `Malformed` with a pointer to the parameter."""
    wanted = request.GET.get("format", "json")
    for known in FORMATS:
        if wanted == known:
            return known
    message = f"The format is one of {', '.join(FORMATS)}."
    raise Malformed(message, pointer="/format")


def download(
    wanted: Format, filename: str, *, json: Callable[[], bytes], document: Callable[[], Document]
) -> HttpResponseBase:
    """The report in the format wanted; `filename` has no extension. Only the one that is wanted is made.

    A file is complete before the answer starts: a fault on the way is a problem document, not half a file that looks
    like a whole one, and rows may come from a transaction that ends with the view. Raises `ReportTooLarge`.
    """
    name = f"{_safe(filename)}.{wanted}"
    response: HttpResponseBase
    if wanted == "json":
        response = HttpResponse(json(), content_type=CONTENT_TYPES["json"])
    else:
        response = FileResponse(_rendered(wanted, document()), content_type=CONTENT_TYPES[wanted])
    response["Content-Disposition"] = content_disposition_header(wanted != "json", name) or ""
    response["Cache-Control"] = "no-store"
    return response


def _rendered(wanted: Format, document: Document) -> IO[bytes]:
    """The whole file, on disk when it is large."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the response closes it
    try:
        _write(wanted, document, cast("BinaryIO", file))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return cast("IO[bytes]", file)


def _write(wanted: Format, document: Document, file: BinaryIO) -> None:
    if wanted == "csv":
        file.writelines(line.encode() for line in to_csv(document))
    elif wanted == "xlsx":
        to_xlsx(document, file)
    else:
        to_pdf(document, file)


def _safe(name: str) -> str:
    """Letters, digits, points and dashes: nothing that a header or a file system could take for something else."""
    return re.sub(r"[^\w.-]+|\.(?=\.)", "-", name).strip("-._")[:MAX_NAME] or "report"
