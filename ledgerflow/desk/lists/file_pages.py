"""The page of a person's files of long lists: what he wants, how far each is, and where it is fetched."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.sentences import refusal_text
from ledgerflow.desk.lists.admins import admin_of_list
from ledgerflow.desk.lists.files import content_of, want_file
from ledgerflow.desk.lists.saved_views import kept_of
from ledgerflow.desk.models import ListFile
from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.downloads import CONTENT_TYPES, as_download
from ledgerflow.web.pages import list_files
from ledgerflow.web.pages.books_of_page import chosen_entity

LOOK_AGAIN_SECONDS = 5


def offer_longer_files(request: HttpRequest, site: AdminSite) -> None:
    """Let the lists of this request know that a job makes files of any length."""
    request.longer_files_at = reverse("admin:desk_files", current_app=site.name)  # type: ignore[attr-defined]


def urls_of(site: AdminSite) -> list[URLPattern]:
    wrap = site.admin_view
    return [
        path("files/", wrap(partial(files_page, site=site)), name="desk_files"),
        path("files/<int:file_id>/csv/", wrap(partial(fetch_file, site=site)), name="desk_file_csv"),
        path("files/<int:file_id>/delete/", wrap(require_POST(delete_file)), name="desk_file_delete"),
    ]


def files_page(request: HttpRequest, *, site: AdminSite) -> HttpResponseBase:
    """My files; and the question whether to make that of the list which the address names."""
    if request.method == "POST":
        return _want(request, site)
    name, query = request.GET.get("list", ""), request.GET.get("query", "")
    admin = _seen_list(request, name, site) if name else None
    files = list(ListFile.objects.filter(user=cast("User", request.user)).select_related("entity").order_by("-pk"))
    shown = {
        "title": gettext("My files"),
        "opts": ListFile._meta,  # noqa: SLF001 - Django documents it as an interface
        "files": files,
        "list_name": name,
        "query": query,
        "rows": admin and admin.opts.verbose_name_plural,
        "list_address": admin and f"{reverse(f'admin:{name}_changelist')}?{query}",
        "most": list_files.MOST_ROWS,
    }
    page = TemplateResponse(request, "desk/files.html", site.each_context(request) | shown)
    if any(not file.made_at and not file.failure for file in files) and admin is None:
        page["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return page


def _want(request: HttpRequest, site: AdminSite) -> HttpResponse:
    admin, entity = _seen_list(request, request.POST.get("list", ""), site), chosen_entity(request)
    if entity is None:
        message = "A file of a list is of some books."
        raise Http404(message)
    try:
        query = kept_of(admin, QueryDict(request.POST.get("query", "")))
        want_file(cast("User", request.user), entity, admin, query)
        messages.success(request, gettext("The file is made, beginning within a minute."))
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
    except IncorrectLookupParameters as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:desk_files")


def _seen_list(request: HttpRequest, name: str, site: AdminSite) -> ReadOnlyAdmin[Any]:
    admin = admin_of_list(name, site)
    if not admin.has_view_or_change_permission(request):
        raise PermissionDenied
    return admin


def fetch_file(request: HttpRequest, file_id: int, *, site: AdminSite) -> HttpResponseBase:
    """The whole file, for who wanted it and still may see the list."""
    file = get_object_or_404(ListFile.objects.select_related("entity"), pk=file_id, user_id=request.user.pk)
    admin = _seen_list(request, file.list_name, site)
    if file.made_at is None:
        return redirect("admin:desk_files")
    answer = StreamingHttpResponse(content_of(file), content_type=CONTENT_TYPES["csv"])
    answer["Content-Length"] = str(file.octets)
    as_download(answer, f"{admin.opts.verbose_name_plural}-{file.entity.code}.csv")
    return answer


def delete_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """One's own, made or not: what is being made stops at its next part."""
    get_object_or_404(ListFile, pk=file_id, user_id=request.user.pk).delete()
    messages.success(request, gettext("The file is deleted."))
    return redirect("admin:desk_files")
