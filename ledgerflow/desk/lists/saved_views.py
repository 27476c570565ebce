"""Saved views: the filters, the search and the columns of a list under a name that a person gave them.

A view is of a person and of a list, whichever books he looks at. What is kept is the query of that very list, made
anew of the parameters that its filters take: nothing that is typed can lead elsewhere.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ledgerflow.core.errors import LedgerError, NameLength
from ledgerflow.core.sentences import refusal_text
from ledgerflow.core.texts import check_text
from ledgerflow.desk.errors import TooManyViews, ViewTooLong, ViewWithoutFilters
from ledgerflow.desk.lists.admins import admin_of_list, filters_of, to_list
from ledgerflow.desk.models import MAX_QUERY, MAX_VIEW_NAME, SavedView
from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.pages.columns import BETWEEN, COLUMNS, list_name_of

MOST_VIEWS = 30  # of a person and a list: more of them nobody finds anything in


class ViewsOnPage(NamedTuple):
    """What stands beside the filters of a list. `query` is what could be saved now, empty for nothing.

    It has the columns that the person sees, also where the address says nothing of them; `here` is the address alone.
    """

    list_name: str
    views: list[SavedView]
    query: str
    here: str


def views_on_page(request: HttpRequest, changelist: Any) -> ViewsOnPage:
    """The views of whoever looks at this list, in one query."""
    admin, chosen = changelist.model_admin, changelist.columns.chosen
    name = list_name_of(admin)
    views = SavedView.objects.filter(user=cast("User", request.user), list_name=name).order_by("name")
    shown = request.GET.copy()
    shown[COLUMNS] = chosen
    return ViewsOnPage(name, list(views[:MOST_VIEWS]), kept_of(admin, shown), kept_of(admin, request.GET))


def kept_of(admin: ReadOnlyAdmin[Any], asked: QueryDict) -> str:
    """What a view keeps of a query: the filters of this list, and the columns that were chosen."""
    columns = asked.get(COLUMNS, "").strip()
    parts = [filters_of(admin, asked), urlencode({COLUMNS: columns}, safe=BETWEEN) if columns else ""]
    return "&".join(part for part in parts if part)


def save_view(user: User, admin: ReadOnlyAdmin[Any], name: str, query: str) -> SavedView:
    """Keep a query under a name; one of the same name is replaced. Raises `Malformed` and its kinds."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_VIEW_NAME:
        raise NameLength(pointer="/name", most=MAX_VIEW_NAME)
    check_text(name, MAX_VIEW_NAME, "/name")
    if not query:
        raise ViewWithoutFilters
    if len(query) > MAX_QUERY:
        raise ViewTooLong(most=MAX_QUERY)
    mine = SavedView.objects.filter(user=user, list_name=list_name_of(admin))
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view = SavedView(user=user, list_name=list_name_of(admin), name=name, query=query)
    same = ["user", "list_name", "name"]
    SavedView.objects.bulk_create([view], update_conflicts=True, unique_fields=same, update_fields=["query"])
    return view


def urls_of(site: AdminSite) -> list[URLPattern]:
    save = site.admin_view(require_POST(partial(save_page, site=site)))
    drop = site.admin_view(require_POST(delete_page))
    return [
        path("views/", save, name="desk_view_save"),
        path("views/<int:view_id>/delete/", drop, name="desk_view_delete"),
    ]


def save_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Save what a list shows, and go back to it."""
    admin = admin_of_list(request.POST.get("list", ""), site)
    if not admin.has_view_permission(request):
        raise PermissionDenied
    query = kept_of(admin, QueryDict(request.POST.get("query", "")))
    try:
        view = save_view(cast("User", request.user), admin, request.POST.get("name", ""), query)
        messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
    return to_list(list_name_of(admin), query)


def delete_page(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view of one's own. It goes on showing what the view showed, so that it can be saved again."""
    view = get_object_or_404(SavedView, pk=view_id, user_id=request.user.pk)
    view.delete()
    messages.success(request, gettext("The view “%(name)s” is deleted.") % {"name": view.name})
    return to_list(view.list_name, view.query)
