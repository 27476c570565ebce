"""The admin page of audit files: a form for each format, which answers with the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext

from ledgerflow.books.admission import admitted
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.sentences import name_in_words, refusal_text
from ledgerflow.web.admin_filters import MOST_OPTIONS
from ledgerflow.web.downloads import file_download
from ledgerflow.web.pages.books_of_page import books_open_to, chosen_entity
from ledgerflow.web.pages.typed_days import as_typed, in_full
from ledgerflow.web.queries import date_parameter
from reports.audit_files.shapes import AuditFormat
from reports.audit_files.writing import FORMATS, audit_file

PERMISSION = "journals.view_journal"


class FormField(NamedTuple):
    """What the form of a format asks for."""

    name: str
    label: str
    hint: str
    value: str
    required: bool


def urls_of(site: AdminSite) -> list[URLPattern]:
    """The address of the page, below the admin site's own."""
    return [path("reports/audit-files/", site.admin_view(_page_of(site)), name="audit-files")]


def _page_of(site: AdminSite) -> Callable[[HttpRequest], HttpResponseBase]:
    def page(request: HttpRequest) -> HttpResponseBase:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        entity, kind = chosen_entity(request), request.GET.get("kind", "")
        refusal = ""
        if entity is not None and kind in FORMATS:
            try:
                return _file(request, entity, kind)
            except LedgerError as error:
                refusal = refusal_text(error)
        options = list(books_open_to(request.user).values_list("code", "name")[: MOST_OPTIONS + 1])
        context: dict[str, Any] = {
            "title": gettext("Audit files"),
            "refusal": refusal,
            "entity": entity,
            "from_typed": as_typed(request.GET.get("from", "")),
            "to_typed": as_typed(request.GET.get("to", "")),
            "spec": {
                "title": gettext("Entity"),
                "entity": entity,
                "options": options,
                "too_many": len(options) > MOST_OPTIONS,
            },
            "formats": [(one, _fields(request, one)) for one in FORMATS.values()],
            **site.each_context(request),
        }
        return TemplateResponse(request, "ledgerflow/admin/audit_files.html", context)

    return page


def _file(request: HttpRequest, entity: Entity, kind: str) -> HttpResponseBase:
    given = {name: text.strip() for name in FORMATS[kind].fields if (text := request.GET.get(name, "")).strip()}
    asked = request.GET.copy()
    for name in ("from", "to"):
        if not asked.get(name):
            asked.pop(name, None)
    request.GET = in_full(asked, ("from", "to")) or asked  # type: ignore[assignment]  # what Django's own test client does
    dates = {"from_date": date_parameter(request, "from"), "to_date": date_parameter(request, "to")}
    with admitted(entity.pk), audit_file(entity.pk, kind, given, **dates) as file:
        return file_download(file.filename, FORMATS[kind].content_type, file.write)


def _fields(request: HttpRequest, wanted: AuditFormat) -> list[FormField]:
    return [
        FormField(name, capfirst(name_in_words(name)), field.wanted, request.GET.get(name, ""), field.required)
        for name, field in wanted.fields.items()
    ]
