"""A report as an answer: JSON, or a file to save. Used by the API and by the admin's pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiResponse

from ledgerflow.core.documents import FORMATS, Document, Format
from ledgerflow.core.errors.form import FormatUnknown
from ledgerflow.documents.files import write_document
from ledgerflow.web.queries import a_choice

IN_MEMORY_BYTES = 2 * 1024 * 1024
MAX_NAME = 100
CONTENT_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}
FORMAT = a_choice("format", FORMATS, "json unless given; the others are files.")
# What `?format=` may answer beside JSON: the `files` of an endpoint's description.
FILES: dict[Any, Any] = {
    (200, CONTENT_TYPES[one].partition(";")[0]): OpenApiResponse({"type": "string", "format": "binary"})
    for one in FORMATS[1:]
}


def format_of(request: HttpRequest) -> Format:
    """`?format=` json (unless given), csv, xlsx, pdf or html. Raises `Malformed` with a pointer to the parameter."""
    wanted = request.GET.get("format", "json")
    for known in FORMATS:
        if wanted == known:
            return known
    raise FormatUnknown(pointer="/format", choices=", ".join(FORMATS))


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
        file = _written(partial(write_document, wanted, document()))
        response = FileResponse(file, content_type=CONTENT_TYPES[wanted])
    response["Content-Disposition"] = content_disposition_header(wanted != "json", name) or ""
    response["Cache-Control"] = "no-store"
    return response


def file_download(name: str, content_type: str, write: Callable[[BinaryIO], None]) -> HttpResponseBase:
    """A file to save, under a name with its extension. It is complete before the answer starts, as `download` is."""
    response = FileResponse(_written(write), content_type=content_type)
    as_download(response, name)
    return response


def as_download(response: HttpResponseBase, name: str) -> None:
    """Let a browser save an answer under a name with its extension, and keep it nowhere else."""
    stem, dot, extension = name.rpartition(".")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{_safe(stem)}{dot}{extension}") or ""
    )
    response["Cache-Control"] = "no-store"


def _written(write: Callable[[BinaryIO], None]) -> IO[bytes]:
    """The whole file, on disk when it is large; a small one leaves nothing open when nobody reads the answer."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the response closes it
    try:
        write(cast("BinaryIO", file))
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    if size <= IN_MEMORY_BYTES:
        with file:
            return BytesIO(file.read())
    return cast("IO[bytes]", file)


def _safe(name: str) -> str:
    """Letters, digits, points and dashes: nothing that a header or a file system could take for something else."""
    return re.sub(r"[^\w.-]+|\.(?=\.)", "-", name).strip("-._")[:MAX_NAME] or "report"
