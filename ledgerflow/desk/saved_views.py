"""Saved views: the filters and the search of a list under a name that a person gave them.

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
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ledgerflow.core.errors import LedgerError, NameLength
from ledgerflow.core.sentences import refusal_text
from ledgerflow.core.texts import check_text
from ledgerflow.desk.errors import TooManyViews, ViewTooLong, ViewWithoutFilters
from ledgerflow.desk.models import MAX_QUERY, MAX_VIEW_NAME, SavedView
from ledgerflow.web.admin_base import ReadOnlyAdmin

MOST_VIEWS = 30  # of a person and a list: more of them nobody finds anything in


class ViewsOnPage(NamedTuple):
    """What stands beside the filters of a list. `query` is what could be saved now, empty for nothing."""

    list_name: str
    views: list[SavedView]
    query: str


def views_on_page(request: HttpRequest, admin: ReadOnlyAdmin[Any]) -> ViewsOnPage:
    """The views of whoever looks at this list, in one query."""
    name = name_of(admin)
    views = SavedView.objects.filter(user=cast("User", request.user), list_name=name).order_by("name")
    return ViewsOnPage(name, list(views[:MOST_VIEWS]), kept_of(admin, request.GET))


def name_of(admin: ReadOnlyAdmin[Any]) -> str:
    """What a list is called in the table of views."""
    return f"{admin.opts.app_label}_{admin.opts.model_name}"


def kept_of(admin: ReadOnlyAdmin[Any], asked: QueryDict) -> str:
    """The part of a query that filters this list: not the books, nor the place in it."""
    names = [name for name in (*admin.filter_names, "q") if name != "entity"]
    return urlencode({name: value for name in names if (value := asked.get(name, "").strip())})


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
    mine = SavedView.objects.filter(user=user, list_name=name_of(admin))
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view = SavedView(user=user, list_name=name_of(admin), name=name, query=query)
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
    admin = _list_called(request.POST.get("list", ""), site)
    if not admin.has_view_permission(request):
        raise PermissionDenied
    query = kept_of(admin, QueryDict(request.POST.get("query", "")))
    try:
        view = save_view(cast("User", request.user), admin, request.POST.get("name", ""), query)
        messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
    return _to_list(name_of(admin), query)


def delete_page(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view of one's own. It goes on showing what the view showed, so that it can be saved again."""
    view = get_object_or_404(SavedView, pk=view_id, user_id=request.user.pk)
    view.delete()
    messages.success(request, gettext("The view “%(name)s” is deleted.") % {"name": view.name})
    return _to_list(view.list_name, view.query)


def _list_called(name: str, site: AdminSite) -> ReadOnlyAdmin[Any]:
    for one in site._registry.values():  # noqa: SLF001 - Django has no other way to ask for all
        if isinstance(one, ReadOnlyAdmin) and name_of(one) == name:
            return one
    message = f"There is no list {name[:64]!r}."
    raise Http404(message)


def _to_list(list_name: str, query: str) -> HttpResponse:
    address = reverse(f"admin:{list_name}_changelist")
    return redirect(f"{address}?{query}" if query else address)
