"""Addresses that name the books: `/admin/e/<code>/…` is the page `/admin/…` in these books.

A page below such an address is served with the part before it as its script prefix, as if the whole admin were mounted
there. Every link that it makes, Django's own included, therefore stays in the same books without being told so. No
middleware is needed, which another project would have to list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import cast
from urllib.parse import quote

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import (
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    get_script_prefix,
    get_urlconf,
    include,
    path,
    resolve,
    reverse,
    set_script_prefix,
    set_urlconf,
)
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.web.pages.books_of_page import PART, address_of_books, entity_with, may_enter, name_books, remember


@dataclass(frozen=True, eq=False)
class Inside:
    """The addresses as seen from within the books: those of the admin stand first, without anything before them.

    The project's others follow so that a page can link to them; they are answered where they are.
    """

    urlpatterns: Sequence[URLPattern | URLResolver]


def urls_in_books(site: AdminSite, pages: list[URLPattern | URLResolver]) -> list[URLPattern]:
    """The addresses below which `pages`, all those of the site, are found once more in each entity's books."""

    @cache  # the project's addresses are not known yet while those of the site are made
    def inside() -> Inside:
        own = path("", include((pages, "admin"), namespace=site.name))
        return Inside([own, *get_resolver(settings.ROOT_URLCONF).url_patterns])

    @login_not_required  # each page asks by itself
    def in_books(request: HttpRequest, code: str, rest: str = "") -> HttpResponseBase:
        entity = entity_with(code)
        if entity is None or (request.user.is_authenticated and not may_enter(request.user, entity)):
            return site.admin_view(partial(_no_such_books, code=code))(request)
        return _serve(site, request, inside(), entity, rest)

    return [path(f"{PART}<slug:code>/", in_books, name="in_books"), path(f"{PART}<slug:code>/<path:rest>", in_books)]


def _serve(site: AdminSite, request: HttpRequest, inside: Inside, entity: Entity, rest: str) -> HttpResponseBase:
    """The page `rest` in these books."""
    outside = get_script_prefix()
    root = reverse("admin:index", current_app=site.name)
    name_books(request, entity)
    with _mounted(inside, address_of_books(root, entity.code)):
        match = resolve(f"/{rest}", cast("str", inside))
        if site.name not in match.namespaces or match.url_name is None:  # the latter is Django's page for all others
            address = _outside(request, outside, rest)
            if address:
                return redirect(address)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()  # here, as its links are of these books
    if site.has_permission(request):
        remember(request, entity)
    return response


@contextmanager
def _mounted(inside: Inside, prefix: str) -> Iterator[None]:
    """Make what is linked to begin with the prefix, as if the admin were an application mounted there."""
    before = get_script_prefix(), get_urlconf()
    _ = settings.STATIC_URL, settings.MEDIA_URL  # which Django completes once, by the prefix of that moment
    set_script_prefix(prefix)
    set_urlconf(cast("str", inside))  # any object with urlpatterns
    try:
        yield
    finally:
        set_script_prefix(before[0])
        set_urlconf(before[1])


def _outside(request: HttpRequest, prefix: str, rest: str) -> str:
    """Where a page of the project's own is, which some link was made to from within the books; empty for nowhere."""
    try:
        resolve(f"/{rest}", settings.ROOT_URLCONF)
    except Resolver404:
        return ""
    query = request.META.get("QUERY_STRING", "")
    return f"{prefix}{quote(rest)}{'?' if query else ''}{query}"


def _no_such_books(_request: HttpRequest, *, code: str) -> HttpResponse:
    message = gettext("There is no entity '%(code)s'.") % {"code": code[:64]}
    raise Http404(message)
