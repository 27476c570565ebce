"""Which columns of a list a person wants to see: kept for him and the list, whichever books he looks at."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.sentences import refusal_text
from ledgerflow.desk.errors import NoColumnChosen
from ledgerflow.desk.lists.admins import admin_of_list, filters_of, to_list
from ledgerflow.desk.models import ChosenColumns
from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.pages.columns import is_beside_data, list_name_of, name_of, names_in, written


def keep_columns_for(request: HttpRequest) -> None:
    """Let the lists of this request know what the person has chosen; asked for only by a list."""
    request.kept_columns = partial(kept_columns, request.user.pk)  # type: ignore[attr-defined]


def kept_columns(user_id: int | None, list_name: str) -> str:
    """In one query; empty where the person has chosen none."""
    if user_id is None:
        return ""
    found = ChosenColumns.objects.filter(user_id=user_id, list_name=list_name).values_list("columns", flat=True)
    return found.first() or ""


def choose_columns(user: User, admin: ReadOnlyAdmin[Any], usual: list[Any], names: list[str]) -> None:
    """Keep a choice; the usual columns are none. Raises `NoColumnChosen`."""
    offered = [name_of(one) for one in (*usual, *admin.columns_besides(usual))]
    wanted = [one for one in names_in(written(names), offered) if not is_beside_data(admin, one)]
    if not wanted:
        raise NoColumnChosen
    list_name = list_name_of(admin)
    if wanted == [name_of(one) for one in usual if not is_beside_data(admin, name_of(one))]:
        ChosenColumns.objects.filter(user=user, list_name=list_name).delete()
        return
    row = ChosenColumns(user=user, list_name=list_name, columns=written(wanted))
    same = ["user", "list_name"]
    ChosenColumns.objects.bulk_create([row], update_conflicts=True, unique_fields=same, update_fields=["columns"])


def urls_of(site: AdminSite) -> list[URLPattern]:
    choose = site.admin_view(require_POST(partial(columns_page, site=site)))
    return [path("columns/", choose, name="desk_columns")]


def columns_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Keep what was ticked, or what is usual, and go back to the list with its filters."""
    admin = admin_of_list(request.POST.get("list", ""), site)
    if not admin.has_view_permission(request):
        raise PermissionDenied
    usual = list(admin.get_list_display(request))
    names = [name_of(one) for one in usual] if "usual" in request.POST else request.POST.getlist("column")
    try:
        choose_columns(cast("User", request.user), admin, usual, names)
        messages.success(request, gettext("The columns of this list are kept for you."))
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
    return to_list(list_name_of(admin), filters_of(admin, QueryDict(request.POST.get("filters", ""))))
