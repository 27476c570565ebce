"""What a person prefers: the page to say it, and what makes it count for each page of the admin.

No middleware does that, which another project would have to list and every request would pass: the admin site calls
`as_preferred` around its pages. Files, the API and jobs know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, tzinfo
from decimal import Decimal
from functools import partial, wraps
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db.models import Exists, Max, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.locales.current import Conventions, written_as
from ledgerflow.core.locales.days import DAY_FORMATS, write_day
from ledgerflow.core.locales.numbers import FORMATS, write_amount
from ledgerflow.desk.models import ZONE_OF_BOOKS, Density, Preference
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.pages.books_of_page import named_books, suggested_entity

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

LANGUAGES = [("en", "English"), ("de", "Deutsch")]
EXAMPLE = Decimal("-1234567.89")
EXAMPLE_DAY = date(2026, 10, 31)
NUMBERS = [(code, write_amount(EXAMPLE, one)) for code, one in FORMATS.items()]
DAYS = [(code, write_day(EXAMPLE_DAY, one)) for code, one in DAY_FORMATS.items()]
FIELDS = ("language", "numbers", "days", "time_zone", "density", "has_single_keys")


def zones() -> list[tuple[str, Any]]:
    names = sorted(name for name in available_timezones() if "/" in name)
    return [("UTC", "UTC"), (ZONE_OF_BOOKS, _("that of the books")), *((name, name) for name in names)]


class PreferenceForm(LedgerForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    numbers = forms.ChoiceField(
        label=_("Numbers"), choices=NUMBERS, help_text=_("How amounts are shown, and read when you type them.")
    )
    days = forms.ChoiceField(
        label=_("Dates"), choices=DAYS, help_text=_("The way with hyphens can be typed in any case.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, help_text=_("Of moments; what they are in UTC is shown beside them.")
    )
    density = forms.ChoiceField(label=_("Rows of tables"), choices=Density.choices)
    has_single_keys = forms.BooleanField(
        label=_("Shortcuts of a single key"),
        required=False,
        help_text=_("Such as / to search. Off, only those with Ctrl or Alt are left."),
    )


def preference_of(request: HttpRequest) -> Preference:
    """The person's own; what everybody has where he has said nothing. Read once for a request."""
    kept = getattr(request, "desk_preference", None)
    if kept is None:
        kept = Preference.objects.filter(pk=request.user.pk).first() if request.user.is_authenticated else None
        kept = kept or Preference()
        request.desk_preference = kept  # type: ignore[attr-defined]
    return cast("Preference", kept)


def classes_of(preference: Preference) -> str:
    """What the frame and the scripts know of it: classes of the page's body."""
    keys = "" if preference.has_single_keys else " lf-without-keys"
    return f"lf-{preference.density}{keys}"


def as_preferred(view: View) -> View:
    """The same view, whose answer is written in the person's way, also where it is made only later."""

    @wraps(view)
    def preferred(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with in_the_way_of(request):
            response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            response.render = partial(_rendered, request, response.render)  # type: ignore[method-assign]
        return response

    return cast("View", preferred)


def _rendered(request: HttpRequest, render: Callable[[], SimpleTemplateResponse]) -> SimpleTemplateResponse:
    with in_the_way_of(request):
        return render()


@contextmanager
def in_the_way_of(request: HttpRequest) -> Iterator[None]:
    """What is written and read within it, is so as the person prefers."""
    preference = preference_of(request)
    is_said = not preference._state.adding  # noqa: SLF001 - Django documents it: whether there is a row
    language = preference.language if is_said else translation.get_language()
    zone = _zone_of(request, preference) if is_said else timezone.get_current_timezone()
    conventions = Conventions(
        numbers=FORMATS.get(preference.numbers, FORMATS["en"]),
        days=DAY_FORMATS.get(preference.days, DAY_FORMATS["iso"]),
        zone=zone,
        base_day=lambda: _base_day(request),
        most_decimals=lambda: _most_decimals(request),
    )
    with written_as(conventions), translation.override(language), timezone.override(zone):
        yield


def _books(request: HttpRequest) -> Entity | None:
    return named_books(request) or suggested_entity(request)


def _base_day(request: HttpRequest) -> date:
    books = _books(request)
    return clocks.now().date() if books is None else books.business_date


def _most_decimals(request: HttpRequest) -> int | None:
    books = _books(request)
    if books is None:
        return None
    # Served by the index account_in_use: books have all currencies of the world, and accounts in few.
    used = Account.objects.filter(entity=OuterRef("entity"), currency=OuterRef("code"), is_header=False, closed_at=None)
    return cast("int | None", books.currencies.filter(Exists(used)).aggregate(most=Max("minor_units"))["most"])


def _zone_of(request: HttpRequest, preference: Preference) -> tzinfo:
    name = preference.time_zone
    if name == ZONE_OF_BOOKS:
        books = _books(request)
        name = "UTC" if books is None else books.time_zone
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # zones come and go with the system's own list of them
        return UTC


def urls_of(site: AdminSite) -> list[URLPattern]:
    return [path("preferences/", site.admin_view(partial(preferences_view, site=site)), name="preferences")]


def preferences_view(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """My preferences: each person sees and says his own."""
    preference = preference_of(request)
    initial = {name: getattr(preference, name) for name in FIELDS}
    form = PreferenceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        kept = Preference(user=cast("User", request.user), **form.cleaned_data)
        Preference.objects.bulk_create([kept], update_conflicts=True, unique_fields=["user"], update_fields=FIELDS)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, gettext("Your preferences are saved."))
        return redirect(reverse("admin:preferences", current_app=site.name))
    shown = {
        "title": gettext("My preferences"),
        "form": form,
        "action": gettext("Save"),
        "opts": Preference._meta,  # noqa: SLF001 - Django documents it as an interface
        "cancel": reverse("admin:index", current_app=site.name),
    }
    return TemplateResponse(request, "desk/preferences.html", site.each_context(request) | shown)
