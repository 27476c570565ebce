"""Saved views: the filters, the search and the columns of a list under a name that a person gave them.

A view is of a person and of a list, whichever books he looks at; others in a group see it where he shares it. What is
kept is the query of that very list, made anew of the parameters that its filters take: nothing that is typed can lead
elsewhere, and nobody sees more by a view than without it.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ledgerflow.core.errors import LedgerError, NameLength
from ledgerflow.core.sentences import refusal_text
from ledgerflow.core.texts import check_text
from ledgerflow.desk.errors import GroupOfOthers, TooManyViews, ViewTooLong, ViewWithoutFilters
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
    views: list[SavedView]  # of the person himself
    shared: list[SavedView]  # those of others in his groups
    query: str
    here: str
    groups: list[Group]  # with which he may share what he saves now

    @property
    def current(self) -> SavedView | None:
        """The view of his own that the list shows."""
        return next((one for one in self.views if one.query == self.here), None)


def views_on_page(request: HttpRequest, changelist: Any) -> ViewsOnPage:
    """The views of whoever looks at this list, in one query, and in another what he could share with."""
    admin, user = changelist.model_admin, cast("User", request.user)
    name = list_name_of(admin)
    mine, shared = views_for(user, name)
    shown = request.GET.copy()
    shown[COLUMNS] = changelist.columns.chosen
    query = kept_of(admin, shown)
    groups = list(user.groups.order_by("name")) if query else []
    return ViewsOnPage(name, mine, shared, query, kept_of(admin, request.GET), groups)


def views_for(user: User, list_name: str) -> tuple[list[SavedView], list[SavedView]]:
    """Those of a person, and those that others share with a group that he is in now."""
    is_mine = Q(user_id=user.pk)
    seen = is_mine | Q(shared_with__in=user.groups.order_by().values("pk"))
    rows = SavedView.objects.filter(seen, list_name=list_name).select_related("user", "shared_with")
    # His own first: however much is shared with him, they are among those read.
    found = rows.order_by(Case(When(is_mine, then=0), default=1), "name", "pk")[: 2 * MOST_VIEWS]
    mine, shared = [one for one in found if one.user_id == user.pk], [one for one in found if one.user_id != user.pk]
    return mine, shared[:MOST_VIEWS]


def kept_of(admin: ReadOnlyAdmin[Any], asked: QueryDict) -> str:
    """What a view keeps of a query: the filters of this list, and the columns that were chosen."""
    columns = asked.get(COLUMNS, "").strip()
    parts = [filters_of(admin, asked), urlencode({COLUMNS: columns}, safe=BETWEEN) if columns else ""]
    return "&".join(part for part in parts if part)


def save_view(user: User, admin: ReadOnlyAdmin[Any], name: str, query: str, group: str = "") -> SavedView:
    """Keep a query under a name, shared with one of the person's groups or with nobody.

    One of the same name is replaced, sharing included. Raises `Malformed` and its kinds.
    """
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
    shared_with = _group_of(user, group) if group else None
    view = SavedView(user=user, list_name=list_name_of(admin), name=name, query=query, shared_with=shared_with)
    same, new = ["user", "list_name", "name"], ["query", "shared_with"]
    SavedView.objects.bulk_create([view], update_conflicts=True, unique_fields=same, update_fields=new)
    return view


def _group_of(user: User, group: str) -> Group:
    found = next((one for one in user.groups.all() if str(one.pk) == group), None)
    if found is None:
        raise GroupOfOthers(pointer="/group")
    return found


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
        name, group = request.POST.get("name", ""), request.POST.get("group", "")
        view = save_view(cast("User", request.user), admin, name, query, group)
        said = gettext("The view “%(name)s” is saved.") % {"name": view.name}
        if view.shared_with is not None:
            said = gettext("The view “%(name)s” is saved and shared with %(group)s.") % {
                "name": view.name,
                "group": view.shared_with.name,
            }
        messages.success(request, said)
    except LedgerError as refusal:
        messages.error(request, refusal_text(refusal))
    return to_list(list_name_of(admin), query)


def delete_page(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view of one's own. It goes on showing what the view showed, so that it can be saved again."""
    view = get_object_or_404(SavedView, pk=view_id, user_id=request.user.pk)
    view.delete()
    messages.success(request, gettext("The view “%(name)s” is deleted.") % {"name": view.name})
    return to_list(view.list_name, view.query)
