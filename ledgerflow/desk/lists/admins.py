"""The lists of an admin site, by the name under which something of them is kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.pages.columns import list_name_of


def admin_of_list(name: str, site: AdminSite) -> ReadOnlyAdmin[Any]:
    for one in site._registry.values():  # noqa: SLF001 - Django has no other way to ask for all
        if isinstance(one, ReadOnlyAdmin) and list_name_of(one) == name:
            return one
    message = gettext("There is no list '%(name)s'.") % {"name": name[:64]}
    raise Http404(message)


def filters_of(admin: ReadOnlyAdmin[Any], asked: QueryDict) -> str:
    """The part of a query that filters this list: not the books, nor the place in it, nor its columns."""
    names = [name for name in (*admin.filter_names, "q") if name != "entity"]
    return urlencode({name: value for name in names if (value := asked.get(name, "").strip())})


def to_list(list_name: str, query: str) -> HttpResponse:
    address = reverse(f"admin:{list_name}_changelist")
    return redirect(f"{address}?{query}" if query else address)
