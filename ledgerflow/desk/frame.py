"""What stands around every page of the desk: the books, their business day, what waits, and the navigation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from journals.reading.overview import DaysAtAGlance, days_at_a_glance
from ledgerflow.approvals.reading import waiting_for
from ledgerflow.books.models import Entity
from ledgerflow.core.locales.current import amount_text
from ledgerflow.desk.helping.pages import HelpOfPage, help_of
from ledgerflow.desk.home import checks_for
from ledgerflow.desk.models import PreparedFigures
from ledgerflow.desk.navigation import Entry, is_in_set_up, navigation, place_of, set_up
from ledgerflow.web.admin_filters import MOST_OPTIONS
from ledgerflow.web.pages.books_of_page import address_of_books, books_open_to, named_books

# Pages that any books have: going to other books one stays on them. All others are of one row.
ALWAYS = 2  # entries that everybody has: Today and Find
# The checks of Home whose entries are counted behind an entry of the navigation.
COUNTED = {"holds": ("holds_expiring",), "days": ("days",), "reconcile": ("unmatched",), "currency": ("rates",)}
OF_ANY_BOOKS = ("_changelist", "_add", "audit-files", "index")


@dataclass(frozen=True, slots=True)
class OtherBooks:
    """Other books that one can go to from here."""

    code: str
    name: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What the templates of the frame show. `entity` is None on a page of no books."""

    environment: str
    entity: Entity | None
    business_date: date | None
    days: DaysAtAGlance | None
    days_address: str
    books: list[OtherBooks]
    all_books: str  # where all of them are listed, if they are too many for a menu
    alerts: int  # how many checks of Home found something
    entries: list[Entry]
    set_up_address: str
    is_set_up: bool
    help: HelpOfPage | None

    @property
    def section(self) -> Entry | None:
        """The entry that is current, unless it is the first page."""
        return next((one for one in self.entries if one.is_current and one.name not in {"today", "find"}), None)


def frame_of(request: HttpRequest, root: str, apps: list[dict[str, Any]]) -> Frame:
    """The frame for this request, in four queries at most. `root` is the address of the admin without books."""
    entity = named_books(request)
    found = _found(request, entity)
    counts = _counts(request, entity, found)
    entries = [_counted(one, counts) for one in navigation(request, apps)]
    sees_days = entity is not None and request.user.has_perm("days.view_dayclose")
    books = _books(request, root, entity)
    groups = set_up(apps)
    # Who may see nothing in the books learns nothing of them, not even their name.
    shown = entity if len(entries) > ALWAYS or groups else None
    return Frame(
        environment=settings.LEDGERFLOW_ENVIRONMENT,
        entity=shown,
        business_date=shown.business_date if shown is not None else None,
        days=days_at_a_glance([entity.pk]).get(entity.pk) if entity is not None and sees_days else None,
        days_address=reverse("admin:days_dayclose_changelist") if sees_days else "",
        books=books[:MOST_OPTIONS],
        all_books=reverse("admin:books_entity_changelist") if len(books) > MOST_OPTIONS else "",
        alerts=len(found),
        entries=entries,
        set_up_address=reverse("admin:set_up") if groups else "",
        is_set_up=is_in_set_up(request, groups),
        help=help_of(request),
    )


def _books(request: HttpRequest, root: str, entity: Entity | None) -> list[OtherBooks]:
    place = place_of(request)
    rest = ""
    if place.endswith(OF_ANY_BOOKS) or place.startswith("report_"):
        here = address_of_books(root, entity.code) if entity is not None else root
        rest = request.path.removeprefix(here)
    rows = books_open_to(request.user).values_list("code", "name")[: MOST_OPTIONS + 1]
    current = entity.code if entity is not None else ""
    return [OtherBooks(code, name, f"{address_of_books(root, code)}{rest}", code == current) for code, name in rows]


def _counted(entry: Entry, counts: Mapping[str, int]) -> Entry:
    waiting = counts.get(entry.name, 0)
    return replace(entry, count=amount_text(Decimal(waiting))) if waiting else entry


def _counts(request: HttpRequest, entity: Entity | None, found: Mapping[str, int]) -> dict[str, int]:
    """How much waits behind each entry: what Home found last, and proposals for this person as they are now."""
    entities = [entity.pk] if entity is not None else list(books_open_to(request.user).values_list("pk", flat=True))
    return {
        "approvals": waiting_for(request.user, entities).count(),
        **{name: sum(found.get(check, 0) for check in checks) for name, checks in COUNTED.items()},
    }


def _found(request: HttpRequest, entity: Entity | None) -> dict[str, int]:
    """How many entries each check of Home that this person may see found last, of those that found any."""
    if entity is None:
        return {}
    names = [check.name for check in checks_for(request.user) if check.find is not None]
    rows = PreparedFigures.objects.filter(entity=entity, name__in=names, found__gt=0)
    return dict(rows.values_list("name", "found"))
