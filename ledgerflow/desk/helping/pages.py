"""The help of each page, and the pages of the documentation that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import registry
from ledgerflow.desk.helping.documents import document_named, documents
from ledgerflow.desk.navigation import place_of

DECISIONS = "decisions/"


@dataclass(frozen=True, slots=True)
class HelpOfPage:
    """What stands behind the question mark of the frame."""

    sentences: tuple[str, ...]
    address: str


@cache
def help_named(page: str) -> PageHelp | None:
    """The help of a page by its name: its own, else that of the longest beginning of the name."""
    fitting = [one for name, one in registry.helps.items() if f"{page}_".startswith(f"{name}_")]
    return max(fitting, key=lambda one: len(one.name), default=None)


def help_of(request: HttpRequest) -> HelpOfPage | None:
    """The help of the page that is shown; None where nothing is."""
    found = help_named(place_of(request))
    if found is None:
        return None
    document, _, heading = found.document.partition("#")
    address = reverse("admin:help_page", args=[document.removesuffix(".md")])
    return HelpOfPage(tuple(map(gettext, found.sentences)), f"{address}#{heading}")


def urls_of(site: AdminSite) -> list[URLPattern]:
    """The documentation, for whoever may sign in to the admin."""

    def contents(request: HttpRequest) -> TemplateResponse:
        titles = [(document_named(name).title, name) for name in documents()]
        parts: dict[str, Any] = {
            "pages": [one for one in titles if not one[1].startswith(DECISIONS)],
            "decisions": [one for one in titles if one[1].startswith(DECISIONS)],
        }
        context = site.each_context(request) | {"title": gettext("Documentation")} | parts
        return TemplateResponse(request, "desk/help_contents.html", context)

    def page(request: HttpRequest, name: str) -> TemplateResponse:
        if name not in documents():
            message = gettext("The documentation has no such page.")
            raise Http404(message)
        document = document_named(name)
        # The renderer escapes what the files say, and they are those of this very version.
        said = {"title": document.title, "html": SafeString(document.html), "headings": document.headings}
        return TemplateResponse(request, "desk/help_page.html", site.each_context(request) | said)

    return [
        path("help/", site.admin_view(contents), name="help"),
        path("help/<path:name>/", site.admin_view(page), name="help_page"),
    ]
