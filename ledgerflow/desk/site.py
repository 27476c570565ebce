"""The operator's admin site: its name, its navigation, and the pages that are of no model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from journals.reading import admin as admin_registers
from ledgerflow.access.forms import LoginForm
from ledgerflow.access.members.invitations import invitation_urls
from ledgerflow.books.models import Entity
from ledgerflow.desk.books_in_path import urls_in_books
from ledgerflow.desk.frame import frame_of
from ledgerflow.desk.helping.pages import urls_of as urls_of_help
from ledgerflow.desk.helping.tour import urls_of as urls_of_tour
from ledgerflow.desk.helping.tour import with_tour
from ledgerflow.desk.home import home_of
from ledgerflow.desk.lists.columns import keep_columns_for
from ledgerflow.desk.lists.columns import urls_of as urls_of_columns
from ledgerflow.desk.lists.file_pages import offer_longer_files
from ledgerflow.desk.lists.file_pages import urls_of as urls_of_files
from ledgerflow.desk.lists.saved_views import urls_of as urls_of_views
from ledgerflow.desk.navigation import set_up
from ledgerflow.desk.news import see_all
from ledgerflow.desk.palette import palette
from ledgerflow.desk.preferences import as_preferred, classes_of, preference_of
from ledgerflow.desk.preferences import urls_of as urls_of_preferences
from ledgerflow.desk.search import find_page
from ledgerflow.desk.translations.declared import make_pages_translatable
from ledgerflow.web.pages.books_of_page import (
    InOtherBooks,
    address_of_books,
    entity_with,
    lead_to,
    may_enter,
    name_books,
    named_books,
    suggested_entity,
)
from ledgerflow.web.policy.content import NAME, policy, under_policy
from reports import admin as admin_reports

NOT_YOURS = _("It takes a permission that your user does not have, or nobody may do it with this row.")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def find_urls(site: AdminSite) -> list[URLPattern]:
    """The addresses of finding, below the admin site's own."""
    return [
        path("find/", site.admin_view(partial(find_page, site=site)), name="desk_find"),
        path("palette/", site.admin_view(palette), name="desk_palette"),
    ]


class ReportPages(AdminSite):
    """An admin site with the pages of the reports, which are of no model, and a page for what leads nowhere.

    A project's own site may be one of these.
    """

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = super().get_app_list(request, app_label)
        return apps + (admin_reports.navigation(request) if app_label is None else [])

    def get_urls(self) -> list[URLPattern | URLResolver]:
        make_pages_translatable()  # by now each room has registered its own
        pages = [*self.own_pages(), *super().get_urls()]
        return [*urls_in_books(self, pages), *pages]

    def own_pages(self) -> list[URLPattern | URLResolver]:
        """The pages that are of no model."""
        seen = path("home/seen/", self.admin_view(self.seen_view), name="home_seen")
        registers = admin_registers.urls_of(self)
        return [
            *admin_reports.urls_of(self),
            *registers,
            *urls_of_preferences(self),
            *urls_of_views(self),
            *urls_of_columns(self),
            *urls_of_files(self),
            *find_urls(self),
            *urls_of_help(self),
            *urls_of_tour(self),
            *invitation_urls(self),
            seen,
        ]

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002 - Django's
        """Django's, and what leads nowhere is said within the admin: its own pages of errors have no link on them."""
        return super().admin_view(as_preferred(self._in_frame(under_policy(with_tour(view)))), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"preference_classes": classes_of(preference_of(request))}

    def _in_frame(self, view: View) -> View:
        @wraps(view)
        def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if named_books(request) is None:
                name_books(request, None)
            keep_columns_for(request)
            offer_longer_files(request, self)
            try:
                return view(request, *args, **kwargs)
            except InOtherBooks as found:
                return lead_to(request, self.root_of(request), found)
            except Http404 as error:
                return self._leads_nowhere(request, HTTPStatus.NOT_FOUND, gettext("Nothing is here"), str(error))
            except PermissionDenied as error:
                books = self._his_books(request)
                if books is not None:
                    return lead_to(request, self.root_of(request), InOtherBooks(books, may_repeat=False))
                return self._leads_nowhere(
                    request, HTTPStatus.FORBIDDEN, gettext("You may not do this"), str(error) or str(NOT_YOURS)
                )
            except SuspiciousOperation:
                return self._leads_nowhere(
                    request, HTTPStatus.BAD_REQUEST, gettext("This page cannot be shown like that")
                )

        return cast("View", framed)

    def _his_books(self, request: HttpRequest) -> Entity | None:
        """Books in which a person with roles there may see the page, whose address names none."""
        if named_books(request) is not None or request.user.is_superuser or not self.has_permission(request):
            return None
        asked = request.GET.get("entity", "").strip()
        entity = entity_with(asked) if asked else suggested_entity(request)
        return entity if entity is not None and may_enter(request.user, entity) else None

    def seen_view(self, request: HttpRequest) -> HttpResponse:
        """Where the button under news on Home sends to: what it told of these books has been seen."""
        entity = named_books(request)
        if request.method == "POST" and entity is not None:
            see_all(request.user, entity.pk, request.POST.get("until", ""))
        return redirect("admin:index")

    def root_of(self, request: HttpRequest) -> str:
        """The address of the whole admin."""
        here, books = reverse("admin:index", current_app=self.name), named_books(request)
        return here if books is None else here.removesuffix(address_of_books("", books.code))

    def _leads_nowhere(
        self, request: HttpRequest, status: HTTPStatus, title: str, reason: str = ""
    ) -> TemplateResponse:
        is_refused = status == HTTPStatus.BAD_REQUEST
        shown = {"title": title, "reason": reason, "is_refused": is_refused, "parameters": list(request.GET)}
        context = self.each_context(request) | shown
        page = TemplateResponse(request, "ledgerflow/admin/leads_nowhere.html", context, status=status)
        page.headers[NAME] = policy()
        return page


class Dashboard(ReportPages):
    site_header = "LedgerFlow"
    site_title = "LedgerFlow"
    index_title = "Today"
    site_url = None
    index_template = "desk/home.html"
    login_form = LoginForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        form = getattr(response, "context_data", {}).get("form")
        if isinstance(form, LoginForm) and form.wait_seconds:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(form.wait_seconds)
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Django's, and the frame for somebody who is signed in."""
        context = super().each_context(request)
        if context["has_permission"]:
            context["frame"] = frame_of(request, self.root_of(request), context["available_apps"])
        return context

    def own_pages(self) -> list[URLPattern | URLResolver]:
        return [path("set-up/", self.admin_view(self.set_up), name="set_up"), *super().own_pages()]

    def set_up(self, request: HttpRequest) -> TemplateResponse:
        """What is set up once, as far as this person may see it."""
        context = self.each_context(request)
        shown = context | {"title": gettext("Set-up"), "groups": set_up(context["available_apps"])}
        return TemplateResponse(request, "desk/set_up.html", shown)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, home_of(request, self.root_of(request)) | (extra_context or {}))
