"""A report as an answer: JSON, or a file to save."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ledgerflow.core.documents import FORMATS, Document, Format
from ledgerflow.core.errors import Malformed


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
) -> HttpResponse:
    """The report in the format wanted. `filename` has no extension; only what is wanted is made."""
    raise NotImplementedError
