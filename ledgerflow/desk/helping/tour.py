"""The tour of the demo: seven things to do, each ticked by itself once somebody has done it.

What changes the books is read from their log: whoever posts, reverses, holds, closes or approves has done it, wherever
he did it. Finding and reporting change nothing there; that somebody did them is a row of his.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_POST

from journals.days.events import DayCutOffFact
from journals.demo import CODE as DEMO
from journals.events import JournalFact
from journals.hold_events import HoldPlacedFact
from ledgerflow.approvals.events import ProposalApprovedFact
from ledgerflow.books.models import Entity
from ledgerflow.core.people import person_of
from ledgerflow.desk.models import TourState
from ledgerflow.desk.navigation import place_of
from ledgerflow.desk.sample.seeding import CODE as SAMPLE
from ledgerflow.web.pages.books_of_page import chosen_entity

BOOKS = (DEMO, SAMPLE)  # those on whose Home the tour is offered
ON_TOUR = "ledgerflow_tour"  # in the session of somebody who has begun it
NEWEST = 10_000  # events of the books that are looked among
# By what somebody did: the type of its event, and the kind of its journal.
DONE = """
    SELECT DISTINCT type, CASE WHEN type = 'journal.posted' THEN data::json ->> 'kind' ELSE '' END
    FROM books_event
    WHERE entity_id = %(entity)s AND actor = %(person)s AND type = ANY(%(types)s)
      AND sequence > (SELECT coalesce(max(sequence), 0) FROM books_event WHERE entity_id = %(entity)s) - %(newest)s
"""
# What is not said of somebody stays as it is.
KEEP = """
    INSERT INTO desk_tourstate AS kept (user_id, is_put_away, has_found, has_reported)
    VALUES (
        %(user)s, coalesce(%(is_put_away)s::boolean, FALSE), coalesce(%(has_found)s::boolean, FALSE),
        coalesce(%(has_reported)s::boolean, FALSE)
    )
    ON CONFLICT (user_id) DO UPDATE SET
        is_put_away = coalesce(%(is_put_away)s::boolean, kept.is_put_away),
        has_found = coalesce(%(has_found)s::boolean, kept.has_found),
        has_reported = coalesce(%(has_reported)s::boolean, kept.has_reported)
"""
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class TourStep(NamedTuple):
    """`view` is the page where it is done; `done_by` the event that tells, or the column of the row that does."""

    name: str
    title: str
    to_do: str
    keys: str
    view: str
    done_by: tuple[str, str]


STEPS = (
    TourStep(
        "find", _("Find"), _("Look for a journal by its amount, in any spelling, and open it."),
        "/  12.50  Enter", "desk_find", ("", "has_found"),
    ),
    TourStep(
        "post", _("Post"), _("Post a journal of two lines by hand; = fills in what is missing on the second one."),
        "n  =  Ctrl ⏎", "journals_journal_add", (JournalFact.event_type, "manual"),
    ),
    TourStep(
        "reverse", _("Reverse"), _("Open the journal that you posted and take it back with a reason."),
        "g j  Enter  r  Ctrl ⏎", "journals_journal_changelist", (JournalFact.event_type, "reversal"),
    ),
    TourStep(
        "hold", _("Hold"), _("Place a hold on an account and see what is available there then."),
        "h", "holds_hold_add", (HoldPlacedFact.event_type, ""),
    ),
    TourStep(
        "close", _("Close"), _("Close the day in turn; what blocks it is listed with its cure."),
        "g c", "days_dayclose_changelist", (DayCutOffFact.event_type, ""),
    ),
    TourStep(
        "approve", _("Approve"), _("Approve what another person has proposed; your own nobody lets you approve."),
        "g p  Enter", "approvals_proposal_changelist", (ProposalApprovedFact.event_type, ""),
    ),
    TourStep(
        "report", _("Report"), _("Ask for a trial balance, and print it or take it as a file."),
        "g r  p", "report_trial-balance", ("", "has_reported"),
    ),
)  # fmt: skip
# What is seen of somebody on the tour by the page that he opens.
SEEN = {"desk_find": "has_found", "report_trial-balance": "has_reported"}


class TourStepOnPage(NamedTuple):
    title: str
    to_do: str
    keys: str
    address: str
    is_done: bool


def steps_of(user: User, entity: Entity) -> list[TourStepOnPage]:
    """The tour as far as this person has come in these books. Two queries."""
    done = _done_in_books(user, entity) | _seen(TourState.objects.filter(user=user).first())
    return [
        TourStepOnPage(
            gettext(one.title), gettext(one.to_do), one.keys, reverse(f"admin:{one.view}"), one.done_by in done
        )
        for one in STEPS
    ]


def _done_in_books(user: User, entity: Entity) -> set[tuple[str, str]]:
    types = sorted({one.done_by[0] for one in STEPS} - {""})
    wanted: dict[str, Any] = {"entity": entity.pk, "person": person_of(user), "types": types, "newest": NEWEST}
    with connection.cursor() as cursor:
        cursor.execute(DONE, wanted)
        return {(kind, of_journal) for kind, of_journal in cursor.fetchall()}


def _seen(state: TourState | None) -> set[tuple[str, str]]:
    return {("", name) for name in SEEN.values() if state is not None and getattr(state, name)}


def is_offered(user: Any, entity: Entity) -> bool:
    """Whether Home of these books leads to the tour: those of the demo, unless this person has put it away."""
    return entity.code in BOOKS and not TourState.objects.filter(user=user, is_put_away=True).exists()


def with_tour(view: View) -> View:
    """Around each page: whoever is on the tour and opens a place that changes nothing in the books has been there."""

    @wraps(view)
    def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        name, left = SEEN.get(place_of(request), ""), request.session.get(ON_TOUR, [])
        is_asked = name != "has_found" or request.GET.get("q", "").strip()
        if name in left and is_asked and response.status_code == HTTPStatus.OK:
            _keep(cast("User", request.user), **{name: True})
            request.session[ON_TOUR] = [one for one in left if one != name]
        return response

    return cast("View", watched)


def _keep(user: User, **state: bool) -> None:
    kept: dict[str, Any] = dict.fromkeys(("is_put_away", *SEEN.values())) | state
    with connection.cursor() as cursor:
        cursor.execute(KEEP, kept | {"user": user.pk})


def urls_of(site: AdminSite) -> list[URLPattern]:
    def tour(request: HttpRequest) -> TemplateResponse:
        entity = chosen_entity(request)
        user = cast("User", request.user)
        steps = [] if entity is None else steps_of(user, entity)
        if ON_TOUR not in request.session:
            request.session[ON_TOUR] = list(SEEN.values())
        shown = {
            "title": gettext("Tour"),
            "steps": steps,
            "done": sum(one.is_done for one in steps),
            "is_put_away": TourState.objects.filter(user=user, is_put_away=True).exists(),
            "is_of_demo": entity is not None and entity.code in BOOKS,
        }
        return TemplateResponse(request, "desk/tour.html", site.each_context(request) | shown)

    @require_POST
    def put_away(request: HttpRequest) -> HttpResponse:
        """Off Home, or back there."""
        wants_away = request.POST.get("away") == "1"
        _keep(cast("User", request.user), is_put_away=wants_away)
        return redirect("admin:index" if wants_away else "admin:tour")

    return [
        path("tour/", site.admin_view(tour), name="tour"),
        path("tour/away/", site.admin_view(put_away), name="tour_away"),
    ]
